"""One speaker for one person across documents; descriptions such as "the president" stay apart."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from stance.schema import Speaker
from stance.speakers.names import fold, same_person, tokens_of, word_keys
from stance.text import slug


def merge_across_documents(per_document: Iterable[tuple[str, Sequence[Speaker]]]) -> Mapping[tuple[str, str], Speaker]:
    """Give speakers of several documents canonical records.

    Full personal names that agree (spelling variants included) and organisations of one name are one speaker. A lone
    surname joins a full name only where one bearer of it is known. Anonymous and collective descriptions, and persons
    known by their role alone, stay apart from document to document.

    Args:
        per_document: pairs of document id and its speakers.

    Returns:
        The canonical speaker for each pair of document id and speaker id; ids are unique.
    """
    documents = list(per_document)
    people = Register()
    for _, speakers in documents:
        people.add(speakers)
    people.close()
    return {
        (document, speaker.id): canonical
        for document, speakers in documents
        for speaker, canonical in zip(speakers, people.canonical(speakers), strict=True)
    }


@dataclass(slots=True)
class _Person:
    """What is known of one speaker so far: the first form met decides who else it is, the longest gives the name."""

    first: Speaker
    best: Speaker
    forms: set[str] = field(default_factory=set)
    facts: dict[str, Any] = field(default_factory=dict)

    def add(self, speaker: Speaker) -> None:
        if len(tokens_of(speaker.name)) > len(tokens_of(self.best.name)):
            self.best = speaker
        self.forms.update((speaker.name, *speaker.aliases))
        for name in ("role", "affiliation", "country", "side"):
            if value := getattr(speaker, name):
                self.facts.setdefault(name, value)

    def joined(self, id: str) -> Speaker:
        aliases = tuple(sorted(self.forms - {self.best.name}))
        facts: dict[str, Any] = {name: getattr(self.best, name) or value for name, value in self.facts.items()}
        return replace(self.best, id=id, aliases=aliases, **facts)


def _person(speaker: Speaker) -> _Person:
    made = _Person(speaker, speaker)
    made.add(speaker)
    return made


class Register:
    """The speakers of a run, gathered in one pass over its documents and handed out in a second one.

    Between the passes it holds the people who are known by name and the descriptions there are, not who was quoted
    where: its size grows with the cast, not with the corpus. Give `canonical` the documents in the order of `add`.
    """

    def __init__(self) -> None:
        self._people: list[_Person] = []
        self._home: dict[tuple[str, str], int] = {}  # kind and name → place in `_people`
        self._near: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
        self._lone: dict[str, _Person] = {}  # by surname
        self._lone_home: dict[str, int] = {}
        self._apart: set[str] = set()  # ids of descriptions
        self._ids: dict[str, int] = {}
        self._merged: list[Speaker] = []
        self._given: Counter[str] = Counter()

    def __len__(self) -> int:
        """How many people are known by name."""
        return len(self._people)

    def add(self, speakers: Iterable[Speaker]) -> None:
        """Take note of the speakers of one document."""
        for speaker in speakers:
            if not is_proper(speaker):
                self._apart.add(_id(speaker))
            elif surname := _lone_surname(speaker):
                if surname in self._lone:
                    self._lone[surname].add(speaker)
                else:
                    self._lone[surname] = _person(speaker)
            else:
                at = self._find(speaker)
                if at is None:
                    self._settle(speaker)
                else:
                    self._people[at].add(speaker)

    def close(self) -> None:
        """Everybody has been met: find whom the lone surnames belong to, and give ids."""
        bearers: defaultdict[str, list[int]] = defaultdict(list)
        for at, person in enumerate(self._people):
            if person.first.kind == "person":
                bearers["".join(tokens_of(person.first.name)[-1:])].append(at)
        for surname, person in self._lone.items():
            homes = bearers[surname]
            if not homes:
                self._people.append(person)
                self._lone_home[surname] = len(self._people) - 1
            elif len(homes) == 1:
                self._lone_home[surname] = homes[0]
                whole = self._people[homes[0]]
                whole.best = max(whole.best, person.best, key=lambda speaker: len(tokens_of(speaker.name)))
                whole.forms |= person.forms
                whole.facts = person.facts | whole.facts
            else:  # nobody can tell which of them is meant
                self._apart.add(_id(person.first))
        for at, person in enumerate(self._people):
            base = identifier = _id(person.best)
            number = 2
            while identifier in self._ids:
                identifier, number = f"{base}-{number}", number + 1
            self._ids[identifier] = at
            self._merged.append(person.joined(identifier))

    def number(self, identifier: str) -> int | None:
        """A number for the person who got this id; `None` for a description."""
        return self._ids.get(identifier)

    def canonical(self, speakers: Sequence[Speaker]) -> list[Speaker]:
        """The speakers of the next document as the run knows them."""
        found = []
        for speaker in speakers:
            at = self._place(speaker)
            found.append(self._merged[at] if at is not None else _person(speaker).joined(self._next(_id(speaker))))
        return found

    def _place(self, speaker: Speaker) -> int | None:
        if not is_proper(speaker):
            return None
        surname = _lone_surname(speaker)
        return self._lone_home.get(surname) if surname else self._home[speaker.kind, speaker.name]

    def _next(self, base: str) -> str:
        """An id for one more speaker of a description; one that reads like another description's own is passed over."""
        while True:
            self._given[base] += 1
            number = self._given[base]
            identifier = base if number == 1 else f"{base}-{number}"
            if identifier not in self._ids and (number == 1 or identifier not in self._apart):
                return identifier

    def _find(self, speaker: Speaker) -> int | None:
        """Whom a speaker known by name is, by the first form of each met so far."""
        key = speaker.kind, speaker.name
        if key not in self._home:
            near = sorted({at for mark in _marks(speaker) for at in self._near[mark]})
            found = next((at for at in near if _same(self._people[at].first, speaker)), None)
            if found is None:
                return None
            self._home[key] = found
        return self._home[key]

    def _settle(self, speaker: Speaker) -> None:
        at = len(self._people)
        self._people.append(_person(speaker))
        self._home[speaker.kind, speaker.name] = at
        for mark in _marks(speaker):
            self._near[mark].append(at)


