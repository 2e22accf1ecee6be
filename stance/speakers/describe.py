"""A readable name for whoever is only described: "a diplomat involved in the talks, who asked not to be named"."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from stance.schema import SpeakerKind
from stance.speakers.names import fold
from stance.speakers.nominal import is_plural, is_role, is_unnamed, nouns
from stance.speakers.roles import demonyms

if TYPE_CHECKING:
    from spacy.tokens import Token

_SIDES = frozenset(["western", "eastern", "northern", "southern", "european", "arab", "nordic", "baltic", "balkan"])
LONGEST = 9  # words
_RELATIVE = frozenset({"who", "whom", "whose", "which", "that", "where", "when"})
_STOPS = frozenset({",", ";", ":", "—", "–", "--", "(", ")", "“", "”", '"', "[", "]"})


def name_of(span: Sequence[Token], head: Token, known: Mapping[int, str]) -> str:
    """The description without article, relative clauses that are long or ask for anonymity, dates and asides.

    Args:
        span: the tokens of the source.
        head: its head noun.
        known: by token index, a name to print as it is, in place of a possessive pronoun too.
    """
    words = [token for token in span if token.i <= head.i]
    start = 0
    while start < len(words) - 1 and words[start].i not in known and _leads(words[start]):
        start += 1
    words = words[start:]
    for chunk in _chunks([token for token in span if token.i > head.i]):
        text = "".join(token.text_with_ws for token in chunk)
        dated = any(token.ent_type_ in ("DATE", "TIME") for token in chunk)
        if is_unnamed(text) or dated or len(words) + len(chunk) > LONGEST:
            break
        words += chunk
    while len(words) > 1 and (
        words[-1].pos_ in ("ADP", "CCONJ", "SCONJ", "DET", "PUNCT", "AUX")
        or words[-1].lower_ in _RELATIVE
        or words[-1].lower_.endswith(("self", "selves"))
    ):
        words.pop()
    if head not in words:
        words = [head]
    words += _rest_of_word(words[-1])
    parts = []
    for number, token in enumerate(words):
        part = known.get(token.i, token.text)
        if number == 0 and token.i not in known and _opens(token):
            part = part.lower()
        parts.append(part + (" " if token.whitespace_ else ""))
    return re.sub(r"\s+", " ", "".join(parts)).strip(" \"“”'‘(,")


def _rest_of_word(last: Token) -> list[Token]:
    """What a hyphen joins to a word: "-old" after "46-year"."""
    rest: list[Token] = []
    while last.i + 2 < len(last.doc) and last.nbor().text == "-" and not (last.whitespace_ or last.nbor().whitespace_):
        rest += [last.nbor(), last.nbor(2)]
        last = rest[-1]
    return rest


def _leads(token: Token) -> bool:
    return token.lower_ in nouns("determiners") or token.is_punct or token.is_space or token.tag_ == "PDT"


def _opens(token: Token) -> bool:
    """Whether a word has its capital only from standing first in a sentence."""
    if token.tag_ in ("NNP", "NNPS") or token.ent_type_ not in ("", "CARDINAL", "ORDINAL", "QUANTITY"):
        return False
    return token.text[1:].islower() and fold(token.text) not in demonyms() and fold(token.text) not in _SIDES


def _chunks(after: Sequence[Token]) -> list[list[Token]]:
    """What follows a head noun up to the first comma or dash, cut before prepositions, relatives and participles."""
    chunks: list[list[Token]] = []
    clause = False
    for token in after:
        if token.text in _STOPS or token.is_space:
            break
        opens = token.lower_ in _RELATIVE or token.tag_ in ("VBN", "VBG")
        if not chunks or (not clause and (opens or token.pos_ in ("ADP", "SCONJ", "ADV") or token.tag_ == "TO")):
            chunks.append([])
        clause = clause or opens
        chunks[-1].append(token)
    return chunks


def kind_of(span: Sequence[Token], head: Token, *, definite: bool, plural: bool) -> SpeakerKind:
    """Whether a description is of an organisation, a group, a person known by an office, or somebody unnamed."""
    text = "".join(token.text_with_ws for token in span)
    lemma = head.lemma_.casefold()
    if is_unnamed(text) or (lemma in nouns("unnamed") and not (definite and not plural)):
        return "anonymous"
    if lemma in nouns("documents") or lemma in nouns("organisations"):
        return "organisation"
    if plural or lemma in nouns("collectives") or fold(head.text) in nouns("collectives"):
        return "collective"
    if is_role(lemma):
        return "person" if definite else "anonymous"
    return "organisation" if head.pos_ == "PROPN" else "collective"


def is_many(span: Sequence[Token], head: Token) -> bool:
    """Whether a noun phrase is of several: a plural head, or heads joined by "and"."""
    return is_plural(head) or any(token.dep_ == "cc" and token.head == head for token in span)
