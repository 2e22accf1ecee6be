"""Factiva exports: fields by their codes (`HD`, `LP`, `TD`, ...) or as plain lines; `Document XXXX...` ends an article."""

from __future__ import annotations

import re
from collections.abc import Sequence

from stance.loaders.articles import Extract
from stance.loaders.exports import author, iso_date
from stance.loaders.sources import Failure
from stance.schema import Span

# A source code filled up with zeros, a date, a serial number.
_NUMBER = r"[A-Za-z][A-Za-z0-9]{7,9}(?:19|20)\d{6}[a-z0-9]{5,12}"
SIGN = re.compile(rf"Document (?:<[^>]*>)?{_NUMBER}\b|\bHD\b(?:<[^>]*>|\s|\||&nbsp;)+\S[\s\S]{{0,20000}}?\bTD\b")
_END = re.compile(rf"(?:AN[\s|]+)?(?:Document\s+)?(?P<number>{_NUMBER})\s*\|?")
_CODES = "SE|HD|BY|CR|WC|PD|ET|SN|SC|ED|PG|VOL|LA|CY|LP|TD|ART|CLM|CT|CX|RF|CO|IN|NS|RE|IPC|IPD|PUB|AN|GC|DE|NT|OP"
_CODED = re.compile(rf"\s*(?P<code>{_CODES})(?:\s*\||\t|\s{{2,}}|\s*$)\s*(?P<value>.*?)\s*\|?\s*")
_WORDS = re.compile(r"(?P<count>[\d,.]+) words")
_RIGHTS = re.compile(r"(?:Copyright|©|\(c\))", re.I)
_CLOCK = re.compile(r"\d{1,2}:\d{2}(?:\s?[AP]M)?")
_LANGUAGES = (
    "English",
    "German",
    "French",
    "Spanish",
    "Russian",
    "Italian",
    "Portuguese",
    "Dutch",
    "Arabic",
    "Chinese",
)
_SOURCE_CODE = re.compile(r"[A-Z][A-Z0-9]{1,7}")


def split(lines: Sequence[str], source: str) -> list[Extract | Failure]:
    """The articles up to each accession number; empty if no line holds one."""
    found: list[Extract | Failure] = []
    chunk: list[str] = []
    for line in lines:
        end = _END.fullmatch(line.strip())
        if not end:
            chunk.append(line)
            continue
        if any(part.strip() for part in chunk):
            found.append(_article(chunk, end["number"], len(found) + 1, source))
        chunk = []
    # What follows the last number is a list of search terms; an article cut short would still have its fields.
    if found and len(_fields(chunk).keys() & {"HD", "LP", "TD", "WC"}) >= 3:
        found.append(_article(chunk, None, len(found) + 1, source))
    return found


def _article(lines: Sequence[str], number: str | None, part: int, source: str) -> Extract | Failure:
    fields = _fields(lines)
    if len(fields.keys() & {"HD", "LP", "TD", "WC", "PD", "SN"}) >= 3:
        title, body, meta = _by_codes(fields)
    else:
        title, body, meta = _by_order([line.strip() for line in lines if line.strip()])
    if not body:
        return Failure(f"{source}#{part}", "no text in the article")
    text = "\n\n".join([*([title] if title else []), *body]) + "\n"
    return Extract(text, {Span(0, len(title)): "title"} if title else {}, meta, id=number, part=part)


def _fields(lines: Sequence[str]) -> dict[str, list[str]]:
    """Paragraphs by code: a code stands before its first paragraph, or on the line above."""
    found: dict[str, list[str]] = {}
    code = ""
    for line in lines:
        start = _CODED.fullmatch(line)
        if start and start["code"] not in found:
            code = start["code"]
            found[code] = [start["value"]] if start["value"] else []
        elif code and (text := line.strip(" |\t")):
            found[code].append(text)
    return found


def _by_codes(fields: dict[str, list[str]]) -> tuple[str, list[str], dict[str, str | None]]:
    def line(code: str) -> str:
        return " ".join(fields.get(code, ()))

    meta = {
        "title": line("HD") or None,
        "outlet": line("SN") or None,
        "author": author(line("BY") or line("CR")) or None,
        "published": iso_date(line("PD")) or line("PD") or None,
        "language": line("LA") or None,
        "section": line("SE") or None,
        "length": line("WC") or None,
    }
    return line("HD"), [*fields.get("LP", ()), *fields.get("TD", ())], meta


def _by_order(lines: Sequence[str]) -> tuple[str, list[str], dict[str, str | None]]:
    """An export without codes: headline, byline, "812 words", date, time, outlet, its code, page, language, rights, text."""
    at = next((i for i, line in enumerate(lines) if _WORDS.fullmatch(line)), None)
    if at is None:
        return "", [], {}
    above, below = list(lines[:at]), lines[at + 1 :]
    byline = above.pop() if len(above) > 1 and _is_byline(above[-1]) else ""
    title = above.pop() if above else ""
    head = list(below[:12])
    date = next((i for i, line in enumerate(head) if iso_date(line)), -1)
    outlet = next((line for line in head[date + 1 :] if not _CLOCK.fullmatch(line)), None) if date >= 0 else None
    language = next((i for i, line in enumerate(head) if line in _LANGUAGES), None)
    rights = next((i for i, line in enumerate(head) if _RIGHTS.match(line)), None)
    if rights is not None or language is not None:
        body = below[(language if rights is None else rights) + 1 :]  # type: ignore[operator]
    else:
        codes = [i for i, line in enumerate(head) if _SOURCE_CODE.fullmatch(line)]
        body = below[(codes[0] if codes else date + 1) + 1 :]
    meta = {
        "title": title or None,
        "outlet": outlet,
        "author": author(byline) or None,
        "published": iso_date(head[date]) if date >= 0 else None,
        "language": head[language] if language is not None else None,
        "section": above[-1] if above else None,
        "length": lines[at],
    }
    return title, list(body), meta


def _is_byline(line: str) -> bool:
    words = line.split()
    return line.startswith("By ") or (len(words) <= 4 and all(word[:1].isupper() for word in words))
