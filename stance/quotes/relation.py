"""An attribution relation on its way to becoming a quotation, and arithmetic on spans."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from stance.quotes.lexicon import CueClass
from stance.schema import Span

Origin = Literal["rules", "tagger", "both"]
_TRIM = " \t\r\n\u00a0,;"


@dataclass(frozen=True, slots=True)
class Relation:
    """Source, cue and content as spans of the document's text, with what found it and how sure it is.

    `form` names the construction (`clause`, `naming`, `according`, ...); `imagined` marks words put into somebody's
    mouth, which no one has said; `alone` is how sure a layer is of the relation wherever it stands, inside marks too.
    """

    content: tuple[Span, ...]
    cue: Span | None
    source: Span | None
    confidence: float
    kind: CueClass = "speech"
    form: str = ""
    origin: Origin = "rules"
    clausal: bool = True
    imagined: bool = False
    alone: float = 0.0


def trim(text: str, span: Span, extra: str = "") -> Span:
    """`span` without white space, commas and semicolons at its ends."""
    start, end = span
    while start < end and text[start] in _TRIM + extra:
        start += 1
    while end > start and text[end - 1] in _TRIM + extra:
        end -= 1
    return Span(start, end)


def merged(spans: Iterable[Span], text: str = "") -> tuple[Span, ...]:
    """Sorted spans, overlapping ones united, and neighbours with nothing but white space between them too."""
    result: list[Span] = []
    for span in sorted(spans):
        if span.start >= span.end:
            continue
        if result and (span.start <= result[-1].end or (text and not text[result[-1].end : span.start].strip())):
            result[-1] = Span(result[-1].start, max(result[-1].end, span.end))
        else:
            result.append(span)
    return tuple(result)


def minus(span: Span, holes: Sequence[Span]) -> list[Span]:
    """What is left of `span` when `holes` are cut out."""
    pieces = [span]
    for hole in holes:
        pieces = [
            piece
            for part in pieces
            for piece in (Span(part.start, min(part.end, hole.start)), Span(max(part.start, hole.end), part.end))
            if piece.start < piece.end
        ]
    return pieces


def around(text: str, stretch: Span, own: Span, *, marks: str = "—–", least: int = 1) -> tuple[Span, ...]:
    """What `stretch` says around `own`, the words that attribute it.

    Args:
        text: the document.
        stretch: a sentence or clause.
        own: what is cut out of it.
        marks: trimmed off the ends like white space and commas.
        least: words that a piece needs, one of them with a letter or digit.
    """
    pieces = [trim(text, piece, marks) for piece in minus(stretch, [own])]
    said = [(piece, piece.of(text)) for piece in pieces]
    return tuple(piece for piece, words in said if len(words.split()) >= least and any(map(str.isalnum, words)))


def length(spans: Iterable[Span]) -> int:
    """Code points covered by disjoint spans."""
    return sum(span.end - span.start for span in spans)


def shared(first: Sequence[Span], second: Sequence[Span]) -> int:
    """Code points in both of two lists of disjoint spans."""
    return sum(max(0, min(a.end, b.end) - max(a.start, b.start)) for a in first for b in second)
