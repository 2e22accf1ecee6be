"""Whom a pronoun means: gender and number first, then who was last spoken of as a subject or last spoke."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from stance.speakers.people import Entity
from stance.speakers.voices import Flow, Voice

REACH = 12  # sentences back that a mention can still be meant
SUBJECTS = ("nsubj", "nsubjpass")
# Weights set by hand, not fitted.
PER_SENTENCE, PER_PARAGRAPH, SUBJECT, OWNER, QUOTED, SPOKE, KNOWN = 0.45, 0.35, 0.9, 0.1, 0.7, 0.8, 0.5
GUESSED = 0.9  # against somebody whose gender is no more than guessed, from the end of a name
FRESH = 0.45  # the sentence before, in the same paragraph
PER_SECTION = 2.0  # a section's first "she" means somebody of the section, where it names one

History = Sequence[tuple[int, Voice]]


def he_or_she(
    gender: str,
    at: int,
    flow: Flow,
    entities: Sequence[Entity],
    history: History,
    outer: Voice | None,
    chain: Sequence[tuple[int, Voice | Entity]] = (),
) -> Voice | Entity | None:
    """The person of `gender` that a pronoun at offset `at` means.

    Args:
        gender: "female" or "male".
        at: offset of the pronoun.
        flow: places of the document.
        entities: everybody with a name; `places` are offsets of mentions.
        history: who spoke where, in the order in which it was read.
        outer: who speaks the words around the pronoun, if it is quoted; rarely meant.
        chain: whom pronouns before it mean, with their offsets.
    """
    here = flow.place(at)
    best: tuple[float, Voice | Entity] | None = None

    def offer(place: int, candidate: Voice | Entity, known: str | None, bonus: float) -> None:
        nonlocal best
        guessed = isinstance(candidate, Entity) and candidate.is_guessed
        if known is not None and known != gender and not guessed:
            return
        there = flow.place(place)
        away = here.sentence - there.sentence
        if place >= at or away > REACH:
            return
        score = bonus - PER_SENTENCE * away - PER_PARAGRAPH * (here.paragraph - there.paragraph)
        score -= PER_SECTION * (here.section - there.section)
        score += SUBJECT if there.dep in SUBJECTS else OWNER if there.dep == "poss" else 0.0
        score += FRESH if away == 1 and here.paragraph == there.paragraph and not there.quoted else 0.0
        score -= QUOTED if there.quoted and not here.quoted else 0.0
        score += 0.0 if known is None else KNOWN if known == gender else -GUESSED
        if outer is not None and (candidate is outer or candidate is outer.entity):
            score -= 2
        if best is None or score >= best[0]:
            best = (score, candidate)

    for entity in entities:
        if entity.kind == "person":
            for place in entity.places:
                offer(place, entity, entity.gender, 0.0)
    for place, meant in chain:
        offer(place, meant, meant.gender, 0.0)
    for place, voice in history[-12:]:
        if not voice.plural and voice.kind not in ("organisation", "collective"):
            offer(place, voice, voice.sex, SPOKE)
    return best[1] if best else None


def last(history: History, at: int, wanted: Callable[[Voice], bool]) -> tuple[int, Voice] | None:
    """The last of those who spoke before `at` that `wanted` accepts, with the offset."""
    return next(((place, voice) for place, voice in reversed(history) if place < at and wanted(voice)), None)


def is_group(voice: Voice) -> bool:
    """Whether "they" can mean this voice."""
    return voice.plural or voice.kind in ("collective", "organisation")
