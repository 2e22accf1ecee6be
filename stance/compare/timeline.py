"""Dates of documents, their bins, and stance over time."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from email.utils import parsedate_to_datetime

import numpy as np

from stance.compare.model import RunData, TimePoint
from stance.errors import UsageError
from stance.schema import Label
from stance.statistics import generator, ratio_estimate

BINS: tuple[str, ...] = ("day", "week", "month", "quarter", "year")
_ISO = re.compile(r"\s*(\d{4})(?:-?(\d{2})(?:-?(\d{2}))?)?(?!\d)")
_SPELLED = ("%d %B %Y", "%B %d, %Y", "%d %b %Y", "%b %d, %Y", "%B %Y", "%d.%m.%Y", "%Y/%m/%d")


def parse_date(text: str | None) -> tuple[date, str] | None:
    """A date and how fine it is (`year`, `month`, `day`), or `None` where none can be read."""
    if not text:
        return None
    iso = _ISO.match(text)
    if iso:
        year, month, day = iso.groups()
        try:
            return date(int(year), int(month or 1), int(day or 1)), "day" if day else "month" if month else "year"
        except ValueError:
            return None
    for pattern in _SPELLED:
        try:
            found = datetime.strptime(text.strip().replace("Sept.", "Sep").replace(".,", ","), pattern)
        except ValueError:
            continue
        return found.date(), "day" if "%d" in pattern else "month"
    try:
        return parsedate_to_datetime(text).date(), "day"
    except (TypeError, ValueError):
        return None


def date_bin(text: str | None, bins: str) -> str | None:
    """The bin of a date as written, or `None` where it cannot be read or is coarser than the bin.

    Raises:
        UsageError: `bins` is not one of `BINS`.
    """
    if bins not in BINS:
        raise UsageError(f"unknown date bin {bins!r}: choose one of {', '.join(BINS)}")
    parsed = parse_date(text)
    if parsed is None:
        return None
    day, grain = parsed
    if (grain == "year" and bins != "year") or (grain == "month" and bins in ("day", "week")):
        return None
    if bins == "week":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02d}"
    if bins == "quarter":
        return f"{day.year}-Q{(day.month + 2) // 3}"
    return {"day": day.isoformat(), "month": f"{day:%Y-%m}", "year": f"{day.year:04d}"}[bins]


def timeline(
    data: RunData,
    labels: Sequence[Label],
    of: Mapping[str, str],
    targets: Sequence[str],
    *,
    bins: str,
    seed: int,
) -> tuple[TimePoint, ...]:
    """Net stance by bin, group and target, documents as clusters; empty where fewer than two bins have quotes."""
    when = {document.id: date_bin(document.published, bins) for document in data.documents}
    sums: dict[tuple[str, str, str], dict[str, list[int]]] = defaultdict(dict)
    wanted = set(targets)
    for label in labels:
        bin_, group = when.get(label.document_id), of.get(label.quote_id)
        if bin_ is None or group is None or label.label is None or label.target not in wanted:
            continue
        cell = sums[bin_, group, str(label.target)].setdefault(label.document_id, [0, 0, 0])
        cell[("favor", "against", "neutral").index(label.label)] += 1
    if len({bin_ for bin_, _, _ in sums}) < 2:
        return ()
    points: list[TimePoint] = []
    for (bin_, group, target), clusters in sorted(sums.items()):
        counts = np.array([clusters[key] for key in sorted(clusters)], dtype=np.float64)
        net = ratio_estimate(
            counts[:, 0] - counts[:, 1],
            counts.sum(axis=1),
            rng=generator(seed, "time", bin_, group, target),
            bounds=(-1.0, 1.0),
            draws=1000,
        )
        favor, against, neutral = (int(total) for total in counts.sum(axis=0))
        points.append(TimePoint(bin_, group, target, favor, against, neutral, net))
    return tuple(points)
