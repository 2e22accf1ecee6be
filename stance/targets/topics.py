"""What an article is about that has no proper name: the things that its quotations speak of, argue over, come back to."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from stance.resources import data_table
from stance.schema import Quote, Target
from stance.targets.lexicon import lists
from stance.targets.phrases import Phrase
from stance.text import slug

MAX_TOPICS = 4
ENOUGH = 5  # weight from which a thing is a topic
MAIN, CLEARLY = 8, 1.25  # weight of a main topic, and how many times that of the next it must be
IN_TITLE, JUDGED, SUBJECT = 3, 2, 1  # what a mention weighs beside its 1


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic: its target, the lemmas of its heads, and its weight."""

    target: Target
    heads: frozenset[str]
    weight: int


def topics(phrases: Sequence[Phrase], spoken: Mapping[str, Sequence[int]], taken: Collection[int] = ()) -> list[Topic]:
    """Common nouns that an article argues over, weightiest first.

    A noun is weighed by its mentions, most where quotations make them, where it stands in the title and where it is the
    object of words that take sides ("against the levy", "a row over the levy").

    Args:
        phrases: of the document.
        spoken: places of the phrases in each quotation, by its id.
        taken: places of phrases that name a known target.
    """
    voices: dict[int, set[str]] = defaultdict(set)
    for quote, places in spoken.items():
        for at in places:
            voices[at].add(quote)
    clusters: dict[str, list[int]] = defaultdict(list)
    for at, phrase in enumerate(phrases):
        if _can_be_topic(phrase) and at not in taken:
            clusters[_kind(phrase.head)].append(at)
    found: list[Topic] = []
    for places in clusters.values():
        members = [phrases[at] for at in places]
        heads = frozenset(phrase.head for phrase in members)
        known = [at for at in places if phrases[at].definite or phrases[at].judged]
        common = sum(not phrase.proper for phrase in members)
        if common < 2 or 2 * len(known) < len(members) or _dull(heads, members):
            continue
        here = set().union(*(voices[at] for at in places))
        surely = set().union(*(voices[at] for at in known))
        weight = len(known) + len(here) + len(surely) + IN_TITLE * any(phrase.titled for phrase in members)
        weight += JUDGED * sum(phrase.judged for phrase in members)
        weight += SUBJECT * sum(phrases[at].subject and bool(voices[at]) for at in known)
        if here and weight >= ENOUGH:
            found.append(Topic(_target(members), heads, weight))
    return sorted(found, key=lambda topic: (-topic.weight, topic.target.id))[:MAX_TOPICS]


def _can_be_topic(phrase: Phrase) -> bool:
    return not (phrase.pronoun or phrase.counted or phrase.person or len(phrase.head) < 3)


def _dull(heads: frozenset[str], members: Sequence[Phrase]) -> bool:
    """Whether a noun says little, or names who acts or where rather than what is argued over, and the title does not say it."""
    from stance.speakers.nominal import nouns

    if heads <= lists()["vague"] | lists()["plain"]:
        return True
    actors = nouns("collectives") | nouns("organisations") | nouns("places")
    return heads <= actors and not any(phrase.titled for phrase in members)


@cache
def _kinds() -> Mapping[str, str]:
    return {
        word: line.split()[0]
        for line in str(data_table("contest")["kinds"]).strip().splitlines()
        for word in line.split()
    }


def _kind(head: str) -> str:
    """A word for what a noun is: one for all that an article may call the same thing."""
    return _kinds().get(head, head)


def spoken_in(phrases: Sequence[Phrase], quotes: Sequence[Quote]) -> dict[str, list[int]]:
    """For each quotation's id, the places of the phrases whose head stands in its content."""
    ends = [phrase.end for phrase in phrases]
    return {
        quote.id: [at for a, b in quote.content for at in range(bisect_right(ends, a), bisect_right(ends, b))]
        for quote in quotes
    }


def _target(members: Sequence[Phrase]) -> Target:
    """A topic under its commonest name: "the naval base" where the article says so twice, else "the base"."""
    head, _ = Counter(phrase.head for phrase in members if phrase.definite or phrase.judged).most_common(1)[0]
    mine = [phrase for phrase in members if phrase.head == head]
    noun = _surface(head, sum(phrase.plural for phrase in mine) * 2 > len(mine))
    named = [phrase for phrase in mine if phrase.proper and phrase.modifiers]
    if named:  # "the Sundmark Link", and "Sundmark" for short
        name = " ".join((*named[0].modifiers, noun.capitalize()))
        return Target(slug(name), f"the {name}", (name, named[0].modifiers[0]))
    forms = Counter(phrase.modifiers[-1] for phrase in mine if phrase.modifiers)
    modifier, count = forms.most_common(1)[0] if forms else ("", 0)
    bare = sum(not phrase.modifiers for phrase in mine)
    name = f"{modifier} {noun}" if count > 1 and (count >= bare or modifier[:1].isupper()) else noun
    others = {_surface(phrase.head, phrase.plural) for phrase in members}
    return Target(slug(name), f"the {name}", tuple(sorted({noun, *others} - {name})))


def _surface(head: str, plural: bool) -> str:
    if not plural:
        return head
    return (
        head[:-1] + "ies"
        if head.endswith("y") and head[-2] not in "aeiou"
        else head + ("es" if head.endswith(("s", "x", "ch", "sh")) else "s")
    )


def main_topic(found: Sequence[Topic]) -> Target | None:
    """The topic that outweighs all others, if there is one: what a quotation that names nothing is about."""
    if not found or found[0].weight < MAIN or (len(found) > 1 and found[0].weight < CLEARLY * found[1].weight):
        return None
    return found[0].target


def by_head(found: Sequence[Topic]) -> Mapping[str, Target]:
    """The target of each topic's head."""
    return {head: topic.target for topic in found for head in topic.heads}
