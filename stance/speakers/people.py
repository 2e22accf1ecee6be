"""The table of named people and organisations of one document, with the roles that the text gives them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from stance.parse import Paragraph, Parsed
from stance.schema import Speaker, SpeakerKind
from stance.speakers.names import fold, same_person, same_word, titles, tokens_of
from stance.speakers import gender as sex
from stance.speakers.nominal import is_role

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

_EDGES = " \t\"'“”‘’()[],.;:—–-"
_NOT_NAMES = frozenset(
    "monday tuesday wednesday thursday friday saturday sunday january february march april june july august september october november december god twitter facebook i".split()
)


class Role(NamedTuple):
    """A description of a person: head noun lemma, all folded words, and the text."""

    head: str
    words: frozenset[str]
    text: str
    affiliation: str | None


@dataclass
class Entity:
    """Someone or something with a proper name, as the document is read."""

    tokens: tuple[str, ...]
    name: str
    kind: SpeakerKind
    forms: Counter[str] = field(default_factory=Counter)
    roles: list[Role] = field(default_factory=list)
    genders: Counter[str] = field(default_factory=Counter)
    places: list[int] = field(default_factory=list)
    roster: Speaker | None = None

    @property
    def gender(self) -> str | None:
        """What titles, names and role nouns say, or `None`."""
        return self.genders.most_common(1)[0][0] if self.genders else None


class Mention(NamedTuple):
    """A proper name in the text."""

    start: int
    end: int
    text: str
    label: str
    title: str


class People:
    """All named entities of a document; look one up by any form of its name."""

    def __init__(self, parsed: Parsed, roster: Sequence[Speaker] = ()) -> None:
        self.entities: list[Entity] = []
        for speaker in roster:
            self._enrol(speaker)
        mentions = [mention for paragraph in parsed.paragraphs for mention in names_in(paragraph)]
        labels: dict[tuple[str, ...], Counter[str]] = {}
        for mention in mentions:
            labels.setdefault(tokens_of(mention.text), Counter())[mention.label] += 1
        people = [m for m in mentions if m.label == "PERSON" or labels[tokens_of(m.text)]["PERSON"] > 0]
        for mention in people:
            if len(tokens_of(mention.text)) > 1:
                self._add(mention, "person")
        for mention in people:
            if len(tokens_of(mention.text)) == 1:
                self._add_short(mention)
        for mention in mentions:
            if mention not in people:
                if self.person(mention.text) is not None and len(tokens_of(mention.text)) == 1:
                    self._add_short(mention)
                elif mention.label in ("ORG", "GPE", "NORP", "FAC", "LOC"):
                    self._add(mention, "organisation")
        for entity in self.entities:
            entity.places.sort()
        for paragraph in parsed.paragraphs:
            self._roles(paragraph)

    def _enrol(self, speaker: Speaker) -> None:
        entity = Entity(tokens_of(speaker.name), speaker.name, speaker.kind, roster=speaker)
        for form in (speaker.name, *speaker.aliases):
            entity.forms[form] += 1
        if speaker.role:
            entity.roles.append(role_of(speaker.role.split(), speaker.affiliation))
        if speaker.kind == "person" and entity.tokens:
            gender = (sex.of_name(entity.tokens) or (None, 0))[0]
            if gender:
                entity.genders[gender] += 1
        self.entities.append(entity)

    def _add(self, mention: Mention, kind: SpeakerKind) -> None:
        tokens = tokens_of(mention.text)
        if not tokens or tokens[0] in _NOT_NAMES:
            return
        entity = self.person(mention.text) if kind == "person" else self.organisation(mention.text)
        if entity is None:
            entity = Entity(tokens, mention.text, kind)
            self.entities.append(entity)
        self._note(entity, mention, tokens)
        if len(tokens) > len(entity.tokens) and entity.roster is None:
            entity.tokens, entity.name = tokens, mention.text

    def _add_short(self, mention: Mention) -> None:
        tokens = tokens_of(mention.text)
        if not tokens or tokens[0] in _NOT_NAMES:
            return
        entity = self.person(mention.text, before=mention.start, title=mention.title)
        if entity is None:
            if mention.label != "PERSON" and not mention.title:
                return
            entity = Entity(tokens, mention.text, "person")
            self.entities.append(entity)
        self._note(entity, mention, tokens)

    def _note(self, entity: Entity, mention: Mention, tokens: tuple[str, ...]) -> None:
        entity.forms[mention.text] += 1
        entity.places.append(mention.start)
        if entity.kind == "person":
            titled = sex.of_title(mention.title)
            if titled:
                entity.genders[titled] += 5
            named = sex.of_name(tokens)
            if named and not entity.genders:
                entity.genders[named[0]] += named[1]

    def person(self, name: str, *, before: int | None = None, title: str = "") -> Entity | None:
        """The person whom a full name, a surname or a given name means, or `None`."""
        tokens = tokens_of(name)
        if not tokens:
            return None
        people = [entity for entity in self.entities if entity.kind == "person"]
        exact = [
            e for e in people if e.tokens == tokens or any(tokens_of(form) == tokens for form in e.forms if e.roster)
        ]
        if exact and len(tokens) > 1:
            return exact[0]
        if len(tokens) > 1:
            return next((e for e in people if len(e.tokens) > 1 and same_person(e.tokens, tokens)), None)
        word = tokens[0]
        wanted = sex.of_title(title)
        for matches in (
            [e for e in people if e.tokens[-1:] == (word,)],
            [e for e in people if e.tokens and same_word(e.tokens[-1], word)],
            [e for e in people if e.tokens[:1] == (word,)],
            [e for e in people if len(e.tokens) > 2 and word in e.tokens],
        ):
            fitting = [e for e in matches if wanted is None or e.gender in (None, wanted)] or matches
            if fitting:
                return max(fitting, key=lambda e: (_count(e, before), -min(e.places, default=0)))
        return exact[0] if exact else None

    def organisation(self, name: str) -> Entity | None:
        """The organisation or place of this name (or of these initials), or `None`."""
        tokens = _plain(name)
        for entity in self.entities:
            if entity.kind != "person" and any(_plain(form) == tokens for form in (entity.name, *entity.forms)):
                return entity
        if len(tokens) == 1 and name.isupper() and len(name) > 2:
            for entity in self.entities:
                words = [word for word in _plain(entity.name) if word not in ("of", "and", "for")]
                if entity.kind != "person" and len(words) > 1 and "".join(w[0] for w in words) == tokens[0]:
                    return entity
        return None

    def _roles(self, paragraph: Paragraph) -> None:
        for mention in names_in(paragraph):
            entity = self.person(mention.text, before=mention.start, title=mention.title)
            if entity is None:
                continue
            for role in roles_beside(paragraph, mention):
                if all(role.words != known.words for known in entity.roles):
                    entity.roles.append(role)
                    gender = sex.of_noun(role.head)
                    if gender:
                        entity.genders[gender] += 2


def _count(entity: Entity, before: int | None) -> tuple[int, int]:
    seen = sum(1 for place in entity.places if before is None or place < before)
    return (1 if seen else 0, len(entity.places))


def _plain(name: str) -> tuple[str, ...]:
    return tuple(
        word for word in re.split(r"[^\w]+", fold(re.sub(r"['’]s?(?=\s|$)", "", name))) if word and word != "the"
    )


def names_in(paragraph: Paragraph) -> list[Mention]:
    """Proper names of one paragraph: named entities, mended, and runs of proper nouns that lead up to one."""
    found: list[Mention] = []
    for ent in paragraph.doc.ents:
        if ent.label_ not in ("PERSON", "ORG", "GPE", "NORP", "FAC", "LOC"):
            continue
        first, last = ent.start, ent.end
        while last > first and (
            paragraph.doc[last - 1].text in ("'s", "’s", "'", "’") or paragraph.doc[last - 1].is_punct
        ):
            last -= 1
        while first < last and (paragraph.doc[first].is_punct or paragraph.doc[first].lower_ == "the"):
            first += 1
        title = ""
        if ent.label_ == "PERSON":
            while first < last - 1 and paragraph.doc[first].lower_.rstrip(".") in titles():
                title = paragraph.doc[first].lower_.rstrip(".")
                first += 1
            if first > 0 and not title:
                before = paragraph.doc[first - 1].lower_.rstrip(".")
                title = before if before in titles() else ""
        if first >= last or not any(token.text[:1].isupper() for token in paragraph.doc[first:last]):
            continue
        span = paragraph.doc[first:last]
        text = re.sub(r"\s+", " ", span.text).strip(_EDGES)
        if text:
            start = paragraph.start + span.start_char
            found.append(Mention(start, paragraph.start + span.end_char, text, ent.label_, title))
    return found


def role_of(role_words: Iterable[str], affiliation: str | None = None) -> Role:
    """A role from the words of its description; the head is the last role noun before a preposition."""
    listed = list(role_words)
    head = ""
    for word in listed:
        if fold(word) in ("of", "at", "for", "in", "to", "on", "with", "from", "who") and head:
            break
        if is_role(fold(word)):
            head = fold(word)
    return Role(
        head or (fold(listed[-1]) if listed else ""), frozenset(_plain(" ".join(listed))), " ".join(listed), affiliation
    )


def roles_beside(paragraph: Paragraph, mention: Mention) -> list[Role]:
    """Roles from appositives after the name, noun phrases before it, and `X is a N`."""
    span = paragraph.doc.char_span(
        mention.start - paragraph.start, mention.end - paragraph.start, alignment_mode="expand"
    )
    if span is None or not len(span):
        return []
    head: Token = span.root
    found: list[Role] = []
    doc = paragraph.doc
    for child in head.children:
        if child.dep_ == "appos" and child.i > span[-1].i:
            found += _described(doc, child)
    if head.dep_ == "appos" and head.head.i < span[0].i and head.head.pos_ in ("NOUN", "PROPN"):
        found += _described(doc, head.head)
    if head.dep_ == "nsubj" and head.head.lemma_ == "be":
        for child in head.head.children:
            if child.dep_ == "attr" and child.pos_ == "NOUN":
                found += _described(doc, child)
    # words before the name: "Kremlin press secretary X", "political analyst X"
    first = span[0].i
    start = first
    while start > 0 and (doc[start - 1].pos_ in ("NOUN", "PROPN", "ADJ") or doc[start - 1].text in ("-", "’s", "'s")):
        if doc[start - 1].is_sent_start and doc[start - 1].pos_ == "ADJ" and start - 1 == 0:
            start -= 1
            break
        start -= 1
    if start < first:
        before = [token.text for token in doc[start:first]]
        if any(
            is_role(fold(word)) or fold(word).rstrip(".") in titles() - {"mr", "mrs", "ms", "miss"} for word in before
        ):
            found.append(_role_text(doc, start, first))
    # a comma, an article or adjective, a role noun: where the parser saw no apposition
    if not found and span[-1].i + 2 < len(doc) and doc[span[-1].i + 1].text == ",":
        end = span[-1].i + 2
        while (
            end < len(doc)
            and end < span[-1].i + 14
            and doc[end].text not in (",", ".", "”", '"', ";", "—")
            and doc[end].pos_ not in ("VERB", "AUX")
        ):
            end += 1
        role = _role_text(doc, span[-1].i + 2, end)
        if role.words and is_role(role.head):
            found.append(role)
    return [role for role in found if role.head]


def _described(doc: Doc, noun: Token) -> list[Role]:
    """The role that a noun heads, and those coordinated with it."""
    parts = [noun, *[child for child in noun.conjuncts if child.i > noun.i]]
    found = []
    for number, part in enumerate(parts):
        if not is_role(part.lemma_) and part.lower_ not in titles():
            continue
        end = part.right_edge.i + 1
        if number + 1 < len(parts):
            end = min(end, parts[number + 1].left_edge.i)
        for position in range(part.i + 1, end):
            if doc[position].text in (",", ";", "—") or doc[position].dep_ == "cc" and doc[position].head == part:
                end = position
                break
        found.append(
            _role_text(doc, part.left_edge.i if part.left_edge.i <= part.i else part.i, end, part.lemma_.casefold())
        )
    return found


def _role_text(doc: Doc, start: int, end: int, head: str = "") -> Role:
    while start < end and (
        doc[start].lower_ in ("a", "an", "the", "and", "his", "her", "their") or doc[start].is_punct
    ):
        start += 1
    while end > start and (doc[end - 1].is_punct or doc[end - 1].lower_ in ("and", "who")):
        end -= 1
    span = doc[start:end]
    affiliation = next(
        (ent.text for ent in doc.ents if ent.label_ == "ORG" and start <= ent.start and ent.end <= end), None
    )
    role = role_of([token.text for token in span if not token.is_space], affiliation)
    text = re.sub(r"\s+", " ", span.text)
    return Role(head or role.head, role.words, text, re.sub(r"^[Tt]he ", "", affiliation) if affiliation else None)
