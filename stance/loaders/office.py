"""PDF, Word and RTF files to articles (by pypdf, python-docx and striprtf, the extra `documents`)."""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import dropwhile, pairwise, takewhile
from typing import Any

from stance.errors import InputError
from stance.loaders import exports
from stance.loaders.articles import MAX_CHARACTERS, Extract
from stance.loaders.files import MAX_BYTES
from stance.loaders.sources import Failure
from stance.schema import SectionKind, Span

_SENTENCE_END = re.compile(r"[.!?…:][\"'”’»)\]]*$")
_PAGE_NUMBER = re.compile(r"(?:page\s+)?\d{1,4}(?:\s*(?:/|of)\s*\d{1,4})?", re.I)
_RTF_LINK = re.compile(r"\[?(?P<label>[^\[\]()\n]*)\]?\(https?://[^()\s]*\)")


def read(data: bytes, source: str, suffix: str) -> Iterator[Extract | Failure]:
    """The article in a file, or the articles of a LexisNexis or Factiva export.

    Raises:
        InputError: a package is missing, or the file is damaged, encrypted, without text, or of another kind.
    """
    if not data.strip():
        raise InputError(source, "empty file; nothing to read")
    reader = {".pdf": _pdf, ".docx": _docx, ".rtf": _rtf}[suffix]
    try:
        blocks = reader(data, source)
    except ImportError as error:
        raise InputError(source, f"needs the package {error.name}; pip install 'stance-analyser[documents]'") from None
    except (InputError, MemoryError):
        raise
    except Exception as error:  # these parsers meet damage with whatever Python raises
        raise InputError(source, f"damaged {suffix} file ({type(error).__name__}: {_line(error)})") from error
    lines = [text for text, _ in blocks]
    if exports.likely("\n".join(lines)) and (articles := exports.split(lines, source)):
        yield from articles
        return
    yield _article([(text.strip(), kind) for text, kind in blocks if text.strip()], source)


def _article(blocks: Sequence[tuple[str, SectionKind | None]], source: str) -> Extract:
    if not blocks:
        raise InputError(source, "holds no text; if it is a scan, run text recognition (OCR) on it first")
    hints: dict[Span, SectionKind] = {}
    at = 0
    for text, kind in blocks:
        if kind:
            hints[Span(at, at + len(text))] = kind
        at += len(text) + 2
    return Extract("\n\n".join(text for text, _ in blocks) + "\n", hints)


def _docx(data: bytes, source: str) -> list[tuple[str, SectionKind | None]]:
    import docx

    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(item.file_size for item in archive.infolist()) > 4 * MAX_BYTES:
            raise InputError(source, "unpacks to far more than an article; save its text as .txt")
    blocks: list[tuple[str, SectionKind | None]] = []
    for item in docx.Document(io.BytesIO(data)).iter_inner_content():
        inside: list[Any] = [item] if hasattr(item, "runs") else _cells(item)
        for paragraph in inside:
            style = (paragraph.style.name or "").casefold() if paragraph.style is not None else ""
            kind: SectionKind | None = "title" if style == "title" else None
            if style.startswith("heading"):
                kind = "heading"
            elif style == "caption":
                kind = "caption"
            blocks += [(line, kind) for line in paragraph.text.split("\n")]
    return blocks


def _cells(table: Any) -> list[Any]:
    return [paragraph for row in table.rows for cell in row.cells for paragraph in cell.paragraphs]


def _rtf(data: bytes, source: str) -> list[tuple[str, SectionKind | None]]:
    from striprtf.striprtf import rtf_to_text

    if not data.lstrip().startswith(b"{\\rtf"):
        raise InputError(source, "not an RTF file; save it as .rtf or .txt")
    text: str = rtf_to_text(data.decode("cp1252", "replace"), errors="replace")
    text = _RTF_LINK.sub(r"\g<label>", text).replace("\r\n", "\n").replace("\r", "\n")
    return [(line, None) for line in text.split("\n")]


def _pdf(data: bytes, source: str) -> list[tuple[str, SectionKind | None]]:
    import logging

    import pypdf

    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # it warns of every blemish; what matters raises
    file = pypdf.PdfReader(io.BytesIO(data))
    if file.is_encrypted and not file.decrypt(""):
        raise InputError(source, "encrypted; save it without a password")
    pages: list[list[str]] = []
    size = 0
    for page in file.pages:
        lines = [" ".join(line.split()) for line in page.extract_text().split("\n")]
        pages.append(lines)
        size += sum(map(len, lines))
        if size > MAX_CHARACTERS:
            raise InputError(source, f"more than {MAX_CHARACTERS:,} characters, more than an article has; split it")
    return [(text, None) for text in paragraphs([line for page in _without_furniture(pages) for line in page])]


def _without_furniture(pages: Sequence[Sequence[str]]) -> Iterator[list[str]]:
    """Pages without page numbers and without the lines that most pages begin or end with."""
    filled = [[line for line in page if line] for page in pages]
    edges = Counter(key for page in filled for key in {_edge(line) for line in (page[:1] + page[-1:])})
    often = {key for key, count in edges.items() if count >= 3 and count > len(pages) / 2}
    for page, lines in zip(pages, filled, strict=True):
        outer = set(lines[:1] + lines[-1:])
        kept = [
            line
            for line in page
            if not (line in outer and (_edge(line) in often or (len(pages) > 1 and _PAGE_NUMBER.fullmatch(line))))
        ]
        # A paragraph may run on to the next page, so that a page's outer blank lines end none.
        yield list(dropwhile(lambda line: not line, kept[: len(kept) - _blanks(reversed(kept))]))


def _blanks(lines: Iterable[str]) -> int:
    return sum(1 for _ in takewhile(lambda line: not line, lines))


def _edge(line: str) -> str:
    return re.sub(r"\d+", "0", line.casefold())


def paragraphs(lines: Sequence[str]) -> list[str]:
    """Lines broken at a column, as a page shows them, joined to paragraphs.

    A paragraph ends at a blank line, after a short line that ends a sentence, and around a short line that does not
    (a heading). A hyphen at a line's end before a small letter is taken out.
    """
    full = sorted(len(line) for line in lines if line)
    width = full[int(0.8 * (len(full) - 1))] if full else 0
    found: list[str] = []
    current = ""
    for line, after in pairwise([*lines, ""]):
        if not line:
            found.append(current)
            current = ""
            continue
        hyphen = re.search(r"[a-z]-$", current) and line[:1].islower()
        current = current[:-1] + line if hyphen else f"{current} {line}".strip()
        short = len(line) < 0.8 * width
        starts = after[:1].isupper() or after[:1] in "“\"‘'«" or after[:1].isdigit()
        if short and starts and (_SENTENCE_END.search(line) or len(line) < 0.6 * width):
            found.append(current)
            current = ""
    return [text for text in [*found, current] if text]


def _line(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0][:200]
