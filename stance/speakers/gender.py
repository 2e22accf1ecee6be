"""Whom "he" and "she" can mean: what titles, role nouns, kin terms and given names say."""

from __future__ import annotations

from functools import cache
from typing import Literal

from stance.data import words
from stance.speakers.nominal import nouns

Gender = Literal["female", "male"]
PRONOUNS: dict[str, Gender] = {
    "he": "male",
    "him": "male",
    "his": "male",
    "himself": "male",
    "she": "female",
    "her": "female",
    "hers": "female",
    "herself": "female",
}


@cache
def _given(kind: Gender) -> frozenset[str]:
    return frozenset(name for line in words(f"given_names_{kind}") for name in line.split())


@cache
def _endings(kind: Gender) -> tuple[str, ...]:
    return tuple(nouns(f"{kind}_endings"))


def is_given_name(word: str) -> bool:
    """Whether a folded word is a given name that the lists know."""
    return word in _given("female") or word in _given("male")


def of_title(title: str) -> Gender | None:
    """The gender that a title before a name implies."""
    return "male" if title in nouns("male_titles") else "female" if title in nouns("female_titles") else None


def of_noun(lemma: str) -> Gender | None:
    """The gender that a role noun or a kin term implies."""
    word = lemma.casefold()
    if word in nouns("female") or word.endswith("woman"):
        return "female"
    if word in nouns("male") or (word.endswith("man") and word not in ("woman", "human", "ombudsman", "chairman")):
        return "male"
    return None


def of_name(tokens: tuple[str, ...]) -> tuple[Gender, int] | None:
    """The gender that a full name (folded words) suggests, and how surely: 3 for a listed name, 1 for an ending."""
    if len(tokens) < 2:
        return None
    first, last = tokens[0], tokens[-1]
    if is_given_name(first):
        female, male = first in _given("female"), first in _given("male")
        return None if female and male else ("female" if female else "male", 3)
    if last.endswith(("ova", "eva", "skaya", "dottir")) and len(last) > 5:
        return "female", 2
    if len(first) > 3 and first.endswith(_endings("female")):
        return "female", 1
    if len(first) > 3 and first.endswith(_endings("male")):
        return "male", 1
    return None
