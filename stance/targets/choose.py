"""Which targets a quotation is asked about: those a user named, or those found in the article."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence

from stance.schema import Document, Quote, Speaker, Target
from stance.targets.lexicon import lexicon, lists, mentioned, name_counts, occurrences
from stance.targets.names import local_adjectives, shared_names, sole_owners
from stance.targets.people import people_meant
from stance.targets.phrases import READ, Phrase
from stance.targets.phrases import phrases as phrases_of
from stance.targets.reference import named_phrases, referents, stand_ins
from stance.targets.said import Place, Said, rivals, same
from stance.targets.topics import argued_over, by_head, main_topic, spoken_in, topics
from stance.text import fold, slug

_SURROGATE = re.compile("[\ud800-\udfff]")
_IS_A = re.compile(r",\s+(?:the|a|an)\s+(?:[\w’'-]+\s+){0,4}?([a-z]+)(?=,|\s+(?:that|which|whose|of|for|in|behind)\b)")
_A = re.compile(r"\b(?:[Tt]he|[Aa]n?)\s+(?:[a-z][\w-]*\s+){0,3}([a-z]+),?\s+(?:the\s+)?$")
MAX_FOUND = 24  # targets in an article
BESIDE = 100  # code points beside a name that tell whether something is said of its bearer
NEAR = 3  # paragraphs back in which the main topic must have been spoken of


def named(names: Sequence[str], library: Sequence[Target]) -> tuple[Target, ...]:
    """Targets for the names a user gave, with the library's aliases where it knows them."""
    by_name = {fold(name): target for target in library for name in (target.name, *target.aliases)}
    found: dict[str, Target] = {}
    for name in names:
        known = by_name.get(fold(name))
        target = (
            Target(known.id, name, tuple(dict.fromkeys((known.name, *known.aliases))), known.kind)
            if known
            else Target(slug(name), name)
        )
        found.setdefault(target.id, target)
    return tuple(found.values())


def given(
    document: Document,
    quotes: Sequence[Quote],
    targets: Sequence[Target],
    *,
    phrases: Sequence[Phrase] | None = None,
) -> dict[str, tuple[Target, ...]]:
    """For each quote id, which of the given targets to ask about.

    An entity is asked about where the quote names it, or speaks of it by the last word of its name or a pronoun ("that
    levy", "it" for "the carbon levy"). A proposition is asked about everywhere, and so is a target without aliases that
    no quote of the article speaks of ("the levy" for "carbon tax").
    """
    known = lexicon(targets)
    if phrases is None:
        phrases = parsed_phrases(document)
    named = named_phrases(phrases, occurrences(document.text, known))
    meant = referents(phrases, named, _heads(targets))
    here = {quote.id: {*mentioned(quote.text, known, article=document.text)} for quote in quotes}
    for quote_id, places in spoken_in(phrases, quotes).items():
        here[quote_id].update(meant[at] for at in places if at in meant and at not in named)
    spoken_of = {target for found in here.values() for target in found}
    everywhere = {t for t in targets if t.kind == "proposition" or (not t.aliases and t not in spoken_of)}
    return {key: tuple(t for t in targets if t in found or t in everywhere) for key, found in here.items()}


def _heads(targets: Sequence[Target]) -> dict[str, Target]:
    """Targets by the common nouns that end their names; a noun that ends the names of two stands for neither."""
    found: dict[str, set[Target]] = {}
    for target in targets:
        for name in (target.name, *target.aliases) if target.kind == "entity" else ():
            last = name.split()[-1]
            if last.islower():
                found.setdefault(last, set()).add(target)
                found.setdefault(last.removesuffix("s"), set()).add(target)
    return sole_owners(found)


