"""Quotations of a document: candidates from every layer, one choice among them, canonical speakers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from stance.errors import UsageError
from stance.parse import Parsed, blocks, parse
from stance.quotes import direct, grammar, sources, turns
from stance.quotes.continuation import continued
from stance.quotes.marks import Region, find_regions, quote_mask
from stance.quotes.relation import Relation
from stance.quotes.select import choose, fit, kind_of, with_nested
from stance.schema import Document, Quote, SectionKind, Span, Speaker

if TYPE_CHECKING:
    from stance.quotes.tagger import Proposal

Extractor = Literal["rules", "tagger", "both"]
EXTRACTORS: tuple[str, ...] = ("rules", "tagger", "both")
READ: tuple[SectionKind, ...] = ("title", "standfirst", "body", "caption")


_SURROGATE = re.compile("[\ud800-\udfff]")


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
    from stance.quotes import tagger
    from stance.speakers import resolve

    original = document.text
    # Half a surrogate pair has no place in UTF-8, which the parser and the tagger speak; one character stands for one.
    document = replace(document, text=_SURROGATE.sub("\ufffd", original))
    regions = find_regions(document.text)
    if extractor != "rules":
        tagger.import_libraries()
    # The tagger is loaded and computes outside Python's lock, while the parser is loaded and parses.
    with ThreadPoolExecutor(1) as aside:
        tagged = None if extractor == "rules" else aside.submit(propose, document, regions)
        parsed = parse(document, kinds=READ)
    found = candidates(parsed, regions, extractor, tagged.result() if tagged else (), outlet=document.outlet)
    fitted = fit(document.text, found, regions)
    chosen = with_nested(document.text, fitted, continued(parsed, choose(fitted), regions))
    heard = resolve(document, parsed, chosen, roster=roster)
    quotes = []
    for number, (relation, speaker, relay) in enumerate(zip(chosen, heard.speakers, heard.relays, strict=True), 1):
        quotes.append(
            Quote(
                id=f"{document.id}-q{number:03d}",
                document_id=document.id,
                kind=kind_of(document.text, relation.content, regions),
                text=" ".join(span.of(original) for span in relation.content),
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


def propose(document: Document, regions: tuple[Region, ...]) -> list[Proposal]:
    """What the tagger finds in the parts of a document that are read."""
    from stance.quotes import tagger

    spans = [Span(start, end) for start, end, _ in blocks(document, kinds=READ)]
    return tagger.load().propose(document.text, spans, quote_mask(document.text, regions))


def candidates(
    parsed: Parsed,
    regions: tuple[Region, ...],
    extractor: str,
    proposals: Sequence[Proposal] = (),
    *,
    outlet: str | None = None,
) -> list[Relation]:
    """Relations that the layers asked for propose; they may overlap. `proposals` are the tagger's."""
    spoken = turns.find(parsed, outlet) if extractor != "tagger" else []
    found = ruled(parsed, regions) if extractor != "tagger" else []
    if extractor != "rules":
        from stance.quotes import merge

        found = merge.combine(parsed.text, proposals, found, regions)
    found = sources.mended(parsed, found, regions)
    # Where a turn begins and ends is plain: nothing else is read out of its label.
    return turns.outside(parsed.text, found, spoken) + [turn.relation() for turn in spoken if turn.content]


def ruled(parsed: Parsed, regions: Sequence[Region]) -> list[Relation]:
    """Relations that the rules propose."""
    found: list[Relation] = []
    for paragraph in parsed.paragraphs:
        first = paragraph is parsed.paragraphs[0]
        title = direct.headline(parsed.text, paragraph) if first or paragraph.kind == "title" else None
        found += [title] if title else []
        outer = [r for r in regions if r.level == 0 and paragraph.start <= r.start and r.end <= paragraph.end]
        found += direct.relations(parsed.text, paragraph, outer)
        inner = [r for r in regions if r.level == 1 and paragraph.start <= r.start and r.end <= paragraph.end]
        found += [
            replace(relation, confidence=0.2, alone=relation.confidence)
            for relation in direct.relations(parsed.text, paragraph, inner)
        ]
        found += [
            _outside(relation, outer) for relation in grammar.relations(parsed.text, paragraph) if relation.content
        ]
    return found


def _outside(relation: Relation, outer: Sequence[Region]) -> Relation:
    """A cue inside marks belongs to whoever is quoted there: surer as a nested relation than as one of its own."""
    alone = relation.confidence
    if relation.cue and any(r.inner.contains(relation.cue) for r in outer):
        return replace(relation, confidence=alone - 0.3, alone=alone)
    return replace(relation, alone=alone)


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
