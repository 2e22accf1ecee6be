"""Labelled rows for `evaluate` and `agree`: read and checked, and a model measured on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stance import labelled
from stance.classifiers import rows as labelling
from stance.errors import UsageError
from stance.labelled import BadRowsError, Fault

if TYPE_CHECKING:
    from stance.classifiers.base import Scorer
    from stance.codebook import Codebook

WINDOW = 512
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures of a model, with what they are made of."""

    figures: dict[str, Any]
    gold: tuple[Any, ...]
    predicted: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Read:
    """Rows that can be used, each once; what is wrong with others; how many were repeated, and how many have no label."""

    rows: tuple[Row, ...]
    faults: tuple[Fault, ...]
    repeated: int
    left_open: int


def read(path: str, *, task: str, codebook: Codebook | None = None) -> Read:
    """Labelled rows.

    A row that repeats another one with the same label is counted once. Where the labels contradict each other neither is known
    to be right, and all rows of that text are left out.

    Raises:
        BadRowsError: no row can be used.
        UsageError: no such file, no such column, no labels, or none that the codebook has.
    """
    rows, faults = labelled.numbered(path)
    count = len(rows) + len(faults)
    if not count:
        raise UsageError(f"{path}: holds no rows")
    column = labelled.LABEL[task]
    needed = (*labelling.NEEDED[task], column)
    if reason := labelled.missing_columns([row for _, row in rows], needed, task):
        raise UsageError(f"{path}: {reason}")
    same: dict[tuple[str, ...], list[tuple[int, Row]]] = {}
    left_open = 0
    for number, row in rows:
        if fault := labelling.fault_of(row, task) or labelled.label_fault(row, task, codebook):
            faults.append(Fault(path, number, fault))
        elif labelled.is_open(row[column]):
            left_open += 1
        else:
            seen = (labelling.words(row.get(name)) or "" for name in (*needed[:-1], "speaker", "context"))
            same.setdefault(tuple(seen), []).append((number, row))
    good: list[Row] = []
    repeated = 0
    for alike in same.values():
        codes = [_code(row, task) for _, row in alike]
        if len(set(codes)) == 1:
            good.append(alike[0][1])
            repeated += len(alike) - 1
        else:
            faults.append(Fault(path, 0, _conflict(alike, codes, task)))
    if not good and faults:
        raise BadRowsError(path, faults, count)
    if not good:
        raise UsageError(f"{path}: no row has a label; write it into the column `{column}`")
    if (
        codebook
        and any(one.reason.startswith("frame ") for one in faults)
        and not any(_code(row, task) for row in good)
    ):
        error = UsageError(
            f"{path}: no frame in it is one of the codebook {codebook.name!r}; pass yours with --frames FILE"
        )
        error.details = tuple(labelled.lines(faults))
        raise error
    return Read(tuple(good), tuple(faults), repeated, left_open)


def _code(row: Row, task: str) -> str:
    """The label, or the frames as one string."""
    return "; ".join(sorted(set(labelled.names(row["labels"]) or ()))) if task == "frame" else str(row["label"])


def _conflict(rows: Sequence[tuple[int, Row]], codes: Sequence[str], task: str) -> str:
    """The line for rows of one text with several labels."""
    first = {code: number for (number, _), code in reversed(list(zip(rows, codes, strict=True)))}
    said = ", ".join(
        f"row {first[code]} {code or 'no frame'!r}" for code in sorted(first, key=lambda code: first[code])
    )
    about = f" toward {rows[0][1]['target']!r}" if task == "stance" else ""
    coders = len({row.get("annotator") for _, row in rows}) > 1
    how = "decide for one (stance agree lists where coders differ)" if coders else "decide for one"
    return f"the same text{about} has several labels: {said}; all {len(rows)} rows are left out; {how}"


def measure(
    scorer: Scorer, rows: Sequence[Row], *, task: str, codebook: Codebook | None, seed: int, quiet: bool
) -> Measured:
    """Label the rows with `scorer` and compare with their own labels."""
    from stance import evaluation
    from stance.cli import progress

    answers: list[dict[str, Any]] = []
    with progress.bar(len(rows), scorer.info.name, quiet=quiet) as step:
        for start in range(0, len(rows), WINDOW):
            answers += [
                row for row, _ in labelling.label(scorer, rows[start : start + WINDOW], task=task, codebook=codebook)
            ]
            if step:
                step(len(answers), "")
    if task == "frame" and codebook is not None:
        gold = tuple(frozenset(labelled.names(row["labels"]) or ()) for row in rows)
        given = tuple(frozenset(row["predicted"]) for row in answers)
        return Measured(
            evaluation.sets(
                [sorted(g) for g in gold],
                [sorted(g) for g in given],
                labels=codebook.ids,
                scores=[row["scores"] for row in answers],
                parts=_sources(rows),
                seed=seed,
            ),
            gold,
            given,
        )
    labels = labelled.ALLOWED[task]
    truth = [str(row["label"]) for row in rows]
    parts = _sources(rows)
    if task == "stance":
        parts["target"] = [str(row["target"]) for row in rows]
    figures = evaluation.single(
        truth,
        [row["scores"] for row in answers],
        [row["predicted"] for row in answers],
        labels=labels,
        parts=parts,
        seed=seed,
    )
    best = tuple(max(row["scores"].items(), key=lambda item: float(item[1]))[0] for row in answers)
    return Measured(figures, tuple(truth), best)


def _sources(rows: Sequence[Row]) -> dict[str, list[str]]:
    return {"source": [str(row["source"]) for row in rows]} if all("source" in row for row in rows) else {}
