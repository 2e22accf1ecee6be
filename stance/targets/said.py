"""What a quotation says something of: things that it judges, whom it accuses, bodies that it makes act."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from stance.schema import Quote, Speaker, Target
from stance.targets.contest import contest
from stance.targets.lexicon import lists
from stance.targets.phrases import Phrase
from stance.targets.topics import CLEARLY, Topic, without_article
from stance.text import fold, slug

Place = tuple[int, int, Target]  # start, end and bearer of a name
RIVAL = 3  # times that each of two parties must be named for "both sides" to be they
_OWN = re.compile(r"(?:my|our|your|his|her|their)\b", re.I)  # "my hip is sore", "her door is open"


@dataclass(frozen=True, slots=True)
class Said:
    """One article, as far as telling what its quotations say something of needs it.

    Attributes:
        text: of the article.
        phrases: of the article.
        meant: the targets that phrases stand for, by their places.
        named: the targets that phrases name, by their places.
        names: where the text names targets, in order.
        adjectives: that stand for targets ("Norvalian").
        topics: all things that the article speaks of, by their heads.
        rivals: the two parties of the article, or none.
    """

    text: str
    phrases: Sequence[Phrase]
    meant: Mapping[int, Target]
    named: Mapping[int, Target]
    names: Sequence[Place]
    adjectives: Collection[str]
    topics: Mapping[str, Topic]
    rivals: tuple[Target, ...]

    def things(self, quote: Quote, spoken: Sequence[int]) -> Iterator[Target]:
        """Targets that a quotation, whose phrases are at the places `spoken`, says something of, but for known ones."""
        for at in spoken:
            phrase = self.phrases[at]
            if phrase.pronoun or at in self.meant or at in self.named or self._holds_name(phrase):
                continue
            opening = _opens(quote, phrase)
            if phrase.proper:
                if opening and not phrase.person:
                    name = self.text[phrase.start : phrase.end].strip("\"'“‘")
                    yield Target(slug(name), name)
                continue
            if phrase.both and (phrase.leading or opening) and _is_body(phrase) and self.rivals:
                yield from self.rivals
                continue
            topic = self.topics.get(phrase.aim) or self.topics.get(phrase.head)
            if topic is not None and not self._done_to_known(at) and self._is_said_of(phrase, topic, opening=opening):
                yield _itself(phrase, topic)

    def _is_said_of(self, phrase: Phrase, topic: Topic, *, opening: bool) -> bool:
        """Whether something is said of what a phrase names: "the plan is a folly", "they oppose the plan"."""
        if phrase.person or phrase.counted or not (phrase.definite or topic.mentions > 1):
            return False
        if _is_vague(phrase) and not (opening and phrase.modifiers):
            return False
        if _OWN.match(self.text, phrase.start):
            return (opening or phrase.judged) and topic.mentions > 1
        if opening or phrase.judged:
            return True
        return phrase.definite and (phrase.rated or (phrase.leading and _is_body(phrase)))

    def _holds_name(self, phrase: Phrase) -> bool:
        """Whether a phrase holds a name of a target, by which it is known: "the Norvalian government", "Norvale's army"."""
        if any(word in self.adjectives for word in phrase.modifiers):
            return True
        at = bisect_left(self.names, (phrase.start,), key=lambda place: place[:1])
        return at < len(self.names) and self.names[at][0] < max(phrase.end, phrase.reach)

    def _done_to_known(self, at: int) -> bool:
        """Whether a doing is done to what a phrase stands for or names: that, not the doing, is the target."""
        for place in range(at + 1, len(self.phrases)):
            if self.phrases[place].end > self.phrases[at].reach:
                return False
            if place in self.meant or place in self.named:
                return True
        return False


def rivals(names: Sequence[Place], speakers: Sequence[Speaker]) -> tuple[Target, ...]:
    """The two parties that an article names most, far more than any third, if there are such: "both sides"."""
    people = [speaker for speaker in speakers if speaker.kind == "person"]
    times = Counter(target for _, _, target in names)
    parties = ((target, n) for target, n in times.most_common() if not any(same(target, who) for who in people))
    first = [*islice(parties, 3)]
    if len(first) < 2 or first[1][1] < RIVAL or (len(first) > 2 and first[1][1] < CLEARLY * first[2][1]):
        return ()
    return first[0][0], first[1][0]


def same(target: Target, speaker: Speaker) -> bool:
    """Whether a target is somebody who speaks."""
    names = {fold(name) for name in (target.name, *target.aliases)}
    return bool(names & {fold(name) for name in (speaker.name, *speaker.aliases)})


def _opens(quote: Quote, phrase: Phrase) -> bool:
    """Whether a phrase opens what is reported as the object of a verb of speech: "accused both sides of", "called the plan"."""
    return quote.kind != "direct" and phrase.object and abs(phrase.start - quote.content[0].start) <= 1


def _is_body(phrase: Phrase) -> bool:
    """Whether a phrase names an organisation or a group by what it is: "the council", "both sides"."""
    from stance.speakers.nominal import nouns

    return phrase.head in nouns("collectives") | nouns("organisations")


def _is_vague(phrase: Phrase) -> bool:
    dull = {"people"} if _is_body(phrase) else lists()["plain"] - contest("generic")
    return phrase.head in lists()["vague"] | dull


def _itself(phrase: Phrase, topic: Topic) -> Target:
    """The target for what a phrase names, under the name that it goes by in the article or the fuller one that it has here."""
    if topic.argued or phrase.doing:
        return topic.target
    name = f"{phrase.form} {phrase.noun}".strip()
    return Target(slug(name), name if without_article(phrase) else f"the {name}")
