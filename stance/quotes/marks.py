"""Quotation marks, deterministically: which stretches of a text stand between marks.

A layer of its own because marks are the one signal that needs no model. It knows curly, straight, typewriter
(`` `` `` and `''`) and angle marks, German low marks, single marks as an inner level or (British style) as the outer one,
stretches that stay open at a paragraph's end, and apostrophes, which are never marks. It never raises.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from stance.schema import Span

_PARAGRAPH = re.compile(r"[^\n]+")
_MARK = re.compile("``(?!`)|''(?!')|[\"“”„‟«»‘’‚‹›'`＂「」『』]")
_DOUBLE_OPEN = {"“": "”", "„": "“”‟", "«": "»", "``": "''", "「": "」", "『": "』", "‟": "”"}
_DOUBLE_CLOSE = frozenset(["”", "»", "''", "」", "』"])
_STRAIGHT = frozenset(['"', "＂"])
_OPENERS_BEFORE = frozenset("([{—–-/“\"„«‘'…:")
_CLOSERS_AFTER = frozenset(".,;:!?)]}—–-…/\"”»'’")


class Region(NamedTuple):
    """One stretch between marks.

    `start`..`end` includes the marks, `inner` leaves them out. `level` is 0 for an outermost stretch, 1 for one inside
    another. `closed` is false where the closing mark is missing; `continues` where the next paragraph goes on with a
    new opening mark, as in a quotation of several paragraphs. `single` tells ‘ ’ from “ ”.
    """

    start: int
    end: int
    inner: Span
    level: int
    closed: bool
    continues: bool
    single: bool


class _Open(NamedTuple):
    position: int
    width: int
    mark: str


def find_regions(text: str) -> tuple[Region, ...]:
    """Find quoted stretches in text order; the outer before the inner one.

    Args:
        text: any text; offsets of the result are code points into it.

    Returns:
        Regions that either nest or are disjoint, none crossing a line end.
    """
    paragraphs = [match.span() for match in _PARAGRAPH.finditer(text) if match.group().strip()]
    regions: list[Region] = []
    for index, (start, end) in enumerate(paragraphs):
        following = text[slice(*paragraphs[index + 1])].lstrip()[:8] if index + 1 < len(paragraphs) else ""
        regions.extend(_paragraph(text, start, end, following))
    return tuple(regions)


def quote_mask(text: str, regions: tuple[Region, ...] | None = None) -> bytearray:
    """One byte a code point: 1 inside an outer stretch (marks included), 2 inside an inner one, else 0."""
    mask = bytearray(len(text))
    for region in find_regions(text) if regions is None else regions:
        mask[region.start : region.end] = bytes([region.level + 1]) * (region.end - region.start)
    return mask


def _paragraph(text: str, start: int, end: int, following: str) -> list[Region]:
    doubles = _doubles(text, start, end, following)
    singles = _singles(text, start, end, doubles, following)
    found = sorted(doubles + singles, key=lambda region: (region.start, -region.end))
    result: list[Region] = []
    for region in found:
        around = [other for other in result if other.start < region.end and region.start < other.end]
        if any(not (other.start <= region.start and region.end <= other.end) for other in around):
            continue
        if len(around) > 1:
            continue
        result.append(region._replace(level=len(around)))
    return result


def _doubles(text: str, start: int, end: int, following: str) -> list[Region]:
    result: list[Region] = []
    opened: _Open | None = None
    for match in _MARK.finditer(text, start, end):
        mark, position = match.group(), match.start()
        after = match.end()
        if mark in _STRAIGHT or mark == "''":
            if opened is None:
                if _is_measure(text, position) or not _may_open(text, position, after, start, end):
                    continue
                opened = _Open(position, len(mark), mark)
            elif opened.mark in _STRAIGHT and _must_open(text, position, after, start, end):
                opened = _Open(position, len(mark), mark)
            else:
                result.append(_region(opened, after, len(mark)))
                opened = None
        elif mark == "«" and opened is not None and opened.mark == "»":
            result.append(_region(opened, after, 1))
            opened = None
        elif opened is not None and (mark in _DOUBLE_OPEN.get(opened.mark, "”") or mark in _DOUBLE_CLOSE):
            result.append(_region(opened, after, len(mark)))
            opened = None
        elif mark in _DOUBLE_OPEN:
            # A second opening mark: the first was stray, unless it is a nested pair of another style.
            if opened is None or opened.mark == mark:
                opened = _Open(position, len(mark), mark)
        elif mark == "»" and opened is None and "«" in text[after:end]:
            opened = _Open(position, 1, "»")
    if opened is not None:
        inner = opened.position + opened.width
        if inner < end and not text[inner].isspace():
            continues = following.startswith(opened.mark)
            stripped = inner + len(text[inner:end].rstrip())
            result.append(Region(opened.position, stripped, Span(inner, stripped), 0, False, continues, False))
    return [region for region in result if region.inner.start < region.inner.end]


def _region(opened: _Open, end: int, width: int, *, single: bool = False) -> Region:
    inner = Span(opened.position + opened.width, end - width)
    return Region(opened.position, end, inner, 0, True, False, single)


def _before(text: str, position: int, start: int) -> str:
    return text[position - 1] if position > start else " "


def _after(text: str, position: int, end: int) -> str:
    return text[position] if position < end else " "


def _is_measure(text: str, position: int) -> bool:
    """Whether a straight mark is an inch or second sign: 6'2\" tall."""
    return position > 0 and text[position - 1].isdigit()


