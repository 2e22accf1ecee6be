"""What a fine-tuning ends with, the same for both methods."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from stance.schema import STANCES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from stance.classifiers.calibration import Calibration
    from stance.codebook import Codebook
    from stance.training.data import Example

    Array = NDArray[np.float64]

Progress = Callable[[int, int, str], None]
MIN_COVERAGE = 0.05
MIN_POSITIVES = 5  # a frame with fewer rows keeps the common threshold


@dataclass(frozen=True, slots=True)
class Outcome:
    """What goes into `meta.json` and the card.

    Attributes:
        method: head or full.
        measured_on: in words, which rows the figures are of.
        figures: of the new model (see `stance.evaluation`).
        baseline: of the base model on the same rows.
        comparison: paired tests of the two.
        calibration: temperatures and thresholds, as `Calibration.from_meta` reads them.
        thresholds: by frame.
        hypotheses: by frame, the trained sentences (`head`).
        split: rows and documents on each side.
        training: what was chosen and how long it took.
        notes: what a reader must know.
    """

    method: str
    measured_on: str
    figures: Mapping[str, Any]
    baseline: Mapping[str, Any]
    comparison: Mapping[str, Any]
    calibration: Mapping[str, Any]
    thresholds: Mapping[str, float] = field(default_factory=dict)
    hypotheses: Sequence[Sequence[str]] = ()
    split: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def stance_abstention(
    probabilities: Array, gold: NDArray[np.int64], error_rate: float
) -> tuple[float, float, list[str]]:
    """The threshold under which a stance is withheld, the coverage it leaves, and notes.

    Args:
        probabilities: shape (n, 3), on rows that were not trained on.
        gold: shape (n,).
        error_rate: share of wrong answers to hold among those given.
    """
    from stance.classifiers.calibration import fit_abstention

    threshold, coverage = fit_abstention(
        probabilities.max(axis=1), probabilities.argmax(axis=1) == gold, error_rate=error_rate
    )
    if coverage < MIN_COVERAGE:
        return 0.0, 1.0, [f"An error rate of {error_rate:.0%} cannot be held on these rows, so nothing is withheld."]
    if coverage == 1.0:
        return 0.0, 1.0, []
    return int(threshold * 1000) / 1000, round(coverage, 3), []  # rounded down: what it was fitted on stays in


def frame_thresholds(
    probabilities: Array, gold: NDArray[np.bool_], codebook: Codebook
) -> tuple[float, dict[str, float]]:
    """The threshold with the best micro-F1 over all frames, and each frame's own where it has enough rows.

    Args:
        probabilities: shape (n, labels), on rows that were not trained on.
        gold: shape (n, labels).
        codebook: the labels.
    """
    import numpy as np

    grid = np.arange(0.05, 0.96, 0.01)

    def best(p: Array, truth: NDArray[np.bool_]) -> float:
        f1 = [2 * (truth & (p >= t)).sum() / max(truth.sum() + (p >= t).sum(), 1) for t in grid]
        tied = np.flatnonzero(np.array(f1) >= max(f1) - 1e-9)
        return round(float(grid[tied[len(tied) // 2]]), 2)  # the middle of a plateau, not its edge

    common = best(probabilities, gold)
    own = {
        name: best(probabilities[:, at], gold[:, at]) if gold[:, at].sum() >= MIN_POSITIVES else common
        for at, name in enumerate(codebook.ids)
    }
    return common, own


def stance_figures(
    examples: Sequence[Example], probabilities: Array, threshold: float, seed: int
) -> tuple[dict[str, Any], list[str]]:
    """Figures of probabilities (n, 3) in the order of `STANCES`, and the likeliest labels."""
    from stance import evaluation

    scores = [dict(zip(STANCES, map(float, row), strict=True)) for row in probabilities]
    likeliest = [max(row, key=lambda name: row[name]) for row in scores]
    predicted = [name if row[name] >= threshold else None for name, row in zip(likeliest, scores, strict=True)]
    gold = [example.label for example in examples]
    parts = {"target": [example.target for example in examples]}
    return evaluation.single(gold, scores, predicted, labels=STANCES, parts=parts, seed=seed), likeliest


def frame_figures(
    examples: Sequence[Example], probabilities: Array, codebook: Codebook, thresholds: Mapping[str, float], seed: int
) -> tuple[dict[str, Any], list[frozenset[str]]]:
    """Figures of probabilities (n, labels), and the sets given."""
    from stance import evaluation

    scores = [dict(zip(codebook.ids, map(float, row), strict=True)) for row in probabilities]
    if codebook.multi_label:
        given = [frozenset(name for name in codebook.ids if row[name] >= thresholds[name]) for row in scores]
    else:
        given = [frozenset([max(row, key=lambda name: row[name])]) for row in scores]
    gold = [sorted(example.labels) for example in examples]
    figures = evaluation.sets(gold, [sorted(g) for g in given], labels=codebook.ids, scores=scores, seed=seed)
    return figures, given


def compared(
    examples: Sequence[Example], new: Sequence[Any], old: Sequence[Any], task: str, seed: int
) -> dict[str, Any]:
    """Paired tests of the new model against the base on the same rows."""
    from stance import evaluation

    if task == "stance":
        gold: list[Any] = [example.label for example in examples]
        found = evaluation.difference(gold, new, old, labels=STANCES, seed=seed)
    else:
        gold = [frozenset(example.labels) for example in examples]
        found = {}
    return found | {"mcnemar": evaluation.mcnemar(gold, new, old)}


def base_frame_thresholds(codebook: Codebook, calibration: Calibration) -> dict[str, float]:
    """The thresholds that the base model uses for a codebook."""
    common = codebook.threshold or calibration.threshold(codebook.name)
    return {label.id: label.threshold or common for label in codebook.labels}
