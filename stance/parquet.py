"""The tables of a run as Parquet files beside its JSON Lines, for pandas, polars, DuckDB, R and Spark.

The rows and their names are those of the JSON Lines, but flat where a table should be: the speaker of a quotation is three
columns, the scores of a stance too; sets of frames and other scores stay lists and maps. Rows are written batch by batch.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

from stance.errors import RunError
from stance.schema import STANCES

TABLES = ("documents", "quotes", "speakers", "labels")
BATCH = 1024  # rows in memory
Row = dict[str, Any]


def write(folder: str | Path) -> list[Path]:
    """Write `documents.parquet`, `quotes.parquet`, `speakers.parquet` and `labels.parquet` from a run folder's JSON Lines.

    Args:
        folder: a run folder. Parquet files of these names in it are replaced, each as a whole.

    Returns:
        The files written.

    Raises:
        RunError: a file is missing or damaged, or the folder cannot be written.
    """
    root = Path(folder)
    try:
        return [_write_table(root, name) for name in TABLES]
    except OSError as error:
        raise RunError(f"{root}: Parquet files cannot be written ({error.strerror or error})") from error
    except (ValueError, KeyError, TypeError) as error:
        raise RunError(
            f"{root}: damaged run folder ({type(error).__name__}: {error}); run `stance analyze` again"
        ) from error


def _write_table(root: Path, name: str) -> Path:
    import pyarrow as arrow
    from pyarrow import parquet

    schema, flat = _schemas()[name], _FLAT[name]
    path, partial = root / f"{name}.parquet", root / f".{name}.parquet.partial"
    try:
        with (
            (root / f"{name}.jsonl").open(encoding="utf-8") as file,
            parquet.ParquetWriter(partial, schema, compression="zstd") as writer,
        ):
            for batch in _batches(flat(json.loads(line)) for line in file):
                writer.write_batch(arrow.RecordBatch.from_pylist(batch, schema=schema))
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return path


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def _document(row: Row) -> Row:
    sections = [{**section, "start": section["span"][0], "end": section["span"][1]} for section in row["sections"]]
    return row | {"meta": list(row["meta"].items()), "sections": sections}


def _quote(row: Row) -> Row:
    return row | {f"speaker_{key}": (row["speaker"] or {}).get(key) for key in ("id", "name", "kind")}


def _label(row: Row) -> Row:
    scores: Mapping[str, float] = row["scores"]
    flat = {name: scores.get(name) for name in STANCES} if row["task"] == "stance" else {}
    return row | flat | {"scores": list(scores.items()), "windows": row.get("windows", 1)}


_FLAT: dict[str, Callable[[Row], Row]] = {"documents": _document, "quotes": _quote, "speakers": dict, "labels": _label}


@cache
def _schemas() -> dict[str, Any]:
    import pyarrow as arrow

    text, number, offset = arrow.string(), arrow.float64(), arrow.int64()
    span = arrow.list_(offset)

    def table(**columns: Any) -> Any:
        return arrow.schema(list(columns.items()))

    section = arrow.struct([("kind", text), ("start", offset), ("end", offset), ("heading", text)])
    return {
        "documents": table(
            **dict.fromkeys(("id", "title", "outlet", "author", "published", "language", "url", "sha256"), text),
            meta=arrow.map_(text, text),
            sections=arrow.list_(section),
            text=text,
        ),
        "quotes": table(
            **dict.fromkeys(("id", "document_id", "kind", "text"), text),
            content=arrow.list_(span),
            cue=span,
            source=span,
            **dict.fromkeys(("speaker_id", "speaker_name", "speaker_kind", "relayed_by", "parent_id", "heading"), text),
            confidence=number,
        ),
        "speakers": table(
            id=text,
            name=text,
            aliases=arrow.list_(text),
            **dict.fromkeys(("kind", "role", "affiliation", "country", "side"), text),
        ),
        "labels": table(
            **dict.fromkeys(("quote_id", "document_id", "task", "target", "label"), text),
            labels=arrow.list_(text),
            **dict.fromkeys(STANCES, number),
            scores=arrow.map_(text, number),
            **dict.fromkeys(("codebook", "classifier", "annotator"), text),
            windows=offset,
        ),
    }
