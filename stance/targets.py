"""What a quotation is about: targets named by the user, or found, each under one name whatever it is called.

Names, aliases and metonyms ("Moscow", "the Kremlin" → Russia) come from a targets file; a name counts when the quote
says something about its bearer, not when it is a place ("in Moscow"), an address ("NATO headquarters") or part of
another name. Two further kinds are found without a list: proper names that several quotes share, and the common nouns
of the title, or those that the article speaks of most, that several quotes speak of ("the dam", "the resolution").
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from stance.resources import data_table
from stance.schema import Document, Quote, Speaker, Target
from stance.text import fold, slug

MAX_FOUND = 10
MAX_TOPICS = 2
TOPIC_MENTIONS = 3
_WORD_AFTER = re.compile(r"(?:['’]s?)?[\s]+([\w\-]+)(?:\s+([\w\-]+))?")
_WORD_BEFORE = re.compile(r"([\w\-]+)(?:\s+the)?\s+$", re.I)
_DESCRIBES = re.compile(r"^[A-Z]\w+(?:an|ish|ese|ic|ench|utch)$")
_COMPASS = re.compile(r"\b(?:North|South|East|West|New|Northern|Southern|Eastern|Western|Central)\s$")
_RANGE_START = re.compile(r"\bfrom\s+(?:the\s+)?$", re.I)
_RANGE_END = re.compile(r"\s+to\s+(?:the\s+)?[A-Z]")
_RANGE_BEFORE = re.compile(r"\b[Ff]rom\s+(?:the\s+)?[A-Z][\w.-]*(?:\s[A-Z][\w.-]*)*\s+to\s+(?:the\s+)?$")
_NAME = re.compile(r"\b[A-Z][\w’'&.-]*(?:\s+(?:(?:of|for|the|de|del|la|on)\s+){0,2}[A-Z][\w’'&.-]*)*")
_SENTENCE_START = re.compile(r"(?:^|[.!?…]\s+|[“\"‘'«]\s*)$")


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Targets and one pattern over all their names; `owner` maps a folded name to its target."""

    targets: tuple[Target, ...]
    pattern: re.Pattern[str] | None
    owner: Mapping[str, Target]
    proper: Mapping[str, re.Pattern[str]]
    adjectives: Mapping[str, Target]


def lexicon(targets: Sequence[Target]) -> Lexicon:
    """Compile targets for matching; longer names win over shorter ones."""
    owner: dict[str, Target] = {}
    for target in targets:
        if target.kind == "entity":
            for name in (target.name, *target.aliases):
                owner.setdefault(_bare(name), target)
    adjectives: dict[str, Target] = {}
    by_name = {target.name: target for target in targets if target.kind == "entity"}
    for name, words in data_table("demonyms")["adjectives"].items():
        if name in by_name:
            adjectives |= dict.fromkeys(words, by_name[name])
    names = sorted({*owner, *adjectives}, key=lambda name: (-len(name), name))
    pattern = re.compile(r"(?<![\w-])(?:" + "|".join(map(_name_pattern, names)) + r")(?![\w])") if names else None
    proper = {
        target.id: re.compile(r"(?<!\w)(?:" + "|".join(map(re.escape, own)) + r")(?!\w)")
        for target in targets
        if (own := [name for name in (target.name, *target.aliases) if not name[0].islower()])
    }
    return Lexicon(tuple(targets), pattern, owner, proper, adjectives)


def _bare(name: str) -> str:
    """A name without a leading article, except where the article is what makes it a name ("the alliance")."""
    rest = re.sub(r"^[Tt]he\s+", "", name)
    return rest if rest[:1].isupper() else "the " + rest if rest != name else rest


def _name_pattern(name: str) -> str:
    words = re.escape(name).replace(r"\ ", r"\s+")
    return (
        f"[Tt]he{words[3:]}"
        if name.startswith("the ")
        else f"[{words[0].upper()}{words[0]}]{words[1:]}"
        if name[0].islower()
        else words
    )


def mentioned(text: str, known: Lexicon, *, article: str | None = None) -> dict[Target, int]:
    """Targets that `text` says something about, with how often, in order of first mention.

    Args:
        text: a quotation's content.
        known: the compiled targets.
        article: the whole article; an alias without a capital counts only if a proper name of its target is in there.
    """
    found: dict[Target, int] = {}
    if known.pattern is None:
        return found
    for match in known.pattern.finditer(text):
        surface = re.sub(r"\s+", " ", match.group())
        target = known.adjectives.get(surface)
        if target is not None:
            counts = _adjective_counts(text, match.end())
        else:
            key = surface if surface in known.owner else surface[0].lower() + surface[1:]
            target = known.owner.get(key)
            counts = target is not None and _name_counts(text, match.start(), match.end(), surface)
            if counts and target is not None and key[0].islower() and article is not None:
                named = known.proper.get(target.id)
                counts = named is None or bool(named.search(article))
        if counts and target is not None:
            found[target] = found.get(target, 0) + 1
    return found


