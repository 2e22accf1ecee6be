"""The blocks of a text: its paragraphs, also where lines were broken at a column."""

from __future__ import annotations

import re
from dataclasses import dataclass

from stance.schema import SectionKind, Span
from stance.structure.front_matter import FRONT_MATTER

CLOSERS = "\"'”’»)]"


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of text between line breaks, stripped of surrounding space."""

    span: Span
    text: str
    hint: SectionKind | None = None

    @property
    def words(self) -> int:
        """Number of words, split at white space."""
        return len(self.text.split())

    @property
    def ends_sentence(self) -> bool:
        """Whether it ends as prose does, with a full stop (closing marks aside)."""
        return self.text.rstrip(CLOSERS)[-1:] in (".", "…", ";", ":", ",")

    @property
    def finished(self) -> bool:
        """Whether it ends with any mark that ends a sentence or a clause (closing marks aside)."""
        return self.text.rstrip(CLOSERS)[-1:] in (".", "!", "?", "…", ":", ";", ",")

    @property
    def folded(self) -> str:
        """Its words in lower case: equal for repeats that differ in marks alone."""
        return re.sub(r"\W+", " ", self.text.casefold()).strip()


def blocks_of(text: str, hints: dict[Span, SectionKind], *, markdown: bool) -> list[Block]:
    """The blocks of a text; `hints` are kinds known already, by exact span."""
    start = 0
    if markdown and (front := FRONT_MATTER.match(text)):
        start = front.end()
    pattern = r"(?:[^\n]+(?:\n(?!\s*\n|\s*\Z|#)[^\n]+)*)" if _hard_wrapped(text) else r"[^\n]+"
    blocks = []
    for line in re.compile(pattern).finditer(text, start):
        body = line.group()
        stripped = body.strip()
        if not stripped:
            continue
        begin = line.start() + body.index(stripped[0])
        span = Span(begin, begin + len(stripped))
        blocks.append(Block(span, stripped, hints.get(span)))
    return blocks


def _hard_wrapped(text: str) -> bool:
    """Whether lines were broken at a column, so that only blank lines end a paragraph."""
    inner = [line for paragraph in re.split(r"\n\s*\n", text) for line in paragraph.split("\n")[:-1] if line.strip()]
    total = text.count("\n") + 1
    if len(inner) < 4 or len(inner) < 0.3 * total:
        return False
    wrapped = sum(40 <= len(line) <= 110 and line.rstrip()[-1:] not in '.!?”"' for line in inner)
    return wrapped >= 0.6 * len(inner)
