"""The sentences of a comparison: careful words, built from counts.

They speak of the quotations counted and of nobody's mind: "the quotes under “Costs”", never "the critics think".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from stance.compare.model import Contrast, Group, StanceCell, Voice

SIGNIFICANT = 0.05
LARGE = 0.5
SMALL = 0.15
WORTH_NAMING = 0.2


def number(value: float, digits: int = 2, *, sign: bool = False) -> str:
    """A number with a true minus sign; `sign` shows a plus as well."""
    text = f"{value:+.{digits}f}" if sign else f"{value:.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("+-")
    return text.replace("-", "−")


def listing(items: Sequence[str]) -> str:
    """A, B and C."""
    return items[0] if len(items) == 1 else ", ".join(items[:-1]) + " and " + items[-1] if items else ""


def plural(count: int, noun: str) -> str:
    """'1 quote', '1,200 quotes'."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def leaning(cell: StanceCell) -> str:
    """What a group's labelled quotations say of a target: 'mostly against NATO (4 of 5)'."""
    n, target = cell.labelled, cell.target
    net = (cell.favor - cell.against) / n if n else 0.0
    top, kind = max((cell.favor, "in favour of"), (cell.against, "against"))
    if cell.favor == cell.against == 0:
        return f"neutral on {target} ({plural(n, 'quote')})"
    if n == 1:
        return f"{kind} {target} (a single quote)"
    if abs(net) >= LARGE and top > n / 2:
        return f"{'all' if top == n else 'mostly'} {kind} {target} ({top} of {n})"
    if abs(net) >= SMALL:
        return f"leaning {kind} {target} ({cell.favor} for, {cell.against} against, {cell.neutral} neutral)"
    if cell.favor + cell.against < n / 2:
        return f"mostly neutral on {target} ({cell.neutral} of {n})"
    return f"divided on {target} ({cell.favor} for, {cell.against} against)"


def difference_words(a: StanceCell, b: StanceCell) -> str:
    """One sentence on two groups and a target."""
    return f"“{a.group}”: {leaning(a)}; “{b.group}”: {leaning(b)}."


def scope_words(documents: int) -> str:
    """What a comparison speaks of."""
    return "this article" if documents == 1 else f"these {documents:,} articles"


def profile(found: Sequence[StanceCell], group: str, first: Sequence[str], limit: int = 2) -> list[StanceCell]:
    """A group's leading cells: on the targets in `first`, then those it takes the clearest side on."""
    mine = {cell.target: cell for cell in found if cell.group == group and cell.labelled}
    clear = sorted(
        (cell for cell in mine.values() if cell.favor != cell.against),
        key=lambda cell: (-abs(cell.favor - cell.against) / (cell.labelled + 2.0), cell.target),
    )
    names = [target for target in first if target in mine]
    names += [cell.target for cell in clear if cell.target not in names]
    return [mine[target] for target in names[:limit]]


def named_targets(
    contrasts: Sequence[Contrast], found: Sequence[StanceCell], groups: Sequence[Group], limit: int = 2
) -> list[str]:
    """The targets that name the dispute: those of the contrasts, then what each group takes its clearest side on."""
    names = list(dict.fromkeys(c.target for c in contrasts if c.weight >= WORTH_NAMING))
    if len(names) < limit:
        for group in groups:
            clear = [
                (abs(cell.favor - cell.against) / (cell.labelled + 2.0), cell.target)
                for cell in found
                if cell.group == group.name and cell.labelled
            ]
            strength, target = max(clear, default=(0.0, ""))
            if strength >= WORTH_NAMING and target not in names:
                names.append(target)
    return names[:limit]


def dispute(contrasts: Sequence[Contrast], found: Sequence[StanceCell], groups: Sequence[Group]) -> str:
    """The bone of contention in a few words, for a title: 'NATO and Russia'."""
    return listing(named_targets(contrasts, found, groups))


