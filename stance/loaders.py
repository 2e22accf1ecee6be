"""Inputs of every kind to a stream of documents: files, folders, globs, standard input, tables, datasets."""

from __future__ import annotations

import csv
import glob
import hashlib
import io
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stance import structure
from stance.encoding import decode
from stance.errors import InputError, UsageError
from stance.schema import Document

ARTICLES = (".txt", ".md", ".markdown", ".html", ".htm")
TABLES = (".jsonl", ".ndjson", ".csv", ".tsv", ".parquet")
TEXT_COLUMNS = ("text", "content", "body", "article", "fulltext", "full_text", "maintext", "article_text")
_SURROGATE = re.compile("[\ud800-\udfff]")
_FIELDS = {
    "id": ("id", "doc_id", "document_id"),
    "title": ("title", "headline"),
    "outlet": ("outlet", "source", "publisher", "publication", "sitename"),
    "author": ("author", "byline", "authors"),
    "published": ("published", "date", "published_at", "publish_date"),
    "language": ("language", "lang"),
    "url": ("url", "link"),
}


@dataclass(frozen=True, slots=True)
class Source:
    """One thing to read: a file (with the document id it will get), standard input, or a dataset's name."""

    kind: str
    name: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """An input that could not be read, and why."""

    source: str
    reason: str


def find_sources(inputs: Sequence[str]) -> list[Source]:
    """Expand paths, folders, globs, `-` and `hf:NAME` into sources, in the order given and sorted inside each.

    Raises:
        UsageError: an input that does not exist, or a folder or glob without readable files.
    """
    found: list[Source] = []
    for item in inputs:
        if item == "-":
            found.append(Source("stdin", "-", "stdin"))
        elif item.startswith("hf:"):
            found.append(Source("dataset", item[3:]))
        else:
            found += [Source("file", path) for path in _paths(item)]
    return _with_ids(list(dict.fromkeys(found)))


def _paths(item: str) -> list[str]:
    path = Path(item)
    if path.is_dir():
        names = sorted(
            str(p)
            for p in path.rglob("*")
            if p.is_file() and p.suffix.lower() in ARTICLES + TABLES and not _hidden(p, path)
        )
        if not names:
            raise UsageError(f"{item}: no readable files in this folder; stance reads {', '.join(ARTICLES + TABLES)}")
        return names
    if path.is_file():
        return [item]
    if path.exists():
        return [item]
    if glob.has_magic(item):
        matches = glob.glob(item, recursive=True)  # noqa: PTH207 - a pattern may be absolute
        names = sorted(name for name in matches if Path(name).is_file())
        if names:
            return names
        raise UsageError(f"{item}: no file matches; check the pattern and the folder you are in")
    raise UsageError(f"{item}: no such file or folder; check the spelling and the folder you are in")


def _hidden(path: Path, root: Path) -> bool:
    return any(part.startswith(".") for part in path.relative_to(root).parts)


def _with_ids(sources: list[Source]) -> list[Source]:
    """A file's stem is its id; where two collide, its path without the suffix, then its whole path."""
    articles = [s for s in sources if s.kind == "file" and Path(s.name).suffix.lower() not in TABLES]
    stems = Counter(Path(s.name).stem for s in articles)
    routes = Counter(Path(s.name).with_suffix("").as_posix() for s in articles)
    named = []
    for s in sources:
        if s.kind == "file":
            path = Path(s.name)
            route = path.with_suffix("").as_posix()
            own = path.stem if stems[path.stem] == 1 else route if routes[route] == 1 else path.as_posix()
            named.append(Source(s.kind, s.name, own.lstrip("./")))
        else:
            named.append(s)
    return named


def read(sources: Iterable[Source], *, text_column: str | None = None) -> Iterator[Document | Failure]:
    """Read sources one at a time; an input that cannot be read yields a `Failure` and costs that input alone."""
    taken: set[str] = set()
    for source in sources:
        try:
            for item in _read_one(source, text_column):
                yield _unique(item, taken) if isinstance(item, Document) else item
        except InputError as error:
            yield Failure(error.source, error.reason)


def _unique(document: Document, taken: set[str]) -> Document:
    from dataclasses import replace

    if document.id in taken:
        number = 2
        while f"{document.id}-{number}" in taken:
            number += 1
        document = replace(document, id=f"{document.id}-{number}")
    taken.add(document.id)
    return document


def _read_one(source: Source, text_column: str | None) -> Iterator[Document | Failure]:
    if source.kind == "stdin":
        yield from_bytes(sys.stdin.buffer.read(), id=source.id, source="standard input")
    elif source.kind == "dataset":
        yield from _from_rows(
            _dataset_rows(source.name), f"hf:{source.name}", source.name.rsplit("/", 1)[-1], text_column
        )
    elif Path(source.name).suffix.lower() in TABLES:
        yield from _from_rows(rows(source.name), source.name, Path(source.name).stem, text_column)
    else:
        yield from_file(source.name, id=source.id)


def from_file(path: str | Path, *, id: str | None = None) -> Document:
    """Read one article from a text, Markdown or HTML file.

    Raises:
        InputError: the file is missing, unreadable, binary, empty, or holds no article.
    """
    path = Path(path)
    try:
        data = path.read_bytes()
    except IsADirectoryError as error:
        raise InputError(str(path), "is a folder, not a file") from error
    except OSError as error:
        raise InputError(
            str(path), f"cannot be read ({error.strerror or error}); check that it exists and its permissions"
        ) from error
    suffix = path.suffix.lower()
    return from_bytes(data, id=id or path.stem, source=str(path), suffix=suffix)


