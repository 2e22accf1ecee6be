"""Which group a quotation belongs to: its heading, speaker, side, outlet, author, date or a column of the metadata.

A group is a place where a quotation stands. Nothing here says whom a heading speaks for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from stance.compare import headings
from stance.compare.model import BEFORE_FIRST, RunData
from stance.compare.timeline import date_bin
from stance.errors import UsageError
from stance.schema import Document, Quote
from stance.spelling import nearest

MAX_GROUPS = 8
BUILT_IN: tuple[str, ...] = ("section", "speaker", "side", "outlet", "author", "date")
_MISSING = {
    "speaker": "no speaker is named",
    "side": "the speaker has no side (a roster gives one)",
    "outlet": "the document names no outlet",
    "author": "the document names no author",
    "date": "the document has no date that can be read",
}


@dataclass(frozen=True, slots=True)
class Grouping:
    """`names` in their order; `of` maps a quote's id to its group, quotations outside any group left out."""

    by: str
    names: tuple[str, ...]
    of: Mapping[str, str]
    left_out: tuple[str, ...]


def columns(data: RunData) -> list[str]:
    """Everything one can group this data by: the built-in ways and the metadata columns."""
    found = {key for document in data.documents for key in document.meta}
    return [*BUILT_IN, *sorted(found - set(BUILT_IN))]


def assign(data: RunData, by: str, groups: Sequence[str] = (), *, bins: str = "month") -> Grouping:
    """Put each quotation into a group.

    Args:
        data: the run.
        by: one of `columns(data)`.
        groups: the groups wanted, in this order (case and outer quotation marks do not matter); all if empty, in
            the order of the article for sections of one document, in that of time for dates, else largest first.
        bins: width of a date bin: day, week, month, quarter or year.

    Raises:
        UsageError: `by` is no column, a group is unknown, or fewer than two groups remain.
    """
    if by not in columns(data):
        raise UsageError(f"cannot compare by {by!r}: choose one of {', '.join(columns(data))}")
    documents = {document.id: document for document in data.documents}
    value = _getter(data, by, bins)
    raw = {quote.id: value(quote, documents[quote.document_id]) for quote in data.quotes}
    names = {key: str(name) for key, name in raw.items() if name is not None}
    counts = Counter(names.values())
    left_out: list[str] = []
    missing = len(raw) - len(names)
    if missing:
        reason = _MISSING.get(by, f"the document has no {by}")
        left_out.append(f"{missing} of {len(raw)} quotes: {reason}")
    if not counts:
        usable = [other for other in columns(data) if other != by and _groups_of(data, other, bins) >= 2]
        hint = f"; this run can be compared by {', '.join(usable)}" if usable else ""
        raise UsageError(f"no quote has {'an' if by[0] in 'aeiou' else 'a'} {by} to group by{hint}")
    chosen = _chosen(by, groups, counts) if groups else _default(data, by, counts, left_out)
    if len(chosen) < 2:
        usable = [other for other in columns(data) if other != by and _groups_of(data, other, bins) >= 2]
        hint = f"; this run can also be compared by {', '.join(usable)}" if usable else ""
        raise UsageError(f"only one group by {by} ({_list(counts)}): a comparison needs two{hint}")
    kept = set(chosen)
    outside = sum(counts[name] for name in counts if name not in kept)
    if groups and outside:
        left_out.append(f"{outside} quotes in groups that were not asked for")
    return Grouping(by, tuple(chosen), {key: name for key, name in names.items() if name in kept}, tuple(left_out))


def pairs(grouping: Grouping) -> list[tuple[str, str]]:
    """The pairs of groups that are contrasted: every two; of dates each with the next, and the first with the last."""
    names = grouping.names
    if grouping.by != "date" or len(names) <= 3:
        return list(combinations(names, 2))
    return [*pairwise(names), (names[0], names[-1])]


def opposed(grouping: Grouping, a: str, b: str) -> int:
    """How plainly the author sets two groups against each other; only headings can say so (see `headings`)."""
    if grouping.by != "section":
        return headings.UNRELATED
    adjacent = grouping.names.index(b) - grouping.names.index(a) == 1
    return headings.opposition(a, b, adjacent=adjacent)


