"""The table of named people and organisations of one document, with the roles and genders that the text gives them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from stance.parse import Paragraph, Parsed
from stance.schema import Speaker, SpeakerKind
from stance.speakers import gender as sex
from stance.speakers.mentions import LABELS, Mention, mentions_of
from stance.speakers.names import fold, same_person, same_word, tokens_of
from stance.speakers.nominal import nouns
from stance.speakers.roles import Role, role_of, roles_beside


@dataclass
class Entity:
    """Someone or something with a proper name, as the document is read. `full` are offsets of forms of two words up."""

    tokens: tuple[str, ...]
    name: str
    kind: SpeakerKind
    forms: Counter[str] = field(default_factory=Counter)
    roles: list[Role] = field(default_factory=list)
    genders: Counter[str] = field(default_factory=Counter)
    places: list[int] = field(default_factory=list)
    full: list[int] = field(default_factory=list)
    roster: Speaker | None = None

    @property
    def gender(self) -> str | None:
        """What titles, names, role nouns and pronouns say, or `None`."""
        ranked = self.genders.most_common(2)
        if not ranked or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
            return None
        return ranked[0][0]

    @property
    def is_guessed(self) -> bool:
        """Whether `gender` rests on the end of a name or on one pronoun."""
        return sum(self.genders.values()) < 2


class People:
    """All named entities of a document; look one up by any form of its name."""

    def __init__(self, parsed: Parsed, roster: Sequence[Speaker] = ()) -> None:
        self.entities: list[Entity] = []
        self.mentions = mentions_of(parsed)
        for speaker in roster:
            self._enrol(speaker)
        everything = [mention for mentions in self.mentions for mention in mentions]
        body = [mention for mention in everything if not mention.headline]
        people = [mention for mention in body if mention.is_person]
        for mention in people:
            if len(mention.tokens) > 1:
                self._add(mention, "person")
        for paragraph, mentions in zip(parsed.paragraphs, self.mentions, strict=True):
            self._roles(paragraph, [m for m in mentions if m.is_person and len(m.tokens) > 1])  # who is whose wife
        for mention in people:
            if len(mention.tokens) == 1:
                self._add_short(mention)
        for mention in body:
            if not mention.is_person:
                self._add_other(mention)
        for mention in everything:
            if mention.headline:
                self._add_headline(mention)
        for entity in self.entities:
            entity.places.sort()
        for paragraph, mentions in zip(parsed.paragraphs, self.mentions, strict=True):
            self._roles(paragraph, mentions)
            self._genders(paragraph, mentions)
        for entity in self.entities:
            entity.roles = [self._served(role) for role in entity.roles]

    def _served(self, role: Role) -> Role:
        """A role with the person it is held for in its text: nobody is an affiliation."""
        if role.affiliation is None or role.country is not None or self.organisation(role.affiliation) is not None:
            return role
        served = self.person(role.affiliation)
        return role if served is None else role._replace(text=f"{role.affiliation}'s {role.text}", affiliation=None)

    def _enrol(self, speaker: Speaker) -> None:
        entity = Entity(tokens_of(speaker.name), speaker.name, speaker.kind, roster=speaker)
        for form in (speaker.name, *speaker.aliases):
            entity.forms[form] += 1
        if speaker.role:
            entity.roles.append(role_of(speaker.role.split(), speaker.affiliation, speaker.country))
        if speaker.kind == "person":
            self._vote_name(entity, entity.tokens)
        self.entities.append(entity)

    def _add(self, mention: Mention, kind: SpeakerKind) -> None:
        tokens = mention.tokens
        if not tokens or (tokens[0] in nouns("no_names") and not mention.title):
            return
        entity = self.person(mention.text) if kind == "person" else self.organisation(mention.text)
        if entity is None:
            entity = Entity(tokens, mention.text, kind)
            self.entities.append(entity)
        self._note(entity, mention)
        if entity.roster is None and not mention.is_lone and _fuller(tokens, entity.tokens):
            entity.tokens, entity.name = tokens, mention.text

    def _add_short(self, mention: Mention) -> None:
        tokens = mention.tokens
        if not tokens or tokens[0] in nouns("no_names"):
            return
        entity = self.person(mention.text, before=mention.start, title=mention.title)
        titled = sex.of_title(mention.title)
        if entity is not None and titled and entity.gender not in (None, titled):
            entity = Entity(tokens, f"{mention.title.capitalize()} {mention.text}", "person")
            self.entities.append(entity)
        if entity is None:
            entity = Entity(tokens, mention.text, "person")
            self.entities.append(entity)
        self._note(entity, mention)

    def _add_other(self, mention: Mention) -> None:
        known = self.person(mention.text) if mention.is_lone and mention.label != "NORP" else None
        if known is not None and (mention.label != "GPE" or known.tokens[0] != mention.tokens[0]):
            self._add_short(mention)
        elif mention.label in LABELS:
            self._add(mention, "organisation")

    def _add_headline(self, mention: Mention) -> None:
        """A headline's name joins one that the body knows; the edges of a new one cannot be trusted."""
        for form in (mention.text, *reversed(mention.text.split())):
            entity = self.person(form) or self.organisation(form)
            if entity is not None:
                entity.places.append(mention.start)
                if mention.tokens[-1:] == entity.tokens and sex.is_given_name(mention.tokens[0]):
                    entity.tokens, entity.name = mention.tokens, mention.text  # "MS. BERG" of a transcript
                return
        if mention.is_person and len(mention.tokens) > 1:
            self._add(mention, "person")
        elif mention.label in LABELS and not mention.is_person:
            self._add(mention, "organisation")

    def _note(self, entity: Entity, mention: Mention) -> None:
        entity.forms[mention.text] += 1
        entity.places.append(mention.start)
        if len(mention.tokens) > 1:
            entity.full.append(mention.start)
        if entity.kind == "person":
            titled = sex.of_title(mention.title)
            if titled:
                entity.genders[titled] += 5
            self._vote_name(entity, mention.tokens)

    def _vote_name(self, entity: Entity, tokens: tuple[str, ...]) -> None:
        named = sex.of_name(tokens)
        if named is not None:
            entity.genders[named[0]] = max(entity.genders[named[0]], named[1])

    def person(self, name: str, *, before: int | None = None, title: str = "") -> Entity | None:
        """The person whom a full name, a surname or a given name means, or `None`.

        Of several bearers of a surname, the one whose gender fits the title, then one named before `before`, then
        the one whose full name was last given, unless another is spoken of far more.
        """
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
            if wanted is None:
                fitting = [e for e in fitting if not _kin_of(e, word)] or fitting
            if fitting:
                return _likeliest(fitting, before)
        return exact[0] if exact else None

    def initialled(self, initials: str) -> Entity | None:
        """The one person whose initials these capitals are, as before a turn of an interview, or `None`."""
        letters = re.sub(r"[.\s]", "", initials)
        if not (1 < len(letters) < 5 and letters.isalpha() and letters.isupper()):
            return None
        bearers = [
            entity
            for entity in self.entities
            if entity.kind == "person" and "".join(word[0] for word in entity.tokens) == letters.casefold()
        ]
        return bearers[0] if len(bearers) == 1 else None

    def organisation(self, name: str) -> Entity | None:
        """The organisation or place of this name (or of these initials), or `None`."""
        tokens = _plain(name)
        if not tokens:
            return None
        for entity in self.entities:
            if entity.kind != "person" and any(_plain(form) == tokens for form in (entity.name, *entity.forms)):
                return entity
        if len(tokens) == 1 and name.isupper() and len(name) > 2:
            for entity in self.entities:
                words = [word for word in _plain(entity.name) if word not in ("of", "and", "for")]
                if entity.kind != "person" and len(words) > 1 and "".join(w[0] for w in words) == tokens[0]:
                    return entity
        return None

    def _roles(self, paragraph: Paragraph, mentions: Sequence[Mention]) -> None:
        for mention in mentions:
            entity = self.person(mention.text, before=mention.start + 1, title=mention.title)
            if entity is None or (not mention.is_person and len(mention.tokens) > 1):
                continue
            for role in roles_beside(paragraph, mention):
                if all(role.words != known.words for known in entity.roles):
                    entity.roles.append(role)
                    gender = sex.of_noun(role.head)
                    if gender:
                        entity.genders[gender] += 3

    def _genders(self, paragraph: Paragraph, mentions: Sequence[Mention]) -> None:
        """Learn from pronouns that can mean one person only: the sole name of a sentence, "he" or "her" after it."""
        for sentence in paragraph.doc.sents:
            start, end = paragraph.start + sentence.start_char, paragraph.start + sentence.end_char
            here = [m for m in mentions if start <= m.start < end and m.is_person]
            bearers = {id(e): e for m in here if (e := self.person(m.text, before=m.start + 1, title=m.title))}
            if len(bearers) != 1 or not here:
                continue
            found = {
                sex.PRONOUNS[token.lower_]
                for token in sentence
                if token.lower_ in sex.PRONOUNS and paragraph.start + token.idx > here[0].start
            }
            if len(found) == 1:
                next(iter(bearers.values())).genders[found.pop()] += 1


