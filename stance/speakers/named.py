"""Whom a name means: in a source phrase, after one, as the label of a turn, and the firm that "the company" stands for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stance.data import words as labels
from stance.parse import Paragraph
from stance.schema import Span, SpeakerKind
from stance.speakers import gender
from stance.speakers.mentions import Mention
from stance.speakers.names import fold, titles
from stance.speakers.nominal import is_plural, is_role, nouns
from stance.speakers.people import Entity
from stance.speakers.phrases import names_head
from stance.speakers.roles import words_of
from stance.speakers.scene import Scene
from stance.speakers.voices import Voice

if TYPE_CHECKING:
    from spacy.tokens import Span as Tokens
    from spacy.tokens import Token

_APPOSED = re.compile(r"[,—–](?: an? (?:\w+ ){1,4}(?:called|named))?$")
_QUESTION = re.compile(r"^Q(?:uestion:|[.:])", re.MULTILINE)


def turn(scene: Scene, label: str, *, titled: bool) -> Voice | None:
    """Whose turn of a transcript a label opens; an asker without a name is told from everybody else."""
    word = label.casefold().rstrip(".")
    several = {"and", "&"} & set(label.split())
    known = scene.people.initialled(label) or (None if several else scene.people.person(label))
    if known is None and titled:  # "MS. BERG"
        known = Entity(tuple(fold(label).split()), label, "person")
        scene.people.entities.append(known)
    if known is not None:
        return scene.voice_of(known)
    if word in labels("askers"):
        return scene.described("questioner" if word in ("q", "question") else word, "anonymous", head=word)
    return _interviewed(scene) if word in ("a", "answer") else None


def _interviewed(scene: Scene) -> Voice | None:
    """Who answers in "Q: ... A: ...": the one person whom the text names before the first question."""
    question = _QUESTION.search(scene.parsed.text)
    at = question.start() if question else 0
    people = [e for e in scene.people.entities if e.kind == "person" and any(place < at for place in e.places)]
    return scene.voice_of(people[0]) if len(people) == 1 else None


def handle(scene: Scene, name: str) -> Voice:
    """Who writes under "@name"."""
    name = name.rstrip(".,:;)")
    known = next((v for v in scene.voices if v.entity is None and v.name.casefold() == name.casefold()), None)
    return known or scene.new(Voice(name, "person"))


def inside(scene: Scene, paragraph: Paragraph, span: Tokens, head: Token) -> Voice | None:
    """Whom the name in a source phrase means."""
    start, end = paragraph.start + span.start_char, paragraph.start + span.end_char
    mentions = [m for m in scene.names[id(paragraph)] if start <= m.start and m.end <= end]
    at = paragraph.start + head.idx
    chosen = next((m for m in mentions if m.start <= at < m.end), None)
    if chosen is None or (not chosen.is_person and is_role(head.lemma_)):
        for mention in mentions:
            entity = _bearer(scene, mention) or _firm(scene, mention, head)
            if entity is not None and mention is not chosen and names_head(paragraph, mention, span, head):
                return scene.voice_of(entity)
    if chosen is not None and chosen.label:
        if chosen.is_person:
            entity = _bearer(scene, chosen)
        else:
            single = len(chosen.text.split()) == 1 or chosen.label == "ORG"
            entity = scene.people.person(chosen.text, before=chosen.start) if single else None
            if entity is None and head.pos_ in ("PROPN", "ADJ", "NOUN") and not is_plural(head):
                entity = scene.people.organisation(chosen.text)
        if entity is not None:
            return scene.voice_of(entity)
        if not chosen.is_person:
            return None
    if head.pos_ == "PROPN" and not is_plural(head) and not head.text.islower():
        return _run(scene, paragraph, span, head)
    return None


def followed(scene: Scene, paragraph: Paragraph, span: Tokens, head: Token) -> Voice | None:
    """A name right after a source that ends before it: "Rear Admiral (retired)" and then "Ada Berg"."""
    if (head.lower_ not in titles() and not is_role(head.lemma_)) or span[-1].pos_ == "ADP":
        return None
    start = paragraph.start + span.end_char
    mention = next((m for m in scene.names[id(paragraph)] if m.is_person and 0 <= m.start - start <= 1), None)
    entity = _bearer(scene, mention) if mention is not None else None
    return scene.voice_of(entity) if entity is not None else None


def apposed(scene: Scene, span: Tokens, source: Span) -> Voice | None:
    """The name that closes a phrase after a comma: "one of his deputies, Ada Berg", ", a Croatian called Ada Berg"."""
    paragraph = scene.parsed.at(source.start)
    if paragraph is None:
        return None
    for mention in scene.names[id(paragraph)]:
        before = scene.parsed.text[source.start : mention.start].rstrip()
        if mention.is_person and mention.start < paragraph.start + span.end_char and _APPOSED.search(before):
            entity = _bearer(scene, mention)
            return scene.voice_of(entity) if entity is not None else None
    return None


def company(scene: Scene, source: Span) -> Entity | None:
    """The firm whom "the company" means: the last one named outside marks, in this paragraph or the one before."""
    institutions = nouns("organisations") - nouns("companies") - nouns("incorporated")
    mentions = [mention for names in scene.names.values() for mention in names if not mention.text.isupper()]
    firms = {mention.text for mention in mentions if mention.label == "ORG"}
    number = scene.flow.paragraph(source.start)
    for mention in sorted(mentions, key=lambda mention: -mention.start):
        place = scene.flow.place(mention.start)
        if mention.start >= source.start or place.quoted or mention.text not in firms:
            continue
        entity = scene.people.organisation(mention.text) if number - place.paragraph < 2 else None
        if entity is not None and institutions.isdisjoint(words_of(entity.name)):
            return entity
    return None


def _bearer(scene: Scene, mention: Mention) -> Entity | None:
    if mention.is_person or (mention.is_lone and mention.label != "NORP"):
        return scene.people.person(mention.text, before=mention.start + 1, title=mention.title)
    return None


def _firm(scene: Scene, mention: Mention, head: Token) -> Entity | None:
    """The organisation of a name, where the noun beside it can be of one: "the operator, Berg Shipping"."""
    if head.lemma_.casefold() not in nouns("organisations") | nouns("either") or mention.label not in ("ORG", ""):
        return None
    known = scene.people.organisation(mention.text)
    if known is None and not is_plural(head) and not gender.is_given_name(mention.tokens[0]):
        known = Entity(mention.tokens, mention.text, "organisation")
        scene.people.entities.append(known)
    return known


def _run(scene: Scene, paragraph: Paragraph, span: Tokens, head: Token) -> Voice | None:
    """A run of proper nouns that no entity covers: somebody known by a part of it, else a new name."""
    run = [head]
    doc = paragraph.doc
    while run[0].i > span[0].i and doc[run[0].i - 1].pos_ == "PROPN":
        run.insert(0, doc[run[0].i - 1])
    if all(token.lower_ in titles() or is_role(token.lower_) for token in run):
        return None  # "the Chief Minister"
    while len(run) > 1 and run[0].lower_.rstrip(".") in titles():
        run.pop(0)
    name = re.sub(r"\s+", " ", "".join(token.text_with_ws for token in run)).strip()
    at = paragraph.start + head.idx + 1
    entity = (
        scene.people.person(name, before=at)
        or (scene.people.person(head.text, before=at) if len(run) <= 3 else None)
        or scene.people.organisation(name)
    )
    if entity is None:
        institutions = nouns("organisations") | nouns("collectives")
        body = any(fold(token.text) in institutions for token in run) or name.isupper()
        after_the = run[0].i > span[0].i and doc[run[0].i - 1].lower_ == "the"
        kind: SpeakerKind = "organisation" if body or after_the or name[:4].lower() == "the " else "person"
        entity = Entity(tuple(fold(name).split()), name, kind)
        scene.people.entities.append(entity)
    return scene.voice_of(entity)
