"""Proper names outside the library that quotations share: people, firms, places, each under its fullest name."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import TypeVar

from stance.resources import data_table
from stance.schema import Document, Quote, Speaker, Target
from stance.targets.lexicon import lists
from stance.text import fold, slug

_PART = r"(?:(?:[A-Z]\.)+|(?:Mr|Mrs|Ms|Dr|St|Gen|Col|Sen|Gov|Rep|Prof)\.|[A-Z][\w’'&-]*)"
_NAME = re.compile(rf"\b{_PART}(?:[ \t]+(?:(?:of|for|the|de|del|la|on)[ \t]+){{0,2}}{_PART})*")
_SENTENCE_START = re.compile(r"(?:\n\s*|[.!?…]\s+|[“\"‘'«]\s*)$")
_AT = re.compile(r"\b(?:at|from|in|near|of|off|outside|to)\s+$")  # before a place where things happen
BEFORE = 12  # code points before a name that tell whether it opens a sentence or is such a place
_DESCRIBES = re.compile(r"^[A-Z]\w+(?:an|ish|ese|ic|ench|utch)$")
_Owner = TypeVar("_Owner")
_ADJECTIVE = re.compile(r"\b[A-Z][a-z]{3,}(?:an|ish|ese|i|ic|er)\b")
SHORTEST_STEM = 4


def shared_names(
    document: Document, quotes: Sequence[Quote], speakers: Sequence[Speaker], library: Sequence[Target]
) -> list[Target]:
    """Names in quotations: of people quoted or named in full, and those that the article says twice, not only as places."""
    taken = {fold(name) for target in library for name in (target.name, *target.aliases)} | {
        fold(word) for words in data_table("demonyms")["adjectives"].values() for word in words
    }
    people = {speaker.name: speaker for speaker in speakers if speaker.kind == "person" and " " in speaker.name}
    longer: dict[str, bool] = {}
    times: Counter[str] = Counter()  # of names where a capital tells that they are one, and
    opening: Counter[str] = Counter()  # where it does not
    for name, end in _names(document.text):
        bare, office = _without_office(name)
        if " " in bare:
            longer[bare] = longer.get(bare, False) or office or _personal(bare)
        start = end - len(name)
        if not _AT.search(document.text, max(0, start - BEFORE), start):
            (opening if " " not in bare and _opens(document.text, start) else times)[bare] += 1
    surely = {*times, *(name.rpartition(" ")[2] for name in (*people, *longer))}  # names wherever they stand
    counts: dict[str, set[str]] = defaultdict(set)
    for quote in quotes:
        for name, end in _names(quote.text):
            alone = " " not in name
            if alone and (len(name) < 3 or (name not in surely and _opens(quote.text, end - len(name)))):
                continue
            if name not in surely and _DESCRIBES.search(name) and re.match(r"\s+[a-z]", quote.text[end:]):
                continue  # "Crimean peninsula": an adjective
            if alone and any(fold(other) in taken and other.endswith(" " + name) for other in longer):
                continue  # "the Commission": short for a name of the library
            if fold(name) not in taken:
                counts[name].add(quote.id)
    merged: dict[str, set[str]] = defaultdict(set)
    aliases: dict[str, set[str]] = defaultdict(set)
    for name, where in sorted(counts.items()):
        full = _full(name, people, longer, document.text)
        merged[full] |= where
        aliases[full].add(name)
    often = {form: times[form] + opening[form] for form in times}
    return [
        Target(slug(name), name, tuple(sorted(aliases[name] - {name})))
        for name, where in sorted(merged.items())
        if len(where) > 1 or name in people or sum(often.get(form, 0) for form in {name, *aliases[name]}) > 1
    ]


def _opens(text: str, at: int) -> bool:
    """Whether an offset opens a sentence, where a capital does not tell a name."""
    return at == 0 or _SENTENCE_START.search(text, max(0, at - BEFORE), at) is not None


def _names(text: str) -> list[tuple[str, int]]:
    """Names in a text, less words before them that are none, with the offsets of their ends."""
    found = []
    for match in _NAME.finditer(text):
        name = re.sub(r"['’]s?$", "", re.sub(r"\s+", " ", match.group())).strip(".'’ ")
        first, _, rest = name.partition(" ")
        if re.fullmatch(r"I(?:['’]\w+)?", first):
            continue  # "I", "I'm"
        if rest and first in lists()["stop"]:
            name = rest
        if name and name not in lists()["stop"]:
            found.append((name, match.start() + len(match.group().rstrip(".'’ "))))
    return found


def _full(name: str, people: Mapping[str, Speaker], longer: Mapping[str, bool], text: str) -> str:
    """The fullest name of a name's bearer, without titles and offices.

    Args:
        name: as a quotation has it.
        people: speakers by their names.
        longer: names of several words in the article, without offices, and whether each is a person's.
        text: the article.
    """
    from stance.speakers.names import tokens_of

    bare, office = _without_office(name)
    for person, speaker in people.items():
        own = tokens_of(person)
        if bare == person or {name, bare} & set(speaker.aliases) or tokens_of(name) in (own, own[-1:]):
            return person
    if " " in bare:
        return bare
    # "the Commission" is short for any longer name, "Calder" is not for "Port Calder", "Vale" and "Mr. Vale" are for "Tom Vale".
    any_name = re.search(rf"\b[Tt]he {re.escape(bare)}\b", text)
    full = [other for other, person in longer.items() if other.endswith(" " + bare) and (person or any_name)]
    return min(full, key=lambda other: (len(other), other), default=bare if office else name)


def _without_office(name: str) -> tuple[str, bool]:
    """A name without title, office and what stands before them ("Russian Foreign Minister Ada Brink"), and whether it had any."""
    from stance.speakers.names import titles

    parts = name.split()
    last = max((at for at, word in enumerate(parts[:-1]) if fold(word) in titles()), default=-1)
    return " ".join(parts[last + 1 :]), last >= 0


def _personal(name: str) -> bool:
    from stance.data import words

    first = fold(name.split(maxsplit=1)[0])
    return first in words("given_names_female") or first in words("given_names_male")


def local_adjectives(text: str, targets: Sequence[Target]) -> dict[str, list[str]]:
    """What the article calls things and people of a place that no table knows ("Norvalian" for Norvale), by its target's name."""
    words = {match.group() for match in _ADJECTIVE.finditer(text)}
    found: dict[str, list[str]] = {}
    for target in targets:
        stem = target.name[: max(SHORTEST_STEM, len(target.name) - 2)]
        own = sorted(word for word in words if word.startswith(stem) and word != target.name)
        if own and " " not in target.name and len(target.name) > SHORTEST_STEM:
            found[target.name] = own
    return found


def sole_owners(owners: Mapping[str, set[_Owner]]) -> dict[str, _Owner]:
    """What each word stands for, where it stands for one thing alone."""
    return {word: owner for word, (owner, *others) in owners.items() if not others}
