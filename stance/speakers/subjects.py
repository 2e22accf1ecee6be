"""Subjects of the sentences before a place: whom "she" or "the official" may mean beside those who have spoken."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from stance.parse import Paragraph
from stance.quotes.lexicon import cue_of
from stance.schema import Span
from stance.speakers.gender import PRONOUNS
from stance.speakers.people import Entity
from stance.speakers.phrases import with_apposition
from stance.speakers.pronouns import SUBJECTS, History
from stance.speakers.voices import Flow, Voice

if TYPE_CHECKING:
    from spacy.tokens import Token


def before(flow: Flow, paragraph: Paragraph, at: int, fits: Callable[[Token], bool]) -> Token | None:
    """The last subject that `fits` in the two sentences before offset `at`, outside quotation marks."""
    here = flow.place(at).sentence
    said = _reported(flow.token(at))
    found: Token | None = None
    for token in reversed(paragraph.doc):
        place = paragraph.start + token.idx
        if place >= at or token.dep_ not in SUBJECTS or token.pos_ not in ("NOUN", "PROPN", "NUM"):
            continue
        if token.head in said or _is_told(token.head):
            continue
        where = flow.place(place)
        if here - where.sentence > 2 or (found is not None and found.sent != token.sent):
            return found
        if not where.quoted and fits(token) and (found is None or token.head in found.head.ancestors):
            found = token
    return found


def _is_told(verb: Token) -> bool:
    """Whether a verb stands in what somebody says or asks: "Asked how the driver had reacted, he"."""
    cue = cue_of(verb.head) if verb.dep_ == "ccomp" else None
    return cue is not None and cue.kind == "speech"


def said_before(flow: Flow, paragraph: Paragraph, at: int, wanted: str) -> list[int]:
    """Offsets of the last subjects "he" or "she" in the same paragraph before `at`, outside quotation marks."""
    doc = paragraph.doc
    places = [paragraph.start + t.idx for t in doc if t.dep_ in SUBJECTS and PRONOUNS.get(t.lower_) == wanted]
    return [place for place in places if place < at and not flow.place(place).quoted][-3:]


def _reported(pronoun: Token | None) -> list[Token]:
    """The verbs of what a subject is said to say, whose own subjects it cannot mean: "The wards, they say, are full"."""
    if pronoun is None or pronoun.dep_ not in SUBJECTS:
        return []
    verb = pronoun.head
    return [child for child in verb.children if child.dep_ == "ccomp"] + [verb.head] * (verb.dep_ == "parataxis")


def phrase_of(paragraph: Paragraph, noun: Token) -> Span:
    """The noun phrase of `noun` up to its first comma or dash, and an apposition after that: "the judge, Ada Berg"."""
    doc, last = paragraph.doc, noun.i
    while last < noun.right_edge.i and doc[last + 1].text not in (",", "—", "–", "(", ";"):
        last += 1
    span = with_apposition(doc[noun.left_edge.i : last + 1], noun)
    return paragraph.span(span[0], span[-1])


def is_newer(subject: Token, found: Voice | Entity, paragraph: Paragraph, at: int, history: History) -> bool:
    """Whether nobody else was mentioned outside quotation marks since `subject`, nor in its sentence before it."""
    entity = found if isinstance(found, Entity) else found.entity
    places = [place for place in entity.places if place < at] if entity is not None else []
    places += [place for place, voice in history if voice is found and place < at]
    start: int = paragraph.start + subject.sent.start_char
    return max(places, default=-1) < start
