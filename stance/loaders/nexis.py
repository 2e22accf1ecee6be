"""LexisNexis exports, in the layout of Nexis Uni (`Body`, `End of Document`) and in the older one (`1 of 25 DOCUMENTS`)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from stance.loaders.articles import Extract
from stance.loaders.exports import author, iso_date
from stance.loaders.sources import Failure
from stance.schema import Span

SIGN = re.compile(r"End of Document|\b\d+ of \d+ DOCUMENTS?\b|\bDocument \d+ of \d+\b|\bLOAD-DATE\s*:|\bLoad-Date\s*:")
_BREAK = re.compile(r"\s*(?:End of Document|(?:Document\s+)?\d+ of \d+(?:\s+DOCUMENTS?)?)\s*", re.I)
_LEADING = ("headline", "title", "byline", "section", "length", "dateline", "highlight", "series", "column")
_TRAILING = (
    "load-date",
    "language",
    "publication-type",
    "document-type",
    "journal-code",
    "subject",
    "graphic",
    "url",
    "organization",
    "person",
    "company",
    "country",
    "state",
    "city",
    "geographic",
    "industry",
    "ticker",
    "acc-no",
    "correction-date",
    "distribution",
    "type",
    "pub-type",
)
_FIELD = re.compile(rf"\s*(?P<name>{'|'.join((*_LEADING, *_TRAILING))})\s*:\s*(?P<value>.*)", re.I)
_RIGHTS = re.compile(r"\s*(?:Copyright|©|\(c\)|All Rights Reserved)", re.I)
_EDITION = re.compile(r"\bedition\b", re.I)
_WRAP = 100  # in files whose paragraphs are broken into lines, no line is longer


@dataclass
class _Parts:
    """What has been read of one article."""

    head: list[list[str]] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    body: list[str] = field(default_factory=list)
    place: str = "head"  # then body, then end


def split(lines: Sequence[str], source: str) -> list[Extract | Failure]:
    """The articles between the breaks; cover pages and lists of contents are passed over."""
    found: list[Extract | Failure] = []
    breaks = 0
    chunk: list[str] = []
    chunks = []
    for line in lines:
        if _BREAK.fullmatch(line):
            breaks += 1
            chunks.append(chunk)
            chunk = []
        else:
            chunk.append(line)
    for part in [*chunks, chunk]:
        parts = _read(part)
        if not {"length", "load-date"} & parts.fields.keys():
            continue  # no article: a cover page, a list of contents, white space
        found.append(_extract(parts, len(found) + 1, source))
    return found if breaks else []


def _groups(lines: Sequence[str]) -> Iterator[list[str]]:
    """Paragraphs as lists of lines: each line by itself, or up to a blank line where paragraphs are broken into lines."""
    wrapped = len(lines) > 12 and max(map(len, lines)) <= _WRAP
    group: list[str] = []
    for line in [*lines, ""]:
        text = line.strip()
        if group and (not text or not wrapped or _FIELD.match(text) or text == "Body"):
            yield group
            group = []
        if text:
            group.append(text)


def _read(lines: Sequence[str]) -> _Parts:
    parts = _Parts()
    for group in _groups(lines):
        text = " ".join(group)
        known = _FIELD.match(text)
        name = known["name"].lower() if known else ""
        if text == "Body" and parts.place != "end":
            parts.body.clear()
            parts.place = "body"
        elif text == "Classification" and parts.place == "body":
            parts.place = "end"
        elif known and parts.place == "end":
            parts.fields[name] = known["value"]
        elif known and name in _TRAILING and ("length" in parts.fields or name == "load-date"):
            parts.place = "end"
            parts.fields[name] = known["value"]
        elif known and parts.place == "head":
            parts.fields[name] = known["value"]
        elif parts.place == "head" and "length" in parts.fields and not _RIGHTS.match(text):
            parts.place = "body"
            parts.body.append(text)
        elif parts.place == "head":
            parts.head.append(group)
        elif parts.place == "body" and not _RIGHTS.match(text):
            parts.body.append(text)
    return parts


def _extract(parts: _Parts, number: int, source: str) -> Extract | Failure:
    if not parts.body:
        return Failure(f"{source}#{number}", "no text between the header and the end of the article")
    title, outlet, published = _header(parts.head, cover=number == 1)
    fields = parts.fields
    title = fields.get("headline") or fields.get("title") or title
    meta = {
        "title": title,
        "outlet": outlet,
        "author": author(fields["byline"]) if fields.get("byline") else None,
        "published": published or iso_date(fields.get("load-date", "")),
        "language": fields.get("language", "").split(";")[0].strip() or None,
        "section": fields.get("section"),
        "length": fields.get("length"),
    }
    text = "\n\n".join([*([title] if title else []), *parts.body]) + "\n"
    return Extract(text, {Span(0, len(title)): "title"} if title else {}, meta, part=number)


def _header(head: Sequence[Sequence[str]], *, cover: bool) -> tuple[str | None, str | None, str | None]:
    """Headline, outlet and date from the lines above the fields; the outlet stands right above the date.

    Above the first article of a file its cover may stand; there the headline is the one paragraph above the outlet.
    """
    flat = [(line, index) for index, group in enumerate(head) for line in group]
    at = next((i for i, (line, _) in enumerate(flat) if iso_date(line)), None)
    if at is None:
        plain = [" ".join(group) for group in head if not _RIGHTS.match(group[0])]
        return (plain[0] if plain else None), (plain[1] if len(plain) > 1 else None), None
    outlet = flat[at - 1][0] if at else None
    above = [(line, group) for line, group in flat[: max(0, at - 1)] if not _RIGHTS.match(line)]
    if cover and above:
        above = [(line, group) for line, group in above if group == above[-1][1]]
    below = [
        " ".join(group)
        for index, group in enumerate(head)
        if index > flat[at][1] and not _RIGHTS.match(group[0]) and not _EDITION.search(group[0])
    ]
    title = " ".join(line for line, _ in above) or (below[-1] if below else None)
    return title, outlet, iso_date(flat[at][0])
