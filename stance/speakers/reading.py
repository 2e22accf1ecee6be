"""From a source phrase to a voice: names by the table of people, "the + role" by head and modifiers, pronouns."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from stance.data import words as labels
from stance.parse import Paragraph
from stance.quotes.relation import Relation
from stance.schema import Span
from stance.speakers import describe, gender, joint, named, pronouns, subjects, wording
from stance.speakers.holders import CHARGED, POINTING, by_body, by_charge, by_role
from stance.speakers.names import fold
from stance.speakers.nominal import is_role, is_unnamed, modifier, nouns, same_role
from stance.speakers.people import Entity
from stance.speakers.phrases import (
    completed,
    ends_at,
    head_of,
    is_body,
    is_several,
    is_somebody,
    with_apposition,
    without_adjunct,
    without_clause,
)
from stance.speakers.roles import words_of
from stance.speakers.scene import Scene
from stance.speakers.voices import Voice
from stance.structure import TURN

if TYPE_CHECKING:
    from spacy.tokens import Span as Tokens
    from spacy.tokens import Token

_NEXT = ("other", "another", "second", "third", "fourth")
_THEY = frozenset({"they", "them", "their", "theirs", "themselves"})
_IT = frozenset({"it", "its", "itself"})
_ANSWERS = ("answer", "repl", "respond", "retort", "shot back")
_AGED = re.compile(r"[Tt]he \d{1,3}-year-old\b")


class Reader(Scene):
    """Reads the sources of one document in text order and remembers who has spoken; `asker` has just asked."""

    asker: Voice | None = None

    def read(self, relation: Relation, outer: Voice | None) -> Voice | None:
        """Whom the source of `relation` means; `outer` is who speaks the words around it."""
        if relation.source is None:
            return None
        paragraph = self.parsed.at(relation.source.start)
        if paragraph is None:
            return None
        cue = relation.cue.of(self.parsed.text).casefold() if relation.cue is not None else ""
        asker = self.asker if cue.startswith(_ANSWERS) else None  # rarely who answers
        self.asker = None
        voice = self.mean(paragraph, relation.source, outer or asker)
        if voice is not None:
            self.asker = voice if relation.content[-1].of(self.parsed.text).rstrip("”’\"'")[-1:] == "?" else None
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
            return named.handle(self, span.text.split()[0])
        label = TURN.match(self.parsed.text, paragraph.start, paragraph.end)
        if label is not None and label.end("name") == source.end:
            turn = named.turn(self, span.text, titled=source.start > label.start("name"))
            if turn is not None or span.text.rstrip(".").casefold() in labels("labels"):
                return turn  # "Interview: ..." says what an item is, not who speaks
        sure = [m for m in self.names[id(paragraph)] if m.is_person and not m.headline and paragraph.kind != "title"]
        cut = next((m for m in sure if source.start <= m.start < source.end < m.end), None)
        if cut is not None:  # "Our reporter Ada" Berg
            return self.mean(paragraph, Span(source.start, cut.end), outer)
        span = completed(without_adjunct(without_clause(span)))
        aged = self.last_person(source) if _AGED.match(span.text) else None
        if aged is not None:
            return aged
        head = head_of(span)
        span = with_apposition(span, head)
        word = head.lower_
        if word in _NEXT and len(span) <= 2:
            voice = self._other(word, source)
            if voice is not None:
                return voice
        if len(span) > 2 and span[0].lower_ in nouns("somebody") and span[1].lower_ == "of":
            return self._somebody(span[0].lower_, span, source)
        if word in ("who", "which", "that") and len(span) <= 2 and head.pos_ in ("PRON", "SCONJ", "DET"):
            return self._relative(paragraph, head, outer)
        if head.pos_ == "PRON" or word in gender.PRONOUNS or word in ("they", "we", "i", "it"):
            return self._pronoun(word, span, source, outer, paragraph)
        return (
            self._joint(paragraph, span, head, outer)
            or named.followed(self, paragraph, span, head)
            or named.inside(self, paragraph, span, head)
            or self._predicated(paragraph, head, outer)
            or self._nominal(paragraph, span, head, source, outer)
        )

    # several, and those said to be somebody

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
            bare = member.plural or not member.name[:1].islower()
            names.append(member.name if bare else f"the {member.name}")
        if not members:
            return None
        for voice in self.voices:
            if voice.members and {id(member) for member in voice.members} == {id(member) for member in members}:
                return voice
        return self.new(Voice(joint.name_of(names), "collective", plural=True, members=tuple(members)))

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
        chain: list[tuple[int, Voice | Entity]] = []
        for place in [*subjects.said_before(self.flow, paragraph, source.start, wanted), source.start]:
            found = pronouns.he_or_she(wanted, place, self.flow, entities, self.history, outer, chain)
            chain += [(place, found)] if found is not None else []
        subject = subjects.before(self.flow, paragraph, source.start, lambda t: is_somebody(t, wanted))
        if subject is not None and (
            found is None or subjects.is_newer(subject, found, paragraph, source.start, self.history)
        ):
            described = self.mean(paragraph, subjects.phrase_of(paragraph, subject))
            found = described if described is not None and described.sex in (None, wanted) else found
        if found is None:
            return None
        voice = self.known(found)
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
        apposed = named.apposed(self, span, source)
        if apposed is not None:
            return apposed
        if rest[:2] == ["of", "them"]:
            group = pronouns.last(self.history, source.start, lambda v: v.plural)
            if group is not None:
                name = f"{word} of the {group[1].name}"
                return self.described(name, "anonymous", plural=word != "one", head=group[1].head)
        name = describe.name_of(span, span[0], wording.printed(self, span)) if rest else word
        plural = word in ("some", "many", "others", "most", "few", "several", "both", "all")
        return self.described(name, "anonymous", plural=plural, head=word)

    def _other(self, word: str, source: Span) -> Voice | None:
        """ "The other", "a third": one more of those who spoke in the same paragraph, or the other one of a pair."""

        def paired(voice: Voice) -> bool:
            return voice.entity is None and voice.name.startswith("one ") and not voice.name.startswith("one of ")

        def fits(voice: Voice) -> bool:
            known = paired(voice) or (voice.plural and not voice.members)
            return known if word == "other" else voice.entity is None and not voice.members

        group = pronouns.last(self.history, source.start, fits)
        if group is None or self.flow.paragraph(group[0]) != self.flow.paragraph(source.start):
            return None
        noun = next((w for w in (group[1].head, group[1].name.split()[-1].removesuffix("s")) if is_role(w)), None)
        if word != "other" and noun is not None and not (word == "another" and group[1].plural):
            return self.described(f"{word} {noun}", "anonymous", head=noun, fresh=True)
        if not group[1].plural and not paired(group[1]):
            return None
        if paired(group[1]):
            return self.described("other " + group[1].name[4:], group[1].kind, plural=False, head=group[1].head)
        return self.described(f"another of the {group[1].name}", "anonymous", plural=False, head=group[1].head)

    # descriptions

    def _nominal(
        self, paragraph: Paragraph, span: Tokens, head: Token, source: Span, outer: Voice | None
    ) -> Voice | None:
        words = [token for token in span if token.i <= head.i]
        lemma = head.lemma_.casefold()
        plural = describe.is_many(span, head)
        owned = any(token.dep_ == "poss" for token in words)
        title = paragraph.kind == "title"  # "Minister resigns": headlines leave articles out
        bare = title and is_role(lemma) and words[0].lower_ not in nouns("determiners")
        some = head.i + 2 < span.end and span.doc[head.i + 2].lower_ in (
            "a",
            "an",
            "one",
            "another",
        )  # "the head of one"
        definite = owned or bare or (not some and any(token.lower_ in POINTING for token in words))
        kind = describe.kind_of(span, head, definite=definite, plural=plural)
        if definite and not plural and lemma == "source" and ends_at(span, head):
            spoke = pronouns.last(self.history, source.start, lambda v: v.kind == "anonymous" and not v.plural)
            if spoke is not None and self.flow.paragraph(source.start) - self.flow.paragraph(spoke[0]) < 2:
                return spoke[1]
        if definite and not plural and not is_unnamed(span.text):
            owner = {
                part for token in span if token.i > head.i and token.pos_ == "PROPN" for part in words_of(token.text)
            }
            known = None
            if head.pos_ in ("NOUN", "PROPN") and (kind != "organisation" or is_role(lemma)):
                length = len(self.parsed.text)
                place = Span(length, length) if title else source
                known = self.known(by_role(words, head, place, self.people, self.history, length=length, owner=owner))
                known = known or (self.known(by_charge(self.people, self.flow)) if lemma in CHARGED else None)
            if known is None and kind == "organisation":
                known = self.known(by_body(words, head, source, self.people, self.history))
                if known is None and not owned and lemma in nouns("companies") and ends_at(span, head):
                    known = self.known(named.company(self, source))
            elif kind != "organisation" and not title:
                known = self._unnamed(paragraph, words, head, source, known) or known
            roles = known.entity.roles if known is not None and known.entity is not None else []
            loose = lemma in nouns("epithets") and ends_at(span, head) and all(lemma not in r.words for r in roles)
            if known is not None and known.entity is not None and loose:
                known = self.last_person(source, but=outer) or known  # "lawmaker" says less than who has just spoken
            if known is not None:
                return known
        name = describe.name_of(span, head, wording.printed(self, span))
        name = wording.located(self, paragraph, name, head)
        if not name:
            return None
        said = frozenset(words_of(" ".join(token.text for token in words)))
        if definite and not plural and not owned and kind in ("person", "anonymous"):
            for voice in reversed(self.voices):
                fits = same_role(voice.head, lemma) and not voice.plural and voice.kind in ("person", "anonymous")
                if voice.entity is None and fits and said - {lemma, *nouns("light")} <= voice.words | {"former"}:
                    return voice
            epithet = lemma in nouns("epithets") or modifier("former") in said
            if epithet and said <= {lemma, *nouns("light")} and ends_at(span, head):
                last = self.last_person(source, but=outer)
                if last is not None:
                    return last
        fresh = any(token.lower_ in ("another", "other", "second", "third") for token in words)
        return self.described(name, kind, plural=plural, head=lemma, words=said, sex=gender.of_noun(lemma), fresh=fresh)

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
