"""The evidence: the articles' own text, cut where quotations begin and end, with what was said about each of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from stance.compare import Comparison, RunData
from stance.schema import Document, Label, Quote, Section, Span, Speaker
from stance.statistics import generator
from stance.structure import heading_text

# About 700 bytes of markup a quotation, and its article's text once: 1.5 MB leave room for charts and tables.
BUDGET = 1_500_000
_BYTES_A_QUOTE = 900
SIGNS: Mapping[str | None, str] = {"favor": "▲", "against": "▼", "neutral": "●", None: "○"}

CALLS: Mapping[str | None, str] = {
    "favor": "in favour of",
    "against": "against",
    "neutral": "neutral on",
    None: "no call on",
}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text under the same quotations; `inner` is the number of the innermost, `ends` those that end here."""

    text: str
    inner: int | None
    numbers: tuple[int, ...]
    look: str
    ends: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Call:
    """A stance label as shown: `row` is the place in the tables that counts it, or `None`."""

    target: str
    label: str | None
    sign: str
    words: str
    score: float | None
    row: str | None


@dataclass(frozen=True, slots=True)
class Card:
    """What is known of one quotation. `keys` are the filter's: group, speaker, stance pairs, frames."""

    number: int
    quote: Quote
    speaker: Speaker | None
    relayer: str | None
    group: int | None
    calls: tuple[Call, ...]
    frames: tuple[str, ...]
    keys: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, heading or caption with its pieces and the quotations that begin in it."""

    kind: str
    heading_id: str | None
    pieces: tuple[Piece, ...]
    cards: tuple[Card, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """One article as evidence."""

    index: int
    document: Document
    blocks: tuple[Block, ...]
    quotes: int


@dataclass(frozen=True)
class Index:
    """Numbers of everything that the page refers to; quotations are numbered in the order of the articles."""

    quotes: Mapping[str, Quote]
    numbers: Mapping[str, int]
    groups: Mapping[str, int]
    targets: Mapping[str, int]
    speakers: Mapping[str, int]
    frames: Mapping[str, int]
    frame_names: Mapping[str, str]
    stances: Mapping[str, Sequence[Label]]
    framed: Mapping[str, Sequence[str]]
    membership: Mapping[str, str]
    documents: Mapping[str, Document]

    def words(self, quote: Quote) -> str:
        """The words of a quotation as they are shown away from their article."""
        return words_of(quote, self.documents.get(quote.document_id))


def words_of(quote: Quote, document: Document | None) -> str:
    """The words of a quotation, with " … " where the article's own words stand between its parts.

    A cue that takes a side stands before them in brackets: "[dismissed] the idea that …".
    """
    from stance.context import leading_cue
    from stance.quotes.lexicon import takes_a_side

    words = _joined(quote, document)
    cue = leading_cue(document, quote) if document is not None else None
    return f"[{cue}] {words}" if cue and takes_a_side(cue) else words


def _joined(quote: Quote, document: Document | None) -> str:
    if document is None or len(quote.content) < 2 or quote.content[-1].end > len(document.text):
        return quote.text
    parts = [quote.content[0].of(document.text)]
    for before, after in pairwise(quote.content):
        between = document.text[before.end : after.start]
        parts += [" … " if any(ch.isalnum() for ch in between) else " ", after.of(document.text)]
    return "".join(parts)


def index(data: RunData, comparison: Comparison) -> Index:
    """Number quotations, groups, targets, speakers and frames."""
    order = {document.id: i for i, document in enumerate(data.documents)}
    ordered = sorted(data.quotes, key=lambda q: (order[q.document_id], q.content[0].start if q.content else 0, q.id))
    latest: dict[tuple[str, str], Label] = {}
    framed: dict[str, Sequence[str]] = {}
    for label in data.labels:
        if label.task == "stance" and label.target:
            latest[label.quote_id, label.target] = label
        elif label.task == "frame":
            framed[label.quote_id] = label.labels
    stances: dict[str, list[Label]] = defaultdict(list)
    for (quote_id, _), label in latest.items():
        stances[quote_id].append(label)
    names = {cell.frame: cell.name for cell in comparison.frames}
    used = sorted({frame for found in framed.values() for frame in found}, key=lambda f: names.get(f, f))
    return Index(
        {quote.id: quote for quote in data.quotes},
        {quote.id: i for i, quote in enumerate(ordered, 1)},
        {group.name: i for i, group in enumerate(comparison.groups)},
        {target: i for i, target in enumerate(comparison.targets)},
        {voice.speaker_id: i for i, voice in enumerate(comparison.voices) if voice.speaker_id is not None},
        {frame: i for i, frame in enumerate(used)},
        {frame: names.get(frame, frame.replace("_", " ").capitalize()) for frame in used},
        stances,
        framed,
        comparison.membership,
        {document.id: document for document in data.documents},
    )


def pages(data: RunData, comparison: Comparison, found: Index) -> list[Page]:
    """The articles shown as evidence: all of them if they fit, else those that carry the answer and a seeded sample."""
    by_document: dict[str, list[Quote]] = defaultdict(list)
    for quote in data.quotes:
        by_document[quote.document_id].append(quote)
    chosen = _chosen(data, comparison, by_document)
    result: list[Page] = []
    for i, document in enumerate(data.documents):
        if document.id in chosen:
            quotes = sorted(by_document[document.id], key=lambda quote: found.numbers[quote.id])
            result.append(Page(i, document, tuple(_blocks(data, document, quotes, found)), len(quotes)))
    return result


def _chosen(data: RunData, comparison: Comparison, by_document: Mapping[str, Sequence[Quote]]) -> set[str]:
    of = {quote.id: quote.document_id for quote in data.quotes}
    shown = [quote_id for contrast in comparison.contrasts[:10] for quote_id in contrast.carriers]
    shown += [quote_id for claim in comparison.claims for quote_id in (claim.quote_a, claim.quote_b)]
    first = list(dict.fromkeys(of[quote_id] for quote_id in shown))
    rest = sorted({document.id for document in data.documents if by_document[document.id]} - set(first))
    rng = generator(comparison.seed, "evidence")
    order = [*first, *(rest[int(i)] for i in rng.permutation(len(rest)))]
    order += [document.id for document in data.documents if not by_document[document.id]]
    size = {
        document.id: len(document.text.encode()) + _BYTES_A_QUOTE * len(by_document[document.id])
        for document in data.documents
    }
    chosen: set[str] = set()
    total = 0
    for document_id in order:
        if total + size[document_id] > BUDGET and chosen:
            break
        total += size[document_id]
        chosen.add(document_id)
    return chosen


def look(labels: Iterable[Label]) -> str:
    """One word for how a quotation is tinted: its stance, `mixed` where it is for one target and against another."""
    found = {label.label for label in labels if label.label is not None}
    if {"favor", "against"} <= found:
        return "mixed"
    return next((name for name in ("favor", "against", "neutral") if name in found), "none")


def _blocks(data: RunData, document: Document, quotes: Sequence[Quote], found: Index) -> Iterable[Block]:
    sections = document.sections or (Section("body", Span(0, len(document.text))),)
    placed: set[str] = set()
    last = len(sections) - 1
    for i, section in enumerate(sections):
        inside = [q for q in quotes if any(span.overlaps(section.span) for span in q.content)]
        starting = [q for q in inside if q.id not in placed]
        if i == last:  # a quotation whose offsets lie outside every section is still listed
            starting += [q for q in quotes if q.id not in placed and q not in starting]
        placed.update(q.id for q in starting)
        yield Block(
            section.kind,
            None,
            tuple(_pieces(document.text, _unmarked(document.text, section), inside, found)),
            tuple(_card(data, quote, found) for quote in starting),
        )


def _unmarked(text: str, section: Section) -> Span:
    """A section's span without the Markdown marks around a title, heading or byline."""
    span = section.span
    if section.kind not in ("title", "heading", "byline"):
        return span
    bare = heading_text(span.of(text))
    at = text.find(bare, span.start, span.end) if bare and text[span.start] in "#*_" else -1
    return Span(at, at + len(bare)) if at >= 0 else span


