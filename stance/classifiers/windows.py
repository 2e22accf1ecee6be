"""Premises longer than a model's window: split at sentences, scored piece by piece, pooled. Nothing is truncated."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from stance.classifiers.base import Pair, Scores
from stance.errors import ModelError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SPECIAL_TOKENS = 4  # room for [CLS] and [SEP]s, or RoBERTa's four
MINIMUM_ROOM = 16  # tokens that a window must leave for the premise

_SENTENCE = re.compile(r"(?<=[.!?…])[\"'”’»)\]]*\s+(?=\S)")


class Window(NamedTuple):
    """One piece of a pair: `row` is that of the pair that it belongs to."""

    row: int
    premise: str
    hypothesis: str


def sentences(text: str) -> list[str]:
    """A text cut after sentence-final marks (closing quotation marks stay with their sentence); rough on purpose."""
    cuts = [0, *(match.end() for match in _SENTENCE.finditer(text)), len(text)]
    return [piece for start, end in pairwise(cuts) if (piece := text[start:end].strip())]


def score_pairs(
    pairs: Sequence[Pair],
    cut: Callable[[Sequence[Pair]], list[Window]],
    probabilities: Callable[[list[Window]], NDArray[np.float64]],
) -> Scores:
    """Score pairs, equal ones once, long ones window by window.

    Args:
        pairs: what is to be scored.
        cut: gives the windows of pairs; see `split`.
        probabilities: gives the distributions of windows, shape (windows, 3).

    Returns:
        Scores in the order of the pairs.
    """
    import numpy as np

    if not pairs:
        return Scores(np.zeros((0, 3)), np.zeros(0, dtype=np.int64))
    rows: dict[Pair, int] = {}
    order = np.array([rows.setdefault(pair, len(rows)) for pair in pairs], dtype=np.int64)
    windows = cut(list(rows))
    index = np.array([window.row for window in windows], dtype=np.int64)
    pooled = pool(probabilities(windows), index, len(rows))
    return Scores(pooled[order], np.bincount(index, minlength=len(rows)).astype(np.int64)[order])


def split(pairs: Sequence[Pair], *, window: int, count: Callable[[Sequence[str]], list[int]]) -> list[Window]:
    """Cut the pairs that do not fit into the window.

    Args:
        pairs: what is to be scored.
        window: the model's window in tokens, special tokens included.
        count: gives the number of tokens of each text, without special tokens.

    Returns:
        Windows in the order of the pairs, at least one a pair. A sentence that is too long by itself is cut at words,
        a word that is too long (a URL, base64) at characters.

    Raises:
        ModelError: if a hypothesis alone leaves no room for a premise.
    """
    premises = count([pair.premise for pair in pairs])
    hypotheses = count([pair.hypothesis for pair in pairs])
    windows: list[Window] = []
    for index, pair in enumerate(pairs):
        room = window - SPECIAL_TOKENS - hypotheses[index]
        if premises[index] <= room:
            windows.append(Window(index, pair.premise, pair.hypothesis))
            continue
        if room < MINIMUM_ROOM:
            raise ModelError(
                f"the hypothesis {pair.hypothesis[:60]!r}… has {hypotheses[index]} tokens, the window has {window}; "
                "shorten the hypothesis or the definition in the codebook"
            )
        windows.extend(Window(index, piece, pair.hypothesis) for piece in pack(pair.premise, room=room, count=count))
    return windows


def pack(text: str, *, room: int, count: Callable[[Sequence[str]], list[int]]) -> list[str]:
    """The fewest consecutive pieces of whole sentences (words, characters) with at most `room` tokens each."""
    units: list[tuple[str, int]] = []
    parts = sentences(text)
    for part, size in zip(parts, count(parts), strict=True):
        if size <= room:
            units.append((part, size))
            continue
        words = part.split()
        for word, length in zip(words, count(words), strict=True):
            if length <= room:
                units.append((word, length))
            else:
                units.extend((word[at : at + room], min(room, len(word) - at)) for at in range(0, len(word), room))
    pieces: list[str] = []
    held: list[str] = []
    used = 0
    for unit, size in units:
        if held and used + size > room:
            pieces.append(" ".join(held))
            held, used = [], 0
        held.append(unit)
        used += size
    if held:
        pieces.append(" ".join(held))
    return pieces


def pool(probabilities: NDArray[np.float64], index: NDArray[np.int64], n: int) -> NDArray[np.float64]:
    """Join the distributions of a pair's windows, each weighted by how much it says.

    The weight is the square of 1 − p(neutral): one window that entails or contradicts outweighs many that are silent,
    and windows that are all silent pool to neutral.

    Args:
        probabilities: shape (windows, 3), columns as `stance.schema.ENTAILMENTS`.
        index: shape (windows,), the pair each window belongs to.
        n: number of pairs.

    Returns:
        Shape (n, 3), rows summing to 1. Pairs with one window are unchanged.
    """
    import numpy as np

    weight = (1.0 - probabilities[:, 1]) ** 2 + 1e-6
    total = np.zeros(n)
    np.add.at(total, index, weight)
    pooled = np.zeros((n, 3))
    np.add.at(pooled, index, probabilities * (weight / total[index])[:, None])
    return pooled
