"""Text as the tagger sees it: word pieces with surface features, packed into windows at paragraph ends.

Shared by training and inference, so that both see the same thing. Needs `tokenizers` and numpy only.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from stance.quotes.marks import quote_mask
from stance.schema import Span

if TYPE_CHECKING:
    from tokenizers import Tokenizer

CLS, SEP = 101, 102
FEATURES = 12
MAX_TOKENS = 254
_PARAGRAPH = re.compile(r"[^\n]*\S[^\n]*")


class Pieces(NamedTuple):
    """Word pieces of a whole text: vocabulary `ids`, character ranges `starts`/`ends`, surface `features`.

    A feature is `6 * first_of_paragraph + 3 * inside_marks + case` with case 0 lower or none, 1 title, 2 upper.
    `paragraphs` holds ranges of piece indices.
    """

    ids: list[int]
    starts: list[int]
    ends: list[int]
    features: list[int]
    paragraphs: list[tuple[int, int]]


class Window(NamedTuple):
    """A half-open range of piece indices, at most `MAX_TOKENS` long."""

    start: int
    end: int


def load_tokenizer(path: str) -> Tokenizer:
    """A `tokenizers` tokenizer without truncation or padding."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(path)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def pieces_of(
    text: str, tokenizer: Tokenizer, *, mask: bytearray | None = None, spans: Sequence[Span] | None = None
) -> Pieces:
    """Cut `text` (or its stretches `spans`) into word pieces, paragraph by paragraph."""
    mask = quote_mask(text) if mask is None else mask
    pieces = Pieces([], [], [], [], [])
    stretches = [match.span() for match in _PARAGRAPH.finditer(text)] if spans is None else list(spans)
    encodings = tokenizer.encode_batch([text[a:b] for a, b in stretches], add_special_tokens=False)
    for (origin, _), encoding in zip(stretches, encodings, strict=True):
        first = len(pieces.ids)
        for piece, (a, b) in zip(encoding.ids, encoding.offsets, strict=True):
            start, end = origin + a, origin + b
            word = text[start:end]
            case = 2 if len(word) > 1 and word.isupper() else 1 if word[:1].isupper() else 0
            pieces.ids.append(piece)
            pieces.starts.append(start)
            pieces.ends.append(end)
            pieces.features.append(6 * (len(pieces.ids) == first + 1) + 3 * bool(mask[start]) + case)
        if len(pieces.ids) > first:
            pieces.paragraphs.append((first, len(pieces.ids)))
    return pieces


def pack(paragraphs: Sequence[tuple[int, int]], *, size: int = MAX_TOKENS) -> list[Window]:
    """Pack whole paragraphs into windows of at most `size` pieces; longer paragraphs are cut."""
    windows: list[Window] = []
    for start, end in paragraphs:
        if windows and end - windows[-1].start <= size and windows[-1].end == start:
            windows[-1] = Window(windows[-1].start, end)
            continue
        for cut in range(start, end, size):
            windows.append(Window(cut, min(cut + size, end)))
    return windows
