"""Rows whose labels look wrong: confident learning (Northcutt, Jiang and Chuang 2021, "Confident Learning: Estimating
Uncertainty in Dataset Labels", Journal of Artificial Intelligence Research 70).

A row is suspect where a label other than its own is at least as likely as that label is, on average, on the rows that bear it,
by a model that was not trained on the row's document.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Suspect:
    """A row whose label is doubted.

    `given` and `suggested` are label numbers, `probability` is what the model gives the row's own label, `margin` how much
    more it gives the suggested one.
    """

    row: int
    given: int
    suggested: int
    probability: float
    margin: float


def thresholds(probabilities: NDArray[np.float64], given: NDArray[np.int64]) -> NDArray[np.float64]:
    """For each label its mean probability over the rows that bear it, shape (k,); 1 for labels that no row bears."""
    import numpy as np

    size = probabilities.shape[1]
    return np.array([probabilities[given == at, at].mean() if (given == at).any() else 1.0 for at in range(size)])


def confident_joint(probabilities: NDArray[np.float64], given: NDArray[np.int64]) -> NDArray[np.int64]:
    """Counts of shape (k, k): rows by given label and by the label they are confidently counted to.

    Args:
        probabilities: out of sample, shape (n, k).
        given: label numbers, shape (n,).
    """
    import numpy as np

    size = probabilities.shape[1]
    counted = _counted(probabilities, given)
    held = counted >= 0
    return np.bincount(given[held] * size + counted[held], minlength=size * size).reshape(size, size)


def _counted(probabilities: NDArray[np.float64], given: NDArray[np.int64]) -> NDArray[np.int64]:
    """The likeliest label among those over their threshold, -1 where there is none."""
    import numpy as np

    over = probabilities >= thresholds(probabilities, given) - 1e-12
    masked = np.where(over, probabilities, -1.0)
    return np.where(over.any(axis=1), masked.argmax(axis=1), -1)


def suspects(probabilities: NDArray[np.float64], given: Sequence[int] | NDArray[np.int64]) -> list[Suspect]:
    """Rows off the diagonal of the confident joint, the most doubtful first (by normalised margin).

    Args:
        probabilities: out of sample, shape (n, k), rows summing to 1.
        given: label numbers, shape (n,).
    """
    import numpy as np

    labels = np.asarray(given, dtype=np.int64)
    counted = _counted(probabilities, labels)
    rows = np.flatnonzero((counted >= 0) & (counted != labels))
    found = [
        Suspect(
            int(row),
            int(labels[row]),
            int(counted[row]),
            float(probabilities[row, labels[row]]),
            float(probabilities[row, counted[row]] - probabilities[row, labels[row]]),
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: (-one.margin, one.row))
