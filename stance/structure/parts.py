"""The sections of a text, with the heading that each stands under."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from stance.schema import Section, SectionKind, Span
from stance.structure.blocks import blocks_of
from stance.structure.forms import MARKDOWN_HEADING, MONTH
from stance.structure.neighbours import classify

_DATELINE = re.compile(
    r"(?P<place>[A-Z][A-Z.'’\- ]+[A-Z.](?:,\s[A-Z][\w. ]+?)?)"  # CAPITALS, perhaps ", Region"
    rf"(?:,?\s{MONTH}\s\d{{1,2}}(?:,\s\d{{4}})?)?"
    r"(?:\s\([^()\n]{2,40}\))?"
    r"\s?[—–-]{1,2}\s"
)
_STAMP = re.compile(  # of a live blog's post: "16:48 ", "5.20pm BST – "
    r"\d{1,2}[:.]\d\d(?:\s?[ap]\.?m\.?)?(?:\s(?:[A-Z]{2,4}|local time))?(?:\s?[—–:|-])?\s+(?=[A-Z“\"‘'«@])",
    re.IGNORECASE,
)


def sections(
    text: str, hints: Mapping[Span, SectionKind] | None = None, *, markdown: bool = False
) -> tuple[Section, ...]:
    """Split `text` into its parts.

    Args:
        text: the article. Line breaks are `\\n`.
        hints: blocks whose kind is known already (from HTML), by their exact span.
        markdown: whether `#` lines are headings and a YAML front matter is to be left out.

    Returns:
        Sections in text order. `heading` of each is the text of the heading it stands under.
    """
    blocks = blocks_of(text, dict(hints or {}), markdown=markdown)
    kinds = classify(blocks, markdown=markdown)
    found: list[Section] = []
    heading: str | None = None
    for block, kind in zip(blocks, kinds, strict=True):
        if kind == "heading":
            heading = heading_text(block.text)
        span = block.span
        mark = _DATELINE.match(block.text) or _STAMP.match(block.text)
        if kind == "body" and mark and mark.end() < len(block.text):
            cut = span.start + mark.end()
            found.append(Section("dateline", Span(span.start, span.start + len(mark.group().rstrip())), heading))
            span = Span(cut, span.end)
        found.append(Section(kind, span, heading))
    return tuple(found)


def heading_text(line: str) -> str:
    """A heading as a reader names it: without Markdown marks and final colon."""
    mark = MARKDOWN_HEADING.match(line)
    return (mark.group("text") if mark else line).strip().strip("*_").rstrip(":").strip()


def title(text: str, parts: Sequence[Section]) -> str | None:
    """The text of the title section, if there is one."""
    for part in parts:
        if part.kind == "title":
            return heading_text(part.span.of(text))
    return None
