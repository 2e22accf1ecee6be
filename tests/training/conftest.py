"""A tiny random base model, as the folder of an embedded one, and rows that it can learn."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")  # tiny models: more threads only wait for each other

VOCABULARY = (
    "[PAD] [UNK] [CLS] [SEP] [MASK] the quote is about a b c war money holt vale supports speaker good bad so fine awful "
    "treaty bridge says we it costs soldiers march . : , and of in on day night one two three four five six seven eight"
)
WORDS = VOCABULARY.split()


def base_model(
    folder: Path, *, labels: tuple[str, ...] = ("entailment", "neutral", "contradiction"), mpnet: bool = False
) -> Path:
    """A random BERT or MPNet with these labels: safetensors, tokenizer, ONNX, meta.json."""
    import onnx
    import torch
    from safetensors.numpy import load_file
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import AutoModelForSequenceClassification, BertConfig, MPNetConfig, PreTrainedTokenizerFast

    from stance.training import onnx_graph, save

    torch.manual_seed(0)
    tokenizer = Tokenizer(models.WordPiece({word: at for at, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]",
        model_max_length=64, model_input_names=["input_ids", "token_type_ids", "attention_mask"],
    )  # fmt: skip
    config = (MPNetConfig if mpnet else BertConfig)(
        vocab_size=len(WORDS), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=66 if mpnet else 64, initializer_range=0.3, pad_token_id=0,
        id2label=dict(enumerate(labels)), label2id={label: at for at, label in enumerate(labels)},
    )  # fmt: skip
    AutoModelForSequenceClassification.from_config(config).save_pretrained(folder)
    fast.save_pretrained(folder)
    weights = load_file(str(folder / "model.safetensors"))
    graph = onnx_graph.build(weights, json.loads((folder / "config.json").read_text()), frozenset(onnx_graph.EIGHT_BIT))
    onnx.save(graph, str(folder / "model.onnx"))
    meta = {"name": "tiny", "weights": "model.onnx", "labels": list(labels), "window": 64, "licence": "MIT"}
    save.write_meta(folder, meta)
    return folder


@pytest.fixture(scope="session")
def base(tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(base_model(tmp_path_factory.mktemp("base")))


NUMBERS = "one two three four five six seven eight".split()  # noqa: SIM905
SAYS = {"favor": "fine and good", "against": "awful and bad", "neutral": "on a day in war"}


def stance_rows(count: int = 72) -> list[dict[str, Any]]:
    """Rows of twelve documents whose label stands in their words."""
    rows = []
    for at in range(count):
        label = list(SAYS)[at % 3]
        words = f"we says it is {SAYS[label]} {NUMBERS[at % 8]} {NUMBERS[at // 8 % 8]} {NUMBERS[at // 64 % 8]}"
        rows.append({"text": words, "target": "the treaty", "label": label, "document_id": f"d{at // 6}"})
    return rows


def frame_rows(count: int = 60) -> list[dict[str, Any]]:
    """Rows with none, one or both of two frames."""
    rows = []
    for at in range(count):
        labels = [name for name, yes in (("money", at % 2), ("war", at % 3 == 0)) if yes]
        words = ["it costs money" if "money" in labels else "a day", "soldiers march" if "war" in labels else "a night"]
        text = f"{' and '.join(words)} {NUMBERS[at % 8]} {NUMBERS[at // 8 % 8]}"
        rows.append({"text": text, "labels": labels, "document_id": f"d{at // 6}"})
    return rows


def write(path: Path, rows: list[dict[str, Any]]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)