def _fuller(tokens: tuple[str, ...], known: tuple[str, ...]) -> bool:
    """Whether a form says more of a name than the one known, and more than a nickname put before it."""
    if len(known) > 1 and tokens[-len(known) :] == known and sex.is_given_name(known[0]):
        return len(tokens) > len(known) and sex.is_given_name(tokens[0])
    if len(tokens) > 1 and known[-len(tokens) :] == tokens and sex.is_given_name(tokens[0]):
        return len(known) > len(tokens) and not sex.is_given_name(known[0])
    return len(tokens) > len(known)


def _kin_of(entity: Entity, surname: str) -> bool:
    """Whether somebody is brought in as another's kin: "Berg's wife, Ada Berg", "his son Tom Berg"."""
    owners = {surname, "his", "her", "their"}
    return any(role.head in nouns("kin") and not owners.isdisjoint(role.words) for role in entity.roles)


def _likeliest(bearers: Sequence[Entity], before: int | None) -> Entity:
    def seen(entity: Entity) -> int:
        return sum(1 for place in entity.places if before is None or place < before)

    known = [entity for entity in bearers if seen(entity) or entity.roster] or list(bearers)
    if len(known) == 1 or before is None:
        return max(known, key=lambda e: (len(e.places), -min(e.places, default=0)))
    most = max(known, key=seen)
    if seen(most) >= 3 and all(seen(most) >= 2 * seen(other) for other in known if other is not most):
        return most
    return max(known, key=lambda e: max((place for place in e.full if place < before), default=-1))


@lru_cache(maxsize=16384)
def _plain(name: str) -> tuple[str, ...]:
    return tuple(
        word for word in re.split(r"[^\w]+", fold(re.sub(r"['’]s?(?=\s|$)", "", name))) if word and word != "the"
    )