def phrase(by: str, name: str) -> str:
    """How a sentence names the quotations of a group; a heading stays the article's, in quotation marks."""
    if by == "section":
        return f"the quotes {name}" if name == BEFORE_FIRST else f"the quotes under “{name}”"
    return {
        "speaker": f"the quotes of {name}",
        "side": f"the quotes of speakers listed as “{name}”",
        "outlet": f"the quotes printed in {name}",
        "author": f"the quotes in articles by {name}",
        "date": f"the quotes of {name}",
        "all": "the quotes",
    }.get(by, f"the quotes with {by} “{name}”")


def _getter(data: RunData, by: str, bins: str) -> Callable[[Quote, Document], str | None]:
    if by == "section":
        return lambda quote, _: quote.heading if quote.heading is not None else BEFORE_FIRST
    if by == "speaker":
        names = _speaker_names(data)
        return lambda quote, _: names.get(quote.speaker_id or "")
    if by == "side":
        sides = {key: speaker.side for key, speaker in data.speakers.items()}
        return lambda quote, _: sides.get(quote.speaker_id or "")
    if by == "date":
        return lambda _, document: date_bin(document.published, bins)
    if by in ("outlet", "author"):
        return lambda _, document: getattr(document, by) or None
    return lambda _, document: document.meta.get(by) or None


def _speaker_names(data: RunData) -> dict[str, str]:
    """Display names by id; two speakers of one name stay apart."""
    taken = Counter(speaker.name for speaker in data.speakers.values())
    return {
        key: speaker.name if taken[speaker.name] == 1 else f"{speaker.name} [{key}]"
        for key, speaker in data.speakers.items()
    }


def _groups_of(data: RunData, by: str, bins: str) -> int:
    documents = {document.id: document for document in data.documents}
    value = _getter(data, by, bins)
    return len({value(quote, documents[quote.document_id]) for quote in data.quotes} - {None, BEFORE_FIRST})


def _fold(name: str) -> str:
    return " ".join(name.strip("\"'“”‘’«» \t").casefold().split())


def _list(counts: Mapping[str, int], limit: int = 12) -> str:
    largest = sorted(counts, key=lambda name: (-counts[name], name))
    text = ", ".join(f"“{name}” ({counts[name]})" for name in largest[:limit])
    return text + (f" and {len(largest) - limit} more" if len(largest) > limit else "")


def _chosen(by: str, groups: Sequence[str], counts: Mapping[str, int]) -> list[str]:
    exact = {_fold(name): name for name in counts}
    chosen: list[str] = []
    for wanted in groups:
        name = wanted if wanted in counts else exact.get(_fold(wanted))
        if name is None:
            near = nearest(_fold(wanted), exact)
            hint = f" Did you mean “{exact[near]}”?" if near else ""
            raise UsageError(f"no group “{wanted}” by {by}.{hint} Groups (with their quotes): {_list(counts)}")
        if name not in chosen:
            chosen.append(name)
    if len(chosen) < 2:
        raise UsageError(f"only one group was named: a comparison needs two. Groups (with quotes): {_list(counts)}")
    return chosen


def _default(data: RunData, by: str, counts: Counter[str], left_out: list[str]) -> list[str]:
    names = [name for name in counts if not (by == "section" and name == BEFORE_FIRST)]
    if by == "section" and counts[BEFORE_FIRST]:
        left_out.append(f"{counts[BEFORE_FIRST]} quotes {BEFORE_FIRST} (ask for them with a group of that name)")
    largest = sorted(names, key=lambda name: (-counts[name], name))
    if len(largest) > MAX_GROUPS and by != "date":
        rest = largest[MAX_GROUPS:]
        count = sum(counts[name] for name in rest)
        left_out.append(f"{count} quotes in the {len(rest)} smallest groups (name the groups to see them)")
        largest = largest[:MAX_GROUPS]
    if by == "date":
        return sorted(largest)
    if by == "section" and len(data.documents) == 1:
        order = [section.heading for section in data.documents[0].sections if section.heading is not None]
        return sorted(largest, key=lambda name: (order.index(name) if name in order else len(order), name))
    return largest
