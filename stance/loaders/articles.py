"""One file, or one string, to a document: text, Markdown, HTML, PDF, Word, RTF; an export of several articles to several."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stance import structure
from stance.encoding import decode
from stance.errors import InputError
from stance.loaders.files import read_whole
from stance.loaders.sources import OFFICE, Failure, stem, suffixes
from stance.schema import Document, SectionKind, Span

MAX_CHARACTERS = 1_000_000
FIELDS = ("title", "outlet", "author", "published", "language", "url")
_SURROGATE = re.compile("[\ud800-\udfff]")
_PAGE = ("<!doctype html", "<html")


@dataclass(frozen=True, slots=True)
class Extract:
    """An article taken out of a file: its text, the kinds of blocks that the file itself tells, its metadata.

    `id` is the article's own, if it has one (an accession number); `part` its number in a file that holds several.
    """

    text: str
    hints: Mapping[Span, SectionKind] = field(default_factory=dict)
    meta: Mapping[str, Any] = field(default_factory=dict)
    markdown: bool = False
    id: str | None = None
    part: int | None = None


def from_file(path: str | Path, *, id: str | None = None) -> Document:
    """Read one article from a file: text, Markdown, HTML, PDF, Word or RTF, perhaps packed (`.gz`, `.zst`).

    Raises:
        InputError: the file is missing, unreadable, binary, empty, or holds no article, or several.
    """
    return from_bytes(read_whole(str(path)), id=id or stem(path), source=str(path), suffix=suffixes(path)[0])


def from_bytes(data: bytes, *, id: str, source: str, suffix: str = "") -> Document:
    """Build the one document that a file's bytes hold.

    Raises:
        InputError: they hold no article, or several.
    """
    found = list(documents(data, id=id, source=source, suffix=suffix))
    if len(found) > 1:
        raise InputError(source, f"holds {len(found)} articles; give it to stance.analyze, which reads them all")
    if isinstance(found[0], Failure):
        raise InputError(found[0].source, found[0].reason)
    return found[0]


def documents(data: bytes, *, id: str, source: str, suffix: str = "") -> Iterator[Document | Failure]:
    """The documents in a file's bytes: one, or each article of a LexisNexis or Factiva export.

    Args:
        data: the unpacked bytes.
        id: the document's id; articles of an export without numbers of their own get `ID-1`, `ID-2`, ...
        source: the file's name, for messages.
        suffix: tells the format; without it HTML, PDF and RTF are told by how they begin.

    Raises:
        InputError: the file as a whole cannot be read.
    """
    digest = hashlib.sha256(data).hexdigest()
    for item in _extracts(data, source, suffix or _sniffed(data)):
        if isinstance(item, Failure):
            yield item
            continue
        alone = item.part is None
        where = source if alone else f"{source}#{item.part}"
        own = item.id or (id if alone else f"{id}-{item.part}")
        parts = structure.sections(_checked(item.text, where), item.hints, markdown=item.markdown)
        yield _document(item.text, own, digest if alone else _digest(item.text), parts, item.meta)


def from_text(
    text: str,
    *,
    id: str = "text",
    source: str = "text",
    sha256: str | None = None,
    markdown: bool = False,
    meta: Mapping[str, Any] | None = None,
) -> Document:
    """Build a document from a string; offsets of everything found later index this very string.

    Raises:
        InputError: the text is empty, holds no letter, or is far longer than an article.
    """
    parts = structure.sections(_checked(text, source), markdown=markdown)
    return _document(text, id, sha256 or _digest(text), parts, meta or {})


def _sniffed(data: bytes) -> str:
    head = data[:2000].lstrip()
    if head.startswith((b"%PDF", b"{\\rtf")):
        return ".pdf" if head.startswith(b"%PDF") else ".rtf"
    return ".html" if head.lower().startswith(tuple(mark.encode() for mark in _PAGE)) else ""


def _extracts(data: bytes, source: str, suffix: str) -> Iterator[Extract | Failure]:
    from stance.loaders import exports

    if suffix in OFFICE:
        from stance.loaders import office

        yield from office.read(data, source, suffix)
        return
    text = decode(data, source)
    if not text.strip():
        raise InputError(source, "empty file; nothing to read")
    if suffix in (".html", ".htm"):
        from stance import html

        markup = html.lean(text, source)
        if exports.likely(markup) and (articles := exports.split(html.lines(markup, source), source)):
            yield from articles
            return
        page = html.read_page(markup, source)
        yield Extract(page.text, page.hints, {name: getattr(page, name) for name in FIELDS})
        return
    markdown = suffix in (".md", ".markdown")
    if not markdown and exports.likely(text) and (articles := exports.split(text.split("\n"), source)):
        yield from articles
        return
    from stance.loaders.columns import metadata

    yield Extract(text, meta=metadata(structure.front_matter(text)) if markdown else {}, markdown=markdown)


def _checked(text: str, source: str) -> str:
    """The text, if an article can be like that."""
    if not text.strip():
        raise InputError(source, "empty file; nothing to read")
    if len(text) > MAX_CHARACTERS:
        raise InputError(
            source, f"{len(text):,} characters, more than an article has ({MAX_CHARACTERS:,} at most); split it"
        )
    if "\0" in text:
        raise InputError(source, "holds NUL characters; is it text? remove them first")
    if not any(character.isalpha() for character in text):
        raise InputError(source, "holds no letters; is it an article?")
    return text


def _document(text: str, id: str, sha256: str, sections: tuple[Any, ...], meta: Mapping[str, Any]) -> Document:
    # JSON can spell half a surrogate pair, which no file can hold; one character stands for one, so that offsets stay.
    text = _SURROGATE.sub("\ufffd", text)
    known = {name: _SURROGATE.sub("\ufffd", str(meta[name])) for name in FIELDS if meta.get(name) not in (None, "")}
    title = known.pop("title", None) or structure.title(text, sections)
    rest = {
        _SURROGATE.sub("\ufffd", str(key)): _SURROGATE.sub("\ufffd", str(value))
        for key, value in meta.items()
        if key not in FIELDS and value is not None
    }
    own = _SURROGATE.sub("\ufffd", id)
    return Document(id=own, text=text, sections=sections, title=title, sha256=sha256, meta=rest, **known)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