def _may_open(text: str, position: int, after: int, start: int, end: int) -> bool:
    following = _after(text, after, end)
    return not following.isspace() or _before(text, position, start).isspace()


def _must_open(text: str, position: int, after: int, start: int, end: int) -> bool:
    before, following = _before(text, position, start), _after(text, after, end)
    return (before.isspace() or before in "([") and (following.isalnum() or following in "‘'$")


def _singles(text: str, start: int, end: int, doubles: list[Region], following: str) -> list[Region]:
    marks = [match for match in _MARK.finditer(text, start, end) if match.group() in "‘’‚‹›'`" and match.group()]
    result: list[Region] = []
    taken = start
    for index, match in enumerate(marks):
        position = match.start()
        if position < taken or not _single_opens(text, match, start, end):
            continue
        limit = min((region.inner.end for region in doubles if region.start < position < region.end), default=end)
        goes_on = limit == end and _goes_on(text, match, end, following)
        close = _single_close(text, marks[index + 1 :], limit, end, possessives=not goes_on)
        if close is None:
            last = not any(_single_opens(text, later, start, end) for later in marks[index + 1 :])
            if goes_on and last:
                stripped = position + len(text[position:end].rstrip())
                result.append(Region(position, stripped, Span(position + 1, stripped), 0, False, True, True))
                break
            continue
        region = _region(_Open(position, 1, match.group()), close + 1, 1, single=True)
        if region.inner.start < region.inner.end:
            result.append(region)
            taken = close + 1
    return result


def _goes_on(text: str, opening: re.Match[str], end: int, following: str) -> bool:
    """Whether a quotation opened here may run on into the next paragraph, which begins with the same mark."""
    again = following[:1] == opening.group() and following[1:].strip() != "" and not _elision(following[1:])
    said = text[opening.end() : end].rstrip()
    return again and not said[:1].islower() and said[-1:] in (".", "?", "!", "…", "—", "–", ":")


def _single_opens(text: str, match: re.Match[str], start: int, end: int) -> bool:
    mark, position = match.group(), match.start()
    before, following = _before(text, position, start), _after(text, position + 1, end)
    if following.isspace() or before.isalnum():
        return False
    if mark in "‘‚‹":
        return not _elision(text[position + 1 : position + 8])
    if mark in "›’":
        return False
    if not (before.isspace() or before in _OPENERS_BEFORE):
        return False
    return (following.isalnum() or following in '“"…$£€[(') and not _elision(text[position + 1 : position + 8])


@lru_cache(maxsize=1)
def _elisions() -> re.Pattern[str]:
    from stance.data import words

    return re.compile(r"(?:\d0s|(?:" + "|".join(words("elisions")) + r")(?![\w]))", re.IGNORECASE)


def _elision(following: str) -> bool:
    return _elisions().match(following) is not None


def _single_close(
    text: str, marks: list[re.Match[str]], limit: int, end: int, *, possessives: bool = True
) -> int | None:
    """The closing mark of a single-marked stretch: the first that is not an apostrophe or a plural's possessive.

    Failing that, with `possessives`, the first that could be either.
    """
    fallback: int | None = None
    for match in marks:
        position, mark = match.start(), match.group()
        if position >= limit:
            break
        if mark in "‘‚‹" and not _elision(text[position + 1 : position + 8]):
            break
        if mark not in "’'›":
            continue
        before, following = text[position - 1], _after(text, position + 1, end)
        if before.isspace() or not (following.isspace() or following in _CLOSERS_AFTER):
            continue
        if before in ".,?!…—–-" or not before.isalnum():
            return position
        if before in "sS" and following == " " and _after(text, position + 2, end).isalnum():
            fallback = position if possessives and fallback is None else fallback  # perhaps "the allies' view"
            continue
        return position
    return fallback
