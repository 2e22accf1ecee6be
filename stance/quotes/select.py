"""From overlapping candidates to one reading: fit content to the marks, choose, and keep what is truly nested."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from stance.quotes.marks import Region
from stance.quotes.relation import Relation, length, merged, minus, shared, trim
from stance.schema import QuoteKind, Span

THRESHOLD = 0.42
NESTED = 0.65
_NOBODY = re.compile(r"(?:I|[Ww]e|[Yy]ou|[Ii]t|[Tt]his|[Tt]hat|[Ww]ho|[Ww]hich|[Oo]ne|[Tt]here|[Ww]hat|[Hh]e|[Ss]he|[Tt]hey)\W*$")


def choose(text: str, found: Sequence[Relation], regions: Sequence[Region]) -> list[Relation]:
    """One reading of each stretch.

    Args:
        text: the document.
        found: candidates that may overlap.
        regions: quotation marks of the text.

    Returns:
        Relations in text order with content free of outer marks. A relation may stand inside the content of another
        (source and cue included) where a third party's words are passed on.
    """
    outer = [region for region in regions if region.level == 0]
    fitted = [replace(relation, content=widen(text, relation, outer)) for relation in found]
    fitted = [relation for relation in fitted if relation.content and relation.confidence >= min(THRESHOLD, NESTED)]
    fitted.sort(key=lambda relation: -relation.confidence)
    kept: list[Relation] = []
    for relation in fitted:
        if not any(clashes(relation, other) for other in kept):
            kept.append(relation)
    kept = [
        relation
        for relation in kept
        if not any(holds(other, relation) for other in kept) or passed_on(text, relation)
    ]
    return sorted(kept, key=lambda relation: (relation.content[0], relation.content[-1]))


def clashes(first: Relation, second: Relation) -> bool:
    """Whether two candidates are rival readings of the same words."""
    if first.cue and second.cue and first.cue.overlaps(second.cue):
        return True
    if holds(first, second) or holds(second, first):
        return False
    both = shared(first.content, second.content)
    return both > 0.3 * min(length(first.content), length(second.content))


def holds(outer: Relation, inner: Relation) -> bool:
    """Whether `inner` stands, cue and all, inside what `outer` says."""
    if outer is inner or inner.cue is None or length(outer.content) <= length(inner.content):
        return False
    parts = [*inner.content, inner.cue]
    return all(any(span.contains(part) for span in outer.content) for part in parts)


def passed_on(text: str, relation: Relation) -> bool:
    """Whether a nested relation names a third party: not `I think`, nor a pronoun for whoever is speaking."""
    if relation.confidence < NESTED or relation.source is None or relation.kind == "other":
        return relation.imagined
    return not _NOBODY.match(relation.source.of(text).strip())


def widen(text: str, relation: Relation, outer: Sequence[Region]) -> tuple[Span, ...]:
    """Content widened to every marked stretch that it touches, without cue, source and outer marks."""
    result: list[Span] = []
    for span in relation.content:
        start, end = span
        for region in outer:
            if region.start < end and start < region.end:
                if relation.cue and region.inner.contains(relation.cue):
                    continue
                start, end = min(start, region.inner.start), max(end, region.inner.end)
        result.append(trim(text, Span(start, end)))
    own = [span for span in (relation.cue, relation.source) if span]
    hull = Span(min(s.start for s in own), max(s.end for s in own)) if own else None
    if hull and hull.end - hull.start > 200:
        hull = relation.cue
    marked = hull is not None and any(region.inner.contains(hull) for region in outer)
    clean: list[Span] = []
    for span in merged(result):
        for piece in minus(span, [hull]) if hull and not marked else [span]:
            start, end = piece
            for region in outer:
                if region.start <= start < region.end and end <= region.end:
                    start, end = max(start, region.inner.start), min(end, region.inner.end)
            fitted = trim(text, Span(start, end))
            if any(ch.isalnum() for ch in fitted.of(text)):
                clean.append(fitted)
    return merged(clean)


def kind_of(text: str, content: Sequence[Span], regions: Sequence[Region]) -> QuoteKind:
    """direct: every word stands between marks; indirect: none does; mixed: some do."""
    inside = outside = False
    for span in content:
        covered = sorted(
            Span(max(span.start, r.start), min(span.end, r.end))
            for r in regions
            if r.level == 0 and r.start < span.end and span.start < r.end
        )
        position = span.start
        for part in covered:
            inside = inside or any(ch.isalnum() for ch in part.of(text))
            outside = outside or any(ch.isalnum() for ch in text[position : part.start])
            position = max(position, part.end)
        outside = outside or any(ch.isalnum() for ch in text[position : span.end])
    return "mixed" if inside and outside else "direct" if inside else "indirect"
