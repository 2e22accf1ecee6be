"""Labelled rows: read, checked, grouped by document, split so that no document is on both sides."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance.errors import UsageError
from stance.schema import STANCES
from stance.spelling import nearest, unknown

if TYPE_CHECKING:
    from stance.codebook import Codebook

COLUMNS = {"stance": ("text", "target", "label"), "frame": ("text", "labels")}  # that rows must have
DOCUMENT_COLUMNS = ("document_id", "document", "doc_id", "article_id", "url")
MIN_ROWS = 8
MIN_OF_CLASS = 2


@dataclass(frozen=True, slots=True)
class Example:
    """One labelled row. `label` is a stance, `labels` are frames; `group` is what must stay on one side of a split."""

    text: str
    where: str
    group: str
    target: str = ""
    label: str = ""
    labels: tuple[str, ...] = ()
    speaker: str | None = None
    context: str | None = None

    @property
    def key(self) -> tuple[str | None, ...]:
        """What the model sees: two rows that share it must agree."""
        return (self.text, self.target, self.speaker, self.context)

    @property
    def code(self) -> str:
        """The label, or the frames as one string."""
        return self.label or ";".join(sorted(self.labels))


@dataclass(frozen=True, slots=True)
class Data:
    """The rows that will be used. `sha256` is over their content; `left_open` counts rows without a label."""

    source: str
    task: str
    examples: tuple[Example, ...]
    sha256: str
    codebook: Codebook | None = None
    left_open: int = 0
    repeated: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)


class BadRowsError(UsageError):
    """Rows that cannot be used: `faults` has a line for each, naming file and row."""

    def __init__(self, source: str, faults: Sequence[str], rows: int) -> None:
        if len(faults) == 1:
            super().__init__(f"{faults[0]}; nothing was written")
        else:
            super().__init__(
                f"{source}: {len(faults)} of {rows} rows cannot be used; correct or remove them; nothing was written"
            )
        self.faults = tuple(faults)


def read(source: str, *, task: str, codebook: str = "", split_by: str = "") -> Data:
    """Read and check labelled rows.

    Args:
        source: `.jsonl .csv .tsv .parquet`, or `hf:NAME`.
        task: stance ({text, target, label}) or frame ({text, labels}); `speaker` and `context` where present.
        codebook: frames by name or path; empty for one made of the labels that occur.
        split_by: the column with a row's document.

    Raises:
        BadRowsError: rows with a fault.
        UsageError: no such file, no rows, too few, or of one class only.
    """
    from stance import codebook as codebooks

    book = codebooks.load(codebook) if codebook else None
    faults: list[str] = []
    rows: list[tuple[str, Mapping[str, Any]]] = []
    number = 0
    for number, row in enumerate(table(source), 1):
        if isinstance(row, str):
            faults.append(row)
        else:
            rows.append((f"{source}: row {number}", row))
    if not faults and (reason := missing_columns([row for _, row in rows], COLUMNS[task])):
        raise UsageError(f"{source}: {reason}; nothing was written")
    column = _document_column([row for _, row in rows], split_by, source)
    examples: list[Example] = []
    left_open = 0
    for where, row in rows:
        example, fault = _example(row, where, task, book, column)
        if fault:
            faults.append(f"{where}: {fault}")
        elif example is None:
            left_open += 1
        else:
            examples.append(example)
    unique, conflicts = _unique(examples)
    faults += conflicts
    if faults:
        raise BadRowsError(source, faults, number)
    if not rows:
        raise UsageError(f"{source}: holds no rows; nothing was written")
    _check_enough(unique, source, task, left_open)
    grouped = _joined_groups(unique)
    return Data(
        source,
        task,
        grouped,
        _digest(grouped),
        (book or _codebook_of(grouped, source)) if task == "frame" else None,
        left_open,
        len(examples) - len(unique),
        dict(Counter(code for example in grouped for code in (example.labels or (example.label,)) if code)),
    )


def table(source: str) -> Iterator[Mapping[str, Any] | str]:
    """The rows of a file or dataset; for one that cannot be read a line that names it.

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
            yield f"{row.source}: {row.reason}" if isinstance(row, loaders.Failure) else row
    except InputError as error:
        raise UsageError(str(error)) from None


