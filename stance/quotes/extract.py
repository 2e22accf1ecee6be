"""Quotations of a document: candidates from every layer, one choice among them, canonical speakers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal, NamedTuple

from stance.errors import UsageError
from stance.parse import Paragraph, Parsed, parse
from stance.quotes import direct, grammar
from stance.quotes.marks import Region, find_regions, quote_mask
from stance.quotes.relation import Relation, merged, minus, shared, trim
from stance.schema import Document, Quote, QuoteKind, SectionKind, Span, Speaker

Extractor = Literal["rules", "tagger", "both"]
EXTRACTORS: tuple[str, ...] = ("rules", "tagger", "both")
READ: tuple[SectionKind, ...] = ("title", "standfirst", "body", "caption")


class Extraction(NamedTuple):
    """Quotations in text order and the speakers that they name."""

    quotes: tuple[Quote, ...]
    speakers: tuple[Speaker, ...]


def extract(document: Document, *, extractor: str = "both", roster: Sequence[Speaker] = ()) -> Extraction:
    """Find every attributed quotation of a document and who said it.

    Args:
        document: its text is never changed; all offsets returned are code points into it. With `sections`, titles,
            standfirsts, body paragraphs and captions are read and the rest is passed over.
        extractor: `rules` (marks and grammar), `tagger` (the trained model and marks) or `both`.
        roster: known speakers; a match takes the roster's record.

    Returns:
        Quotations in text order with ids `DOCUMENT-q001`..., and the speakers that they refer to.

    Raises:
        UsageError: `extractor` is none of the three.
        ModelError: the tagger's files are missing or fail their hash.
    """
    if extractor not in EXTRACTORS:
        raise UsageError(f"unknown extractor {extractor!r}: choose one of {', '.join(EXTRACTORS)}")
    from stance.speakers import resolve

    parsed = parse(document, kinds=READ)
    regions = find_regions(document.text)
    chosen = choose(document.text, candidates(parsed, regions, extractor), regions)
    heard = resolve(document, parsed, chosen, roster=roster)
    quotes = []
    for number, (relation, speaker, relay) in enumerate(zip(chosen, heard.speakers, heard.relays, strict=True), 1):
        quotes.append(
            Quote(
                id=f"{document.id}-q{number:03d}",
                document_id=document.id,
                kind=kind_of(document.text, relation.content, regions),
                text=" ".join(span.of(document.text) for span in relation.content),
                content=relation.content,
                cue=relation.cue,
                source=relation.source,
                speaker_id=speaker,
                relayed_by=relay,
                heading=document.heading_at(relation.content[0].start),
                confidence=round(min(1.0, max(0.0, relation.confidence)), 3),
            )
        )
    return Extraction(tuple(_with_parents(quotes)), heard.table)


def candidates(parsed: Parsed, regions: Sequence[Region], extractor: str) -> list[Relation]:
    """Relations that the layers asked for propose; they may overlap."""
    found = ruled(parsed, regions) if extractor != "tagger" else []
    if extractor == "rules":
        return found
    from stance.quotes import merge, tagger

    spans = [Span(paragraph.start, paragraph.end) for paragraph in parsed.paragraphs]
    proposals = tagger.load().propose(parsed.text, spans, quote_mask(parsed.text, regions))
    return merge.combine(parsed.text, proposals, found, regions)


def ruled(parsed: Parsed, regions: Sequence[Region]) -> list[Relation]:
    """Relations that the rules propose."""
    found: list[Relation] = []
    for paragraph in parsed.paragraphs:
        turn = direct.transcript(parsed.text, paragraph)
        if turn is not None:
            found.append(turn)
        outer = [r for r in regions if r.level == 0 and paragraph.start <= r.start and r.end <= paragraph.end]
        found += direct.relations(parsed.text, paragraph, outer)
        found += [_outside(relation, outer) for relation in grammar.relations(parsed.text, paragraph) if relation.content]
    return found


def _outside(relation: Relation, outer: Sequence[Region]) -> Relation:
    """A cue inside marks belongs to whoever is quoted there: keep it, but less sure of it."""
    if relation.cue and any(r.inner.contains(relation.cue) for r in outer):
        return replace(relation, confidence=relation.confidence - 0.3)
    return relation


def choose(text: str, found: Sequence[Relation], regions: Sequence[Region]) -> list[Relation]:
    """One reading of each stretch: widen to the marks, drop the less sure of two that overlap, sort by place."""
    outer = [region for region in regions if region.level == 0]
    widened = [replace(relation, content=widen(text, relation, outer)) for relation in found]
    widened = [relation for relation in widened if relation.content and relation.confidence >= 0.4]
    widened.sort(key=lambda relation: -relation.confidence)
    kept: list[Relation] = []
    for relation in widened:
        size = sum(end - start for start, end in relation.content)
        clash = any(
            shared(relation.content, other.content) > 0.3 * min(size, sum(e - s for s, e in other.content))
            or (relation.cue and other.cue and relation.cue.overlaps(other.cue))
            for other in kept
        )
        if not clash:
            kept.append(relation)
    return sorted(kept, key=lambda relation: (relation.content[0], relation.content[-1]))


def widen(text: str, relation: Relation, outer: Sequence[Region]) -> tuple[Span, ...]:
    """Content widened to every marked stretch that it touches, without cue, source and outer marks."""
    spans = list(relation.content)
    result: list[Span] = []
    for span in spans:
        start, end = span
        for region in outer:
            if region.start < end and start < region.end:
                if relation.cue and region.inner.contains(relation.cue):
                    continue
                start, end = min(start, region.inner.start), max(end, region.inner.end)
        result.append(trim(text, Span(start, end)))
    clean = []
    own = [span for span in (relation.cue, relation.source) if span]
    hull = Span(min(s.start for s in own), max(s.end for s in own)) if own else None
    if hull and hull.end - hull.start > 200:
        hull = relation.cue
    marked = hull and any(region.inner.contains(hull) for region in outer)
    pieces = [p for span in merged(result) for p in (minus(span, [hull]) if hull and not marked else [span])]
    for span in pieces:
        start, end = span
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
        covered = [
            Span(max(span.start, r.start), min(span.end, r.end))
            for r in regions
            if r.level == 0 and r.start < span.end and span.start < r.end
        ]
        position = span.start
        for part in sorted(covered):
            inside = inside or any(ch.isalnum() for ch in part.of(text))
            outside = outside or any(ch.isalnum() for ch in text[position : part.start])
            position = max(position, part.end)
        outside = outside or any(ch.isalnum() for ch in text[position : span.end])
    return "mixed" if inside and outside else "direct" if inside else "indirect"


def _with_parents(quotes: Sequence[Quote]) -> list[Quote]:
    """Set `parent_id` to the smallest quotation whose content holds another's."""
    result = []
    for quote in quotes:
        holders = [
            other
            for other in quotes
            if other.id != quote.id
            and all(any(outer.contains(inner) for outer in other.content) for inner in quote.content)
            and sum(e - s for s, e in other.content) > sum(e - s for s, e in quote.content)
        ]
        parent = min(holders, key=lambda other: sum(e - s for s, e in other.content), default=None)
        result.append(replace(quote, parent_id=parent.id) if parent else quote)
    return result


def paragraph_of(parsed: Parsed, offset: int) -> Paragraph | None:
    """The parsed paragraph at `offset`."""
    return parsed.at(offset)
