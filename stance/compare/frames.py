"""Frames of each group, and which frames set two groups apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from stance.compare.model import FrameCell, FrameContrast
from stance.compare.stances import Clusters, aligned
from stance.schema import Label
from stance.statistics import difference_estimate, generator, log_odds_ratio, ratio_estimate

BOUNDS = (0.0, 1.0)


def frame_names(codebook: Any) -> dict[str, str]:
    """Display names by frame id, from a codebook (anything whose `labels` have `id` and `name`), or empty."""
    return {str(entry.id): str(entry.name) for entry in getattr(codebook, "labels", ())}


def frames(
    labels: Sequence[Label],
    of: Mapping[str, str],
    groups: Sequence[str],
    clusters: Clusters,
    *,
    pairs: Sequence[tuple[str, str]],
    names: Mapping[str, str],
    seed: int,
) -> tuple[tuple[FrameCell, ...], list[FrameContrast]]:
    """Share of each frame in each group, and the contrasts of the pairs of groups (`q` not filled in yet).

    The share is over quotations that were judged for frames; one quotation may carry several frames or none.
    """
    judged: dict[str, dict[str, list[str]]] = {group: defaultdict(list) for group in groups}
    having: dict[str, dict[str, list[str]]] = {group: defaultdict(list) for group in groups}
    for label in labels:
        group = of.get(label.quote_id)
        if group is None:
            continue
        judged[group][clusters.of[label.quote_id]].append(label.quote_id)
        for frame in label.labels:
            having[group][frame].append(label.quote_id)
    found = sorted({frame for group in groups for frame in having[group]})
    sums: dict[tuple[str, str], dict[str, tuple[float, float]]] = {}
    cells: list[FrameCell] = []
    for frame in found:
        for group in groups:
            if not judged[group]:
                continue
            ids = having[group].get(frame, [])
            counted: dict[str, int] = defaultdict(int)
            for quote_id in ids:
                counted[clusters.of[quote_id]] += 1
            sums[group, frame] = {
                key: (float(counted[key]), float(len(members))) for key, members in sorted(judged[group].items())
            }
            matrix = np.array(list(sums[group, frame].values()), dtype=np.float64)
            rng = generator(seed, "frame", group, frame)
            share = ratio_estimate(matrix[:, 0], matrix[:, 1], rng=rng, bounds=BOUNDS, unit=clusters.unit)
            cells.append(FrameCell(group, frame, names.get(frame, readable(frame)), len(ids), share, tuple(ids)))
    contrasts: list[FrameContrast] = []
    for a, b in pairs:
        for frame in found:
            if (a, frame) not in sums or (b, frame) not in sums:
                continue
            left, right = aligned(sums[a, frame], sums[b, frame])
            first, second = (left[:, 0], left[:, 1]), (right[:, 0], right[:, 1])
            rng = generator(seed, "frame contrast", a, b, frame)
            difference = difference_estimate(first, second, rng=rng, bounds=BOUNDS, unit=clusters.unit)
            contrasts.append(
                FrameContrast(
                    frame,
                    names.get(frame, readable(frame)),
                    a,
                    b,
                    log_odds_ratio(first, second, unit=clusters.unit),
                    difference.estimate,
                    difference.p,
                    None,
                )
            )
    contrasts.sort(key=lambda c: (c.a, c.b, -c.log_odds.value, c.frame))
    return tuple(cells), contrasts


def readable(frame: str) -> str:
    """A frame's id as words, where no codebook names it."""
    words = frame.replace("_", " ").strip()
    return words[:1].upper() + words[1:]
