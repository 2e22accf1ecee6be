"""Calibration: temperatures, the threshold below which a stance is withheld, frame thresholds, calibration error."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was fitted on development data for one model.

    `temperature` divides the logits, by task (Guo et al. 2017). `abstain_below` is the probability under which the
    best label of a task is withheld. `frame_threshold` is by codebook name, with `""` for codebooks not seen.
    """

    temperature: Mapping[str, float] = field(default_factory=dict)
    abstain_below: Mapping[str, float] = field(default_factory=dict)
    frame_threshold: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def from_meta(cls, meta: Mapping[str, Any]) -> Calibration:
        """The `calibration` part of a model's `meta.json`; missing parts leave scores as they are."""
        part = meta.get("calibration", {})
        return cls(
            temperature=dict(part.get("temperature", {})),
            abstain_below=dict(part.get("abstain_below", {})),
            frame_threshold=dict(part.get("frame_threshold", {})),
        )

    def threshold(self, codebook: str) -> float:
        """The probability from which a frame of `codebook` counts as present."""
        return self.frame_threshold.get(codebook, self.frame_threshold.get("", 0.5))


def of(scorer: object) -> Calibration:
    """The calibration a scorer carries, or an empty one."""
    found = getattr(scorer, "calibration", None)
    return found if isinstance(found, Calibration) else Calibration()


def softmax(logits: NDArray[np.floating[Any]], temperature: float = 1.0) -> NDArray[np.float64]:
    """Probabilities over the last axis of logits of any shape, in double precision."""
    import numpy as np

    scaled = np.asarray(logits, dtype=np.float64) / temperature
    scaled = np.exp(scaled - scaled.max(axis=-1, keepdims=True))
    return np.asarray(scaled / scaled.sum(axis=-1, keepdims=True))


def fit_temperature(logits: NDArray[np.floating[Any]], gold: NDArray[np.integer[Any]]) -> float:
    """The temperature that minimises negative log-likelihood.

    Args:
        logits: shape (n, k).
        gold: shape (n,), column indices.

    Returns:
        A factor in 0.25..8.
    """
    import numpy as np

    def loss(temperature: float) -> float:
        chosen = softmax(logits, temperature)[np.arange(len(gold)), gold]
        return float(-np.log(np.clip(chosen, 1e-12, None)).mean())

    grid = np.geomspace(0.25, 8.0, 121)
    return float(grid[int(np.argmin([loss(float(value)) for value in grid]))])


def expected_calibration_error(
    confidence: NDArray[np.floating[Any]], correct: NDArray[np.bool_], *, bins: int = 10
) -> float:
    """The mean gap between confidence and accuracy over `bins` groups of equal size (adaptive ECE, Nixon et al. 2019).

    Args:
        confidence: shape (n,), probability of the chosen label.
        correct: shape (n,), whether it was right.
        bins: number of groups.
    """
    import numpy as np

    order = np.argsort(confidence, kind="stable")
    groups = [group for group in np.array_split(order, bins) if len(group)]
    gaps = [len(group) * abs(confidence[group].mean() - correct[group].mean()) for group in groups]
    return float(sum(gaps) / max(len(order), 1))


def fit_abstention(
    confidence: NDArray[np.floating[Any]], correct: NDArray[np.bool_], *, error_rate: float
) -> tuple[float, float]:
    """The smallest threshold at which answers above it err at most at `error_rate`.

    Args:
        confidence: shape (n,).
        correct: shape (n,).
        error_rate: the share of wrong answers to hold among those given.

    Returns:
        The threshold and the coverage (share answered) it leaves.
    """
    import numpy as np

    order = np.argsort(-confidence, kind="stable")
    errors = np.cumsum(~correct[order]) / np.arange(1, len(order) + 1)
    held = np.flatnonzero(errors <= error_rate)
    if not len(held):
        return 1.0, 0.0
    last = int(held[-1])
    return float(confidence[order[last]]), float((last + 1) / len(order))
