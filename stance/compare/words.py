"""The sentences of a comparison: careful words, built from counts.

They speak of the quotations counted and of nobody's mind: "the quotes under “Costs”", never "the critics think".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from stance.compare.model import Contrast, Group, StanceCell, Voice
from stance.compare.telling import (
    direction,
    emphasis,
    emphatic,
    kind,
    leaning_apart,
    named_targets,
    profile,
    sayings,
    significant,
    topics,
)


def number(value: float, digits: int = 2, *, sign: bool = False) -> str:
    """A number with a true minus sign; `sign` shows a plus as well."""
    text = f"{value:+.{digits}f}" if sign else f"{value:.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("+-")
    return text.replace("-", "−")


def listing(items: Sequence[str]) -> str:
    """A, B and C."""
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + " and " + items[-1] if items else ""


def percent(share: float) -> str:
    """A share of one as whole per cent: '37 %'."""
    return f"{share * 100:.0f} %"


def plural(count: int, noun: str) -> str:
    """'1 quote', '1,200 quotes'."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def leaning(cell: StanceCell) -> str:
    """What a group's labelled quotations say of a target: 'mostly against NATO (4 of 5)'."""
    n, target, spread = cell.labelled, cell.target, kind(cell)
    top, way = max((cell.favor, "in favour of"), (cell.against, "against"))
    sides = [f"{count} {word}" for count, word in ((cell.favor, "in favour"), (cell.against, "against")) if count]
    single = "a single quote" if n == 1 else ""
    if spread == "neutral":
        return f"neutral on {target} ({single or f'{n} quotes'})"
    if spread == "all":
        return f"{way} {target} ({single})" if single else f"all {way} {target} ({top} of {n})"
    if spread == "mostly neutral":
        return f"mostly neutral on {target} ({', '.join([f'{cell.neutral} of {n}', *sides])})"
    if spread == "mostly":
        return f"mostly {way} {target} ({top} of {n})"
    counts = ", ".join([*sides, f"{cell.neutral} neutral"] if cell.neutral else sides)
    return f"divided on {target} ({counts})" if spread == "divided" else f"{spread} {way} {target} ({counts})"


def difference_words(a: StanceCell, b: StanceCell) -> str:
    """One sentence on two groups and a target."""
    return f"“{a.group}”: {leaning(a)}; “{b.group}”: {leaning(b)}."


def unit_word(unit: str) -> str:
    """What a reader calls the units that intervals resample."""
    return "article" if unit == "document" else unit


def scope_words(documents: int) -> str:
    """What a comparison speaks of."""
    return "this article" if documents == 1 else f"these {documents:,} articles"


class Answer(NamedTuple):
    """The answer in parts: a title, the targets it names, what differs most, what each group says, how far that reaches."""

    title: str
    dispute: str
    opening: str
    sayings: tuple[str, ...]
    reach: str

    def __str__(self) -> str:
        return " ".join(filter(None, (self.opening, *self.sayings, self.reach)))


def headline(
    contrasts: Sequence[Contrast],
    found: Sequence[StanceCell],
    pair: Sequence[Group],
    *,
    unit: str,
    documents: int,
) -> Answer:
    """The answer in plain words: what the two leading groups differ on most, what each says, and how sure that is.

    Args:
        contrasts: all of them, those of the leading pair first.
        found: the cells of all groups.
        pair: the two leading groups.
        unit: what intervals resample.
        documents: how many there are.
    """
    scope = scope_words(documents)
    if not any(cell.labelled for cell in found):
        text = "no stance toward a target was read in the quotes compared"
        common = topics(found, pair[0].name, pair[1].name)[0] if len(pair) == 2 else []
        title = f"{_together(*pair)} both speak of {listing(common)}; {text}" if common else _sentence(text)
        return Answer(title, "", f"In {scope}, {text}; compare their words and frames.", (), "")
    own = [c for c in contrasts if [c.a, c.b] == [group.name for group in pair]]
    about = named_targets(own, found, pair)
    differ = Told(f"differ most on {listing(about)}", "")
    told = differ if own and about else undecided(found, pair, comparable=bool(own))
    said = [(group, sayings(own, found, group)) for group in pair]
    lines = [f"{_sentence(group.phrase)} are {listing([leaning(c) for c in cells])}." for group, cells in said if cells]
    shown = [cell for _, cells in said for cell in cells]
    reach = certainty(contrasts, shown, unit=unit, documents=documents)
    both = f"{pair[0].phrase} and those{_tail(pair[1])}"
    opening = f"In {scope}, {both} {told.both}." if told.both else f"In {scope}, {told.each}."
    title = f"{_together(*pair)} {told.both}" if told.both else _sentence(told.each.removeprefix("the "))
    return Answer(title.split(";")[0], listing(about), opening, tuple(lines), reach)


class Told(NamedTuple):
    """What is said of two groups: of `both` at once, or of `each` by name; a title takes it up to its semicolon."""

    both: str
    each: str


