"""Labelled rows: read, checked, grouped by document, split so that no document is on both sides."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance import labelled
from stance.classifiers.rows import NEEDED, fault_of, words
from stance.errors import UsageError
from stance.labelled import BadRowsError, Fault

if TYPE_CHECKING:
    from stance.codebook import Codebook

DOCUMENT_COLUMNS = ("document_id", "document", "doc_id", "article_id", "url")
MIN_ROWS = 8
MIN_OF_CLASS = 2
AFTER = "; nothing was written"


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


Numbered = Sequence[tuple[int, Example]]  # with the number of its row


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
    rows, faults = labelled.numbered(source)
    count = len(rows) + len(faults)
    if reason := labelled.missing_columns([row for _, row in rows], (*NEEDED[task], labelled.LABEL[task]), task):
        raise UsageError(f"{source}: {reason}{AFTER}")
    column = _document_column([row for _, row in rows], split_by, source)
    examples: list[tuple[int, Example]] = []
    left_open = 0
    for number, row in rows:
        example = _example(row, f"{source}: row {number}", task, book, column)
        if isinstance(example, str):
            faults.append(Fault(source, number, example))
        elif example is None:
            left_open += 1
        else:
            examples.append((number, example))
    unique, conflicts = _unique(examples, source)
    faults += conflicts
    if task == "frame" and book is None:
        faults += _misspelt(examples, source)
    if faults:
        raise BadRowsError(source, faults, count, after=AFTER)
    if not rows:
        raise UsageError(f"{source}: holds no rows{AFTER}")
    _check_enough(unique, source, task, left_open)
    grouped = _joined_groups([example for _, example in unique])
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


def _document_column(rows: Sequence[Mapping[str, Any]], split_by: str, source: str) -> str | None:
    if split_by in labelled.LABEL.values():
        raise UsageError(f"--split-by {split_by}: is the label itself; name the column with a row's document{AFTER}")
    if split_by:
        for row in rows:
            if split_by not in row:
                raise UsageError(f"{source}: {labelled.no_column(split_by, '--split-by', row)}{AFTER}")
        return split_by
    return next((name for name in DOCUMENT_COLUMNS if rows and all(row.get(name) for row in rows)), None)


def _example(
    row: Mapping[str, Any], where: str, task: str, book: Codebook | None, column: str | None
) -> Example | str | None:
    """The example, what is wrong with the row, or neither for a row that was left open."""
    if fault := fault_of(row, task) or labelled.label_fault(row, task, book):
        return fault
    label = row[labelled.LABEL[task]]
    if labelled.is_open(label):
        return None
    text = words(row["text"]) or ""
    base: dict[str, Any] = {
        "text": text,
        "where": where,
        "group": str(row[column]) if column and row.get(column) is not None else text,
        "speaker": words(row.get("speaker")),
        "context": words(row.get("context")),
    }
    if task == "frame":
        return Example(**base, labels=tuple(sorted(set(labelled.names(label) or ()))))
    return Example(**base, target=words(row["target"]) or "", label=label)


def _unique(examples: Numbered, source: str) -> tuple[Numbered, list[Fault]]:
    """Each row once, and a fault for each that contradicts an earlier one."""
    first: dict[tuple[str | None, ...], tuple[int, Example]] = {}
    faults = []
    for number, example in examples:
        at, known = first.setdefault(example.key, (number, example))
        if known.code != example.code:
            about = f" toward {example.target!r}" if example.target else ""
            reason = (
                f"{example.code or 'no frame'!r}{about}, but the same text is {known.code or 'no frame'!r} in row {at}"
            )
            faults.append(Fault(source, number, f"{reason}; decide for one"))
    return list(first.values()), faults


def _misspelt(examples: Numbered, source: str) -> list[Fault]:
    """Rows with a frame that is another one written differently, where no codebook says which frames there are."""
    counts = Counter(name for _, example in examples for name in example.labels)
    usual: dict[str, str] = {}
    wrong: dict[str, str] = {}
    for name, _ in counts.most_common():
        known = usual.setdefault(re.sub(r"[\s_]+", " ", name.casefold()), name)
        if "," in name and {part.strip() for part in name.split(",")} <= set(counts):
            wrong[name] = labelled.unknown_frame(name, list(counts))
        elif known != name:
            wrong[name] = (
                f"frame {name!r} is {known!r} in other rows; write it one way, or pass your codebook (--frames)"
            )
    return [Fault(source, at, wrong[name]) for at, example in examples for name in example.labels if name in wrong]


def _check_enough(examples: Numbered, source: str, task: str, left_open: int) -> None:
    rows: dict[str, list[int]] = {}
    for number, example in examples:
        rows.setdefault(example.code, []).append(number)
    if len(examples) < MIN_ROWS:
        also = f" and {left_open} without a label" if left_open else ""
        raise UsageError(
            f"{source}: {len(examples)} usable {'row' if len(examples) == 1 else 'rows'}{also}; label at least {MIN_ROWS}, "
            f"better 8 of each class{AFTER}"
        )
    if len(rows) < 2:
        only = next(iter(rows)) or "no frame"
        raise UsageError(f"{source}: every row is {only!r}; label rows of a second class{AFTER}")
    rare = next((code for code, numbers in rows.items() if len(numbers) < MIN_OF_CLASS), None)
    if task == "stance" and rare:
        raise UsageError(
            f"{source}: row {rows[rare][0]}: only this row is {rare!r}; label at least {MIN_OF_CLASS} of a class, or take it out"
            f"{AFTER}"
        )
    if len({example.group for _, example in examples}) < 2:
        raise UsageError(
            f"{source}: all rows are of one document, which cannot be split; name another column with --split-by{AFTER}"
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
