"""The classifiers that come with the package: entailment cross-encoders in ONNX Runtime, without torch.

A folder holds `model.onnx` (8-bit weights), `tokenizer.json` and `meta.json` (hashes, window, calibration), and for GPUs, which
have no 8-bit products here, `model.safetensors` with `config.json`. A larger model's holds packed weights (see
`stance.classifiers.packed`) instead, from which the graph is made when it is loaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance import sessions
from stance.classifiers import packed
from stance.classifiers.base import Pair, Scores
from stance.classifiers.calibration import Calibration, softmax
from stance.classifiers.windows import Window, score_pairs, split
from stance.errors import ModelError
from stance.schema import ModelInfo

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

UNQUANTISED = "model.safetensors"
RESTORE = "copy the model's folder again, or train it again (one that comes with stance: reinstall stance-analyser)"
CHUNK = 4096  # windows tokenised at a time: bounds memory on long inputs


class EmbeddedScorer:
    """Scores pairs with the shipped ONNX model.

    Every pair runs by itself, as many at a time as there are threads: dynamic 8-bit quantisation takes its activation
    scale from the whole tensor, so a pair's scores would otherwise depend on what it is batched with. On a CPU this
    is also the fastest way, since nothing is padded. In single precision pairs of equal length run together.

    Args:
        folder: holds `model.onnx` or packed weights, `tokenizer.json`, `meta.json`.
        device: `cpu` (also `auto`, or none given) or `cuda`, which runs `model.safetensors` in single precision.
        batch_size: pairs in a run in single precision.
        threads: runs at the same time; default: the cores this process may use.
        weights: the file to run, ONNX or `model.safetensors`, instead of the one that `meta.json` names (its hash is
            then not checked).

    Raises:
        ModelError: if a file is missing or does not match its hash, or the device cannot be used.
    """

    three_way = True

    def __init__(
        self,
        folder: Path | str,
        *,
        device: str | None = None,
        batch_size: int = 32,
        threads: int | None = None,
        weights: str | None = None,
    ) -> None:
        from tokenizers import Tokenizer

        folder = Path(folder)
        meta = read_meta(folder)
        stored = str(meta.get("weights", "model.onnx"))
        in_parts = packed.is_part(stored) and not weights
        name = weights or (UNQUANTISED if sessions.on_gpu(device) and not in_parts else stored)
        expected = meta.get("sha256", {})
        digest = verify(folder / name, None if weights else expected.get(name))
        for other in expected:
            if other == "tokenizer.json" or (in_parts and packed.is_part(other)):
                verify(folder / other, expected[other])
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
        whole = name == UNQUANTISED or (in_parts and sessions.on_gpu(device))
        self._batch_size = batch_size if whole else 1
        graph: bytes | Path = folder / name
        if whole:
            graph = built(folder)
        elif in_parts:
            graph = built(folder, meta.get("eight_bit", []), meta.get("outliers"))
        self._session = sessions.open_session(graph, device=device)
        self._inputs = {entry.name for entry in self._session.get_inputs()}

    def logits(self, pairs: Sequence[Pair | Window]) -> NDArray[np.float32]:
        """Raw scores of pairs that fit into the window, shape (n, 3), columns as `stance.schema.ENTAILMENTS`."""
        return self.run(pairs, "logits")[0][:, self._columns]

    def run(self, pairs: Sequence[Pair | Window], *outputs: str) -> list[NDArray[np.float32]]:
        """The named outputs of the graph for pairs that fit into the window, one array (n, width) each, n > 0."""
        import numpy as np

        def together(chosen: Sequence[int]) -> list[NDArray[np.float32]]:
            both = [
                self._tokenizer.post_process(pieces[part[at].premise], pieces[part[at].hypothesis]) for at in chosen
            ]
            ids = np.array([one.ids for one in both], dtype=np.int64)
            feed = {
                "input_ids": ids,
                "attention_mask": np.ones_like(ids),
                "token_type_ids": np.array([one.type_ids for one in both], dtype=np.int64),
            }
            found: list[NDArray[np.float32]] = self._session.run(outputs, {name: feed[name] for name in self._inputs})
            return found

        rows: list[list[NDArray[np.float32]]] = []
        order: list[int] = []
        with ThreadPoolExecutor(self._threads) as workers:
            for start in range(0, len(pairs), CHUNK):
                part = pairs[start : start + CHUNK]
                pieces = self._encoded([text for pair in part for text in (pair.premise, pair.hypothesis)])
                batches = alike([len(pieces[p.premise]) + len(pieces[p.hypothesis]) for p in part], self._batch_size)
                rows += workers.map(together, batches)
                order += [start + at for batch in batches for at in batch]
        back = np.argsort(order)
        return [np.concatenate(column)[back] for column in zip(*rows, strict=True)]

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


def alike(lengths: Sequence[int], size: int) -> list[list[int]]:
    """Positions of equal `lengths`, at most `size` together; one by one they stay in order."""
    if size == 1:
        return [[at] for at in range(len(lengths))]
    order = sorted(range(len(lengths)), key=lambda at: lengths[at])
    groups = [list(group) for _, group in groupby(order, key=lambda at: lengths[at])]
    return [group[start : start + size] for group in groups for start in range(0, len(group), size)]


def read_weights(folder: Path) -> dict[str, NDArray[np.float32]]:
    """A folder's weights, packed or in `model.safetensors`, in single precision, by their transformers names."""
    import numpy as np
    from safetensors.numpy import load_file

    if packed.is_packed(folder):
        return packed.read(folder)
    return {name: value.astype(np.float32) for name, value in load_file(str(folder / UNQUANTISED)).items()}


