"""Any transformers entailment (NLI, zero-shot) model, by hub id or local path. Needs torch and transformers.

Weights are read from safetensors only, and no code that comes with a model is run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance import quiet
from stance.classifiers.base import Pair, Scores
from stance.classifiers.calibration import Calibration, softmax
from stance.classifiers.embedded import read_meta, verify_listed
from stance.classifiers.windows import Window, score_pairs, split
from stance.errors import ModelError
from stance.schema import ModelInfo

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LONGEST_WINDOW = 512  # a tokenizer that states no limit, or an absurd one, gets this

_ENTAILMENT = {"entailment", "entail", "entails", "entailed", "yes"}
_NEUTRAL = {"neutral", "neither", "maybe"}
_CONTRADICTION = {"contradiction", "contradict", "contradicts", "contradictory", "contradicted", "refutes"}
_REST = {"not_entailment", "not-entailment", "not entailment", "non_entailment", "not_entailed", "no"}


class LabelColumns:
    """Which outputs of a model mean what; `rest` is the second output of a two-way model.

    Raises:
        ModelError: if no output is called entailment.
    """

    def __init__(self, id2label: Mapping[int, str], *, source: str) -> None:
        names = {int(index): str(label).strip().lower() for index, label in id2label.items()}
        found = {index: _meaning(name) for index, name in names.items()}
        self.entailment = next((index for index, kind in found.items() if kind == "entailment"), None)
        self.neutral = next((index for index, kind in found.items() if kind == "neutral"), None)
        self.contradiction = next((index for index, kind in found.items() if kind == "contradiction"), None)
        self.rest = [index for index, kind in found.items() if kind == "rest"]
        if self.entailment is None:
            raise ModelError(
                f"{source}: no entailment model: none of its labels ({', '.join(names.values())}) means entailment; "
                "choose a model trained for NLI or zero-shot classification, or set id2label in its config.json"
            )
        if self.neutral is None and self.contradiction is None and not self.rest:
            raise ModelError(f"{source}: its labels ({', '.join(names.values())}) hold no counterpart of entailment")

    @property
    def three_way(self) -> bool:
        """Whether the model tells neutral from contradiction."""
        return self.neutral is not None and self.contradiction is not None

    def arrange(self, probabilities: NDArray[np.float64]) -> NDArray[np.float64]:
        """Reorder outputs of shape (n, k) to (n, 3): entailment, neutral, contradiction.

        What a two-way model gives to "not entailment" counts as neutral: it does not say contradiction.
        """
        import numpy as np

        out = np.zeros((len(probabilities), 3))
        assert self.entailment is not None
        out[:, 0] = probabilities[:, self.entailment]
        if self.neutral is not None:
            out[:, 1] = probabilities[:, self.neutral]
        if self.contradiction is not None:
            out[:, 2] = probabilities[:, self.contradiction]
        for index in self.rest:
            out[:, 1] += probabilities[:, index]
        return np.asarray(out / out.sum(axis=1, keepdims=True))


def _meaning(name: str) -> str:
    kinds = {"rest": _REST, "entailment": _ENTAILMENT, "neutral": _NEUTRAL, "contradiction": _CONTRADICTION}
    return next((kind for kind, names in kinds.items() if name in names), "unknown")


class HubScorer:
    """Scores pairs with a transformers sequence classifier.

    Args:
        model: a hub id or the path of a folder with `config.json` and safetensors.
        device: as torch names it (`cpu`, `cuda`, `cuda:1`, `mps`).
        batch_size: windows in a forward pass; batches hold windows of like length.

    Raises:
        ModelError: if the model cannot be loaded, has no safetensors, or is no entailment model.
    """

    def __init__(self, model: str, *, device: str = "cpu", batch_size: int = 32) -> None:
        import torch
        from safetensors import SafetensorError
        from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer

        _check_local(model)
        try:
            with quietly():
                config = AutoConfig.from_pretrained(model, trust_remote_code=False)
                self._columns = LabelColumns(config.id2label or {}, source=model)
                self._tokenizer = AutoTokenizer.from_pretrained(model, trust_remote_code=False)
                self._model = AutoModelForSequenceClassification.from_pretrained(
                    model, trust_remote_code=False, use_safetensors=True, dtype=torch.float32
                )
        except (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError) as error:
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise ModelError(
                f"{model}: cannot be loaded as a transformers model ({reason}); check the id or path, the network, "
                "and that it has safetensors weights"
            ) from None
        try:
            self._model.to(device).eval()
        except (RuntimeError, AssertionError) as error:
            raise ModelError(f"device {device!r}: {str(error).splitlines()[0]}; use --device cpu") from None
        self._device = device
        self._batch_size = batch_size
        self.three_way = self._columns.three_way
        self.calibration = _calibration(model)
        self.window = window_of(model, self._tokenizer, config)
        self.info = ModelInfo(name=model, role="classifier", sha256=_digest(model), licence=None, path=model)

    def logits(self, pairs: Sequence[Pair | Window]) -> NDArray[np.float32]:
        """Raw outputs, shape (n, k), in the model's own order of labels."""
        import numpy as np
        import torch

        encoded = self._tokenizer(
            [pair.premise for pair in pairs], [pair.hypothesis for pair in pairs], truncation=False, padding=False
        )
        lengths = np.array([len(ids) for ids in encoded["input_ids"]])
        order = np.argsort(lengths, kind="stable")
        rows: dict[int, NDArray[np.float32]] = {}
        for start in range(0, len(order), self._batch_size):
            chosen = order[start : start + self._batch_size]
            part = {key: [values[at] for at in chosen] for key, values in encoded.items()}
            batch = self._tokenizer.pad(part, padding=True, return_tensors="pt").to(self._device)
            with torch.inference_mode():
                out = self._model(**batch).logits.float().cpu().numpy()
            rows.update(zip((int(at) for at in chosen), out, strict=True))
        return np.stack([rows[at] for at in range(len(pairs))])

    def score(self, pairs: Sequence[Pair], *, task: str = "entailment") -> Scores:
        """Score `pairs`; see `stance.classifiers.base.Scorer`."""
        temperature = self.calibration.temperature.get(task, 1.0)
        return score_pairs(
            pairs,
            lambda unique: split(unique, window=self.window, count=self._count),
            lambda windows: self._columns.arrange(softmax(self.logits(windows), temperature)),
        )

    def _count(self, texts: Sequence[str]) -> list[int]:
        ids = self._tokenizer(list(texts), add_special_tokens=False, truncation=False, verbose=False)["input_ids"]
        return [len(one) for one in ids]