def missing_columns(rows: Sequence[Mapping[str, Any]], needed: Sequence[str]) -> str | None:
    """What to say of a table in which a column that every row needs is nowhere: one line, not one a row."""
    there = list(dict.fromkeys(str(name) for row in rows for name in row))
    missing = [name for name in needed if rows and name not in there]
    if not missing:
        return None
    spare = [name for name in there if name not in needed]
    meant = [f"{near!r} to {name!r}" for name in missing if (near := nearest(name, spare))]
    return (
        f"no {'column' if len(missing) == 1 else 'columns'} {_listed(missing)}; there are {_listed(there)}; rename "
        + (", ".join(meant) if meant else f"them to {', '.join(needed)} (in .csv and .tsv they are the first line)")
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


def _document_column(rows: Sequence[Mapping[str, Any]], split_by: str, source: str) -> str | None:
    if split_by:
        for row in rows:
            if split_by not in row:
                raise UsageError(f"{source}: {no_column(split_by, '--split-by', row)}; nothing was written")
        return split_by
    return next((name for name in DOCUMENT_COLUMNS if rows and all(row.get(name) for row in rows)), None)


def _example(
    row: Mapping[str, Any], where: str, task: str, book: Codebook | None, column: str | None
) -> tuple[Example | None, str | None]:
    """The example and no fault, no example and a fault, or neither for a row that was left open."""
    text = row.get("text")
    if not isinstance(text, str) or not text.strip():
        return None, "no text; write it into the column `text`"
    base: dict[str, Any] = {
        "text": " ".join(text.split()),
        "where": where,
        "group": str(row[column]) if column and row.get(column) is not None else " ".join(text.split()),
        "speaker": _optional(row.get("speaker")),
        "context": _optional(row.get("context")),
    }
    if task == "frame":
        if "labels" not in row:
            return None, "no labels; write a list of frames, or names joined by `;`, into the column `labels`"
        if row["labels"] is None:
            return None, None
        names = _names(row["labels"])
        if names is None:
            return None, "labels are neither a list of names nor names joined by `;`"
        strange = [name for name in names if book and name not in book.ids]
        if strange and book:
            return None, f"frame {unknown(strange[0], book.ids)}"
        return Example(**base, labels=tuple(sorted(set(names)))), None
    target, label = row.get("target"), row.get("label")
    if not isinstance(target, str) or not target.strip():
        return None, "no target; write what the stance is toward into the column `target`"
    if "label" not in row:
        return None, f"no label; write one of {', '.join(STANCES)} into the column `label`"
    if label is None:
        return None, None
    if label == "":
        return None, f"empty label; write one of {', '.join(STANCES)}, or take the row out"
    if label not in STANCES:
        return None, f"label {unknown(label, STANCES)}"
    return Example(**base, target=" ".join(target.split()), label=str(label)), None


def _optional(value: Any) -> str | None:
    return " ".join(value.split()) or None if isinstance(value, str) else None


def _names(value: Any) -> tuple[str, ...] | None:
    """The names in a cell; `None` where it holds something else."""
    if isinstance(value, str):
        value = value.replace("|", ";").split(";")
    if not isinstance(value, (list, tuple)) or not all(isinstance(part, str) for part in value):
        return None
    return tuple(name for part in value if (name := part.strip()))


def _unique(examples: Sequence[Example]) -> tuple[list[Example], list[str]]:
    """Each row once, and a fault for each that contradicts an earlier one."""
    first: dict[tuple[str | None, ...], Example] = {}
    faults = []
    for example in examples:
        known = first.setdefault(example.key, example)
        if known.code != example.code:
            about = f" toward {example.target!r}" if example.target else ""
            faults.append(
                f"{example.where}: {example.code or 'no frame'!r}{about}, but the same text is {known.code or 'no frame'!r} "
                f"in {known.where.rpartition(': ')[2]}; decide for one"
            )
    return list(first.values()), faults


def _check_enough(examples: Sequence[Example], source: str, task: str, left_open: int) -> None:
    counts = Counter(example.code for example in examples)
    if len(examples) < MIN_ROWS:
        also = f" and {left_open} without a label" if left_open else ""
        raise UsageError(
            f"{source}: {len(examples)} usable {'row' if len(examples) == 1 else 'rows'}{also}; label at least {MIN_ROWS}, "
            "better 8 of each class; nothing was written"
        )
    if len(counts) < 2:
        only = next(iter(counts)) or "no frame"
        raise UsageError(f"{source}: every row is {only!r}; label rows of a second class; nothing was written")
    rare = [name for name, count in counts.items() if count < MIN_OF_CLASS]
    if task == "stance" and rare:
        raise UsageError(
            f"{source}: only {counts[rare[0]]} row is {rare[0]!r}; label at least {MIN_OF_CLASS} of a class; nothing was written"
        )
    if len({example.group for example in examples}) < 2:
        raise UsageError(
            f"{source}: all rows are of one document, which cannot be split; name another column with --split-by; "
            "nothing was written"
        )


def _joined_groups(examples: Sequence[Example]) -> tuple[Example, ...]:
    """Documents that share a text become one group: a wire story printed twice must not be on both sides."""
    from dataclasses import replace

    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            name = parent[name]
        return name

    for example in examples:
        a, b = root(f"d:{example.group}"), root(f"t:{example.text}")
        if a != b:
            parent[b] = a
    return tuple(replace(example, group=root(f"d:{example.group}")) for example in examples)


def _codebook_of(examples: Sequence[Example], source: str) -> Codebook:
    from stance.codebook import Codebook, CodebookLabel

    names = sorted({name for example in examples for name in example.labels})
    labels = tuple(CodebookLabel(id=name, name=name.replace("_", " ")) for name in names)
    return Codebook(name=Path(source.removeprefix("hf:")).stem, multi_label=True, labels=labels)


def _digest(examples: Sequence[Example]) -> str:
    total = hashlib.sha256()
    for example in examples:
        total.update(repr((example.key, example.code, example.group)).encode("utf-8", "surrogatepass"))
    return total.hexdigest()


def folds(examples: Sequence[Example], *, count: int, seed: int) -> list[list[int]]:
    """Row numbers of each fold: groups whole, classes spread as evenly as groups allow.

    Returns:
        Between 2 and `count` folds, fewer where there are fewer groups.
    """
    import warnings

    import numpy as np
    from sklearn.model_selection import StratifiedGroupKFold

    groups = [example.group for example in examples]
    count = max(2, min(count, len(set(groups))))
    codes = [_rarest(example, examples) for example in examples]
    number = {code: at for at, code in enumerate(dict.fromkeys(codes))}
    y = np.array([number[code] for code in codes])
    if max(Counter(codes).values()) < count:
        y = np.zeros_like(y)
    splitter = StratifiedGroupKFold(n_splits=count, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a class with fewer rows than folds cannot be in each
        found = [sorted(map(int, held)) for _, held in splitter.split(np.zeros(len(y)), y, groups)]
    return [fold for fold in found if fold]


def _rarest(example: Example, examples: Sequence[Example]) -> str:
    return example.label or (example.labels[0] if example.labels else "")


def split(examples: Sequence[Example], *, dev: float, test: float, seed: int) -> tuple[list[int], list[int], list[int]]:
    """Row numbers for training, development and test; no group is on two sides.

    Raises:
        UsageError: too few documents for three parts.
    """
    groups = {example.group for example in examples}
    if len(groups) < 3:
        raise UsageError(
            f"{len(groups)} documents cannot be split into training, development and test; "
            "use --method head, or name another column with --split-by"
        )
    rest = folds(examples, count=min(len(groups), 20), seed=seed)
    held: dict[str, list[int]] = {"dev": [], "test": []}
    for name, share in (("test", test), ("dev", dev)):
        size = share * len(examples)
        while len(rest) > 1 and (not held[name] or len(held[name]) + len(rest[-1]) / 2 < size):
            held[name] += rest.pop()
    return sorted(at for part in rest for at in part), sorted(held["dev"]), sorted(held["test"])
