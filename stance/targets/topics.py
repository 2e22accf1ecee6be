"""What an article is about that has no proper name: the things that its quotations speak of, argue over, come back to."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from stance.resources import data_table
from stance.schema import Quote, Target
from stance.targets.contest import contest
from stance.targets.doings import stem
from stance.targets.lexicon import lists
from stance.targets.phrases import Phrase
from stance.text import slug

MAX_TOPICS = 8
ENOUGH = 5  # weight from which a thing is a topic
MAIN, CLEARLY = 8, 1.25  # weight of a main topic, and how many times that of the next it must be
IN_TITLE, JUDGED, RATED, SUBJECT = 3, 2, 1, 1  # what a mention weighs beside its 1


@dataclass(frozen=True, slots=True)
class Topic:
    """A thing that an article speaks of.

    Attributes:
        target: it, under its commonest name.
        heads: the lemmas, for doings the stems, by which phrases speak of it.
        mentions: how many phrases do.
        weight: how much of the argument is about it.
        plan: whether it can be called a plan, a measure, a move.
        argued: whether that is enough for all that quotations call by its heads to be it.
    """

    target: Target
    heads: frozenset[str]
    mentions: int
    weight: int
    plan: bool
    argued: bool


def topics(
    phrases: Sequence[Phrase],
    spoken: Mapping[str, Sequence[int]],
    taken: Collection[int] = (),
    pronouns: Mapping[int, int] | None = None,
) -> list[Topic]:
    """The things that an article speaks of, weightiest first.

    A noun is weighed by its mentions, most where quotations make them, where it stands in the title and where it is the
    object of words that take sides ("against the levy", "a row over the levy").

    Args:
        phrases: of the document.
        spoken: places of the phrases in each quotation, by its id.
        taken: places of phrases that name a known target.
        pronouns: places of pronouns, and of the phrases that they stand for.
    """
    voices: dict[int, set[str]] = defaultdict(set)
    for quote, places in spoken.items():
        for at in places:
            voices[at].add(quote)
    plain = {phrase.head for phrase in phrases if not phrase.doing}
    doings = {phrase.head for phrase in phrases if phrase.doing}
    doings |= {
        made for head in plain if head.endswith("ing") and (made := stem(head)) in plain
    }  # "the drill", "drilling"
    clusters: dict[str, list[int]] = defaultdict(list)
    for at, phrase in enumerate(phrases):
        if _can_be_topic(phrase) and at not in taken:
            clusters[_cluster(phrase, doings)].append(at)
    found: list[Topic] = []
    standing: dict[int, list[int]] = defaultdict(list)
    for at, other in (pronouns or {}).items():
        standing[other].append(at)
    for places in clusters.values():
        members = [phrases[at] for at in places]
        heads = frozenset(phrase.aim if phrase.aim in doings else phrase.head for phrase in members)
        known = [at for at in places if _known(phrases[at])]
        said = [at for place in places for at in standing[place]]
        here = set().union(*(voices[at] for at in (*places, *said)))
        surely = set().union(*(voices[at] for at in (*known, *said)))
        titled = any(phrase.titled for phrase in members)
        weight = len(known) + len(here) + len(surely) + IN_TITLE * titled
        weight += JUDGED * sum(phrase.judged for phrase in members)
        weight += RATED * sum(phrases[at].rated and bool(voices[at]) for at in (*known, *said))
        weight += SUBJECT * sum(phrases[at].subject and bool(voices[at]) for at in known)
        common = sum(not phrase.proper for phrase in members)
        argued = common > 1 and 2 * len(known) >= len(members) and not _dull(heads, members)
        plan = titled or not heads.isdisjoint(contest("generic") | _kinds().keys()) or any(p.doing for p in members)
        disputed = plan or any(phrase.judged for phrase in members) or any(phrases[at].rated for at in (*places, *said))
        argued = argued and bool(here or titled) and disputed and weight >= ENOUGH
        found.append(Topic(_target(members), heads, len(members), weight, plan, argued))
    return sorted(found, key=lambda topic: (-topic.weight, topic.target.id))


def _cluster(phrase: Phrase, doings: Collection[str]) -> str:
    """A word for what a phrase speaks of: for doings, nouns made of their verbs, and plans to do them, the verb's stem."""
    if phrase.doing or phrase.aim in doings:
        return f"to {phrase.aim or phrase.head}"
    made = stem(phrase.head)
    return f"to {made}" if made in doings and not phrase.proper else _kind(phrase.head)


