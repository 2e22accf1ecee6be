"""The classifier that comes with the package: a small entailment cross-encoder in ONNX Runtime, without torch.

Its folder holds `model.onnx` (8-bit weights), `tokenizer.json` and `meta.json` (hashes, window, calibration).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance import sessions
from stance.classifiers.base import Pair, Scores
from stance.classifiers.calibration import Calibration, softmax
from stance.classifiers.windows import Window, score_pairs, split
from stance.errors import ModelError
from stance.schema import ModelInfo

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CHUNK = 4096  # windows tokenised at a time: bounds memory on long inputs


class EmbeddedScorer:
    """Scores pairs with the shipped ONNX model.

    Every pair runs by itself, as many at a time as there are threads: dynamic 8-bit quantisation takes its activation
    scale from the whole tensor, so a pair's scores would otherwise depend on what it is batched with. On a CPU this
    is also the fastest way, since nothing is padded.

    Args:
        folder: holds `model.onnx`, `tokenizer.json`, `meta.json`.
        threads: pairs scored at the same time; default: the cores this process may use.
        weights: the ONNX file to run instead of the one that `meta.json` names (its hash is then not checked).

    Raises:
        ModelError: if a file is missing or does not match its hash.
    """

    three_way = True

    def __init__(self, folder: Path | str, *, threads: int | None = None, weights: str | None = None) -> None:
        from tokenizers import Tokenizer

        folder = Path(folder)
        meta = read_meta(folder)
        name = weights or str(meta.get("weights", "model.onnx"))
        expected = meta.get("sha256", {})
        digest = verify(folder / name, None if weights else expected.get(name))
        verify(folder / "tokenizer.json", expected.get("tokenizer.json"))
        self.info = ModelInfo(
            name=str(meta.get("name", folder.name)),
            role="classifier",
            sha256=digest,
            licence=meta.get("licence"),
            path=str(folder / name),
        )
        self.calibration = Calibration.from_meta(meta)
        self.window = int(meta.get("window", 256))
        self._threads = threads or sessions.cores()
        self._columns = columns(meta.get("labels", ["entailment", "neutral", "contradiction"]), str(folder))
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._session = sessions.open_session(folder / name)
        self._inputs = {entry.name for entry in self._session.get_inputs()}

    def logits(self, pairs: Sequence[Pair | Window]) -> NDArray[np.float32]:
        """Raw scores of pairs that fit into the window, shape (n, 3), columns as `stance.schema.ENTAILMENTS`."""
        return self.run(pairs, "logits")[0][:, self._columns]

    def run(self, pairs: Sequence[Pair | Window], *outputs: str) -> list[NDArray[np.float32]]:
        """The named outputs of the graph for pairs that fit into the window, one array (n, width) each, n > 0."""
        import numpy as np

        def one(pair: Pair | Window) -> list[NDArray[np.float32]]:
            both = self._tokenizer.post_process(pieces[pair.premise], pieces[pair.hypothesis])
            feed = {
                "input_ids": np.array([both.ids], dtype=np.int64),
                "attention_mask": np.ones((1, len(both.ids)), dtype=np.int64),
                "token_type_ids": np.array([both.type_ids], dtype=np.int64),
            }
            return [found[0] for found in self._session.run(outputs, {name: feed[name] for name in self._inputs})]

        rows: list[list[NDArray[np.float32]]] = []
        with ThreadPoolExecutor(self._threads) as workers:
            for start in range(0, len(pairs), CHUNK):
                part = pairs[start : start + CHUNK]
                pieces = self._encoded([text for pair in part for text in (pair.premise, pair.hypothesis)])
                rows += workers.map(one, part)
        return [np.stack(column) for column in zip(*rows, strict=True)]

    def score(self, pairs: Sequence[Pair], *, task: str = "entailment") -> Scores:
        """Score `pairs`; see `stance.classifiers.base.Scorer`."""
        temperature = self.calibration.temperature.get(task, 1.0)
        return score_pairs(pairs, self.split, lambda windows: softmax(self.logits(windows), temperature))

    def split(self, pairs: Sequence[Pair]) -> list[Window]:
        """The windows of pairs; see `stance.classifiers.windows.split`."""
        return split(pairs, window=self.window, count=self._count)

    def _encoded(self, texts: Iterable[str]) -> dict[str, Any]:
        """The word pieces of every text, each cut once however many pairs it is part of."""
        unique = list(dict.fromkeys(texts))
        return dict(zip(unique, self._tokenizer.encode_batch(unique, add_special_tokens=False), strict=True))

    def _count(self, texts: Sequence[str]) -> list[int]:
        pieces = self._encoded(texts)
        return [len(pieces[text].ids) for text in texts]


def read_meta(folder: Path) -> dict[str, Any]:
    """The `meta.json` of a model folder.

    Raises:
        ModelError: if it is missing or malformed.
    """
    import json

    path = folder / "meta.json"
    try:
        meta = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise ModelError(f"{folder}: no model here (meta.json is missing); reinstall stance-analyser") from None
    except ValueError as error:
        raise ModelError(f"{path}: malformed JSON ({error}); restore the file") from None
    if not isinstance(meta, dict):
        raise ModelError(f"{path}: not a JSON object; restore the file")
    return meta


def verify(path: Path, expected: str | None) -> str:
    """The sha256 of a file, checked against `expected` where one is given.

    Raises:
        ModelError: if the file is missing or differs.
    """
    import hashlib

    if not path.is_file():
        raise ModelError(f"{path}: weights are missing; reinstall stance-analyser or give another --model")
    with path.open("rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    if expected and digest != expected:
        raise ModelError(f"{path}: sha256 is {digest[:12]}…, expected {expected[:12]}…; the file is damaged: reinstall")
    return digest


def columns(labels: Sequence[str], source: str) -> list[int]:
    """Where entailment, neutral and contradiction stand among a model's outputs.

    Raises:
        ModelError: if one of them is not there.
    """
    from stance.schema import ENTAILMENTS

    try:
        return [list(labels).index(label) for label in ENTAILMENTS]
    except ValueError:
        raise ModelError(f"{source}: its labels are {', '.join(labels)}, not {', '.join(ENTAILMENTS)}") from None