def _pieces(text: str, span: Span, quotes: Sequence[Quote], found: Index) -> Iterable[Piece]:
    marked = [
        (max(part.start, span.start), min(part.end, span.end), found.numbers[quote.id], quote)
        for quote in quotes
        for part in quote.content
        if part.overlaps(span)
    ]
    final = {number: max(end for _, end, n, _ in marked if n == number) for _, _, number, _ in marked}
    cuts = sorted({span.start, span.end, *(start for start, *_ in marked), *(end for _, end, *_ in marked)})
    for start, end in pairwise(cuts):
        over = sorted(((e - s, n, q) for s, e, n, q in marked if s <= start and end <= e), key=lambda item: item[:2])
        inner = over[0] if over else None
        yield Piece(
            text[start:end],
            inner[1] if inner else None,
            tuple(sorted({n for _, n, _ in over})),
            look(found.stances.get(inner[2].id, ())) if inner else "",
            tuple(sorted({n for _, n, _ in over if final[n] == end})),
        )


def _card(data: RunData, quote: Quote, found: Index) -> Card:
    group_name = found.membership.get(quote.id)
    group = found.groups.get(group_name) if group_name is not None else None
    calls: list[Call] = []
    pairs: list[str] = []
    for label in found.stances.get(quote.id, ()):
        target = found.targets.get(str(label.target))
        score = label.scores.get(label.label) if label.label else None
        row = f"s-{group}-{target}" if group is not None and target is not None else None
        calls.append(Call(str(label.target), label.label, SIGNS[label.label], CALLS[label.label], score, row))
        if target is not None:
            pairs.append(f"{target}{(label.label or 'x')[0]}")
    frames = tuple(found.framed.get(quote.id, ()))
    speaker = data.speakers.get(quote.speaker_id or "")
    relayer = data.speakers.get(quote.relayed_by or "")
    keys = {
        "g": "" if group is None else str(group),
        "p": str(found.speakers.get(quote.speaker_id or "", "")),
        "t": " ".join(pairs),
        "f": " ".join(str(found.frames[frame]) for frame in frames),
        "k": quote.kind,
    }
    return Card(
        found.numbers[quote.id],
        quote,
        speaker,
        relayer.name if relayer else quote.relayed_by,
        group,
        tuple(calls),
        tuple(found.frame_names[frame] for frame in frames),
        keys,
    )