@contextmanager
def quietly() -> Iterator[None]:
    """Loading without bars and without the hub's tale of retries."""
    from transformers.utils import logging

    logging.disable_progress_bar()
    with quiet.hub():
        yield


def _check_local(model: str) -> None:
    """A path that exists but holds no model is named as such before the hub is asked for it."""
    path = Path(model).expanduser()
    if not path.exists():
        if model.startswith((".", "/", "~")):
            raise ModelError(f"{model}: no such model folder")
        return
    if path.is_file():
        raise ModelError(f"{model}: is a file; give the folder of a model")
    if not (path / "config.json").is_file():
        raise ModelError(f"{model}: no model here (config.json is missing)")
    if not any(path.glob("*.safetensors")):
        raise ModelError(f"{model}: no safetensors weights here (pickled ones are never read); save it as safetensors")
    if (path / "meta.json").is_file():
        verify_listed(path, but=".onnx")  # which torch does not read


def window_of(model: str, tokenizer: Any, config: Any) -> int:
    """Tokens of a pair that a model reads at once: what it can, or less where the folder says so, as its ONNX file does."""
    limits = [LONGEST_WINDOW, int(tokenizer.model_max_length)]
    if positions := getattr(config, "max_position_embeddings", None):
        # RoBERTa counts two positions more than it can use; relative-position models may state -1 or 0.
        reserved = 2 if "roberta" in str(getattr(config, "model_type", "")) else 0
        if positions > reserved:
            limits.append(int(positions) - reserved)
    return min(*limits, int(_meta(model).get("window", LONGEST_WINDOW)))


def _calibration(model: str) -> Calibration:
    meta = _meta(model)
    return Calibration.from_meta(meta) if meta else Calibration()


def _meta(model: str) -> Mapping[str, Any]:
    """What a folder made by `stance` says of itself; nothing for others."""
    path = Path(model).expanduser()
    return read_meta(path) if (path / "meta.json").is_file() else {}


def _digest(model: str) -> str:
    """One sha256 over the safetensors of a local folder, or of the cached hub snapshot; empty if not found."""
    import hashlib

    folder = Path(model).expanduser()
    if folder.is_dir():
        files = sorted(folder.glob("*.safetensors"))
    else:
        from transformers.utils import cached_file

        found = cached_file(
            model, "model.safetensors", local_files_only=True, _raise_exceptions_for_missing_entries=False
        )
        files = [Path(found)] if found else []
    total = hashlib.sha256()
    for path in files:
        with path.open("rb") as handle:
            while block := handle.read(1 << 20):
                total.update(block)
    return total.hexdigest() if files else ""
