"""Who bears a description: the person whom "the former envoy" means, the organisation whom "the union" means."""

from __future__ import annotations

from collections.abc import Sequence, Set
from typing import TYPE_CHECKING

from stance.schema import Span
from stance.speakers.names import fold
from stance.speakers.nominal import modifier, nouns, same_role
from stance.speakers.people import Entity, People
from stance.speakers.pronouns import SUBJECTS, History
from stance.speakers.roles import words_of
from stance.speakers.voices import Flow, Voice

if TYPE_CHECKING:
    from spacy.tokens import Token

CHARGED = frozenset({"defendant", "accused"})
_CHARGES = frozenset({"accuse", "charge", "indict", "try", "convict", "arraign", "prosecute", "acquit", "sentence"})
_PLEAS = frozenset({"plead"})
POINTING = frozenset({"the", "this", "that"})


def by_role(
    words: Sequence[Token],
    head: Token,
    source: Span,
    people: People,
    history: History,
    *,
    length: int,
    owner: Set[str] = frozenset(),
) -> Entity | None:
    """The person whom "the former envoy" means: roles whose head agrees and that hold every modifier.

    `owner` are words of a name after the head, "the chairman of Corvex": the head of something else is not meant. `length` is
    that of the text.
    """
    lemma = fold(head.lemma_)
    said = [part for token in words for part in words_of(token.text)]
    modifiers = {word for word in said if word not in (*POINTING, lemma, fold(head.text), "s")}
    modifiers -= nouns("light") - {"former"}
    best: tuple[float, Entity] | None = None
    for entity in people.entities:
        if entity.kind != "person":
            continue
        places = [place for place in entity.places if place < source.start]
        spoke = max((p for p, v in history if v.entity is entity and p < source.start), default=-1)
        if not places and entity.roster is None:
            continue
        for role in entity.roles:
            exact = role.head == lemma
            if not exact and (owner - role.words or not (lemma in role.words or same_role(role.head, lemma))):
                continue
            rest = modifiers - {modifier("former")} if "former" not in role.words and exact else modifiers
            agree = len(rest & role.words)
            if agree < len(rest) and not (agree and len(rest) > 1):
                continue
            recency = max(spoke, max(places, default=0)) / (length + 1)
            score = 3 * agree + (2 if exact else 0) + (1.5 if spoke >= 0 else 0) + recency
            if best is None or score > best[0]:
                best = (score, entity)
    return best[1] if best else None


def by_charge(people: People, flow: Flow) -> Entity | None:
    """Whom "the defendant" means: the first person who is accused of something or pleads to it."""
    for entity in sorted((e for e in people.entities if e.kind == "person"), key=lambda e: e.places[:1]):
        for place in entity.places:
            name = flow.head(place)
            if name is None or name.dep_ not in SUBJECTS:
                continue
            if name.head.lemma_ in (_PLEAS if name.dep_ == "nsubj" else _CHARGES):
                return entity
    return None


def by_body(
    words: Sequence[Token], head: Token, source: Span, people: People, history: History
) -> Voice | Entity | None:
    """The organisation whom "the union" means: the last one named with this noun and every modifier."""
    said = {part for token in words for part in words_of(token.text)} - POINTING
    lemma = fold(head.lemma_)
    best: tuple[int, Voice | Entity] | None = None
    for entity in people.entities:
        held = set(words_of(entity.name))
        if entity.kind == "person" or lemma not in held or not said <= held or len(held) < 2:
            continue
        place = max((place for place in entity.places if place < source.start), default=None)
        if place is not None and (best is None or place > best[0]):
            best = (place, entity)
    for place, voice in history:
        held = set(words_of(voice.name))
        fits = voice.entity is None and voice.kind == "organisation" and lemma in held and said <= held
        if fits and place < source.start and (best is None or place > best[0]):
            best = (place, voice)
    return best[1] if best else None
