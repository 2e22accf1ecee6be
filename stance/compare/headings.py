"""Headings that an author sets against each other: “Russian thinking” and “American thinking”, “The case for” and “… against”.

Nothing is known of the article: only the wording of two headings is compared, by the words in `data/standpoints.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from stance.compare.vocabulary import function_words, tokens
from stance.resources import data_table

SAME_WORDING = 2
BOTH_VIEWS = 1
UNRELATED = 0
_POSSESSIVE = re.compile(r"\w[’']s\b|s[’'](?=\s)")


def opposition(a: str, b: str, *, adjacent: bool = False) -> int:
    """How plainly two headings, in the order of the article, are set against each other.

    Args:
        a: the heading that comes first.
        b: the other one.
        adjacent: whether no other heading stands between them, so that `b` may answer `a`.

    Returns:
        `SAME_WORDING` where they say the same of two holders ("X thinking", "Y thinking") or take the two ends of an axis
        ("Supporters", "Opponents"); `BOTH_VIEWS` where each says whose view it gives, or one answers the other; else
        `UNRELATED`.
    """
    first, second = tokens(a), tokens(b)
    if first == second:
        return UNRELATED
    if _poles(first, second):
        return SAME_WORDING
    (one, views), (other, more_views) = _holder(first), _holder(second)
    apart = bool(one - other and other - one)
    if apart and views & more_views:
        return SAME_WORDING
    if apart and views and more_views:
        return BOTH_VIEWS
    if apart and first[-1] == second[-1] and all(_owned(heading) for heading in (a, b)):
        return BOTH_VIEWS
    answers = _any(second, data_table("standpoints")["answer"]) and not _any(first, data_table("standpoints")["answer"])
    return BOTH_VIEWS if adjacent and answers else UNRELATED


def _poles(first: Sequence[str], second: Sequence[str]) -> bool:
    """Whether one heading is for and the other against."""
    table = data_table("standpoints")
    ends = _different(first, second)
    if {_pole(end[:1], table["bare"]) for end in ends} == {1, -1}:
        return True
    return any(_pole(first, axis) * _pole(second, axis) < 0 for axis in table["axes"])


def _different(first: Sequence[str], second: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """What is left of two lists of words without their common beginning and end."""
    short = min(len(first), len(second))
    start = next((i for i in range(short) if first[i] != second[i]), short)
    end = next((i for i in range(short - start) if first[-1 - i] != second[-1 - i]), short - start)
    return first[start : len(first) - end], second[start : len(second) - end]


def _pole(words: Sequence[str], axis: dict[str, list[str]]) -> int:
    return int(_any(words, axis["for"])) - int(_any(words, axis["against"]))


def _any(words: Sequence[str], entries: Sequence[str]) -> bool:
    return any(
        word == entry or (entry[-1] == "*" and word.startswith(entry[:-1])) for word in words for entry in entries
    )


@cache
def _standpoints() -> frozenset[str]:
    words = data_table("standpoints")["standpoint"]
    return frozenset(words) | {f"{word}s" for word in words}


def _holder(words: Sequence[str]) -> tuple[set[str], set[str]]:
    """Whose view a heading gives, and the words that say that it is a view; the holder without function words."""
    views = {word.removesuffix("s") for word in words if word in _standpoints()}
    holder = {word for word in words if word not in function_words() and word not in _standpoints()}
    return holder, views


@cache
def _demonyms() -> frozenset[str]:
    return frozenset(word for words in data_table("demonyms")["adjectives"].values() for word in words)


def _owned(heading: str) -> bool:
    """Whether a heading names whose matter it is: "Berlin’s winter", "Russian losses"."""
    return bool(_POSSESSIVE.search(heading)) or any(word in _demonyms() for word in heading.split())