def is_proper(speaker: Speaker) -> bool:
    """Whether a speaker is known by a proper name and so can be the same in another document."""
    if speaker.kind in ("anonymous", "collective"):
        return False
    if is_handle(speaker):
        return True
    last = speaker.name.split()[-1:] or [""]
    return last[0][:1].isupper() or (speaker.name[:1].isupper() and speaker.kind == "organisation")


def is_handle(speaker: Speaker) -> bool:
    """Whether a speaker is known by an account's name only."""
    return speaker.name.startswith("@")


def _lone_surname(speaker: Speaker) -> str | None:
    tokens = tokens_of(speaker.name)
    return tokens[0] if speaker.kind == "person" and len(tokens) == 1 and not is_handle(speaker) else None


def _id(speaker: Speaker) -> str:
    return speaker.id or slug(speaker.name, otherwise="speaker")


def _marks(speaker: Speaker) -> list[tuple[str, ...]]:
    """What two names that `_same` takes for one have at least one of in common."""
    if is_handle(speaker):
        return [(speaker.kind, "@", speaker.name.casefold())]
    if speaker.kind == "person":
        return [(speaker.kind, *key) for surname in tokens_of(speaker.name)[-1:] for key in word_keys(surname)]
    return [(speaker.kind, fold(speaker.name).removeprefix("the "))]


def _same(first: Speaker, second: Speaker) -> bool:
    if first.kind != second.kind:
        return False
    if is_handle(first) or is_handle(second):
        return first.name.casefold() == second.name.casefold()
    if first.kind == "person":
        return same_person(tokens_of(first.name), tokens_of(second.name))
    return fold(first.name).removeprefix("the ") == fold(second.name).removeprefix("the ")
