"""The classifier that comes with the package: a small entailment cross-encoder in ONNX Runtime, without torch.

Its folder holds `model.onnx` (8-bit weights), `tokenizer.json` and `meta.json` (hashes, window, calibration).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance.classifiers.base import Pair, Scores
from stance.classifiers.calibration import Calibration, softmax
from stance.classifiers.windows import Window, pool, split
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
        import onnxruntime
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
        self._threads = threads or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
        self._columns = columns(meta.get("labels", ["entailment", "neutral", "contradiction"]), str(folder))
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1  # parallel over pairs, not inside one
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = onnxruntime.InferenceSession(
            str(folder / name), sess_options=options, providers=["CPUExecutionProvider"]
        )
        self._inputs = {entry.name for entry in self._session.get_inputs()}

    def logits(self, pairs: Sequence[Pair | Window]) -> NDArray[np.float32]:
        """Raw scores of pairs that fit into the window, shape (n, 3), columns as `stance.schema.ENTAILMENTS`."""
        import numpy as np

        out = np.zeros((len(pairs), 3), dtype=np.float32)
        with ThreadPoolExecutor(self._threads) as workers:
            for start in range(0, len(pairs), CHUNK):
                part = pairs[start : start + CHUNK]
                encodings = self._tokenizer.encode_batch([(pair.premise, pair.hypothesis) for pair in part])
                out[start : start + len(part)] = list(workers.map(self._run, encodings))
        return out

    def score(self, pairs: Sequence[Pair], *, task: str = "entailment") -> Scores:
        """Score `pairs`; see `stance.classifiers.base.Scorer`."""
        import numpy as np

        if not pairs:
            return Scores(np.zeros((0, 3)), np.zeros(0, dtype=np.int64))
        unique = list(dict.fromkeys(pairs))
        row = {pair: at for at, pair in enumerate(unique)}
        windows = split(unique, window=self.window, count=self._count)
        index = np.array([window.row for window in windows], dtype=np.int64)
        probabilities = softmax(self.logits(windows), self.calibration.temperature.get(task, 1.0))
        pooled = pool(probabilities, index, len(unique))
        order = np.array([row[pair] for pair in pairs], dtype=np.int64)
        return Scores(pooled[order], np.bincount(index, minlength=len(unique)).astype(np.int64)[order])

    def _run(self, encoding: Any) -> NDArray[np.float32]:
        import numpy as np

        feed = {
            "input_ids": np.array([encoding.ids], dtype=np.int64),
            "attention_mask": np.ones((1, len(encoding.ids)), dtype=np.int64),
            "token_type_ids": np.array([encoding.type_ids], dtype=np.int64),
        }
        (logits,) = self._session.run(["logits"], {name: feed[name] for name in self._inputs})
        return np.asarray(logits[0], dtype=np.float32)[self._columns]

    def _count(self, texts: Sequence[str]) -> list[int]:
        unique = list(dict.fromkeys(texts))
        sizes = [len(encoding.ids) for encoding in self._tokenizer.encode_batch(unique, add_special_tokens=False)]
        size = dict(zip(unique, sizes, strict=True))
        return [size[text] for text in texts]


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
