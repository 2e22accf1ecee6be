"""Inputs of every kind to a stream of documents.

`sources` finds what a user names, `files` opens it, `articles`, `office` and `exports` read files, `tables` and `columns` rows.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from stance.errors import InputError
from stance.loaders.articles import documents, from_bytes, from_file, from_text
from stance.loaders.columns import TEXT_COLUMNS, to_documents
from stance.loaders.files import limited, read_whole
from stance.loaders.sources import (
    ARTICLES,
    OFFICE,
    PACKED,
    TABLES,
    Failure,
    Source,
    exists,
    find_sources,
    is_table,
    stem,
    suffixes,
)
from stance.loaders.tables import dataset_rows, rows
from stance.schema import Document

__all__ = [
    "ARTICLES",
    "OFFICE",
    "PACKED",
    "TABLES",
    "TEXT_COLUMNS",
    "Failure",
    "Source",
    "exists",
    "find_sources",
    "from_bytes",
    "from_file",
    "from_text",
    "in_english",
    "is_table",
    "read",
    "rows",
    "suffixes",
]


def read(
    sources: Iterable[Source],
    *,
    text_column: str | None = None,
    columns: Mapping[str, str] | None = None,
    any_language: bool = True,
) -> Iterator[Document | Failure]:
    """Read sources one at a time; an input that cannot be read yields a `Failure` and costs that input alone.

    Args:
        sources: from `find_sources`.
        text_column: the column of a table that holds the article.
        columns: columns of other fields, see `columns.FIELDS`.
        any_language: whether documents in another language than English are let through.
    """
    chosen = {**(columns or {}), **({"text": text_column} if text_column else {})}
    taken: set[str] = set()
    for source in sources:
        try:
            for where, item in _read_one(source, chosen):
                checked = item if any_language else in_english(item, where)
                yield _unique(checked, taken) if isinstance(checked, Document) else checked
        except InputError as error:
            yield Failure(error.source, error.reason)


def in_english(item: Document | Failure, where: str) -> Document | Failure:
    """The document, or a `Failure` if it is in another language."""
    from stance.language import not_english

    if isinstance(item, Failure) or (found := not_english(item.text, item.language)) is None:
        return item
    return Failure(where, f"written in {found}; stance reads English (--any-language takes it all the same)")


def _unique(document: Document, taken: set[str]) -> Document:
    if document.id in taken:
        number = 2
        while f"{document.id}-{number}" in taken:
            number += 1
        document = replace(document, id=f"{document.id}-{number}")
    taken.add(document.id)
    return document


def _read_one(source: Source, columns: Mapping[str, str]) -> Iterator[tuple[str, Document | Failure]]:
    if source.kind == "dataset":
        name = source.name.rstrip("/\\")
        yield from to_documents(dataset_rows(name), f"hf:{name}", Path(name).name, columns)
    elif source.kind == "file" and is_table(source.name):
        yield from to_documents(rows(source.name), source.name, stem(source.name), columns)
    elif source.kind == "stdin":
        data = limited(sys.stdin.buffer, "standard input")
        yield from _located(documents(data, id=source.id, source="standard input"), "standard input")
    else:
        data = read_whole(source.name)
        found = documents(data, id=source.id, source=source.name, suffix=suffixes(source.name)[0])
        yield from _located(found, source.name)


def _located(items: Iterable[Document | Failure], name: str) -> Iterator[tuple[str, Document | Failure]]:
    for number, item in enumerate(items, 1):
        yield (name if number == 1 else f"{name}#{number}"), item