@lru_cache(maxsize=1)
def _lists() -> dict[str, frozenset[str]]:
    table = data_table("demonyms")
    return {
        "state": frozenset(table["state"]["nouns"]),
        "next": frozenset(table["bystander"]["next"]),
        "before": frozenset(table["bystander"]["before"]),
        "stop": frozenset(table["stop"]["words"]),
        "plain": frozenset(table["plain"]["words"]),
        "vague": frozenset(table["vague"]["words"]),
    }


def _adjective_counts(text: str, end: int) -> bool:
    after = _WORD_AFTER.match(text, end)
    return after is not None and any(word and word.lower() in _lists()["state"] for word in after.groups())


def _name_counts(text: str, start: int, end: int, surface: str) -> bool:
    rest = text[end:]
    if re.match(
        r"[-–](?:based|born|led|brokered|backed|funded|made|educated|registered|owned|language|[A-Z])", rest
    ) or re.search(r"[A-Z]\w*[-–]$", text[:start]):
        return False
    if re.match(r"[ \n](?!I\b)[A-Z][a-z]", rest) or _COMPASS.search(text[:start]):
        return False  # "Warsaw Pact", "South China Sea": part of a longer name
    if _RANGE_START.search(text[:start]) and _RANGE_END.match(rest):
        return False  # "from Georgia to Ukraine": a range, of which nothing is said
    if _RANGE_BEFORE.search(text[:start]):
        return False
    before = _WORD_BEFORE.search(text[:start])
    if before and before.group(1).lower() in _lists()["before"] and not rest.startswith(("'s", "’s")):
        return False
    after = _WORD_AFTER.match(text, end)
    possessive = rest.startswith(("'s ", "’s "))
    word = after.group(1).lower() if after else ""
    return not (
        after
        and word in _lists()["next"]
        and (not possessive or word in ("capital", "headquarters", "ambassador", "envoy"))
    )


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


def given(document: Document, quotes: Sequence[Quote], targets: Sequence[Target]) -> dict[str, tuple[Target, ...]]:
    """For each quote id, which of the given targets to ask about.

    An entity is asked about where the quote names it. A proposition is asked about everywhere, and so is a target without
    aliases that no quote of the article names in those very words ("the levy" for "carbon tax").
    """
    known = lexicon(targets)
    here = {quote.id: mentioned(quote.text, known, article=document.text) for quote in quotes}
    named_somewhere = {target for found in here.values() for target in found}
    everywhere = {t for t in targets if t.kind == "proposition" or (not t.aliases and t not in named_somewhere)}
    return {key: tuple(t for t in targets if t in found or t in everywhere) for key, found in here.items()}


def find(
    document: Document,
    quotes: Sequence[Quote],
    speakers: Sequence[Speaker],
    library: Sequence[Target],
    *,
    most: int = MAX_FOUND,
) -> dict[str, tuple[Target, ...]]:
    """For each quote id, the targets found in it; at most `most` targets in an article, those in most quotes first.

    A speaker is never a target of their own words.
    """
    known = lexicon((*library, *_shared_names(document, quotes, speakers, library)))
    nouns = _topic_nouns(document, quotes)
    by_id = {speaker.id: speaker for speaker in speakers}
    hits: dict[str, dict[Target, int]] = {}
    spread: Counter[Target] = Counter()
    for quote in quotes:
        here = mentioned(quote.text, known, article=document.text)
        for target, pattern in nouns.items():
            if pattern.search(quote.text):
                here.setdefault(target, 1)
        speaker = by_id.get(quote.speaker_id or "")
        hits[quote.id] = {t: n for t, n in here.items() if speaker is None or not _same(t, speaker)}
        spread.update(hits[quote.id].keys())
    kept = {target for target, _ in sorted(spread.items(), key=lambda item: (-item[1], item[0].name))[:most]}
    return {quote_id: tuple(t for t in here if t in kept) for quote_id, here in hits.items()}


def _same(target: Target, speaker: Speaker) -> bool:
    names = {fold(name) for name in (target.name, *target.aliases)}
    return bool(names & {fold(name) for name in (speaker.name, *speaker.aliases)})


