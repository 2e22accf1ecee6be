"""The one protocol that every classifier speaks: (premise, hypothesis) pairs in, label distributions out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from stance.schema import ModelInfo


class Pair(NamedTuple):
    """A premise (the quotation, with its speaker) and a hypothesis (what is claimed to follow from it)."""

    premise: str
    hypothesis: str


class Scores(NamedTuple):
    """What a scorer returns for n pairs.

    `probabilities` has shape (n, 3), columns in the order of `stance.schema.ENTAILMENTS` (entailment, neutral,
    contradiction), rows summing to 1. `windows` has shape (n,): how many pieces the premise was split into because it
    exceeded the model's window (1 = not split; nothing is ever truncated silently).
    """

    probabilities: NDArray[np.float64]
    windows: NDArray[np.int64]


@runtime_checkable
class Scorer(Protocol):
    """A loaded entailment model.

    Scores do not depend on the order or the company of the pairs (to 1e-4): implementations batch by length as they
    like and return rows in the order given.
    """

    info: ModelInfo

    def score(self, pairs: Sequence[Pair], *, task: str = "entailment") -> Scores:
        """Score `pairs`. `task` (stance, frame, entailment) selects the calibration, never the weights."""
        ...
