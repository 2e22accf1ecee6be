import pytest

from stance.classifiers import load
from stance.classifiers.base import Pair, Scorer
from stance.classifiers.hub import LabelColumns
from stance.errors import ModelError

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = [*SPECIAL, "the", "quote", "is", "about", "war", "peace", "talks", "failed", "a", "b", "c", "d", "."]


def save_model(folder, labels, **save):
    """A tiny random BERT with these labels."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    torch.manual_seed(0)
    tokenizer = Tokenizer(models.WordPiece({word: at for at, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", pair="[CLS] $A [SEP] $B:1 [SEP]:1", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]"
    )
    config = BertConfig(
        vocab_size=len(WORDS), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64,
        max_position_embeddings=64, initializer_range=0.5,
        id2label=dict(enumerate(labels)), label2id={label: at for at, label in enumerate(labels)},
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(folder, **save)
    fast.save_pretrained(folder)
    return str(folder)


@pytest.fixture(scope="module")
def scorer(tmp_path_factory):
    return load(save_model(tmp_path_factory.mktemp("nli"), ["CONTRADICTION", "ENTAILMENT", "NEUTRAL"]), batch_size=4)


def test_it_speaks_the_protocol(scorer) -> None:
    assert isinstance(scorer, Scorer)
    assert scorer.three_way
    assert len(scorer.info.sha256) == 64
    assert scorer.score([]).probabilities.shape == (0, 3)


def test_columns_follow_the_label_names(scorer) -> None:
    pair = Pair("the talks failed", "the quote is about war")
    probabilities = scorer.score([pair]).probabilities[0]
    logits = scorer.logits([pair])[0]
    assert probabilities.argmax() == {0: 2, 1: 0, 2: 1}[int(logits.argmax())]
    assert probabilities.sum() == pytest.approx(1)


def test_scores_do_not_depend_on_company(scorer) -> None:
    pairs = [
        Pair("the talks failed " * n, f"the quote is about {word}") for n in range(1, 9) for word in ("war", "peace")
    ]
    together = scorer.score(pairs).probabilities
    alone = [scorer.score([pair]).probabilities[0] for pair in pairs]
    for one, other in zip(together, alone, strict=True):
        assert one == pytest.approx(other, abs=1e-4)


def test_a_long_premise_is_split_and_counted(scorer) -> None:
    scores = scorer.score([Pair("the talks failed . " * 50, "the quote is about war"), Pair("a b", "c d")])
    assert scores.windows.tolist() == [4, 1]
    assert scores.probabilities.sum(axis=1) == pytest.approx([1, 1])


def test_a_two_way_model(tmp_path) -> None:
    model = load(save_model(tmp_path, ["entailment", "not_entailment"]))
    assert not model.three_way
    assert model.score([Pair("a", "b")]).probabilities[0, 2] == 0


def test_a_model_without_entailment_is_refused(tmp_path) -> None:
    with pytest.raises(ModelError, match=r"none of its labels \(positive, negative\)"):
        load(save_model(tmp_path, ["POSITIVE", "NEGATIVE"]))


def test_pickled_weights_are_never_read(tmp_path) -> None:
    save_model(tmp_path, ["entailment", "neutral", "contradiction"])
    (tmp_path / "model.safetensors").rename(tmp_path / "pytorch_model.bin")
    with pytest.raises(ModelError, match="safetensors"):
        load(str(tmp_path))


@pytest.mark.parametrize("path", ["./no/such/model", "/no/such/model"])
def test_a_missing_folder(path) -> None:
    with pytest.raises(ModelError, match="no such model folder"):
        load(path)


def test_an_empty_folder(tmp_path) -> None:
    with pytest.raises(ModelError, match=r"config\.json"):
        load(str(tmp_path))


def test_damaged_weights(tmp_path) -> None:
    save_model(tmp_path, ["entailment", "neutral", "contradiction"])
    (tmp_path / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(ModelError, match="cannot be loaded"):
        load(str(tmp_path))


def test_an_unknown_device(scorer) -> None:
    with pytest.raises(ModelError, match="--device cpu"):
        load(scorer.info.name, device="abacus")


@pytest.mark.parametrize(
    ("labels", "columns"),
    [
        (["entailment", "neutral", "contradiction"], (0, 1, 2)),
        (["contradiction", "neutral", "entailment"], (2, 1, 0)),
        (["Contradiction", "Entailment", "Neutral"], (1, 2, 0)),
        (["entailment", "not_entailment"], (0, None, None)),
        (["not_entailment", "entailment"], (1, None, None)),
    ],
)
def test_label_columns(labels, columns) -> None:
    found = LabelColumns(dict(enumerate(labels)), source="m")
    assert (found.entailment, found.neutral, found.contradiction) == columns


@pytest.mark.parametrize("labels", [["LABEL_0", "LABEL_1"], ["not_entailment", "other"], []])
def test_label_columns_without_entailment(labels) -> None:
    with pytest.raises(ModelError, match="no entailment model"):
        LabelColumns(dict(enumerate(labels)), source="m")