def _known(phrase: Phrase) -> bool:
    """Whether a phrase speaks of something as known, or of all of a kind ("wolves"), or where one speaks of what is at issue."""
    return phrase.definite or phrase.judged or phrase.titled or (phrase.bare and phrase.plural)


def _can_be_topic(phrase: Phrase) -> bool:
    return not (phrase.pronoun or phrase.counted or phrase.person or len(phrase.head) < 3)


def _dull(heads: frozenset[str], members: Sequence[Phrase]) -> bool:
    """Whether a noun says little, or names who acts or where rather than what is argued over, and the title does not say it."""
    from stance.speakers.nominal import nouns

    if heads <= lists()["vague"] | lists()["plain"]:
        told = any(phrase.titled or phrase.modifiers for phrase in members)  # "the peace plan"
        return not (heads & contest("generic") and told)
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
    doings = [phrase for phrase in members if phrase.doing]
    nouns = {phrase.noun for phrase in members if not phrase.doing and not phrase.aim}
    if doings and 2 * sum(phrase.noun in nouns and phrase.definite for phrase in members) <= len(members):
        name = Counter(phrase.doing for phrase in doings).most_common(1)[0][0]
        return Target(slug(name), name, tuple(sorted(nouns)))
    members = [phrase for phrase in members if not phrase.doing and not phrase.aim] or members
    head, _ = Counter(phrase.head for phrase in members).most_common(1)[0]
    mine = [phrase for phrase in members if phrase.head == head]
    noun, _ = Counter(phrase.noun for phrase in mine).most_common(1)[0]
    named = [phrase for phrase in mine if phrase.proper and phrase.modifiers]
    if named:  # "the Sundmark Link", and "Sundmark" for short
        name = " ".join((*named[0].modifiers, noun.capitalize()))
        short = () if "of" in named[0].modifiers else named[0].modifiers[:1]
        return Target(slug(name), f"the {name}", (name, *short))
    forms = Counter(phrase.form for phrase in mine if phrase.modifiers)
    modifier, count = forms.most_common(1)[0] if forms else ("", 0)
    bare = sum(not phrase.modifiers for phrase in mine)
    name = f"{modifier} {noun}" if count > 1 and (count >= bare or modifier[:1].isupper()) else noun
    others = {phrase.noun for phrase in members if phrase.plural == mine[0].plural or phrase.head != head}
    told = [phrase for phrase in mine if not phrase.titled]  # headlines leave articles out
    shown = name if told and all(map(without_article, told)) else f"the {name}"
    return Target(slug(name), shown, tuple(sorted({noun, *others} - {name})))


def without_article(phrase: Phrase) -> bool:
    """Whether a phrase stands without one, as what cannot be counted does: "drilling", "sanctions"."""
    return phrase.end - phrase.start == len(" ".join((*phrase.modifiers, phrase.noun)))


def argued_over(found: Sequence[Topic]) -> list[Topic]:
    """The weightiest things that are argued over."""
    return [topic for topic in found if topic.argued][:MAX_TOPICS]


def main_topic(found: Sequence[Topic]) -> Target | None:
    """The topic that outweighs all others, if there is one: what a quotation that names nothing is about."""
    if not found or found[0].weight < MAIN or (len(found) > 1 and found[0].weight < CLEARLY * found[1].weight):
        return None
    return found[0].target


def by_head(found: Sequence[Topic]) -> Mapping[str, Topic]:
    """The weightiest topic of each head."""
    return {head: topic for topic in reversed(found) for head in topic.heads}
