"""Labelled rows as users write them: read from a file, and for each that cannot be used what is wrong with it.

The one place that `finetune`, `evaluate` and `agree` ask what a row must hold.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from stance.classifiers.rows import NEEDED
from stance.errors import UsageError
from stance.schema import ENTAILMENTS, STANCES
from stance.spelling import nearest, unknown

if TYPE_CHECKING:
    from stance.codebook import Codebook

LABEL = {"stance": "label", "frame": "labels", "entailment": "label"}  # the column of each task
ALLOWED = {"stance": STANCES, "entailment": ENTAILMENTS}
SHOWN_FAULTS = 20  # different ones
SHOWN_RUNS = 12  # of rows that share one


class Fault(NamedTuple):
    """What is wrong with a row; `row` is 0 where `place` says it already."""

    place: str
    row: int
    reason: str

    @property
    def source(self) -> str:
        """Where the row stands."""
        return f"{self.place}: row {self.row}" if self.row else self.place

    def __str__(self) -> str:
        return f"{self.source}: {self.reason}"


class BadRowsError(UsageError):
    """Rows that cannot be used: `faults` has one for each, `details` a line for each different one."""

    def __init__(self, source: str, faults: Sequence[Fault], rows: int, *, after: str = "") -> None:
        if len(faults) == 1:
            super().__init__(f"{faults[0]}{after}")
        else:
            super().__init__(f"{source}: {len(faults)} of {rows} rows cannot be used; correct or remove them{after}")
            self.details = tuple(lines(faults))
        self.faults = tuple(faults)


def lines(faults: Iterable[Fault]) -> list[str]:
    """A line for each different fault, with its rows; what goes beyond `SHOWN_FAULTS` is counted."""
    rows: dict[tuple[str, str], list[int]] = {}
    for fault in faults:
        rows.setdefault((fault.place, fault.reason), []).append(fault.row)
    shown = [_line(*key, numbers) for key, numbers in list(rows.items())[:SHOWN_FAULTS]]
    if rest := sum(len(numbers) for numbers in list(rows.values())[SHOWN_FAULTS:]):
        shown.append(f"and {rest} more {'row' if rest == 1 else 'rows'}")
    return shown


def _line(place: str, reason: str, rows: Sequence[int]) -> str:
    if len(rows) == 1:
        return str(Fault(place, rows[0], reason))
    runs: list[list[int]] = []
    for row in rows:
        if runs and row == runs[-1][-1] + 1:
            runs[-1].append(row)
        else:
            runs.append([row])
    shown = ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs[:SHOWN_RUNS])
    more = sum(map(len, runs[SHOWN_RUNS:]))
    return f"{place}: rows {shown}" + (f" and {more} more" if more else "") + f": {reason}"


def numbered(source: str) -> tuple[list[tuple[int, Mapping[str, Any]]], list[Fault]]:
    """The rows of `table` with their numbers, counted from 1, and the faults of those that cannot be read."""
    found = list(enumerate(table(source), 1))
    rows = [(number, row) for number, row in found if not isinstance(row, Fault)]
    return rows, [row for _, row in found if isinstance(row, Fault)]


def table(source: str) -> Iterator[Mapping[str, Any] | Fault]:
    """The rows of a file or dataset; for one that cannot be read its fault.

    Raises:
        UsageError: no such file, or not a table.
    """
    from stance import loaders
    from stance.errors import InputError

    if not source.startswith("hf:"):
        if Path(source).is_dir():
            raise UsageError(f"{source}: is a folder; give the file with the labelled rows")
        if not loaders.exists(source):
            raise UsageError(f"{source}: no such file; check the spelling and the folder you are in")
        if not loaders.is_table(source):
            raise UsageError(
                f"{source}: not a table; labelled rows are read from {', '.join(loaders.TABLES)} or hf:NAME"
            )
    try:
        for row in loaders.rows(source):
            yield Fault(row.source, 0, row.reason) if isinstance(row, loaders.Failure) else row
    except InputError as error:
        raise UsageError(str(error)) from None


def missing_columns(rows: Sequence[Mapping[str, Any]], needed: Sequence[str], task: str) -> str | None:
    """What to say of a table in which a column that every row needs is nowhere: one line, not one a row."""
    there = list(dict.fromkeys(str(name) for row in rows for name in row))
    missing = [name for name in needed if rows and name not in there]
    if not missing:
        return None
    said = f"no {'column' if len(missing) == 1 else 'columns'} {_listed(missing)}; there are {_listed(there)}; "
    other = next((other for other in LABEL if other != task and {*NEEDED[other], LABEL[other]} <= set(there)), None)
    if other:
        return f"{said}these are rows of --task {other}; pass that, or add {_listed(missing)}"
    spare = [name for name in there if name not in needed]
    meant = [f"{near!r} to {name!r}" for name in missing if (near := nearest(name, spare))]
    return f"{said}rename " + (
        ", ".join(meant) if meant else f"them to {', '.join(needed)} (in .csv and .tsv they are the first line)"
    )


def no_column(name: str, option: str, row: Iterable[Any]) -> str:
    """What to say where an option names a column that a row has not."""
    there = list(map(str, row))
    near = nearest(name, there)
    return f"no column {name!r} ({option}); there are {_listed(there)}" + (f"; is it {near!r}?" if near else "")


def _listed(names: Sequence[str], most: int = 8) -> str:
    """Names as a line can show them: not too many, none too long."""
    shown = [repr(name if len(name) <= 40 else f"{name[:39]}…") for name in names[:most]]
    return ", ".join(shown) + (f" and {len(names) - most} more" if len(names) > most else "")


def is_open(value: Any) -> bool:
    """Whether a label was left open: null, which in tables of numbers is NaN. That is not the same as neutral or no frame."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def label_fault(row: Mapping[str, Any], task: str, codebook: Codebook | None = None) -> str | None:
    """What is wrong with a row's label; nothing with one that was left open."""
    column = LABEL[task]
    allowed = ALLOWED.get(task, ())
    remedy = f"write one of {', '.join(allowed)}" if allowed else "write a list of frames, or names joined by `;`,"
    if column not in row:
        return f"no {column}; {remedy} into the column `{column}`"
    value = row[column]
    if is_open(value):
        return None
    if allowed:
        if value == "":
            return f"empty label; {remedy}, or take the row out"
        if isinstance(value, (list, tuple)):
            return f"label {list(value)!r} is a list; {remedy}"
        return None if value in allowed else f"label {unknown(value, allowed)}"
    found = names(value)
    if found is None:
        return "labels are neither a list of names nor names joined by `;`"
    if codebook is None:
        return None
    if strange := next((name for name in found if name not in codebook.ids), None):
        return unknown_frame(strange, codebook.ids)
    if not codebook.multi_label and len(set(found)) != 1:
        return f"{len(set(found)) or 'no'} frames, but the codebook {codebook.name!r} has exactly one a text (multi_label: false)"
    return None


def unknown_frame(name: str, frames: Sequence[str]) -> str:
    """What to say of a frame that is none of `frames`."""
    parts = [part.strip() for part in name.split(",")]
    if len(parts) > 1 and set(parts) <= set(frames):
        return f"frame {name!r} is several; join them by `;`"
    return f"frame {unknown(name, frames)}"


def names(value: Any) -> tuple[str, ...] | None:
    """The frames in a cell, a list or names joined by `;` or `|`; `None` where it holds something else."""
    if isinstance(value, str):
        value = value.replace("|", ";").split(";")
    if not isinstance(value, (list, tuple)) or not all(isinstance(part, str) for part in value):
        return None
    return tuple(name for part in value if (name := part.strip()))
