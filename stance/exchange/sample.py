"""What to label: a sample of a run's quotations, and for each how it was drawn.

For figures about the run draw at random or stratified: the row's probability of being drawn is written down, its inverse is
its weight. For training a better model draw the uncertain ones (Lewis and Gale 1994); no share can be estimated from those.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Literal

from stance.errors import UsageError
from stance.run import Run

How = Literal["random", "stratified", "uncertain"]


def draw(run: Run, *, size: int, how: How = "random", by: str = "section", seed: int = 0) -> dict[str, str]:
    """Choose quotations.

    Args:
        run: a finished run.
        size: how many; all, if there are fewer.
        how: `random`, `stratified` (the same number from each group, what small groups lack is drawn from the others) or
            `uncertain` (the smallest margin between the two likeliest stances, over the quotation's targets).
        by: what makes a group, as in `stance compare --by`.
        seed: of chance.

    Returns:
        For each quote id how it was drawn, as a line of words: `random p=0.25`, `stratified section=... p=0.5`,
        `uncertain margin=0.012`.

    Raises:
        UsageError: nothing to draw from, or no such group.
    """
    if size < 1:
        raise UsageError("--sample-size: at least 1 quotation is needed")
    ids = [quote.id for quote in run.quotes]
    if not ids:
        raise UsageError("the run has no quotations to draw from")
    chance = random.Random(seed)  # noqa: S311 - a sample, not a secret
    if how == "random":
        drawn = set(chance.sample(ids, min(size, len(ids))))
        return {name: f"random p={len(drawn) / len(ids):.6g}" for name in ids if name in drawn}
    if how == "uncertain":
        margins = _margins(run)
        if not margins:
            raise UsageError("the run has no stance scores; draw at random instead (--sample random)")
        first = sorted(margins, key=lambda name: (margins[name], name))[:size]
        return {name: f"uncertain margin={margins[name]:.4f}" for name in ids if name in set(first)}
    groups = _groups(run, by)
    shares = _shares({name: len(members) for name, members in groups.items()}, min(size, len(ids)))
    found: dict[str, str] = {}
    for name, members in groups.items():
        for one in chance.sample(members, shares[name]):
            found[one] = f"stratified {by}={name} p={shares[name] / len(members):.6g}"
    return {name: found[name] for name in ids if name in found}


def _margins(run: Run) -> dict[str, float]:
    found: dict[str, float] = {}
    for label in run.labels:
        if label.task == "stance" and len(label.scores) > 1 and label.annotator is None:
            first, second = sorted(label.scores.values(), reverse=True)[:2]
            found[label.quote_id] = min(found.get(label.quote_id, 1.0), first - second)
    return found


def _groups(run: Run, by: str) -> dict[str, list[str]]:
    from stance.compare import grouping

    try:
        of: Mapping[str, str] = grouping.assign(run.data, by).of
    except UsageError as error:
        raise UsageError(f"--sample-by {by}: {error}") from None
    groups: dict[str, list[str]] = {}
    for quote in run.quotes:
        groups.setdefault(of.get(quote.id, "(none)"), []).append(quote.id)
    return groups


def _shares(sizes: Mapping[str, int], size: int) -> dict[str, int]:
    """Equal shares, what a small group lacks going to the larger ones."""
    shares = dict.fromkeys(sizes, 0)
    left = size
    while left:
        hungry = [name for name in sizes if shares[name] < sizes[name]]
        for name in hungry[:left] if left < len(hungry) else hungry:
            shares[name] += 1
            left -= 1
    return shares