def undecided(found: Sequence[StanceCell], pair: Sequence[Group], *, comparable: bool) -> Told:
    """What two groups turn to where their labels show no clear difference: targets of their own, or those they speak of.

    Nothing more is claimed than counts of quotes: which target each takes one side on more often than the other group does, else
    what both, or each, speak of, called or not.
    """
    one, other = pair
    same = "on no single target do they clearly differ" if comparable else "no target has a stance in both"
    mine, theirs = emphasis(found, one.name, other.name), emphasis(found, other.name, one.name)
    often = emphatic(found, one.name, other.name)
    if comparable and not often and (target := leaning_apart(found, one.name, other.name)):
        return Told(f"lean apart on {target}, though few of them take a side", "")
    if mine and theirs:
        ways = ["in favour of" if direction(cell) == "favor" else "against" for cell in (mine, theirs)]
        clause = f"{one.phrase} speak most often {ways[0]} {mine.target}, those{_tail(other)} {ways[1]} {theirs.target}"
        return Told("", f"{clause}; {same}")
    common, own = topics(found, one.name, other.name)
    if common:
        if comparable:
            return Told(f"both speak of {listing(common)}, and show no clear difference", "")
        return Told(f"both speak of {listing(common)}; too few stances were read on them to compare", "")
    if all(own):
        return Told("", f"{one.phrase} speak most of {own[0]}, those{_tail(other)} of {own[1]}; {same}")
    return Told("show no clear difference" if comparable else "cannot be compared on any one target", "")


def _tail(group: Group) -> str:
    return group.phrase.removeprefix("the quotes")


def _together(a: Group, b: Group) -> str:
    """Two groups for a title: 'Quotes under “Costs” and “Gains”'."""
    named = [re.search(rf"“?{re.escape(group.name)}”?$", group.phrase) for group in (a, b)]
    one, other = named
    if one and other and a.phrase[: one.start()] == b.phrase[: other.start()]:
        return _sentence(f"{a.phrase.removeprefix('the ')} and {other.group()}")
    return _sentence(f"{a.phrase.removeprefix('the ')} and {b.phrase.removeprefix('the ')}")


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def certainty(contrasts: Sequence[Contrast], shown: Sequence[StanceCell], *, unit: str, documents: int) -> str:
    """How far the answer reaches: of one article, on how many quotations the cells `shown` rest; of more, what is tested."""
    tested = [contrast for contrast in contrasts if contrast.q is not None]
    if documents == 1:
        read = {quote for cell in shown for kind, ids in cell.quotes.items() if kind != "abstained" for quote in ids}
        unread = {quote for cell in shown for quote in cell.quotes["abstained"]} - read
        more = f" (on {len(unread)} more no call was made)" if unread else ""
        if not read:
            return "No stance was read in the quotes of these two groups."
        return (
            f"This rests on {plural(len(read), 'quote')}{more} and describes what one article prints, "
            "not what anyone thinks beyond it."
        )
    if not tested:
        return f"There are too few {unit_word(unit)}s to say whether the differences are more than chance."
    sure = [contrast for contrast in tested if significant(contrast)]
    if not sure:
        none = (
            "The one difference tested is no"
            if len(tested) == 1
            else f"None of the {len(tested)} differences tested is"
        )
        return f"{none} larger than chance would give."
    best = sure[0]
    e = best.difference
    interval = ""
    if e.low is not None and e.high is not None:
        interval = f", 95 % interval {number(e.low, sign=True)} to {number(e.high, sign=True)}"
    if len(tested) == 1:
        counted, first = "The one difference tested is", f"on {best.target} it is"
    else:
        many = f"{len(sure)} of the {len(tested)} differences tested are"
        counted = f"One of the {len(tested)} differences tested is" if len(sure) == 1 else many
        first = f"the first, on {best.target}, is"
    return (
        f"{counted} larger than chance would give; {first} "
        f"{number(e.value, sign=True)} on a scale from −2 to +2{interval} (q = {number(best.q or 0, 3)})."
    )


def overview_headline(found: Sequence[StanceCell], voices: Sequence[Voice], *, documents: int, quotes: int) -> str:
    """The answer where nothing is compared: who speaks, and what the quotations take sides on."""
    named = [voice for voice in voices if voice.speaker_id is not None]
    scope = scope_words(documents)
    if not quotes:
        return f"No quotation was found in {scope}." if documents else "No quotation was found."
    parts = [f"In {scope}, {plural(quotes, 'quote')} from {plural(len(named), 'speaker')}"]
    if named:
        parts[0] += f"; {named[0].name} has the most words ({named[0].share:.0%})"
    leanings = [leaning(cell) for cell in profile(found, found[0].group, [], 3)] if found else []
    parts.append(f"The quotes are {listing(leanings)}" if leanings else "None takes a side on a target")
    return ". ".join(parts) + "."
