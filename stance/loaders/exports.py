"""Exports of news databases: a file of several articles, split, each with its metadata.

`nexis` and `factiva` know a layout each; both work on lines, so that one reader serves the text, RTF, Word and HTML forms.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from stance.loaders.articles import Extract
    from stance.loaders.sources import Failure

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY_FIRST = re.compile(r"(?P<day>\d{1,2})\s+(?P<month>[A-Za-z]{3,9})\.?,?\s+(?P<year>\d{4})\b")
_MONTH_FIRST = re.compile(r"(?P<month>[A-Za-z]{3,9})\.?\s+(?P<day>\d{1,2}),?\s+(?P<year>\d{4})\b")


def likely(text: str) -> bool:
    """Whether a file, or the markup of a page, could be an export: cheap, and wrong only on the generous side."""
    from stance.loaders import factiva, nexis

    return bool(nexis.SIGN.search(text) or factiva.SIGN.search(text))


def split(lines: Sequence[str], source: str) -> list[Extract | Failure]:
    """The articles of an export; empty if the lines are of no layout known. An article without text is a `Failure`."""
    from stance.loaders import factiva, nexis

    clean = [line.replace("\xa0", " ").rstrip() for line in lines]
    return factiva.split(clean, source) or nexis.split(clean, source)


def iso_date(text: str) -> str | None:
    """`March 3, 2014 Monday` and `3 March 2014` as `2014-03-03`; `None` where there is no such date at the start."""
    found = _MONTH_FIRST.match(text.strip()) or _DAY_FIRST.match(text.strip())
    month = found.group("month")[:3].casefold() if found else ""
    if not found or month not in _MONTHS:
        return None
    return f"{found.group('year')}-{_MONTHS.index(month) + 1:02d}-{int(found.group('day')):02d}"


def author(text: str) -> str:
    """A byline without its "By"."""
    return re.sub(r"^by[:\s]\s*", "", text.strip(), flags=re.I)
