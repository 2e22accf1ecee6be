"""A model folder made by `stance finetune --method head`: a base model and the heads that correct its answer.

`heads.safetensors` holds the heads; `meta.json` says for which task, and for frames for which hypotheses. Pairs of other tasks
and hypotheses get the base model's own answer, so what was not trained keeps its zero-shot ability. A folder made by
`--method full` is an ordinary model and needs none of this.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from stance.classifiers.base import Pair, Scores
from stance.classifiers.calibration import Calibration, softmax
from stance.classifiers.embedded import files, read_meta, verify
from stance.classifiers.encoders import Encoder, OnnxEncoder, TorchEncoder
from stance.classifiers.windows import Window, score_pairs
from stance.errors import ModelError
from stance.schema import ModelInfo
from stance.training.head import FrameHead, StanceHead, odds

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HEADS = "heads.safetensors"


class FinetunedScorer:
    """Scores pairs with a base model and heads.

    Args:
        folder: made by `stance finetune`.
        device: where the base runs.
        batch_size: pairs in a forward pass of a transformers base, or on a GPU.
        threads: of an ONNX base.

    Raises:
        ModelError: if a file is missing, damaged or of another shape.
    """

    three_way = True

    def __init__(
        self, folder: Path | str, *, device: str = "cpu", batch_size: int = 32, threads: int | None = None
    ) -> None:
        folder = Path(folder)
        meta = read_meta(folder)
        digest = verify(folder / HEADS, meta.get("sha256", {}).get(HEADS))
        self.encoder: Encoder = (
            OnnxEncoder(folder, device=device, batch_size=batch_size, threads=threads)
            if "model.onnx" in files(folder)
            else TorchEncoder(str(folder), device=device, batch_size=batch_size)
        )
        self.calibration = Calibration.from_meta(meta)
        self.window = self.encoder.window
        name = str(meta.get("name", folder.name))
        self.info = ModelInfo(name, "classifier", digest, meta.get("licence"), str(folder))
        self._heads = load_heads(folder / HEADS, meta)

    def score(self, pairs: Sequence[Pair], *, task: str = "entailment") -> Scores:
        """Score `pairs`; see `stance.classifiers.base.Scorer`."""
        return score_pairs(pairs, self.encoder.split, lambda windows: self._probabilities(windows, task))

    def _probabilities(self, windows: Sequence[Window], task: str) -> NDArray[np.float64]:
        import numpy as np

        heads = self._heads
        z, features = self.encoder.encode(windows)
        if heads.base is not None:
            z = features.astype(np.float64) @ heads.base[0].T + heads.base[1]
        if task == "stance" and heads.stance:
            return softmax(heads.stance.logits(z, features.astype(np.float64)))
        out = softmax(z, self.calibration.temperature.get(task, 1.0))
        if task != "frame" or not heads.frames:
            return out
        known = np.array([at for at, w in enumerate(windows) if w.hypothesis in heads.hypotheses], dtype=np.int64)
        if len(known):
            label = np.array([heads.hypotheses[windows[int(at)].hypothesis] for at in known], dtype=np.int64)
            logit = heads.frames.log_odds(odds(z[known]), features[known].astype(np.float64), label)
            entailed = 1 / (1 + np.exp(-logit))
            rest = out[known, 1:] / np.maximum(out[known, 1:].sum(axis=1, keepdims=True), 1e-12)
            out[known] = np.concatenate([entailed[:, None], rest * (1 - entailed)[:, None]], axis=1)
        return out


class Heads(NamedTuple):
    """What a folder corrects: `hypotheses` gives the number of the frame label that each trained hypothesis belongs to.

    `base` is the base model's own last layer, (3, d) and (3,), where the folder's weights hold the corrected one.
    """

    stance: StanceHead | None
    frames: FrameHead | None
    hypotheses: Mapping[str, int]
    base: tuple[NDArray[np.float64], NDArray[np.float64]] | None


def load_heads(path: Path, meta: Mapping[str, Any]) -> Heads:
    """The heads of a folder.

    Raises:
        ModelError: tensors are missing.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    stance = frames = base = None
    try:
        tensors = load_file(str(path))
        if "stance.weight" in tensors:
            stance = StanceHead(float(tensors["stance.scale"][0]), tensors["stance.bias"], tensors["stance.weight"])
        if "frame.own" in tensors:
            scale, bias = float(tensors["frame.scale"][0]), tensors["frame.bias"]
            frames = FrameHead(scale, bias, tensors["frame.shared"], tensors["frame.own"])
        if "base.weight" in tensors:
            base = (tensors["base.weight"], tensors["base.bias"])
    except (OSError, KeyError, SafetensorError) as error:
        raise ModelError(f"{path}: cannot be read ({error}); train the model again") from None
    known = {text: at for at, texts in enumerate(meta.get("hypotheses", [])) for text in texts}
    return Heads(stance, frames, known, base)


def head_tensors(stance: StanceHead | None, frames: FrameHead | None) -> dict[str, Any]:
    """The arrays of the heads by name, in double precision, for safetensors."""
    import numpy as np

    found: dict[str, Any] = {}
    if stance:
        found |= {"stance.scale": np.array([stance.scale]), "stance.bias": stance.bias, "stance.weight": stance.weight}
    if frames:
        found |= {
            "frame.scale": np.array([frames.scale]),
            "frame.bias": frames.bias,
            "frame.shared": frames.shared,
            "frame.own": frames.own,
        }
    return {name: np.ascontiguousarray(value, dtype=np.float64) for name, value in found.items()}