def _shared_names(
    document: Document, quotes: Sequence[Quote], speakers: Sequence[Speaker], library: Sequence[Target]
) -> list[Target]:
    """Proper names outside the library: people quoted or named in full in the article, and names that two quotes share."""
    taken = {fold(name) for target in library for name in (target.name, *target.aliases)} | {
        fold(word) for words in data_table("demonyms")["adjectives"].values() for word in words
    }
    counts: dict[str, set[str]] = defaultdict(set)
    for quote in quotes:
        for match in _NAME.finditer(quote.text):
            name = re.sub(r"['’]s?$", "", re.sub(r"\s+", " ", match.group())).strip(".'’ ")
            alone = " " not in name
            if alone and (_SENTENCE_START.search(quote.text[: match.start()]) or len(name) < 3):
                continue
            first, _, rest = name.partition(" ")
            if re.fullmatch(r"I(?:['’]\w+)?", first):
                continue  # "I", "I'm"
            if rest and first in _lists()["stop"]:
                name = rest
            if _DESCRIBES.search(name) and re.match(r"\s+[a-z]", quote.text[match.end() :]):
                continue  # "Crimean peninsula": an adjective
            if name and name not in _lists()["stop"] and fold(name) not in taken:
                counts[name].add(quote.id)
    people = {speaker.name: speaker for speaker in speakers if speaker.kind == "person" and " " in speaker.name}
    merged: dict[str, set[str]] = defaultdict(set)
    aliases: dict[str, set[str]] = defaultdict(set)
    for name, where in sorted(counts.items()):
        full = next((p for p in people if name == p or name == p.split()[-1] or name in people[p].aliases), None)
        full = full or next((other for other in sorted(counts) if other != name and (other.endswith(" " + name))), None)
        merged[full or name] |= where
        aliases[full or name].add(name)
    return [
        Target(slug(name), name, tuple(sorted(aliases[name] - {name})))
        for name, where in sorted(merged.items())
        if len(where) > 1 or (name in people)
    ]


_PLAIN_NOUN = re.compile(r"[a-z][a-z-]{2,}")
# "the naval base was": a determiner, at most one word more, a noun, and what can only follow the end of a noun phrase.
_NOUN_PHRASE = re.compile(
    r"\b(?:[Tt]he|[Tt]his|[Oo]ur|[Tt]heir|[Ii]ts)\s+(?:[A-Za-z][a-z]+[- ])?([a-z]{3,})(?=[.,;:!?”’\"'—–)]|\s+(?:is|was|will|"
    r"would|has|had|have|does|did|do|of|in|on|to|and|or|but|that|which|who|for|by|at|as|from|with|without|than|could|should|can|must|"
    r"might|may|were|are|if|when|because|until|before|after|not)\b)"
)


def _topic_nouns(document: Document, quotes: Sequence[Quote]) -> dict[Target, re.Pattern[str]]:
    """Common nouns, with a modifier where the article has one, that at least two quotes speak of.

    Those of the title, and at most `MAX_TOPICS` more that end at least `TOPIC_MENTIONS` definite noun phrases of the article.
    """
    titled = dict.fromkeys(_PLAIN_NOUN.findall(document.title.lower())) if document.title else {}
    found = _spoken_of(document, quotes, list(titled))
    ends = Counter(_stem(match[1]) for match in _NOUN_PHRASE.finditer(document.text))
    often = [noun for noun, count in ends.most_common() if count >= TOPIC_MENTIONS and noun not in _lists()["vague"]]
    more = _spoken_of(document, quotes, often)
    return found | dict([(target, more[target]) for target in more if target not in found][:MAX_TOPICS])


def _stem(word: str) -> str:
    return word if word.endswith("ss") else re.sub(r"(?:es|s)$", "", word)


def _spoken_of(document: Document, quotes: Sequence[Quote], words: Sequence[str]) -> dict[Target, re.Pattern[str]]:
    """The words that are nouns in the article and in two quotes, as targets, with what finds them."""
    found: dict[Target, re.Pattern[str]] = {}
    for word in words:
        stem = _stem(word)
        if word in _lists()["plain"] or len(stem) < 3:
            continue
        # Nouns show themselves by a determiner: "the dam", "this tax", "a strike".
        as_noun = re.compile(
            rf"\b(?i:the|this|that|a|an|our|their|its|his|her)\s+((?:[a-z]+[- ])?)({re.escape(stem)}(?:e?s)?)\b(?!-)"
        )
        whole = as_noun.findall(document.text)
        if len(whole) < 2 or sum(bool(as_noun.search(q.text)) for q in quotes) < 2:
            continue
        common, _ = Counter(f"{modifier}{noun}".lower() for modifier, noun in whole).most_common(1)[0]
        name = common if re.search("[ -]", common) else word
        found[Target(slug(name), f"the {name}")] = re.compile(rf"\b{re.escape(stem)}(?:e?s)?\b", re.I)
    return found
