"""Personal names as tokens: folding, titles, spelling variants, and when two forms can be one person."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from stance.data import table, words

_LETTERS = str.maketrans(
    {"ı": "i", "İ": "i", "ł": "l", "Ł": "l", "ø": "o", "Ø": "o", "ß": "ss", "đ": "d", "Đ": "d", "æ": "ae", "œ": "oe"}
)
_SPLIT = re.compile(r"[^\w]+")
SUFFIXES = frozenset({"jr", "sr", "ii", "iii", "iv"})


@cache
def titles() -> frozenset[str]:
    """Titles and offices that stand before a name."""
    return frozenset(words("titles"))


@cache
def _variants() -> dict[str, int]:
    return {form: number for number, row in enumerate(table("name_variants")) for form in row}


@lru_cache(maxsize=32768)
def fold(text: str) -> str:
    """Lower case, without diacritics and with Turkish, Polish and Nordic letters mapped to plain ones."""
    decomposed = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return "".join(ch for ch in decomposed if not unicodedata.combining(ch)).casefold()


@lru_cache(maxsize=16384)
def tokens_of(name: str) -> tuple[str, ...]:
    """Folded words of a name without titles, possessive endings, initials' stops and suffixes like Jr."""
    bare = re.sub(r"['’]s?(?=\s|$)", "", name)
    parts = [part for part in _SPLIT.split(fold(bare).replace("'", "").replace("’", "")) if part]
    while len(parts) > 1 and parts[0] in titles():
        parts.pop(0)
    while len(parts) > 1 and parts[-1] in SUFFIXES:
        parts.pop()
    return tuple(parts)


def same_word(first: str, second: str) -> bool:
    """Equal, listed variants of one name, or one edit apart in words of five letters or more."""
    if first == second:
        return True
    numbers = _variants()
    if first in numbers and numbers.get(first) == numbers.get(second):
        return True
    return (
        min(len(first), len(second)) >= 5
        and first[0] == second[0]
        and first[-2:] == second[-2:]
        and _one_edit(first, second)
    )


def word_keys(word: str) -> list[tuple[str, ...]]:
    """Marks of a word; two words that `same_word` takes for one share at least one of them."""
    keys: list[tuple[str, ...]] = [(word,), (word[0], word[-2:])]
    number = _variants().get(word)
    return keys if number is None else [*keys, ("variant", str(number))]


def _one_edit(first: str, second: str) -> bool:
    if abs(len(first) - len(second)) > 1:
        return False
    if len(first) > len(second):
        first, second = second, first
    position = next((i for i, ch in enumerate(first) if ch != second[i]), len(first))
    if len(first) == len(second):
        return first[position + 1 :] == second[position + 1 :] or (
            first[position : position + 2] == second[position : position + 2][::-1]
            and first[position + 2 :] == second[position + 2 :]
        )
    return first[position:] == second[position + 1 :]


def same_person(first: tuple[str, ...], second: tuple[str, ...]) -> bool:
    """Whether two full names (two words or more each) can be one person: surname and given names agree."""
    if not first or not second:
        return False
    if not same_word(first[-1], second[-1]):
        return False
    return _given(first[0], second[0]) or _subset(first, second)


def _given(first: str, second: str) -> bool:
    return same_word(first, second) or ((len(first) == 1 or len(second) == 1) and first[0] == second[0])


def _subset(first: tuple[str, ...], second: tuple[str, ...]) -> bool:
    short, long = sorted((first, second), key=len)
    return len(short) > 1 and all(any(same_word(a, b) for b in long) for a in short)
