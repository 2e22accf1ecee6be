"""Entailment models that also give the pooled representation that their last layer reads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from stance.classifiers.base import Pair
from stance.classifiers.embedded import EmbeddedScorer
from stance.classifiers.hub import HubScorer
from stance.classifiers.windows import Window, split
from stance.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from stance.classifiers.calibration import Calibration
    from stance.schema import ModelInfo

POOLED = "pooled"  # the name of the graph's value that the head reads


class Encoder(Protocol):
    """A loaded encoder."""

    info: ModelInfo
    window: int
    calibration: Calibration

    def encode(self, windows: Sequence[Pair | Window]) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """Logits (n, 3), columns as `stance.schema.ENTAILMENTS`, and pooled representations (n, d)."""
        ...

    def split(self, pairs: Sequence[Pair]) -> list[Window]:
        """The windows of pairs; see `stance.classifiers.windows.split`."""
        ...


class OnnxEncoder(EmbeddedScorer):
    """The embedded classifier with a second output, in a file written by `add_pooled_output`."""

    def encode(self, windows: Sequence[Pair | Window]) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """See `Encoder`. Every pair runs by itself, so that scores do not depend on company."""
        import numpy as np

        if not windows:
            return np.zeros((0, 3)), np.zeros((0, 0), dtype=np.float32)
        logits, pooled = self.run(windows, "logits", POOLED)
        return logits[:, self._columns].astype(np.float64), pooled


class TorchEncoder(HubScorer):
    """Any transformers entailment model: what its last linear layer reads is the pooled representation."""

    def __init__(self, model: str, *, device: str = "cpu", batch_size: int = 32) -> None:
        super().__init__(model, device=device, batch_size=batch_size)
        if not self.three_way:
            raise ModelError(f"{model}: tells only two classes; a base model needs entailment, neutral, contradiction")
        self._last = last_linear(self._model, model)
        self._read: list[NDArray[np.float32]] = []
        self._last.register_forward_pre_hook(self._remember)

    def _remember(self, _module: Any, inputs: tuple[Any, ...]) -> None:
        self._read.append(inputs[0].detach().float().cpu().numpy())

    def encode(self, windows: Sequence[Pair | Window]) -> tuple[NDArray[np.float64], NDArray[np.float32]]:
        """See `Encoder`."""
        import numpy as np

        if not windows:
            return np.zeros((0, 3)), np.zeros((0, self._last.in_features), dtype=np.float32)
        names = (self._columns.entailment, self._columns.neutral, self._columns.contradiction)
        columns = [at for at in names if at is not None]
        ids = self._tokenizer([w.premise for w in windows], [w.hypothesis for w in windows], truncation=False)[
            "input_ids"
        ]
        # In order of length, as `logits` runs them: what the layer reads then comes in the order of its answers.
        order = np.argsort(np.array([len(one) for one in ids]), kind="stable")
        logits = np.zeros((len(windows), 3))
        pooled = np.zeros((len(windows), self._last.in_features), dtype=np.float32)
        for start in range(0, len(order), self._batch_size):
            chosen = order[start : start + self._batch_size]
            self._read.clear()
            logits[chosen] = self.logits([windows[int(at)] for at in chosen])[:, columns]
            pooled[chosen] = np.concatenate(self._read)
        self._read.clear()
        return logits, pooled

    def split(self, pairs: Sequence[Pair]) -> list[Window]:
        """See `Encoder`."""
        return split(pairs, window=self.window, count=self._count)


def last_linear(model: Any, source: str) -> Any:
    """The linear layer that gives the logits.

    Raises:
        ModelError: if there is none.
    """
    import torch

    found = [m for m in model.modules() if isinstance(m, torch.nn.Linear) and m.out_features == model.config.num_labels]
    if not found:
        raise ModelError(f"{source}: its last layer is not linear; choose another base or --method full")
    return found[-1]


def add_pooled_output(source: Path, out: Path) -> None:
    """Copy an ONNX file with the pooled representation as a second output; the computation stays the same.

    Raises:
        ModelError: if the graph has no such value.
    """
    import onnx
    from onnx import TensorProto, helper

    model = onnx.load(str(source))
    if not any(POOLED in node.output for node in model.graph.node):
        raise ModelError(f"{source}: the graph has no value {POOLED!r}; use --method full with this base")
    if POOLED not in [output.name for output in model.graph.output]:
        model.graph.output.append(helper.make_tensor_value_info(POOLED, TensorProto.FLOAT, ["batch", "hidden"]))
    onnx.save(model, str(out))
