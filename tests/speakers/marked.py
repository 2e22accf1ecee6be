"""Texts with their sources in [brackets]: the speaker of each, without any grammar of quotations between."""

from __future__ import annotations

import re
from collections.abc import Sequence

from stance.parse import parse
from stance.quotes.relation import Relation
from stance.schema import Document, Span, Speaker
from stance.speakers import Heard, resolve


def hear(marked: str, roster: Sequence[Speaker] = ()) -> Heard:
    """Resolve the bracketed sources of a text; the full stop or comma after each stands for its content."""
    spans: list[Span] = []
    text = ""
    for piece in re.split(r"(\[[^\]]*\])", marked):
        if piece.startswith("["):
            spans.append(Span(len(text), len(text) + len(piece) - 2))
            piece = piece[1:-1]
        text += piece
    document = Document("a", text)
    relations = [Relation((Span(span.end, span.end + 1),), None, span, 1.0) for span in spans]
    return resolve(document, parse(document), relations, roster=roster)


def names(marked: str, roster: Sequence[Speaker] = ()) -> list[str | None]:
    """The name of the speaker of each bracketed source."""
    heard = hear(marked, roster)
    known = {speaker.id: speaker.name for speaker in heard.table}
    return [known.get(speaker or "") for speaker in heard.speakers]
