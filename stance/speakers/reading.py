"""From a source phrase to a voice: names by the table of people, "the + role" by head and modifiers, pronouns."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, overload

from stance.data import words as labels
from stance.parse import Paragraph, Parsed
from stance.quotes.marks import Region
from stance.quotes.relation import Relation
from stance.schema import Span, SpeakerKind
from stance.speakers import describe, gender, joint, pronouns, subjects
from stance.speakers.holders import POINTING, by_body, by_role
from stance.speakers.mentions import Mention
from stance.speakers.names import fold, titles
from stance.speakers.nominal import is_plural, is_role, modifier, nouns, same_role
from stance.speakers.people import Entity, People
from stance.speakers.phrases import head_of, is_body, is_several, is_somebody, names_head, without_adjunct
from stance.speakers.roles import words_of
from stance.speakers.voices import Flow, Voice
from stance.structure import TURN

if TYPE_CHECKING:
    from spacy.tokens import Span as Tokens
    from spacy.tokens import Token

_THEY = frozenset({"they", "them", "their", "theirs", "themselves"})
_IT = frozenset({"it", "its", "itself"})
_AGED = re.compile(r"[Tt]he \d{1,3}-year-old\b")
_QUESTION = re.compile(r"^Q(?:uestion:|[.:])", re.MULTILINE)


class Reader:
    """Reads the sources of one document in text order and remembers who has spoken."""

    def __init__(self, parsed: Parsed, people: People, regions: Sequence[Region], headings: Sequence[int] = ()) -> None:
        self.parsed = parsed
        self.people = people
        self.flow = Flow(parsed, regions, headings)
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

    def mean(self, paragraph: Paragraph, source: Span, outer: Voice | None = None) -> Voice | None:
        """The voice behind a source phrase."""
        span = paragraph.doc.char_span(
            max(0, source.start - paragraph.start),
            min(len(paragraph.doc.text), source.end - paragraph.start),
            alignment_mode="expand",
        )
        if span is None or not len(span):
            return None
        if span.text.startswith("@"):
            return self._handle(span.text.split()[0])
        label = TURN.match(self.parsed.text, paragraph.start, paragraph.end)
        if label is not None and label.end("name") == source.end:
            turn = self._turn(span.text, titled=source.start > label.start("name"))
            if turn is not None or span.text.rstrip(".").casefold() in labels("labels"):
                return turn  # "Interview: ..." says what an item is, not who speaks
        sure = [m for m in self.names[id(paragraph)] if m.is_person and not m.headline and paragraph.kind != "title"]
        cut = next((m for m in sure if source.start <= m.start < source.end < m.end), None)
        if cut is not None:  # "Our reporter Ada" Berg
            return self.mean(paragraph, Span(source.start, cut.end), outer)
        span = without_adjunct(span)
        aged = self._last_person(source) if _AGED.match(span.text) else None
        if aged is not None:
            return aged
        head = head_of(span)
        word = head.lower_
        if word in ("other", "another") and len(span) <= 2:
            voice = self._other(source)
            if voice is not None:
                return voice
        if len(span) > 2 and span[0].lower_ in nouns("somebody") and span[1].lower_ == "of":
            return self._somebody(span[0].lower_, span, source)
        if word in ("who", "which", "that") and len(span) <= 2 and head.pos_ in ("PRON", "SCONJ", "DET"):
            return self._relative(paragraph, head, outer)
        if head.pos_ == "PRON" or word in gender.PRONOUNS or word in ("they", "we", "i", "it"):
            return self._pronoun(word, span, source, outer, paragraph)
        named = (
            self._joint(paragraph, span, head, outer)
            or self._followed(paragraph, span, head)
            or self._named(paragraph, span, head)
        )
        if named is None:
            named = self._predicated(paragraph, head, outer)
        if named is not None:
            return named
        return self._nominal(paragraph, span, head, source)

    def _turn(self, label: str, *, titled: bool) -> Voice | None:
        """Whose turn of a transcript a label opens; an asker without a name is told from everybody else."""
        word = label.casefold().rstrip(".")
        several = {"and", "&"} & set(label.split())
        known = self.people.initialled(label) or (None if several else self.people.person(label))
        if known is None and titled:  # "MS. BERG"
            known = Entity(tuple(fold(label).split()), label, "person")
            self.people.entities.append(known)
        if known is not None:
            return self._voice(known)
        if word in labels("askers"):
            return self._described("questioner" if word in ("q", "question") else word, "anonymous", head=word)
        return self._interviewed() if word in ("a", "answer") else None

    def _interviewed(self) -> Voice | None:
        """Who answers in "Q: ... A: ...": the one person whom the text names before the first question."""
        question = _QUESTION.search(self.parsed.text)
        at = question.start() if question else 0
        people = [e for e in self.people.entities if e.kind == "person" and any(place < at for place in e.places)]
        return self._voice(people[0]) if len(people) == 1 else None

    # names

    def _handle(self, name: str) -> Voice:
        name = name.rstrip(".,:;)")
        known = next((v for v in self.voices if v.entity is None and v.name.casefold() == name.casefold()), None)
        return known or self._new(Voice(name, "person"))

    def _named(self, paragraph: Paragraph, span: Tokens, head: Token) -> Voice | None:
        start, end = paragraph.start + span.start_char, paragraph.start + span.end_char
        mentions = [m for m in self.names[id(paragraph)] if start <= m.start and m.end <= end]
        at = paragraph.start + head.idx
        chosen = next((m for m in mentions if m.start <= at < m.end), None)
        if chosen is None or (not chosen.is_person and is_role(head.lemma_)):
            for mention in mentions:
                entity = self._bearer(mention) or self._firm(mention, head)
                if entity is not None and mention is not chosen and names_head(paragraph, mention, span, head):
                    return self._voice(entity)
        if chosen is not None and chosen.label:
            if chosen.is_person:
                entity = self._bearer(chosen)
            else:
                single = len(chosen.text.split()) == 1 or chosen.label == "ORG"
                entity = self.people.person(chosen.text, before=chosen.start) if single else None
                if entity is None and head.pos_ in ("PROPN", "ADJ", "NOUN") and not is_plural(head):
                    entity = self.people.organisation(chosen.text)
            if entity is not None:
                return self._voice(entity)
            if not chosen.is_person:
                return None
        if head.pos_ == "PROPN" and not is_plural(head) and not head.text.islower():
            return self._run(paragraph, span, head)
        return None

    def _followed(self, paragraph: Paragraph, span: Tokens, head: Token) -> Voice | None:
        """A name right after a source that ends before it: "Rear Admiral (retired)" and then "Ada Berg"."""
        if head.lower_ not in titles() and not is_role(head.lemma_):
            return None
        start = paragraph.start + span.end_char
        mention = next((m for m in self.names[id(paragraph)] if m.is_person and 0 <= m.start - start <= 1), None)
        entity = self._bearer(mention) if mention is not None else None
        return self._voice(entity) if entity is not None else None

    def _predicated(self, paragraph: Paragraph, head: Token, outer: Voice | None) -> Voice | None:
        """The named subject that a noun is said of: "Ada Berg is a quiet woman who says ..."."""
        verb = head.head
        if head.dep_ != "attr" or verb.lemma_ != "be":
            return None
        subject = next((child for child in verb.children if child.dep_ == "nsubj" and child.i < verb.i), None)
        if subject is None or (subject.pos_ == "PRON" and subject.lower_ not in gender.PRONOUNS):
            return None
        phrase = paragraph.span(paragraph.doc[subject.left_edge.i], paragraph.doc[subject.right_edge.i])
        voice = self.mean(paragraph, phrase, outer)
        return voice if voice is not None and voice.entity is not None else None

    def _apposed(self, span: Tokens, source: Span) -> Voice | None:
        """The name that closes a phrase after a comma: "one of his deputies, Ada Berg"."""
        paragraph = self.parsed.at(source.start)
        for mention in self.names[id(paragraph)] if paragraph is not None else []:
            before = self.parsed.text[source.start : mention.start].rstrip()
            if mention.is_person and mention.start < source.end and before.endswith((",", "—", "–")):
                entity = self._bearer(mention)
                return self._voice(entity) if entity is not None else None
        return None

    def _bearer(self, mention: Mention) -> Entity | None:
        if mention.is_person or (len(mention.tokens) == 1 and mention.label != "NORP"):
            return self.people.person(mention.text, before=mention.start + 1, title=mention.title)
        return None

    def _firm(self, mention: Mention, head: Token) -> Entity | None:
        """The organisation of a name, where the noun beside it can be of one: "the operator, Berg Shipping"."""
        if head.lemma_.casefold() not in nouns("organisations") | nouns("either") or mention.label not in ("ORG", ""):
            return None
        known = self.people.organisation(mention.text)
        if known is None and not is_plural(head) and not gender.is_given_name(mention.tokens[0]):
            known = Entity(mention.tokens, mention.text, "organisation")
            self.people.entities.append(known)
        return known

    def _run(self, paragraph: Paragraph, span: Tokens, head: Token) -> Voice:
        """A run of proper nouns that no entity covers: somebody known by a part of it, else a new name."""
        run = [head]
        doc = paragraph.doc
        while run[0].i > span[0].i and doc[run[0].i - 1].pos_ == "PROPN":
            run.insert(0, doc[run[0].i - 1])
        while len(run) > 1 and run[0].lower_.rstrip(".") in titles():
            run.pop(0)
        name = re.sub(r"\s+", " ", "".join(token.text_with_ws for token in run)).strip()
        at = paragraph.start + head.idx + 1
        entity = (
            self.people.person(name, before=at)
            or (self.people.person(head.text, before=at) if len(run) <= 3 else None)
            or self.people.organisation(name)
        )
        if entity is None:
            institutions = nouns("organisations") | nouns("collectives")
            body = any(fold(token.text) in institutions for token in run) or name.isupper()
            after_the = run[0].i > span[0].i and doc[run[0].i - 1].lower_ == "the"
            kind: SpeakerKind = "organisation" if body or after_the or name[:4].lower() == "the " else "person"
            entity = Entity(tuple(fold(name).split()), name, kind)
            self.people.entities.append(entity)
        return self._voice(entity)

    def _joint(self, paragraph: Paragraph, span: Tokens, head: Token, outer: Voice | None) -> Voice | None:
        """Several names that "and" joins: one voice, in which each has a part."""
        start, end = paragraph.start + span.start_char, paragraph.start + span.end_char
        at = paragraph.start + head.idx
        whole = next((m for m in self.names[id(paragraph)] if start <= m.start <= at < m.end <= end), None)
        members: list[Voice] = []
        names: list[str] = []
        for part in joint.parts_of(span, head):
            place = Span(paragraph.start + part.start_char, paragraph.start + part.end_char)
            if whole is not None and whole.start < place.start < whole.end:  # "Marks and Spencer" is one name
                return None
            member = self.mean(paragraph, place, outer)
            if member is None or member in members or member.members or (not members and member.entity is None):
                return None
            members.append(member)
            named = member.plural or not member.name[:1].islower()
            names.append(member.name if named else f"the {member.name}")
        if not members:
            return None
        for voice in self.voices:
            if voice.members and {id(member) for member in voice.members} == {id(member) for member in members}:
                return voice
        return self._new(Voice(joint.name_of(names), "collective", plural=True, members=tuple(members)))

    def _voice(self, entity: Entity) -> Voice:
        for voice in self.voices:
            if voice.entity is entity:
                return voice
        return self._new(Voice(entity.name, entity.kind, entity))

    @overload
    def _known(self, found: Voice | Entity) -> Voice: ...
    @overload
    def _known(self, found: None) -> None: ...
    def _known(self, found: Voice | Entity | None) -> Voice | None:
        """The voice of what was found."""
        return self._voice(found) if isinstance(found, Entity) else found

    def _new(self, voice: Voice) -> Voice:
        self.voices.append(voice)
        return voice

    # pronouns

    def _relative(self, paragraph: Paragraph, head: Token, outer: Voice | None) -> Voice | None:
        clause = head.head
        while clause.dep_ not in ("relcl", "acl", "ROOT") and clause.head != clause:
            clause = clause.head
        noun = clause.head if clause.dep_ in ("relcl", "acl") else None
        if noun is None or noun.i >= head.i:
            return None
        last = head.nbor(-1)  # "the mayor, Ada Berg, who", "the chamber of trade, which"
        while last.i > noun.i and (last.is_punct or last.dep_ == "prep"):
            last = last.nbor(-1)
        return self.mean(paragraph, paragraph.span(paragraph.doc[noun.left_edge.i], last), outer)

    def _pronoun(
        self, word: str, span: Tokens, source: Span, outer: Voice | None, paragraph: Paragraph
    ) -> Voice | None:
        if word in nouns("first_person"):
            return outer
        if word in _THEY:
            return self._nearest(source, paragraph, pronouns.is_group, is_several)
        if word in _IT:
            return self._nearest(source, paragraph, lambda v: v.kind == "organisation", is_body)
        wanted = gender.PRONOUNS.get(word)
        if wanted is None:
            return self._somebody(word, span, source)
        entities = self.people.entities
        found = pronouns.he_or_she(wanted, source.start, self.flow, entities, self.history, outer)
        subject = subjects.before(self.flow, paragraph, source.start, lambda t: is_somebody(t, wanted))
        if subject is not None and (
            found is None or subjects.is_newer(subject, found, paragraph, source.start, self.history)
        ):
            described = self.mean(paragraph, subjects.phrase_of(paragraph, subject))
            found = described if described is not None and described.sex in (None, wanted) else found
        if found is None:
            return None
        voice = self._known(found)
        if voice.entity is not None:
            voice.entity.genders[wanted] += 1
        elif voice.gender is None:
            voice.gender = wanted
        return voice

    def _nearest(
        self, source: Span, paragraph: Paragraph, fits: Callable[[Voice], bool], noun: Callable[[Token], bool]
    ) -> Voice | None:
        """The last fitting speaker, unless a fitting subject of the sentence before stands nearer."""
        spoke = pronouns.last(self.history, source.start, fits)
        subject = subjects.before(self.flow, paragraph, source.start, noun)
        if subject is not None and (spoke is None or paragraph.start + subject.idx > spoke[0]):
            return self.mean(paragraph, subjects.phrase_of(paragraph, subject)) or (spoke[1] if spoke else None)
        return spoke[1] if spoke else None

    def _somebody(self, word: str, span: Tokens, source: Span) -> Voice | None:
        """ "One of them", "some", "others": one or some of the group that spoke last, else nobody known."""
        if word not in nouns("somebody"):
            return None
        rest = [token.lower_ for token in span[1:]]
        if rest[:2] == ["of", "them"]:
            group = pronouns.last(self.history, source.start, lambda v: v.plural)
            if group is not None:
                name = f"{word} of the {group[1].name}"
                return self._described(name, "anonymous", plural=word != "one", head=group[1].head)
        name = describe.name_of(span, span[0], self._printed(span)) if rest else word
        named = self._apposed(span, source)
        if named is not None:
            return named
        plural = word in ("some", "many", "others", "most", "few", "several", "both", "all")
        return self._described(name, "anonymous", plural=plural, head=word)

    def _other(self, source: Span) -> Voice | None:
        """ "The other": another of the group, or the other one of a pair, that spoke in the same paragraph."""

        def paired(voice: Voice) -> bool:
            return voice.entity is None and voice.name.startswith("one ") and not voice.name.startswith("one of ")

        group = pronouns.last(self.history, source.start, lambda v: paired(v) or (v.plural and not v.members))
        if group is None or self.flow.paragraph(group[0]) != self.flow.paragraph(source.start):
            return None
        if paired(group[1]):
            return self._described("other " + group[1].name[4:], group[1].kind, plural=False, head=group[1].head)
        return self._described(f"another of the {group[1].name}", "anonymous", plural=False, head=group[1].head)

    # descriptions

    def _nominal(self, paragraph: Paragraph, span: Tokens, head: Token, source: Span) -> Voice | None:
        words = [token for token in span if token.i <= head.i]
        lemma = head.lemma_.casefold()
        plural = describe.is_many(span, head)
        owned = any(token.dep_ == "poss" for token in words)
        title = paragraph.kind == "title"  # "Minister resigns": headlines leave articles out
        bare = title and is_role(lemma) and words[0].lower_ not in nouns("determiners")
        definite = owned or bare or any(token.lower_ in POINTING for token in words)
        kind = describe.kind_of(span, head, definite=definite, plural=plural)
        if definite and not plural:
            owner = {
                part for token in span if token.i > head.i and token.pos_ == "PROPN" for part in words_of(token.text)
            }
            known = None
            if head.pos_ in ("NOUN", "PROPN") and (kind != "organisation" or is_role(lemma)):
                length = len(self.parsed.text)
                place = Span(length, length) if title else source
                known = self._known(by_role(words, head, place, self.people, self.history, length=length, owner=owner))
            if known is None and kind == "organisation":
                known = self._known(by_body(words, head, source, self.people, self.history))
                if known is None and not owned and lemma in nouns("companies") and head.i == span[-1].i:
                    known = self._known(self._company(source))
            elif kind != "organisation" and not title:
                known = self._unnamed(paragraph, words, head, source, known) or known
            if known is not None:
                return known
        name = describe.name_of(span, head, self._printed(span))
        name = self._located(paragraph, name, head)
        if not name:
            return None
        said = frozenset(words_of(" ".join(token.text for token in words)))
        if definite and not plural and not owned and kind in ("person", "anonymous"):
            for voice in reversed(self.voices):
                fits = same_role(voice.head, lemma) and not voice.plural and voice.kind in ("person", "anonymous")
                if voice.entity is None and fits and said - {lemma, *nouns("light")} <= voice.words | {"former"}:
                    return voice
            epithet = lemma in nouns("epithets") or modifier("former") in said
            if epithet and said <= {lemma, *nouns("light")} and head.i == span[-1].i:
                last = self._last_person(source)
                if last is not None:
                    return last
        fresh = any(token.lower_ in ("another", "other", "second", "third") for token in words)
        return self._described(
            name, kind, plural=plural, head=lemma, words=said, sex=gender.of_noun(lemma), fresh=fresh
        )

    def _last_person(self, source: Span) -> Voice | None:
        """The named person who spoke last, in this paragraph or the one before: "the diplomat", "the 58-year-old"."""
        place, last = self.history[-1] if self.history else (0, None)
        near = self.flow.paragraph(source.start) - self.flow.paragraph(place) in (0, 1)
        return last if last is not None and near and last.entity is not None and last.kind == "person" else None

    def _company(self, source: Span) -> Entity | None:
        """The firm whom "the company" means: the last one named outside marks, in this paragraph or the one before."""
        institutions = nouns("organisations") - nouns("companies") - nouns("incorporated")
        mentions = [mention for names in self.names.values() for mention in names if not mention.text.isupper()]
        firms = {mention.text for mention in mentions if mention.label == "ORG"}
        number = self.flow.paragraph(source.start)
        for mention in sorted(mentions, key=lambda mention: -mention.start):
            place = self.flow.place(mention.start)
            if mention.start >= source.start or place.quoted or mention.text not in firms:
                continue
            entity = self.people.organisation(mention.text) if number - place.paragraph < 2 else None
            if entity is not None and institutions.isdisjoint(words_of(entity.name)):
                return entity
        return None

    def _described(
        self,
        name: str,
        kind: SpeakerKind,
        *,
        plural: bool = False,
        head: str,
        words: frozenset[str] = frozenset(),
        sex: str | None = None,
        fresh: bool = False,
    ) -> Voice:
        key = fold(name)
        for voice in reversed(self.voices):
            if voice.entity is None and fold(voice.name) == key and not fresh:
                return voice
        role = name if kind == "person" else None
        return self._new(Voice(name, kind, None, plural, sex, role, head, words))

    def _printed(self, span: Tokens) -> dict[int, str]:
        """By token index, what a description keeps as it is: its words of names, and owners for possessive pronouns."""
        paragraph = self._paragraph(span[0])
        names = [m for m in self.names[id(paragraph)] if m.is_person]
        kept = {t.i: t.text for t in span if any(m.start <= paragraph.start + t.idx < m.end for m in names)}
        return kept | self._owners(span)

    def _owners(self, span: Tokens) -> dict[int, str]:
        """Names for the possessive pronouns of a phrase, where they can be told: "his deputy" → "Ola Berg's deputy"."""
        owners: dict[int, str] = {}
        for token in span:
            at = self._paragraph(token).start + token.idx
            if token.dep_ != "poss" or token.pos_ != "PRON":
                continue
            wanted = gender.PRONOUNS.get(token.lower_)
            name = None
            if wanted is not None:
                found = pronouns.he_or_she(wanted, at, self.flow, self.people.entities, self.history, None)
                name = found.name if found is not None else None
            elif token.lower_ == "its":
                spoke = pronouns.last(self.history, at, lambda v: v.kind == "organisation" and v.entity is not None)
                place, name = (spoke[0], spoke[1].name) if spoke is not None else (-1, None)
                name = self._body_before(at, place) or name
            if name and len(name.split()) <= 4:
                owners[token.i] = f"{name}’s"
        return owners

    def _body_before(self, at: int, since: int) -> str | None:
        """The organisation or place that is the last named subject between two offsets, in two sentences at most."""
        here = self.flow.place(at)
        for mention in reversed(self.names[id(self.parsed.paragraphs[here.paragraph])]):
            place = self.flow.place(mention.start)
            if since < mention.start < at and place.dep in pronouns.SUBJECTS and not place.quoted:
                entity = self.people.organisation(mention.text) if here.sentence - place.sentence < 2 else None
                return entity.name if entity is not None and not mention.is_person else None
        return None

    def _paragraph(self, token: Token) -> Paragraph:
        return next(p for p in self.parsed.paragraphs if p.doc is token.doc)

    def _located(self, paragraph: Paragraph, name: str, head: Token) -> str:
        """ "Farmers here" with the place that the paragraph named last."""
        if not name.endswith((" here", " there")):
            return name
        bare = name.rsplit(" ", 1)[0]
        places = [
            m
            for m in self.names[id(paragraph)]
            if m.end < paragraph.start + head.idx and not m.is_person and m.label in ("GPE", "LOC", "FAC", "ORG", "")
        ]
        inside = [
            m for m in places if re.search(r"\b(?:[Ii]n|[Aa]t|of|near) $", self.parsed.text[m.start - 8 : m.start])
        ]
        return f"{bare} in {inside[-1].text}" if inside else bare

    def _unnamed(
        self, paragraph: Paragraph, words: Sequence[Token], head: Token, source: Span, known: Voice | None
    ) -> Voice | None:
        """Somebody unnamed whom "the official" means rather than `known`: brought in since `known` was last mentioned."""
        lemma = fold(head.lemma_)
        said = {part for token in words for part in words_of(token.text)} - {*POINTING, lemma} - nouns("light")
        places = known.entity.places if known is not None and known.entity is not None else []
        spoken = [place for place, voice in self.history if voice is known]
        seen = max((place for place in (*places, *spoken) if place < source.start), default=-1)

        def fits(token: Token) -> bool:
            phrase = paragraph.doc[token.left_edge.i : token.i + 1]
            first = phrase[0].lower_ in ("a", "an", "one", "another")
            agrees = same_role(fold(token.lemma_), lemma)
            return first and agrees and said <= {part for word in phrase for part in words_of(word.text)}

        subject = subjects.before(self.flow, paragraph, source.start, fits)
        if subject is not None and (known is None or seen < paragraph.start + subject.sent.start_char):
            return self.mean(paragraph, subjects.phrase_of(paragraph, subject))
        if known is None:
            return None
        for place, voice in reversed(self.history):
            unnamed = voice.entity is None and not voice.plural and voice.kind == "anonymous"
            if unnamed and seen < place < source.start and same_role(voice.head, lemma) and said <= voice.words:
                return voice
        return None
