"""Where somebody takes sides or says what a thing is like: what stands there is what is argued over."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from stance.resources import data_table

if TYPE_CHECKING:
    from spacy.tokens import Token

SUBJECT = ("nsubj", "nsubjpass")
CLAUSE_SUBJECT = ("csubj", "csubjpass", *SUBJECT)
MARKS = frozenset('"“‘«„')  # that open a quotation
_COMPLEMENTS = ("attr", "acomp", "oprd")
_COPULAS = ("be", "seem", "look", "remain", "become", "prove", "sound", "feel")


@cache
def contest(kind: str) -> frozenset[str]:
    """The words of a kind in `data/contest.toml`: verbs, nouns and prepositions that take sides, generic nouns."""
    return frozenset(str(data_table("contest")[kind]).split())


def judged(root: Token) -> bool:
    """Whether a noun is the object of words that take sides: "reject the plan", "a row over the plan"."""
    verb = root.head if root.dep_ == "dobj" else root.head.head
    if root.dep_ in ("dobj", "pobj") and verb.lemma_ in contest("light") and stands_for_thing(verb):
        return True  # "going on strike is wrong"
    if root.dep_ in ("dobj", "nsubjpass"):
        return root.head.lemma_ in contest("verbs")
    return root.dep_ == "pobj" and judging(root.head)


def judging(preposition: Token) -> bool:
    """Whether the object of a preposition is what sides are taken over: "against", "opponents of", "a vote on"."""
    if preposition.lower_ == "against":
        return True
    if preposition.lower_ not in contest("prepositions"):
        return False
    if preposition.head.lemma_ == "be":
        return preposition.lower_ in ("for",)
    return preposition.head.pos_ == "NOUN" and preposition.head.lemma_ in contest("nouns")


def rated(root: Token) -> bool:
    """Whether "is" and its like say something of a subject: "the plan is a folly"."""
    verb = root.head
    return (
        root.dep_ in CLAUSE_SUBJECT
        and verb.lemma_ in _COPULAS
        and any(child.dep_ in _COMPLEMENTS for child in verb.children)
    )


def stands_for_thing(verb: Token) -> bool:
    """Whether a gerund is a subject ("closing it is wrong") or the object of words that take sides ("against closing it")."""
    if verb.tag_ != "VBG":
        return False
    if verb.dep_ in CLAUSE_SUBJECT:
        return True
    if verb.dep_ == "amod":  # "Freezing rents is wrong", to the parser rents that freeze
        opens = verb.is_sent_start or verb.nbor(-1).text in MARKS
        return opens and verb.head.dep_ in SUBJECT and verb.head.i == verb.i + 1
    if verb.dep_ == "pcomp":
        return judging(verb.head)
    return verb.dep_ == "xcomp" and verb.head.lemma_ in contest("verbs")
