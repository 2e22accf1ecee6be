"""How a description is worded: names in it as they are printed, owners for "his", a place for "here"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stance.parse import Paragraph
from stance.speakers import gender, pronouns
from stance.speakers.scene import Scene

if TYPE_CHECKING:
    from spacy.tokens import Span as Tokens
    from spacy.tokens import Token


def printed(scene: Scene, span: Tokens) -> dict[int, str]:
    """By token index, what a description keeps as it is: its words of names, and owners for possessive pronouns."""
    paragraph = scene.paragraph_of(span[0])
    names = [m for m in scene.names[id(paragraph)] if m.is_person]
    kept = {t.i: t.text for t in span if any(m.start <= paragraph.start + t.idx < m.end for m in names)}
    return kept | _owners(scene, span)


def located(scene: Scene, paragraph: Paragraph, name: str, head: Token) -> str:
    """ "Farmers here" with the place that the paragraph named last."""
    if not name.endswith((" here", " there")):
        return name
    bare = name.rsplit(" ", 1)[0]
    places = [
        m
        for m in scene.names[id(paragraph)]
        if m.end < paragraph.start + head.idx and not m.is_person and m.label in ("GPE", "LOC", "FAC", "ORG", "")
    ]
    inside = [m for m in places if re.search(r"\b(?:[Ii]n|[Aa]t|of|near) $", scene.parsed.text[m.start - 8 : m.start])]
    return f"{bare} in {inside[-1].text}" if inside else bare


def _owners(scene: Scene, span: Tokens) -> dict[int, str]:
    """Names for the possessive pronouns of a phrase, where they can be told: "his deputy" → "Ola Berg's deputy"."""
    owners: dict[int, str] = {}
    for token in span:
        at = scene.paragraph_of(token).start + token.idx
        if token.dep_ != "poss" or token.pos_ != "PRON":
            continue
        wanted = gender.PRONOUNS.get(token.lower_)
        name = None
        if wanted is not None:
            found = pronouns.he_or_she(wanted, at, scene.flow, scene.people.entities, scene.history, None)
            name = found.name if found is not None else None
        elif token.lower_ == "its":
            spoke = pronouns.last(scene.history, at, lambda v: v.kind == "organisation" and v.entity is not None)
            place, name = (spoke[0], spoke[1].name) if spoke is not None else (-1, None)
            name = _body_before(scene, at, place) or name
        if name and len(name.split()) <= 4:
            owners[token.i] = f"{name}’s"
    return owners


def _body_before(scene: Scene, at: int, since: int) -> str | None:
    """The organisation or place that is the last named subject between two offsets, in two sentences at most."""
    here = scene.flow.place(at)
    for mention in reversed(scene.names[id(scene.parsed.paragraphs[here.paragraph])]):
        place = scene.flow.place(mention.start)
        if since < mention.start < at and place.dep in pronouns.SUBJECTS and not place.quoted:
            entity = scene.people.organisation(mention.text) if here.sentence - place.sentence < 2 else None
            return entity.name if entity is not None and not mention.is_person else None
    return None