def from_bytes(data: bytes, *, id: str, source: str, suffix: str = "") -> Document:
    """Decode bytes and build the document; HTML is told by its suffix or its first tag."""
    text = decode(data, source)
    digest = hashlib.sha256(data).hexdigest()
    head = text[:2000].lstrip().casefold()
    if suffix in (".html", ".htm") or (not suffix and head.startswith(("<!doctype html", "<html"))):
        from stance.html import read_page

        if not text.strip():
            raise InputError(source, "empty file; nothing to read")
        page = read_page(text, source)
        meta = {
            "title": page.title,
            "outlet": page.outlet,
            "author": page.author,
            "published": page.published,
            "url": page.url,
            "language": page.language,
        }
        return _document(page.text, id, source, digest, structure.sections(page.text, page.hints), meta)
    markdown = suffix in (".md", ".markdown")
    front = structure.front_matter(text) if markdown else {}
    return from_text(text, id=id, source=source, sha256=digest, markdown=markdown, meta=front)


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
        InputError: the text is empty or holds no letter.
    """
    digest = sha256 or hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    return _document(text, id, source, digest, structure.sections(text, markdown=markdown), meta or {})


def _document(
    text: str, id: str, source: str, sha256: str, sections: tuple[Any, ...], meta: Mapping[str, Any]
) -> Document:
    if not text.strip():
        raise InputError(source, "empty file; nothing to read")
    # JSON can spell half a surrogate pair, which no file can hold; one character stands for one, so that offsets stay.
    text = _SURROGATE.sub("\ufffd", text)
    if not any(character.isalpha() for character in text):
        raise InputError(source, "holds no letters; is it an article?")
    known = {name: str(meta[name]) for name in _FIELDS if name != "id" and meta.get(name) not in (None, "")}
    title = known.pop("title", None) or structure.title(text, sections)
    rest = {key: str(value) for key, value in meta.items() if key not in _FIELDS and value is not None}
    return Document(id=id, text=text, sections=sections, title=title, sha256=sha256, meta=rest, **known)


def _from_rows(
    table: Iterable[Mapping[str, Any] | Failure], source: str, stem: str, text_column: str | None
) -> Iterator[Document | Failure]:
    column = text_column
    for number, row in enumerate(table, 1):
        where = f"{source}:{number}"
        if isinstance(row, Failure):
            yield row
            continue
        if column is None:
            column = next((name for name in TEXT_COLUMNS if name in row), None)
            if column is None:
                raise InputError(source, f"no text column among {', '.join(map(str, row))}; name it with --text-column")
        text = row.get(column)
        if not isinstance(text, str) or not text.strip():
            yield Failure(where, f"no text in column {column!r}")
            continue
        meta = {
            name: next((row[key] for key in keys if row.get(key) not in (None, "")), None)
            for name, keys in _FIELDS.items()
        }
        used = {key for keys in _FIELDS.values() for key in keys} | {column}
        meta |= {
            key: value for key, value in row.items() if key not in used and isinstance(value, str | int | float | bool)
        }
        own = meta.pop("id") or f"{stem}-{number}"
        try:
            yield from_text(text.replace("\r\n", "\n").replace("\r", "\n"), id=str(own), source=where, meta=meta)
        except InputError as error:
            yield Failure(where, error.reason)


def rows(path: str | Path) -> Iterator[Mapping[str, Any] | Failure]:
    """Rows of a table file (`.jsonl .csv .tsv .parquet`) or `hf:NAME`, one at a time; a broken line yields a `Failure`.

    Raises:
        InputError: the file cannot be read at all.
    """
    if str(path).startswith("hf:"):
        yield from _dataset_rows(str(path)[3:])
        return
    path = Path(path)
    suffix = path.suffix.lower()
    try:
        if suffix == ".parquet":
            yield from _parquet_rows(path)
        elif suffix in (".csv", ".tsv"):
            yield from csv.DictReader(
                io.StringIO(decode(path.read_bytes(), str(path))), delimiter="\t" if suffix == ".tsv" else ","
            )
        else:
            yield from _json_lines(path)
    except OSError as error:
        raise InputError(str(path), f"cannot be read ({error.strerror or error})") from error


def _json_lines(path: Path) -> Iterator[Mapping[str, Any] | Failure]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line.decode("utf-8-sig"))
            except ValueError as error:
                yield Failure(f"{path}:{number}", f"not JSON ({error}); one object a line is expected")
                continue
            yield row if isinstance(row, dict) else Failure(f"{path}:{number}", "not a JSON object")


def _parquet_rows(path: Path) -> Iterator[Mapping[str, Any]]:
    import pyarrow as arrow
    from pyarrow import parquet

    try:
        file = parquet.ParquetFile(path)
        for batch in file.iter_batches(batch_size=256):
            yield from batch.to_pylist()
    except arrow.ArrowInvalid as error:
        raise InputError(str(path), f"not a Parquet file ({error})") from error


def _dataset_rows(name: str) -> Iterator[Mapping[str, Any]]:
    import datasets

    repository, _, split = name.partition(":")
    try:
        if Path(repository).is_dir():
            loaded = datasets.load_from_disk(repository)
            loaded = loaded[split or "train"] if isinstance(loaded, datasets.DatasetDict) else loaded
        else:
            loaded = datasets.load_dataset(repository, split=split or "train", streaming=True)
    except Exception as error:
        raise InputError(
            f"hf:{name}",
            f"dataset cannot be loaded ({str(error).splitlines()[0][:200]}); check its name and the network",
        ) from error
    yield from loaded


def exists(path: str | Path) -> bool:
    """Whether a file is there to be read; a dataset's name (`hf:NAME`) is taken on trust."""
    return str(path).startswith("hf:") or Path(path).is_file()
