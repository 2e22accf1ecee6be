"""Rows of a table to documents: which column holds the article, and which its metadata."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from stance.errors import InputError, UsageError
from stance.loaders.articles import from_text
from stance.loaders.sources import Failure
from stance.schema import Document

TEXT_COLUMNS = ("text", "content", "body", "article", "fulltext", "full_text", "maintext", "article_text")
NAMES: dict[str, tuple[str, ...]] = {
    "id": ("id", "doc_id", "document_id"),
    "title": ("title", "headline"),
    "outlet": ("outlet", "source", "publisher", "publication", "sitename"),
    "author": ("author", "byline", "authors"),
    "published": ("published", "date", "published_at", "publish_date", "date_publish", "pubdate"),
    "language": ("language", "lang"),
    "url": ("url", "link"),
}
FIELDS = ("text", "id", "title", "outlet", "author", "date", "language", "url")  # as a user names them
_PATIENCE = 20  # rows without the column, before the whole table is given up


def mapping(pairs: Iterable[str]) -> dict[str, str]:
    """`FIELD=COLUMN` pairs of the command line as a mapping.

    Raises:
        UsageError: a pair without `=`, an unknown field, a field named twice.
    """
    found: dict[str, str] = {}
    for pair in pairs:
        name, sign, column = pair.partition("=")
        name = "date" if name == "published" else name
        if not sign or not column or name not in FIELDS:
            raise UsageError(
                f"--column {pair}: expected FIELD=COLUMN, where FIELD is one of {', '.join(FIELDS)}; e.g. date=pub_date"
            )
        if name in found:
            raise UsageError(f"--column {pair}: {name} is given twice; keep one")
        found[name] = column
    return found


def to_documents(
    table: Iterable[Mapping[str, Any] | Failure], source: str, stem: str, columns: Mapping[str, str]
) -> Iterator[tuple[str, Document | Failure]]:
    """Documents from rows, each with the place that it comes from; a row without an article is a `Failure`.

    Args:
        table: the rows, and what could not be read of them.
        source: the table's name, for messages.
        stem: what the ids of rows begin with that have none of their own.
        columns: for fields of `FIELDS`, the column that holds them; others are found by the usual names.

    Raises:
        InputError: there are no rows, there is no such column, or none that could hold articles.
    """
    text_column = columns.get("text")
    asked = {"published" if name == "date" else name: column for name, column in columns.items() if name != "text"}
    seen: dict[str, None] = {}
    waiting: list[tuple[str, Failure]] = []  # rows without the column, while none has had it
    good = number = 0
    for number, row in enumerate(table, 1):
        where = f"{source}:{number}"
        if isinstance(row, Failure):
            yield row.source, row
            continue
        if number <= _PATIENCE:
            seen |= dict.fromkeys(row)
        if text_column is None:
            text_column = next((name for name in TEXT_COLUMNS if name in row), None)
            if text_column is None:
                raise InputError(source, f"no text column among {_listed(row)}; name it with --text-column")
        if text_column not in row and not good:
            waiting.append((where, Failure(where, f"no column {text_column!r}")))
            if len(waiting) == _PATIENCE:
                break
            continue
        good += 1
        yield from waiting
        waiting.clear()
        yield where, _to_document(row, f"{stem}-{number}", where, text_column, asked)
        if number == _PATIENCE:
            yield from _absent(asked, seen, source)
    if waiting:
        raise InputError(source, f"no column {text_column!r}; there are {_listed(seen)}")
    if not number:
        raise InputError(source, "holds no rows; nothing to read")
    if number < _PATIENCE:
        yield from _absent(asked, seen, source)


def _absent(asked: Mapping[str, str], seen: Mapping[str, None], source: str) -> Iterator[tuple[str, Failure]]:
    """Columns of metadata that a user names and the table has not: its articles are read all the same."""
    for column in asked.values():
        if seen and column not in seen:
            yield source, Failure(source, f"no column {column!r}; there are {_listed(seen)}")


def _to_document(
    row: Mapping[str, Any], id: str, where: str, text_column: str, asked: Mapping[str, str]
) -> Document | Failure:
    text = row.get(text_column)
    if not isinstance(text, str) or not text.strip():
        return Failure(where, f"no text in column {text_column!r}")
    meta = metadata(row, asked, text_column)
    own = meta.pop("id", None)
    try:
        body = text.replace("\r\n", "\n").replace("\r", "\n")
        return from_text(body, id=id if own is None else str(own), source=where, meta=meta)
    except InputError as error:
        return Failure(where, error.reason)


def metadata(
    row: Mapping[str, Any], asked: Mapping[str, str] | None = None, text_column: str | None = None
) -> dict[str, Any]:
    """The fields of a document among a row's cells, by the names asked for or the usual ones; other cells as they are."""
    asked = asked or {}
    found: dict[str, Any] = {}
    for name, usual in NAMES.items():
        keys = (asked[name],) if name in asked else usual
        value = next((value for key in keys if (value := _plain(row.get(key))) not in (None, "")), None)
        if value is not None:
            found[name] = value
    used = {key for keys in NAMES.values() for key in keys} | {text_column, *asked.values()}
    rest = {key: _plain(value) for key, value in row.items() if key not in used and key not in found}
    return found | {key: value for key, value in rest.items() if isinstance(value, str | int | float | bool)}


def _plain(value: Any) -> Any:
    """A cell as metadata: dates in ISO 8601, names joined, no missing numbers."""
    if isinstance(value, datetime.datetime):
        return value.date().isoformat() if value.time() == datetime.time() else value.isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return "; ".join(str(item) for item in value) if all(isinstance(item, str) for item in value) else None
    if isinstance(value, float) and math.isnan(value):
        return None
    return value


def _listed(row: Mapping[str, Any]) -> str:
    names = ", ".join(map(str, row))
    return names if len(names) <= 300 else names[:300] + " …"