class Answer(NamedTuple):
    """The answer in parts: what differs most, what each of the two leading groups says, how far it reaches."""

    opening: str
    sayings: tuple[str, ...]
    reach: str

    def __str__(self) -> str:
        return " ".join(filter(None, (self.opening, *self.sayings, self.reach)))


def headline(
    contrasts: Sequence[Contrast],
    found: Sequence[StanceCell],
    groups: Sequence[Group],
    *,
    unit: str,
    documents: int,
) -> Answer:
    """The answer in plain words: what the groups differ on most, what each says, and how sure that is."""
    scope = scope_words(documents)
    if not any(cell.labelled for cell in found):
        text = f"In {scope}, no quote of these groups takes a stance toward a target; compare their words and frames."
        return Answer(text, (), "")
    best = contrasts[0] if contrasts else None
    pair = leading_groups(contrasts, groups)
    own = [c for c in contrasts if best is not None and {c.a, c.b} == {best.a, best.b}]
    sayings = []
    for group in pair:
        leanings = [leaning(cell) for cell in profile(found, group.name, named_targets(own, found, pair))]
        if leanings:
            phrase = group.phrase[0].upper() + group.phrase[1:]
            sayings.append(f"{phrase} are {listing(leanings)}.")
    both = f"{pair[0].phrase} and {pair[1].phrase}"
    if best is None:
        opening = f"In {scope}, {both} take no side on the same target; what each takes a side on differs."
    elif best.weight < WORTH_NAMING:
        opening = f"In {scope}, {both} hardly differ on any target."
    else:
        opening = f"In {scope}, {both} differ most on {dispute(own, found, pair)}."
    return Answer(opening, tuple(sayings), certainty(contrasts, unit=unit, documents=documents))


def leading_groups(contrasts: Sequence[Contrast], groups: Sequence[Group]) -> list[Group]:
    """The two groups of the first contrast, or the first two."""
    return [g for g in groups if not contrasts or g.name in (contrasts[0].a, contrasts[0].b)][:2]


def certainty(contrasts: Sequence[Contrast], *, unit: str, documents: int) -> str:
    """How far the answer reaches."""
    tested = [contrast for contrast in contrasts if contrast.q is not None]
    if documents == 1:
        return "This describes what one article prints, not what anyone thinks beyond it."
    if not tested:
        return f"There are too few {unit}s to say whether the differences are more than chance."
    sure = [contrast for contrast in tested if contrast.q is not None and contrast.q <= SIGNIFICANT]
    if not sure:
        return f"None of the {plural(len(tested), 'difference')} tested is larger than chance would give."
    best = sure[0]
    e = best.difference
    interval = ""
    if e.low is not None and e.high is not None:
        interval = f", 95 % interval {number(e.low, sign=True)} to {number(e.high, sign=True)}"
    return (
        f"{len(sure)} of the {plural(len(tested), 'difference')} tested "
        f"{'is' if len(sure) == 1 else 'are'} larger than chance would give; the first, on {best.target}, is "
        f"{number(e.value, sign=True)} on a scale from −2 to +2{interval} (q = {number(best.q or 0, 3)})."
    )


def overview_headline(found: Sequence[StanceCell], voices: Sequence[Voice], *, documents: int, quotes: int) -> str:
    """The answer where nothing is compared: who speaks, and what the quotations take sides on."""
    named = [voice for voice in voices if voice.speaker_id is not None]
    scope = scope_words(documents)
    if not quotes:
        return f"No quotation was found in {scope}." if documents else "No quotation was found."
    parts = [f"In {scope}, {plural(quotes, 'quote')} from {plural(len(named), 'named speaker')}"]
    if named:
        parts[0] += f"; {named[0].name} has the most words ({named[0].share:.0%})"
    leanings = [leaning(cell) for cell in profile(found, found[0].group, [], 3)] if found else []
    parts.append(f"The quotes are {listing(leanings)}" if leanings else "None takes a side on a target")
    return ". ".join(parts) + "."
