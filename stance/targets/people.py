"""Whom of the people quoted elsewhere a quotation means by "he", "she" or an office: "the minister"."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping, Sequence

from stance.schema import Document, Quote, Speaker
from stance.targets.names import sole_owners
from stance.targets.phrases import Phrase
from stance.text import fold

BACK = 2  # paragraphs back in which whom a pronoun means must have been named


def people_meant(
    document: Document,
    quotes: Sequence[Quote],
    speakers: Sequence[Speaker],
    phrases: Sequence[Phrase],
    spoken: Mapping[str, Sequence[int]],
) -> dict[str, list[Speaker]]:
    """For each quotation's id, the speakers that it means without naming them; never its own.

    In somebody's own words "she" is the woman spoken of last before; in reported words it mostly is the speaker, and so
    counts only where the speaker is a man.
    """
    people = {speaker.id: speaker for speaker in speakers if speaker.kind == "person" and " " in speaker.name}
    if not people:
        return {}
    sexes = {key: _sex(speaker) for key, speaker in people.items()}
    holders = _holders(people)
    offices = sole_owners(holders)
    seen = [*_mentions(document.text, quotes, people)]
    seen += [(p.start, offices[p.head]) for p in phrases if p.person and p.bare and p.definite and p.head in offices]
    seen.sort()
    starts = [place for place, _ in seen]
    telling = {quote.source.start for quote in quotes if quote.source is not None}  # "she said"
    found: dict[str, list[Speaker]] = {}
    for quote in quotes:
        for at in spoken[quote.id]:
            phrase = phrases[at]
            if not phrase.person or phrase.start in telling:
                continue
            who: str | None = None
            if phrase.pronoun:
                wanted = "male" if phrase.head == "he" else "female"
                own = sexes.get(quote.speaker_id or "")
                if quote.kind == "direct" or own not in (None, wanted):
                    who = _last(phrases, at, seen, starts, sexes, wanted, quote.speaker_id)
            elif phrase.bare and phrase.definite:
                who = _named_last(holders.get(phrase.head, ()), seen[: bisect_left(starts, phrase.start)])
            if who is not None and who != quote.speaker_id:
                found.setdefault(quote.id, []).append(people[who])
    return found


def _mentions(text: str, quotes: Sequence[Quote], people: Mapping[str, Speaker]) -> Iterator[tuple[int, str]]:
    owner = {name: key for key, speaker in people.items() for name in _names(speaker)}
    if owner:
        names = "|".join(re.escape(name) for name in sorted(owner, key=lambda name: (-len(name), name)))
        for match in re.finditer(rf"(?<!\w)(?:{names})(?!\w)", text):
            yield match.start(), owner[match.group()]
    for quote in quotes:
        if quote.source is not None and quote.speaker_id in people:
            yield quote.source.start, quote.speaker_id or ""


def _names(speaker: Speaker) -> set[str]:
    last = speaker.name.split()[-1]
    return {name for name in (speaker.name, last, *speaker.aliases) if name[:1].isupper()}


def _sex(speaker: Speaker) -> str | None:
    from stance.speakers import gender
    from stance.speakers.names import tokens_of

    titles = (fold(alias.split()[0]).strip(".") for alias in speaker.aliases)
    titled = next((sex for title in titles if (sex := gender.of_title(title))), None)
    named = gender.of_name(tokens_of(speaker.name))
    return titled or (named[0] if named else None)


def _holders(people: Mapping[str, Speaker]) -> dict[str, set[str]]:
    """Who holds an office, by its last word: "minister" for "farm minister"."""
    found: dict[str, set[str]] = {}
    for key, speaker in people.items():
        if speaker.role:
            found.setdefault(fold(re.split(r",| of | to | for | at ", speaker.role)[0].split()[-1]), set()).add(key)
    return found


def _named_last(holders: Collection[str], seen: Sequence[tuple[int, str]]) -> str | None:
    """Whom "the minister" means: the only one that the article has, or the one of several that it named last."""
    if len(holders) == 1:
        return next(iter(holders))
    return next((key for _, key in reversed(seen) if key in holders), None)


def _last(
    phrases: Sequence[Phrase],
    at: int,
    seen: Sequence[tuple[int, str]],
    starts: Sequence[int],
    sexes: Mapping[str, str | None],
    wanted: str,
    speaker: str | None,
) -> str | None:
    """The person of a sex named last before a pronoun, unless somebody without a name stands between."""
    first = next((i for i in range(at, -1, -1) if phrases[i].paragraph < phrases[at].paragraph - BACK), -1)
    reach = phrases[first].end if first >= 0 else 0
    for place, key in (seen[i] for i in range(bisect_left(starts, phrases[at].start) - 1, -1, -1)):
        if place < reach:
            return None
        if key != speaker and sexes[key] in (None, wanted):
            return None if _somebody_between(phrases, at, place) else key
    return None


def _somebody_between(phrases: Sequence[Phrase], at: int, start: int) -> bool:
    """Whether one person without a name ("my daughter") is spoken of between an offset and a phrase."""
    for place in range(at - 1, -1, -1):
        other = phrases[place]
        if other.start <= start:
            return False
        if other.person and not (other.pronoun or other.proper or other.plural):
            return True
    return False
