"""What of a comparison is worth telling: which way groups point, where two of them differ, what each speaks of most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from stance.compare.model import Contrast, Group, StanceCell

SIGNIFICANT = 0.05
LARGE = 0.5
SMALL = 0.15
WORTH_NAMING = 0.2
OFTEN = 3  # quotations on one side of a target

Kind = Literal["neutral", "mostly neutral", "divided", "partly", "leaning", "mostly", "all"]


def kind(cell: StanceCell) -> Kind:
    """How a group's labelled quotations are spread over a target.

    A direction is named for all of them only where most have it; one quotation more or less is no leaning.
    """
    n, top, net = cell.labelled, max(cell.favor, cell.against), abs(cell.favor - cell.against)
    if top == 0:
        return "neutral"
    if top == n:
        return "all"
    if cell.neutral > n / 2:
        return "mostly neutral"
    if net >= LARGE * n and top > n / 2:
        return "mostly"
    if net >= SMALL * n and net > 1:
        return "leaning"
    return "divided" if cell.favor and cell.against else "partly"


def direction(cell: StanceCell) -> Literal["favor", "against", "neutral"]:
    """Which way a cell points in words and signs: neutral where most of its quotations are, or where it is divided."""
    if kind(cell) in ("neutral", "mostly neutral", "divided"):
        return "neutral"
    return "favor" if cell.favor > cell.against else "against"


def significant(contrast: Contrast) -> bool:
    """Whether a contrast is larger than chance would give."""
    return contrast.q is not None and contrast.q <= SIGNIFICANT


def telling(contrasts: Sequence[Contrast], found: Sequence[StanceCell]) -> list[Contrast]:
    """Those contrasts of two groups that are worth naming: large, and two directions or more than chance.

    One quotation against one is not, beside what each group takes a side on often.
    """
    large = [c for c in contrasts if c.weight >= WORTH_NAMING]
    if not large:
        return []
    cells = {(cell.group, cell.target): cell for cell in found}
    often = emphatic(found, large[0].a, large[0].b)
    named: list[Contrast] = []
    for c in large:
        one, other = cells[c.a, c.target], cells[c.b, c.target]
        if (significant(c) or direction(one) != direction(other)) and not (
            often and one.labelled + other.labelled <= 2
        ):
            named.append(c)
    return named


def named_targets(
    contrasts: Sequence[Contrast], found: Sequence[StanceCell], pair: Sequence[Group], limit: int = 2
) -> list[str]:
    """The targets that name the dispute of two groups: where they differ, or, with no target in common, what each speaks on."""
    own = [c for c in contrasts if [c.a, c.b] == [group.name for group in pair]]
    if own:
        return [c.target for c in telling(own, found)][:limit]
    names = [cell.target for group in pair for cell in profile(found, group.name, [], 1)]
    return list(dict.fromkeys(names))[:limit]


def profile(found: Sequence[StanceCell], group: str, first: Sequence[str], limit: int = 2) -> list[StanceCell]:
    """A group's leading cells: on the targets in `first`, then those it takes the clearest side on, else those it names most."""
    mine = {cell.target: cell for cell in found if cell.group == group and cell.labelled}
    clear = sorted(
        (cell for cell in mine.values() if cell.favor != cell.against),
        key=lambda cell: (-abs(cell.favor - cell.against) / (cell.labelled + 2.0), cell.target),
    )
    names = [target for target in first if target in mine]
    names += [cell.target for cell in clear if cell.target not in names]
    names = names or sorted(mine, key=lambda target: (-mine[target].labelled, target))
    return [mine[target] for target in names[:limit]]


def sayings(
    contrasts: Sequence[Contrast], found: Sequence[StanceCell], group: Group, limit: int = 2
) -> list[StanceCell]:
    """What a group of the leading pair says: where the pair differs (if nowhere, what they speak of most), then on its own."""
    told = [c.target for c in telling(contrasts, found)]
    spoken = Counter({c.target: 0 for c in contrasts})
    for c in contrasts:
        spoken[c.target] += sum(cell.labelled for cell in found if cell.target == c.target and cell.group in (c.a, c.b))
    cells = profile(found, group.name, told or [target for target, _ in spoken.most_common()], limit)
    return cells if told else sorted(cells, key=lambda cell: -max(cell.favor, cell.against))


def leaning_apart(found: Sequence[StanceCell], a: str, b: str) -> str | None:
    """The target on which quotations that take a side take one in the first group, the other in the second, if there is one."""
    cells = {(cell.group, cell.target): cell for cell in found}
    best: list[tuple[float, str]] = []
    for target in dict.fromkeys(cell.target for cell in found):
        one, other = cells.get((a, target)), cells.get((b, target))
        if one and other and (one.favor * other.against or one.against * other.favor):
            pure = not (one.favor and one.against) and not (other.favor and other.against)
            apart = abs((one.favor - one.against) / one.labelled - (other.favor - other.against) / other.labelled)
            best += [(-apart, target)] if pure and apart >= SMALL else []
    return min(best)[1] if best else None


def emphasis(found: Sequence[StanceCell], group: str, other: str) -> StanceCell | None:
    """The target that a group takes one side on most often, if two quotations at least do, and more than of the other group."""
    taken = [cell for cell in found if cell.group == group and kind(cell) in ("mostly", "all")]
    if not taken:
        return None
    most = min(taken, key=lambda cell: (-getattr(cell, direction(cell)), -cell.labelled, cell.target))
    theirs = next((cell for cell in found if cell.group == other and cell.target == most.target), None)
    count = getattr(most, direction(most))
    return most if count > max(1, getattr(theirs, direction(most), 0)) else None


def emphatic(found: Sequence[StanceCell], a: str, b: str) -> bool:
    """Whether each of two groups takes a side on a target of its own, and takes it often."""
    one, other = emphasis(found, a, b), emphasis(found, b, a)
    if one is None or other is None or one.target == other.target:
        return False
    return all(getattr(cell, direction(cell)) >= OFTEN for cell in (one, other))


def topics(found: Sequence[StanceCell], a: str, b: str, limit: int = 2) -> tuple[list[str], list[str]]:
    """The targets that quotations of both groups speak of most, called or not; and the one that each speaks of most."""
    spoken = {(cell.group, cell.target): cell.labelled + cell.abstained for cell in found}
    targets = list(dict.fromkeys(cell.target for cell in found))
    counts = {target: (spoken.get((a, target), 0), spoken.get((b, target), 0)) for target in targets}
    common = sorted((target for target in targets if min(counts[target])), key=lambda target: -min(counts[target]))
    most = [
        max(((n[i], -place, target) for place, (target, n) in enumerate(counts.items())), default=None) for i in (0, 1)
    ]
    return common[:limit], [best[2] if best and best[0] else "" for best in most]