def find(
    document: Document,
    quotes: Sequence[Quote],
    speakers: Sequence[Speaker],
    library: Sequence[Target],
    *,
    phrases: Sequence[Phrase] | None = None,
    most: int = MAX_FOUND,
) -> dict[str, tuple[Target, ...]]:
    """For each quote id, the targets found in it; at most `most` targets in an article, those in most quotes first.

    A quotation is asked about what it names, what its noun phrases and pronouns stand for, what it says something of, and, where
    that is nothing, about the article's main topic. A speaker is never a target of their own words.

    Args:
        document: the article.
        quotes: with the text and the spans in which targets are looked for.
        speakers: of the quotations.
        library: known targets.
        phrases: of the document; parsed for if not given.
        most: targets in an article.
    """
    own = shared_names(document, quotes, speakers, library)
    if phrases is None:
        phrases = parsed_phrases(document)
    known = lexicon((*library, *own), local_adjectives(document.text, own))
    named = named_phrases(phrases, occurrences(document.text, known))
    spoken = spoken_in(phrases, quotes)
    things = topics(phrases, spoken, named.keys(), stand_ins(phrases, named.keys()))
    argued = argued_over(things)
    titled = [topic.target for topic in argued if any(alias[:1].isupper() for alias in topic.target.aliases)]
    own = [target for target in own if not any(target.name in topic.aliases for topic in titled)]
    known = lexicon((*library, *own, *titled), local_adjectives(document.text, own))
    places = list(occurrences(document.text, known))
    named = named_phrases(phrases, places)
    main = main_topic(argued)
    plans = {topic.target for topic in argued if topic.plan}
    heads = {head: topic.target for head, topic in by_head(argued).items()}
    called = bodies_called(document.text, places)
    meant = referents(phrases, named, heads, last_words(document, library), plans, main, called)
    about = sorted({phrases[at].paragraph for at, target in meant.items() if target == main})
    starts, ends = [place[0] for place in places], [phrase.end for phrase in phrases]
    others = people_meant(document, quotes, speakers, phrases, spoken)
    said = Said(
        document.text, phrases, meant, named, places, known.adjectives.keys(), by_head(things), rivals(places, speakers)
    )
    by_id = {speaker.id: speaker for speaker in speakers}
    hits: dict[str, dict[Target, int]] = {}
    spread: Counter[Target] = Counter()
    for quote in quotes:
        here = mentioned(quote.text, known, article=document.text)
        inside = [
            p for a, b in quote.content for p in places[bisect_left(starts, a) : bisect_left(starts, b)] if p[1] <= b
        ]
        for target in _only_describing(inside, phrases, ends, document.text):
            here.pop(target, None)
        for at in spoken[quote.id]:
            if at in meant and at not in named:
                here.setdefault(meant[at], 1)
        for target in said.things(quote, spoken[quote.id]):
            here.setdefault(target, 1)
        for person in others.get(quote.id, ()):
            here.setdefault(next((t for t in here if same(t, person)), Target(person.id, person.name)), 1)
        speaker = by_id.get(quote.speaker_id or "")
        here = {t: n for t, n in here.items() if speaker is None or not same(t, speaker)}
        if not here and main is not None and _speaks_near(quote, phrases, ends, about):
            here[main] = 1
        hits[quote.id] = here
        spread.update(here.keys())
    kept = {target for target, _ in sorted(spread.items(), key=lambda item: (-item[1], item[0].name))[:most]}
    return {quote_id: tuple(t for t in here if t in kept) for quote_id, here in hits.items()}


def _speaks_near(quote: Quote, phrases: Sequence[Phrase], ends: Sequence[int], about: Sequence[int]) -> bool:
    """Whether the paragraph of a quotation, or one just before it, holds one of the paragraphs in `about`, in order."""
    at = bisect_right(ends, quote.content[0].start)
    if at == len(phrases):
        return False
    last = bisect_right(about, phrases[at].paragraph)
    return last > 0 and about[last - 1] >= phrases[at].paragraph - NEAR


def _only_describing(inside: Sequence[Place], phrases: Sequence[Phrase], ends: Sequence[int], text: str) -> set[Target]:
    """Targets whose name, in a quotation, only tells what something else is ("Ostmark farmers", "the Ostmark road")."""
    describing = [place for place in inside if _describes(place[0], place[1], phrases, ends, text)]
    said = [place for place in inside if place not in describing and _counts(place[0], place[1], text)]
    return {target for _, _, target in describing} - {target for _, _, target in said}


def _describes(start: int, end: int, phrases: Sequence[Phrase], ends: Sequence[int], text: str) -> bool:
    at = bisect_right(ends, end)
    if at == len(phrases) or phrases[at].start > start or text[end : end + 1] != " ":
        return False
    rest = text[end : phrases[at].end].lower().split()
    return all(word.isalpha() for word in rest[:-1]) and rest[-1] not in lists()["state"]


def _counts(start: int, end: int, text: str) -> bool:
    first = max(0, start - BESIDE)
    return name_counts(text[first : end + BESIDE], start - first, end - first)


def last_words(document: Document, library: Sequence[Target]) -> dict[str, Target]:
    """Known targets that the article names, by the last words of their longer names ("Commission"), if institutions."""
    from stance.speakers.nominal import nouns

    known = lexicon(library)
    found: dict[str, set[Target]] = {}
    for target in library:
        pattern = known.proper.get(target.id)
        if pattern is None or not pattern.search(document.text):
            continue
        for name in (target.name, *target.aliases):
            first, _, last = name.rpartition(" ")
            if first and last.casefold() in nouns("organisations") | nouns("collectives"):
                found.setdefault(last.casefold(), set()).add(target)
    return sole_owners(found)


def bodies_called(text: str, places: Sequence[Place]) -> dict[str, Target]:
    """Targets by the word for an organisation that stands beside their name, where it stands beside one target's alone."""
    from stance.speakers.nominal import nouns

    found: dict[str, set[Target]] = {}
    for start, end, target in places:
        after = _IS_A.match(text, end, end + BESIDE)
        before = _A.search(text, max(0, start - BESIDE), start)
        for word in (match.group(1) for match in (after, before) if match):
            if word in nouns("organisations"):
                found.setdefault(word, set()).add(target)
    return sole_owners(found)


def parsed_phrases(document: Document) -> tuple[Phrase, ...]:
    """The phrases of a document that has not been parsed yet."""
    from dataclasses import replace

    from stance.parse import parse

    whole = replace(document, text=_SURROGATE.sub("\ufffd", document.text))  # as it was parsed for its quotations
    return phrases_of(parse(whole, kinds=READ))
