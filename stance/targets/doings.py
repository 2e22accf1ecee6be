"""Doings that an article argues over, by gerund or as the aim of a plan: "closing the school", "the plan to close the school"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from stance.targets.contest import contest, stands_for_thing

if TYPE_CHECKING:
    from spacy.tokens import Token

_ENDING = re.compile(r"(?<=\w{3})(?:ing|ure|ment|ation|ion|al|e)$")


class Doing(NamedTuple):
    """What a verb and its object say is done: its name, and the last token of it."""

    name: str
    last: Token


def stem(word: str) -> str:
    """A verb, or a noun made of it, less what the noun's ending may have changed: "clos" of "close", "closing", "closure"."""
    return _ENDING.sub("", word.casefold())


def doing(verb: Token) -> Doing | None:
    """The doing that a verb opens, if it stands where a thing could: as a subject, after "against", as the aim of a plan."""
    if verb.tag_ not in ("VBG", "VB") or verb.lemma_ in contest("light") or not verb.text.isalpha():
        return None
    if not stands_for_thing(verb) and not (verb.dep_ in ("acl", "relcl", "pcomp", "xcomp") and _aimed(verb)):
        return None
    last = _object(verb)
    if last is None:
        return Doing(gerund(verb.text), verb) if verb.tag_ == "VBG" else None
    return Doing(f"{gerund(verb.text)} {verb.doc[verb.i + 1 : last.i + 1].text}", last)


def _aimed(verb: Token) -> bool:
    """Whether a verb is what a plan or a decision is to do: "a plan to close it", "the idea of closing it"."""
    if verb.dep_ == "xcomp":
        return verb.head.lemma_ in contest("intentions") and verb.i > verb.head.i
    noun = verb.head
    if verb.dep_ == "pcomp":
        if noun.lower_ != "of":
            return False
        noun = noun.head
    if verb.dep_ == "relcl" and all(child.tag_ != "TO" for child in verb.children):
        return False
    return noun.pos_ == "NOUN" and noun.lemma_ in contest("nouns") | contest("generic")


def aims(noun: Token) -> Iterator[Token]:
    """The verbs that say what a plan or a decision is to do."""
    for child in noun.children:
        verbs = [child] if child.dep_ in ("acl", "relcl") else [*child.children] if child.lower_ == "of" else []
        yield from (verb for verb in verbs if verb.tag_ in ("VB", "VBG") and _aimed(verb))


def _object(verb: Token) -> Token | None:
    """What a doing is done to, or the last word of the first phrase after its preposition ("moving to Poland")."""
    for child in verb.children:
        if child.dep_ == "dobj" and child.i > verb.i:
            return child
    if verb.dep_ == "amod":
        return verb.head
    for child in verb.children:
        if child.dep_ == "prep" and child.i > verb.i:
            return next((inner for inner in child.children if inner.dep_ == "pobj"), None)
    return None


def gerund(verb: str) -> str:
    """The form in -ing of a verb given in its plain form or already in this one."""
    word = verb.casefold()
    if word.endswith("ing") and len(word) > 5:
        return word
    if word.endswith("ie"):
        return word[:-2] + "ying"
    if word.endswith("e") and not word.endswith(("ee", "oe", "ye")):
        return word[:-1] + "ing"
    short = re.fullmatch(r"[^aeiou]*[aeiou][^aeiouwxy]", word)
    return word + (word[-1] if short else "") + "ing"
