"""From source spans to canonical speakers inside one document.

Mentions are read in text order: names by the table of people, "the + role" by head and modifiers and then recency,
pronouns by number, gender and the last speaker, cue-less continuations by the quotation before them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from stance.parse import Paragraph, Parsed
from stance.quotes.relation import Relation
from stance.schema import Document, Span, Speaker, SpeakerKind
from stance.speakers.names import fold, slug, titles
from stance.speakers.gender import of_noun as gender_of_noun
from stance.speakers.nominal import is_plural, is_role, is_unnamed, nouns
from stance.speakers.people import Entity, People

if TYPE_CHECKING:
    from spacy.tokens import Token

_ARTICLE = re.compile(
    r"^(?:the|a|an|this|that|these|those|some|many|several|one|both|other|another|his|her|their|its|our|my)\s+",
    re.IGNORECASE,
)
_SHE_HE = {
    "he": "male",
    "him": "male",
    "his": "male",
    "himself": "male",
    "she": "female",
    "her": "female",
    "herself": "female",
}


class Heard(NamedTuple):
    """Speaker ids aligned with the relations given, ids of those who relay, and the speakers used."""

    speakers: list[str | None]
    relays: list[str | None]
    table: tuple[Speaker, ...]


@dataclass
class Voice:
    """Somebody who speaks in this document; `entity` for those with a proper name."""

    name: str
    kind: SpeakerKind
    entity: Entity | None = None
    plural: bool = False
    gender: str | None = None
    role: str | None = None
    forms: set[str] = field(default_factory=set)


class Resolver:
    """Reads the sources of one document in order."""

    def __init__(self, parsed: Parsed, people: People) -> None:
        self.parsed = parsed
        self.people = people
        self.voices: list[Voice] = []
        self.history: list[tuple[int, Voice]] = []
        self.names = {id(p): m for p, m in zip(parsed.paragraphs, people.mentions, strict=True)}

    def read(self, relation: Relation, outer: Voice | None) -> Voice | None:
        """Whom the source of `relation` means; `outer` is who speaks the words around it."""
        if relation.source is None:
            return None
        paragraph = self.parsed.at(relation.source.start)
        if paragraph is None:
            return None
        voice = self.mean(paragraph, relation.source, outer)
        if voice is not None:
            voice.forms.add(re.sub(r"\s+", " ", relation.source.of(self.parsed.text)))
            self.history.append((relation.source.start, voice))
        return voice

    def mean(self, paragraph: Paragraph, source: Span, outer: Voice | None) -> Voice | None:
        """The voice behind a source phrase."""
        span = paragraph.doc.char_span(
            max(0, source.start - paragraph.start),
            min(len(paragraph.doc.text), source.end - paragraph.start),
            alignment_mode="expand",
        )
        if span is None or not len(span):
            return None
        head = head_of(span)
        word = head.lower_
        if word in ("who", "which", "that") and len(span) <= 2 and head.pos_ in ("PRON", "SCONJ", "DET"):
            return self._relative(paragraph, head, outer)
        if head.pos_ == "PRON" or word in _SHE_HE or word in ("they", "we", "i", "it"):
            return self._pronoun(word, source, outer, paragraph)
        named = self._named(paragraph, span, head)
        if named is not None:
            return named
        return self._nominal(span, head, source)

    def _named(self, paragraph: Paragraph, span: Sequence[Token], head: Token) -> Voice | None:
        start = paragraph.start + span[0].idx
        end = paragraph.start + span[-1].idx + len(span[-1])
        mentions = [m for m in self.names[id(paragraph)] if start <= m.start and m.end <= end]
        at = paragraph.start + head.idx
        chosen = next((m for m in mentions if m.start <= at < m.end), None)
        if chosen is None:
            # "the analyst, Esref Yalinkilicli" and "Bryza, a former diplomat": an apposition names the person
            for mention in mentions:
                entity = self.people.person(mention.text, before=mention.start, title=mention.title)
                inner = paragraph.doc.char_span(
                    mention.start - paragraph.start, mention.end - paragraph.start, alignment_mode="expand"
                )
                if entity is None or inner is None:
                    continue
                root = inner.root
                near = root.dep_ == "appos" and root.head == head or head.dep_ == "appos" and head.head == root
                flat = root.dep_ in ("compound", "nmod") and root.head == head and not is_role(head.lemma_.casefold())
                if near or flat or mention.start == start and is_role(head.lemma_) is False and head.pos_ == "PROPN":
                    return self._voice(entity)
        if chosen is not None:
            if chosen.label in ("ORG", "GPE", "NORP", "FAC", "LOC"):
                entity = (
                    self.people.person(chosen.text, before=chosen.start)
                    if len(chosen.text.split()) == 1 or chosen.label == "ORG"
                    else None
                )
                if entity is None and head.pos_ in ("PROPN", "ADJ", "NOUN") and not is_plural(head):
                    entity = self.people.organisation(chosen.text)
                if entity is not None:
                    return self._voice(entity)
                return None
            entity = self.people.person(chosen.text, before=chosen.start, title=chosen.title)
            if entity is not None:
                return self._voice(entity)
        if head.pos_ == "PROPN" and not is_plural(head):
            run = [head]
            doc = paragraph.doc
            while run[0].i > span[0].i and doc[run[0].i - 1].pos_ == "PROPN":
                run.insert(0, doc[run[0].i - 1])
            while len(run) > 1 and run[0].lower_.rstrip(".") in titles():
                run.pop(0)
            name = re.sub(r"\s+", " ", "".join(token.text_with_ws for token in run)).strip()
            entity = (
                self.people.person(name)
                or (self.people.person(head.text) if len(run) <= 3 else None)
                or self.people.organisation(name)
            )
            if entity is None:
                organisation = (
                    any(fold(token.text) in nouns("organisations") | nouns("collectives") for token in run)
                    or name.isupper()
                )
                before = name.split()[0].casefold()
                kind: SpeakerKind = "organisation" if organisation or before == "the" else "person"
                entity = Entity(tuple(fold(name).split()), name, kind)
                self.people.entities.append(entity)
            return self._voice(entity)
        return None

    def _relative(self, paragraph: Paragraph, head: Token, outer: Voice | None) -> Voice | None:
        clause = head.head
        while clause.dep_ not in ("relcl", "acl", "ROOT") and clause.head != clause:
            clause = clause.head
        noun = clause.head if clause.dep_ in ("relcl", "acl") else None
        if noun is None or noun.i >= head.i:
            return None
        doc = paragraph.doc
        span = doc[noun.left_edge.i : noun.i + 1]
        return self.mean(paragraph, Span(paragraph.start + span.start_char, paragraph.start + span.end_char), outer)

    def _pronoun(self, word: str, source: Span, outer: Voice | None, paragraph: Paragraph) -> Voice | None:
        if word in ("i", "we", "my", "our", "me", "us"):
            return outer
        if word in ("they", "them", "their", "themselves"):
            return self._last(lambda v: v.plural or v.kind in ("collective", "organisation"), source) or self._last(
                lambda v: v.plural, source
            )
        if word in ("it", "its", "itself"):
            return self._last(lambda v: v.kind == "organisation", source)
        gender = _SHE_HE.get(word)
        if gender is None:
            return self._somebody(word)

        def fits(candidate: str | None) -> bool:
            return candidate is None or candidate == gender

        # Who was named as a subject since the last time somebody spoke, else who spoke last.
        best: tuple[float, Voice | Entity] | None = None
        for entity in self.people.entities:
            if entity.kind != "person" or not fits(entity.gender):
                continue
            for place in entity.places:
                if place < source.start and source.start - place < 1500:
                    score = self._salience(place, source.start) + (0.2 if entity.gender == gender else 0)
                    if outer is not None and outer.entity is entity:
                        score -= 2
                    if best is None or score >= best[0]:
                        best = (score, entity)
        for place, voice in self.history[-12:]:
            known = voice.entity.gender if voice.entity else voice.gender
            if voice.plural or voice.kind in ("organisation", "collective") or not fits(known):
                continue
            if place < source.start:
                score = self._salience(place, source.start) + 0.9
                if best is None or score >= best[0]:
                    best = (score, voice)
        if best is None:
            return None
        return self._voice(best[1]) if isinstance(best[1], Entity) else best[1]

    def _salience(self, place: int, now: int) -> float:
        """Higher for nearer mentions and for grammatical subjects."""
        distance = now - place
        score = -distance / 300.0
        paragraph = self.parsed.at(place)
        if paragraph is not None:
            token = next((t for t in paragraph.doc if paragraph.start + t.idx + len(t) > place), None)
            if token is not None:
                while token.dep_ in ("compound", "flat") and token.head != token:
                    token = token.head
                if token.dep_ in ("nsubj", "nsubjpass"):
                    score += 0.8
                elif token.dep_ == "poss":
                    score += 0.1
        return score

    def _nominal(self, span: Sequence[Token], head: Token, source: Span) -> Voice | None:
        text = re.sub(r"\s+", " ", source.of(self.parsed.text))
        words = [token for token in span if token.i <= head.i]
        lemma = head.lemma_.casefold()
        plural = is_plural(head) or any(token.dep_ == "cc" and token.head == head for token in span)
        definite = any(token.lower_ in ("the", "this", "that") or token.dep_ == "poss" for token in words)
        if definite and not plural and head.pos_ == "NOUN":
            known = self._by_role(words, head, source)
            if known is not None:
                return known
        core = _ARTICLE.sub("", re.sub(r"\s+", " ", "".join(token.text_with_ws for token in words)).strip())
        core = re.sub(r"^[\"“'‘(]+", "", core)
        if not core:
            return None
        kind: SpeakerKind
        if is_unnamed(text) or (lemma in nouns("unnamed") and not (definite and not plural)):
            kind = "anonymous"
        elif lemma in nouns("organisations") or lemma in nouns("documents"):
            kind = "organisation"
        elif plural or lemma in nouns("collectives") or head.lower_ in nouns("collectives"):
            kind = "collective"
        elif is_role(lemma):
            kind = "person" if definite else "anonymous"
        else:
            kind = "organisation" if head.pos_ == "PROPN" else "collective"
        key = fold(core)
        for voice in reversed(self.voices):
            if voice.entity is None and fold(voice.name) == key:
                return voice
        if definite and not plural and kind == "person":
            for voice in reversed(self.voices):
                if voice.entity is None and fold(voice.name).split()[-1:] == [lemma] and not voice.plural:
                    return voice
        voice = Voice(core, kind, plural=plural, gender=gender_of_noun(lemma), role=core if kind == "person" else None)
        self.voices.append(voice)
        return voice

    def _by_role(self, words: Sequence[Token], head: Token, source: Span) -> Voice | None:
        lemma = fold(head.lemma_)
        said = {fold(part) for token in words for part in re.split(r"[^\w]+", token.text) if part}
        modifiers = {word for word in said if word not in ("the", "this", "that", lemma, fold(head.text), "s")}
        best: tuple[float, Entity] | None = None
        for entity in self.people.entities:
            if entity.kind != "person":
                continue
            places = [place for place in entity.places if place < source.start]
            for role in entity.roles:
                if role.head != lemma and lemma not in role.words:
                    continue
                if not places and entity.roster is None:
                    continue
                agree = len(modifiers & role.words)
                if modifiers and agree < len(modifiers) and not (agree and len(modifiers) > 1):
                    continue
                last = max(
                    (place for place, voice in self.history if voice.entity is entity and place < source.start),
                    default=-1,
                )
                recency = max(last, max(places, default=0))
                score = (
                    3 * agree
                    + (2 if role.head == lemma else 0)
                    + (1.5 if last >= 0 else 0)
                    + recency / (len(self.parsed.text) + 1)
                )
                if best is None or score > best[0]:
                    best = (score, entity)
        return self._voice(best[1]) if best else None

    def _last(self, wanted: object, source: Span) -> Voice | None:
        assert callable(wanted)
        for place, voice in reversed(self.history):
            if place < source.start and wanted(voice):
                return voice
        return None

    def _somebody(self, word: str) -> Voice | None:
        if word in (
            "one",
            "some",
            "many",
            "others",
            "someone",
            "somebody",
            "anyone",
            "everyone",
            "everybody",
            "most",
            "few",
        ):
            voice = Voice(word, "anonymous", plural=word in ("some", "many", "others", "most", "few"))
            self.voices.append(voice)
            return voice
        return None

    def _voice(self, entity: Entity) -> Voice:
        for voice in self.voices:
            if voice.entity is entity:
                return voice
        voice = Voice(entity.name, entity.kind, entity)
        self.voices.append(voice)
        return voice


def head_of(span: Sequence[Token]) -> Token:
    """The noun that a source phrase is about: the first nominal whose head lies outside, or the first before a comma."""
    inside = {token.i for token in span}
    tops = [token for token in span if token.head.i not in inside or token.head.i == token.i]
    nominal = [token for token in tops if token.pos_ in ("NOUN", "PROPN", "PRON")]
    if nominal:
        return nominal[0]
    for token in span:
        if token.pos_ in ("NOUN", "PROPN", "PRON") and token.dep_ != "compound":
            return token
    return tops[0] if tops else span[0]


def resolve(
    document: Document, parsed: Parsed, relations: Sequence[Relation], *, roster: Sequence[Speaker] = ()
) -> Heard:
    """Canonical speakers for relations in text order.

    Args:
        document: the document that the relations come from.
        parsed: its parse.
        relations: in text order; those inside another's content are read as nested in it.
        roster: known speakers; their ids are kept.

    Returns:
        One speaker id (or `None`) a relation, one relaying speaker's id (or `None`), and the speakers used.
    """
    people = People(parsed, roster)
    resolver = Resolver(parsed, people)
    order = sorted(range(len(relations)), key=lambda i: _place(relations[i]))
    holders = [_holder(relations, i) for i in range(len(relations))]
    voices: list[Voice | None] = [None] * len(relations)
    done: set[int] = set()

    def read(i: int, depth: int = 0) -> None:
        if i in done or depth > 8:
            return
        done.add(i)
        outer = holders[i]
        if outer is not None:
            read(outer, depth + 1)
        around = voices[outer] if outer is not None else None
        relation = relations[i]
        voice = resolver.read(relation, around)
        if voice is None and relation.source is None and relation.form == "continued" and resolver.history:
            voice = resolver.history[-1][1]
        voices[i] = None if relation.imagined else voice

    for i in order:
        read(i)
    ids: dict[int, str] = {}
    table: list[Speaker] = []
    for voice in voices:
        if voice is not None and id(voice) not in ids:
            speaker = _speaker(voice, {known.id for known in table})
            ids[id(voice)] = speaker.id
            table.append(speaker)
    speakers = [ids[id(voice)] if voice else None for voice in voices]
    relays: list[str | None] = []
    for i, outer in enumerate(holders):
        relay = speakers[outer] if outer is not None else None
        relays.append(relay if relay != speakers[i] else None)
    return Heard(speakers, relays, tuple(table))


def _place(relation: Relation) -> int:
    return relation.source.start if relation.source else relation.content[0].start


def _holder(relations: Sequence[Relation], index: int) -> int | None:
    inner = relations[index]
    best: tuple[int, int] | None = None
    for i, outer in enumerate(relations):
        if i == index or not all(any(o.contains(s) for o in outer.content) for s in inner.content):
            continue
        size = sum(end - start for start, end in outer.content)
        if size > sum(end - start for start, end in inner.content) and (best is None or size < best[0]):
            best = (size, i)
    return best[1] if best else None


def _speaker(voice: Voice, taken: set[str]) -> Speaker:
    entity = voice.entity
    if entity is not None and entity.roster is not None:
        return entity.roster
    name = entity.name if entity else voice.name
    identifier = base = slug(name)
    number = 2
    while identifier in taken:
        identifier, number = f"{base}-{number}", number + 1
    if entity is None:
        return Speaker(identifier, name, (), voice.kind, voice.role)
    forms = {form for form in entity.forms if form != name}
    role = max(entity.roles, key=lambda r: len(r.text), default=None)
    affiliation = next((r.affiliation for r in entity.roles if r.affiliation), None)
    return Speaker(identifier, name, tuple(sorted(forms)), entity.kind, role.text if role else None, affiliation)
