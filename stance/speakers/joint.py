"""Several who speak with one voice: "Ada Berg and the miners’ union said"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from stance.schema import Speaker
from stance.speakers.names import titles
from stance.speakers.nominal import is_role, nouns

if TYPE_CHECKING:
    from spacy.tokens import Span as Tokens
    from spacy.tokens import Token


def parts_of(span: Tokens, head: Token) -> list[Tokens]:
    """The phrases that "and" joins in a source, or nothing where it names one: "president and founder Ada Berg".

    Args:
        span: the source phrase.
        head: the noun it is about.

    Returns:
        Two phrases or more; each has a proper name for its head or begins with "the".
    """
    heads = [head, *(t for t in head.conjuncts if head.i < t.i < span.end and t.nbor(-1).text != "-")]  # "D-Ohio"
    if len(heads) < 2 or all(token.lower_ != "and" for token in span):
        return []
    starts = [span.start, *(token.left_edge.i for token in heads[1:])]
    if any(before.i >= start for before, start in zip(heads, starts[1:], strict=False)):
        return []
    parts = []
    for start, end, top in zip(starts, [*starts[1:], span.end], heads, strict=True):
        named = top.pos_ == "PROPN" and top.text[0].isupper()
        if named and (top.lower_.rstrip(".") in titles() or is_role(top.lemma_)):
            return []
        if not named and (span.doc[start].lower_ != "the" or top.lower_ in nouns("somebody")):
            return []
        parts.append(span.doc[start:end])
    return parts


def name_of(names: Sequence[str]) -> str:
    """The names as one: "A and B", "A, B and C"."""
    return f"{', '.join(names[:-1])} and {names[-1]}"


def shared(members: Sequence[Speaker], fact: str) -> str | None:
    """What all members have in common: their side, country or affiliation; `None` where they differ."""
    values = {getattr(member, fact) for member in members}
    return values.pop() if len(values) == 1 else None
