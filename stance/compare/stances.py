"""Stance of each group toward each target, and where two groups differ."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from stance.compare.model import STANCE_KEYS, Contrast, StanceCell
from stance.compare.telling import significant
from stance.compare.words import difference_words
from stance.schema import Label, Quote
from stance.statistics import Array, difference_estimate, generator, ratio_estimate

MAX_TARGETS = 30
SHRINKAGE = 2.0
BOUNDS = (-1.0, 1.0)
NAMED = 2  # targets that a headline names


class Clusters(NamedTuple):
    """The independent units: what one is called, and the one each quotation belongs to."""

    unit: str
    of: Mapping[str, str]


class Cell(NamedTuple):
    """A group × target before it is summed: the labels, and (favor - against, labelled) of each cluster."""

    labels: tuple[Label, ...]
    sums: Mapping[str, tuple[float, float]]


Table = Mapping[tuple[str, str], Cell]


def latest(labels: Sequence[Label], task: str) -> tuple[list[Label], int]:
    """One label per quotation and target, the last where there are several, and how many were passed over."""
    of_task = [label for label in labels if label.task == task]
    kept = {(label.quote_id, label.target or ""): label for label in of_task}
    return list(kept.values()), len(of_task) - len(kept)


def main_targets(labels: Sequence[Label], of: Mapping[str, str]) -> tuple[list[str], int]:
    """The targets that most quotations of the groups speak on, and how many more were left out."""
    counts = Counter(str(label.target) for label in labels if label.quote_id in of and label.target)
    labelled = Counter(str(label.target) for label in labels if label.quote_id in of and label.label is not None)
    ordered = sorted(counts, key=lambda target: (-labelled[target], -counts[target], target))
    return ordered[:MAX_TARGETS], max(0, len(ordered) - MAX_TARGETS)


def tabulate(labels: Sequence[Label], of: Mapping[str, str], targets: Sequence[str], clusters: Clusters) -> Table:
    """Sort the stance labels into group × target, and sum them inside clusters."""
    wanted = set(targets)
    by_cell: dict[tuple[str, str], list[Label]] = defaultdict(list)
    for label in labels:
        if label.quote_id in of and label.target in wanted:
            by_cell[of[label.quote_id], str(label.target)].append(label)
    table: dict[tuple[str, str], Cell] = {}
    for key, members in by_cell.items():
        sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
        for label in members:
            if label.label is not None:
                both = sums[clusters.of[label.quote_id]]
                both[0] += {"favor": 1.0, "against": -1.0}.get(label.label, 0.0)
                both[1] += 1.0
        table[key] = Cell(tuple(members), {name: (both[0], both[1]) for name, both in sorted(sums.items())})
    return table


def cells(
    table: Table, quotes: Mapping[str, Quote], names: Sequence[str], targets: Sequence[str], *, unit: str, seed: int
) -> tuple[StanceCell, ...]:
    """The counts and net stance of every group and target, in the order of `names` and `targets`."""
    found: list[StanceCell] = []
    for target in targets:
        for group in names:
            cell = table.get((group, target))
            if cell is None:
                continue
            ids: dict[str, list[str]] = {key: [] for key in STANCE_KEYS}
            for label in cell.labels:
                ids[label.label or "abstained"].append(label.quote_id)
            members = [quotes[label.quote_id] for label in cell.labels]
            sums = np.array(list(cell.sums.values()), dtype=np.float64).reshape(-1, 2)
            net = None
            if len(sums):
                rng = generator(seed, "stance", group, target)
                net = ratio_estimate(sums[:, 0], sums[:, 1], rng=rng, bounds=BOUNDS, unit=unit)
            found.append(
                StanceCell(
                    group,
                    target,
                    **{key: len(ids[key]) for key in STANCE_KEYS},
                    speakers=len({quote.speaker_id for quote in members if quote.speaker_id}),
                    documents=len({quote.document_id for quote in members}),
                    net=net,
                    quotes={key: tuple(value) for key, value in ids.items()},
                )
            )
    return tuple(found)


def aligned(a: Mapping[str, tuple[float, float]], b: Mapping[str, tuple[float, float]]) -> tuple[Array, Array]:
    """Two groups' cluster sums over the same clusters in the same order, zeros where absent; shape (clusters, 2)."""
    keys = sorted({*a, *b})
    nothing = (0.0, 0.0)
    first = np.array([a.get(key, nothing) for key in keys], dtype=np.float64)
    second = np.array([b.get(key, nothing) for key in keys], dtype=np.float64)
    return first, second