def built(folder: Path, eight_bit: Iterable[str] = (), outliers: Mapping[str, Sequence[int]] | None = None) -> bytes:
    """The ONNX graph of a folder's weights, in single precision save for the named parts; also gives the value `pooled`.

    See `stance.training.onnx_graph.build`.

    Raises:
        ModelError: the weights or `config.json` are missing, damaged, or not of the architecture that `onnx_graph` knows.
    """
    import json

    from onnx import TensorProto, helper
    from safetensors import SafetensorError

    from stance.training import onnx_graph

    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        if not onnx_graph.can_build(config):
            raise ModelError(f"{folder}: only BERT and MPNet models run on a GPU in ONNX Runtime; use --device cpu")
        model = onnx_graph.build(read_weights(folder), config, frozenset(eight_bit), outliers=outliers)
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise ModelError(
            f"{folder}: its safetensors and config.json cannot be used ({error}); restore them, or use --device cpu"
        ) from None
    model.graph.output.append(helper.make_tensor_value_info("pooled", TensorProto.FLOAT, ["batch", "hidden"]))
    return bytes(model.SerializeToString())


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
        raise ModelError(f"{folder}: no model here (meta.json is missing); {RESTORE}") from None
    except ValueError as error:
        raise ModelError(f"{path}: malformed JSON ({error}); restore the file") from None
    if not isinstance(meta, dict):
        raise ModelError(f"{path}: not a JSON object; restore the file")
    if wrong := next((name for name in ("sha256", "calibration") if not isinstance(meta.get(name, {}), dict)), None):
        raise ModelError(f"{path}: {wrong} is not a JSON object; restore the file")
    return meta


def files(folder: Path) -> frozenset[str]:
    """The files of a model folder: those that are there, and those that its `meta.json` says belong to it.

    Raises:
        ModelError: `meta.json` is malformed.
    """
    listed = read_meta(folder).get("sha256", {}) if (folder / "meta.json").is_file() else {}
    return frozenset(path.name for path in folder.glob("*")) | frozenset(listed)


def verify_listed(folder: Path, *, but: str = "") -> None:
    """Check every file that `meta.json` lists, those whose names end with `but` apart.

    Raises:
        ModelError: `meta.json` is missing or malformed, or a file is missing or altered.
    """
    for name, expected in read_meta(folder).get("sha256", {}).items():
        if not but or not name.endswith(but):
            verify(folder / name, expected)


def verify(path: Path, expected: str | None) -> str:
    """The sha256 of a file, checked against `expected` where one is given.

    Raises:
        ModelError: if the file is missing or differs.
    """
    import hashlib

    if not path.is_file():
        raise ModelError(f"{path}: is missing; {RESTORE}")
    with path.open("rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    if expected and digest != expected:
        raise ModelError(f"{path}: sha256 is {digest[:12]}…, expected {expected[:12]}…; the file is damaged; {RESTORE}")
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
