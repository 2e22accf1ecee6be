"""Tables as streams of rows: JSON Lines, CSV, TSV, Parquet, datasets. A broken row is a `Failure` and costs itself alone."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

from stance import quiet
from stance.encoding import encoding_of
from stance.errors import InputError
from stance.loaders.files import MAX_BYTES, opened, sampled
from stance.loaders.sources import Failure, suffixes

Row = Mapping[str, Any]
MAX_LINE = MAX_BYTES // 8  # characters in one line; an article has a million at most
_SAMPLE = 2**20  # bytes that tell the encoding
_UNDECODABLE = re.compile("[\udc80-\udcff]")
_OTHER_DELIMITERS = ("\t", ";", "|")
_NOT_LINES = re.compile(r"\s*([\[{]|\[\s*\{.*)\s*", re.DOTALL)  # how JSON begins that is an array, or broken into lines


def rows(path: str | Path) -> Iterator[Row | Failure]:
    """Rows of a table file (`.jsonl .csv .tsv .parquet`, also packed) or `hf:NAME`, one at a time.

    Raises:
        InputError: the file cannot be read at all, or no further.
    """
    name = str(path)
    if name.startswith("hf:"):
        yield from dataset_rows(name[3:])
        return
    with opened(name) as file:
        suffix = suffixes(name)[0]
        if suffix == ".parquet":
            yield from _parquet_rows(file, name)
            return
        head, whole = sampled(file, _SAMPLE)
        encoding = encoding_of(head, name)
        if suffix in (".csv", ".tsv"):
            yield from _separated_rows(_Lines(whole, encoding, ""), name, tabs=suffix == ".tsv")
        else:
            yield from _json_rows(_Lines(whole, encoding, "\n"), name)


class _Lines:
    """Lines of a stream, decoded, each with its number; what is too long to be a row comes as `None` and is passed over."""

    def __init__(self, file: IO[bytes], encoding: str, newline: str) -> None:
        wide = encoding.startswith(("utf-16", "utf-32"))
        self._text = io.TextIOWrapper(
            file, encoding=encoding, errors="replace" if wide else "surrogateescape", newline=newline
        )
        self._number = 0
        self._again: deque[tuple[int, str | None]] = deque()

    def read(self) -> tuple[int, str | None]:
        """The next line with its number; an empty string at the end."""
        if self._again:
            return self._again.popleft()
        line = self._text.readline(MAX_LINE)
        self._number += 1
        if len(line) < MAX_LINE:
            return self._number, line
        while line and not line.endswith(("\n", "\r")):
            line = self._text.readline(MAX_LINE)
        return self._number, None

    def give_back(self, lines: list[tuple[int, str | None]]) -> None:
        """Lines to be read again."""
        self._again.extendleft(reversed(lines))


def _json_rows(lines: _Lines, name: str) -> Iterator[Row | Failure]:
    begun = False
    while True:
        number, line = lines.read()
        if line == "":
            return
        if line is not None and not line.strip("\ufeff \t\r\n"):
            continue
        if line and not begun and _NOT_LINES.fullmatch(line.lstrip("\ufeff")):
            raise InputError(name, "JSON, but not JSON Lines; write one object a line, without a list around them")
        begun = True
        yield _json_row(line, f"{name}:{number}")


def _json_row(line: str | None, where: str) -> Row | Failure:
    if line is None:
        return Failure(where, f"a line of more than {MAX_LINE:,} characters; one article a line is expected")
    if _UNDECODABLE.search(line):
        return Failure(where, "bytes that are not UTF-8; save the file again as UTF-8")
    try:
        row = json.loads(line.lstrip("\ufeff"))
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else error
        return Failure(where, f"not JSON ({reason}); one object a line is expected")
    return row if isinstance(row, dict) else Failure(where, "not a JSON object")


def _separated_rows(lines: _Lines, name: str, *, tabs: bool) -> Iterator[Row | Failure]:
    """Rows of CSV or TSV. A row whose quotes or number of cells are wrong is named, and reading resumes at the next line."""
    csv.field_size_limit(MAX_LINE)
    delimiter = "\t" if tabs else ","
    header: list[str] | None = None
    count = 0
    while True:
        taken: list[tuple[int, str | None]] = []
        try:
            cells = next(csv.reader(_record(lines, taken), delimiter=delimiter, strict=True), None)
            if header is None and cells and not tabs:
                delimiter = _delimiter(taken[0][1] or "", cells)
                if delimiter != ",":
                    cells = next(csv.reader([line or "" for _, line in taken], delimiter=delimiter, strict=True))
            reason = _fault(cells, header, taken)
        except csv.Error as error:
            cells, reason = None, f"not a row ({error}); quote cells that hold quotation marks, and double these"
        if not taken:
            return
        line = taken[0][0]
        if reason and tabs and header and (plain := _tabbed(taken[0][1], len(header))):
            cells, reason = plain, None
            lines.give_back(taken[1:])
        if reason:
            lines.give_back(taken[1:])
            if header is None:
                raise InputError(name, f"line {line}, the header: {reason}")
            count += 1
            yield Failure(f"{name}:{count}", f"line {line}: {reason}")
        elif header is None:
            header = [cell.lstrip("\ufeff") for cell in cells or []] or None
            if twice := next((cell for cell, count in Counter(header).items() if cell and count > 1), None):
                raise InputError(name, f"line {line}, the header: {twice!r} is there twice; rename one of the columns")
        elif cells:
            count += 1
            yield dict(zip(header, cells, strict=True))


def _record(lines: _Lines, taken: list[tuple[int, str | None]]) -> Iterator[str]:
    """Feed lines to the parser until it has a record, noting which; an unclosed quotation mark does not eat the file."""
    length = 0
    while True:
        number, line = lines.read()
        if line == "":
            return
        taken.append((number, line))
        length += len(line or "")
        if line is None or length > MAX_LINE:
            raise csv.Error(f"more than {MAX_LINE:,} characters")
        yield line


def _fault(cells: list[str] | None, header: list[str] | None, taken: list[tuple[int, str | None]]) -> str | None:
    if not cells:
        return None
    if any(_UNDECODABLE.search(line or "") for _, line in taken):
        return "bytes in another encoding than the rest; save the file again as UTF-8"
    if header and len(cells) != len(header):
        return f"{len(cells)} cells where the header has {len(header)}; quote cells that hold separators or line breaks"
    return None


def _delimiter(line: str, cells: list[str]) -> str:
    """The comma, unless the header has none and another separator."""
    return "," if len(cells) > 1 else max(",", *_OTHER_DELIMITERS, key=line.count)


def _tabbed(line: str | None, count: int) -> list[str] | None:
    """The cells of a line of a TSV file that knows no quoting, if their number is right."""
    cells = (line or "").rstrip("\r\n").split("\t")
    return cells if len(cells) == count and not _UNDECODABLE.search(line or "") else None


def _parquet_rows(file: IO[bytes], name: str) -> Iterator[Row | Failure]:
    import pyarrow as arrow
    from pyarrow import parquet

    number = 0
    try:
        for batch in parquet.ParquetFile(file).iter_batches(batch_size=64):
            try:
                yield from batch.to_pylist()
            except ValueError:  # a cell that is not UTF-8, or no date that Python knows
                for index in range(batch.num_rows):
                    try:
                        yield batch.slice(index, 1).to_pylist()[0]
                    except ValueError as error:
                        yield Failure(f"{name}:{number + index + 1}", f"not readable ({error})")
            number += batch.num_rows
    except (arrow.ArrowException, OSError) as error:
        where = f"after row {number}" if number else "not a Parquet file"
        raise InputError(name, f"{where}: {_short(error)}; write it again") from error


def dataset_rows(name: str) -> Iterator[Row]:
    """Rows of a dataset of the hub, streamed, or of a folder that `datasets` saved; `NAME:SPLIT` names the split.

    Raises:
        InputError: no such dataset or split, or no network.
    """
    import datasets

    repository, split = (name, "") if Path(name).is_dir() else (name.partition(":")[0], name.partition(":")[2])
    if not repository or (repository.startswith((".", "/", "~")) and not Path(repository).is_dir()):
        raise InputError(f"hf:{name}", "no such folder; give hf:NAME of the hub, or hf:FOLDER that `datasets` saved")
    try:
        if Path(repository).is_dir():
            loaded = datasets.load_from_disk(repository)
            if isinstance(loaded, datasets.DatasetDict):
                loaded = loaded[split or ("train" if "train" in loaded else next(iter(loaded)))]
            elif split and split not in ("train", str(loaded.split)):
                raise InputError(f"hf:{name}", "has no splits; leave the split out")
        else:
            with quiet.hub():
                loaded = datasets.load_dataset(repository, split=split or "train", streaming=True)
        yield from loaded
    except InputError:
        raise
    except KeyError as error:
        raise InputError(f"hf:{name}", f"no split {split!r}; there are {', '.join(loaded)}") from error
    except Exception as error:
        raise InputError(
            f"hf:{name}", f"dataset cannot be loaded ({_short(error)}); check its name and the network"
        ) from error


def _short(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]