def weight(a: StanceCell, b: StanceCell) -> float:
    """How much a contrast carries: the difference of net stances, each shrunk toward 0 by two neutral quotations.

    One quotation against one therefore weighs less than ten against ten; but one against and five against differ in nothing,
    so that no contrast weighs more than its difference as counted.
    """
    shrunk, counted = (
        [(cell.favor - cell.against) / max(1.0, cell.labelled + more) for cell in (a, b)] for more in (SHRINKAGE, 0.0)
    )
    return min(abs(shrunk[0] - shrunk[1]), abs(counted[0] - counted[1]))


def contrasts(
    found: Sequence[StanceCell],
    table: Table,
    quotes: Mapping[str, Quote],
    pairs: Sequence[tuple[str, str]],
    *,
    unit: str,
    seed: int,
) -> list[Contrast]:
    """The pairs of groups on every target that both have labels on; `q` is not filled in yet."""
    by_key = {(cell.group, cell.target): cell for cell in found if cell.labelled}
    targets = sorted({cell.target for cell in found})
    result: list[Contrast] = []
    for a, b in pairs:
        for target in targets:
            first, second = by_key.get((a, target)), by_key.get((b, target))
            if first is None or second is None:
                continue
            left, right = aligned(table[a, target].sums, table[b, target].sums)
            difference = difference_estimate(
                (left[:, 0], left[:, 1]),
                (right[:, 0], right[:, 1]),
                rng=generator(seed, "contrast", a, b, target),
                bounds=BOUNDS,
                unit=unit,
            )
            result.append(
                Contrast(
                    target,
                    a,
                    b,
                    difference.estimate,
                    difference.p,
                    None,
                    weight(first, second),
                    carriers(table[a, target], table[b, target], difference.estimate.value, quotes),
                    difference_words(first, second),
                )
            )
    return result


class Leading(NamedTuple):
    """The pair of groups that makes the headline, and why it is this one."""

    pair: tuple[str, str]
    why: str


def leading(
    found: Sequence[Contrast],
    counted: Sequence[StanceCell],
    pairs: Sequence[tuple[str, str]],
    opposed: Callable[[str, str], int],
) -> Leading:
    """Choose the pair of groups that makes the headline.

    First what the author sets against each other, then what is more than chance, then the pair whose clearest differences
    carry most; `weight` has in it how many quotations they rest on. A group with no labelled quotation is last.
    """
    labelled = Counter({cell.group: 0 for cell in counted})
    for cell in counted:
        labelled[cell.group] += cell.labelled
    own: dict[tuple[str, str], list[Contrast]] = defaultdict(list)
    for contrast in found:
        own[contrast.a, contrast.b].append(contrast)

    def rank(pair: tuple[str, str]) -> tuple[bool, int, bool, float, bool, int]:
        weights = sorted((c.weight for c in own[pair]), reverse=True)
        sure = any(significant(c) for c in own[pair])
        counts = [labelled[name] for name in pair]
        return all(counts), opposed(*pair), sure, round(sum(weights[:NAMED]), 9), bool(weights), min(counts)

    best = max(pairs, key=rank)
    _, author, sure, weight, _, _ = rank(best)
    reasons = [
        (author, "the article’s headings set them against each other"),
        (sure, "their difference is larger than chance would give"),
        (weight, "their quotes differ most"),
    ]
    return Leading(best, next((reason for holds, reason in reasons if holds), "they have most quotes with a stance"))


def carriers(a: Cell, b: Cell, difference: float, quotes: Mapping[str, Quote]) -> tuple[str, ...]:
    """The two or three quotations that show a difference best: the surest labels that pull each group its way."""
    pull = ("favor", "against") if difference >= 0 else ("against", "favor")
    ranked = [_ranked(cell, label, quotes) for cell, label in zip((a, b), pull, strict=True)]
    chosen = [ids[0] for _, ids in ranked if ids]
    rest = sorted((-strength, ids[1]) for strength, ids in ranked if len(ids) > 1)
    if rest:
        chosen.append(rest[0][1])
    return tuple(chosen)


def clarity(quote: Quote) -> float:
    """How well a quotation shows by itself what its speaker holds, 0 to 1.

    Words of the speaker's own count before a paraphrase; very short pieces show little.
    """
    own = {"direct": 1.0, "mixed": 0.95}.get(quote.kind, 0.85)
    return own * min(1.0, len(quote.text.split()) / 8)


def _ranked(cell: Cell, wanted: str, quotes: Mapping[str, Quote]) -> tuple[float, list[str]]:
    """Ids of the quotations with the label (neutral ones where there is none), surest first, and how strong."""
    for kind, strength in ((wanted, 1.0), ("neutral", 0.0)):
        having = [label for label in cell.labels if label.label == kind]
        if having:

            def worth(label: Label) -> float:
                quote = quotes[label.quote_id]
                return label.scores.get(str(label.label), 0.5) * quote.confidence * clarity(quote)

            having.sort(key=lambda label: (-worth(label), label.quote_id))
            return strength * len(having), [label.quote_id for label in having]
    return 0.0, []
