"""Labelled rows for `evaluate` and `agree`: read and checked, and a model measured on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stance import spelling
from stance.classifiers import rows as labelling
from stance.errors import UsageError
from stance.schema import ENTAILMENTS, STANCES
from stance.training import data

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


def names_of(value: Any) -> tuple[str, ...]:
    """A set of frames as users write it: a list, or one string with `;` or `|` between the names."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.replace("|", ";").split(";") if part.strip())
    return tuple(str(part) for part in value or ())


def are_names(value: Any) -> bool:
    """Whether `names_of` can read a cell."""
    return isinstance(value, str) or (isinstance(value, (list, tuple)) and all(isinstance(one, str) for one in value))


@dataclass(frozen=True, slots=True)
class Read:
    """Rows that can be used, each once; for every other one a line that names file, row and fault; how many were repeated."""

    rows: tuple[Row, ...]
    faults: tuple[str, ...]
    repeated: int


def read(path: str, *, task: str, codebook: Codebook | None = None) -> Read:
    """Labelled rows.

    A row that repeats another one with the same label is counted once. Where the labels contradict each other neither is known
    to be right, and all rows of that text are left out.

    Raises:
        UsageError: no such file, no such column, or no row can be used.
    """
    found: list[tuple[int, Row]] = []
    faults: list[str] = []
    for number, row in enumerate(data.table(path), 1):
        if isinstance(row, str):
            faults.append(row)
        else:
            found.append((number, row))
    needed = (*labelling.NEEDED[task], "labels" if task == "frame" else "label")
    if reason := data.missing_columns([row for _, row in found], needed):
        raise UsageError(f"{path}: {reason}")
    same: dict[tuple[str, ...], list[tuple[int, Row]]] = {}
    for number, row in found:
        if fault := labelling.fault_of(row, task) or _label_fault(row, task, codebook):
            faults.append(f"{path}: row {number}: {fault}")
        else:
            seen = (" ".join(str(row.get(name) or "").split()) for name in (*needed[:-1], "speaker", "context"))
            same.setdefault(tuple(seen), []).append((number, row))
    good: list[Row] = []
    repeated = 0
    for rows in same.values():
        codes = [_code(row, task) for _, row in rows]
        if len(set(codes)) == 1:
            good.append(rows[0][1])
            repeated += len(rows) - 1
        else:
            faults.append(f"{path}: {_conflict(rows, codes, task)}")
    if not good:
        if not faults:
            raise UsageError(f"{path}: holds no rows")
        raise UsageError(
            f"{path}: none of its rows can be used; the first fault: {faults[0].removeprefix(f'{path}: ')}"
        )
    return Read(tuple(good), tuple(faults), repeated)


def _code(row: Row, task: str) -> str:
    return "; ".join(sorted(set(names_of(row["labels"])))) if task == "frame" else str(row["label"])


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


def _label_fault(row: Row, task: str, codebook: Codebook | None) -> str | None:
    if task == "frame":
        if "labels" not in row or row["labels"] is None:
            return "no labels; --task frame needs a list, or names joined by ;"
        if not are_names(row["labels"]):
            return "labels are neither a list of names nor names joined by ;"
        unknown = [name for name in names_of(row["labels"]) if codebook and name not in codebook.ids]
        return f"frame {spelling.unknown(unknown[0], codebook.ids)}" if unknown and codebook else None
    allowed = ENTAILMENTS if task == "entailment" else STANCES
    label = row.get("label")
    if label is None or label == "":
        return f"no label; write one of {', '.join(allowed)} into the column `label`"
    return None if label in allowed else f"label {spelling.unknown(label, allowed)}"


def measure(
    scorer: Scorer, rows: Sequence[Row], *, task: str, codebook: Codebook | None, seed: int, quiet: bool
) -> Measured:
    """Label the rows with `scorer` and compare with their own labels."""
    from stance import evaluation
    from stance.cli import progress

    labelled: list[dict[str, Any]] = []
    with progress.bar(len(rows), scorer.info.name, quiet=quiet) as step:
        for start in range(0, len(rows), WINDOW):
            labelled += [
                row for row, _ in labelling.label(scorer, rows[start : start + WINDOW], task=task, codebook=codebook)
            ]
            if step:
                step(len(labelled), "")
    if task == "frame" and codebook is not None:
        gold = tuple(frozenset(names_of(row["labels"])) for row in rows)
        given = tuple(frozenset(row["predicted"]) for row in labelled)
        return Measured(
            evaluation.sets(
                [sorted(g) for g in gold],
                [sorted(g) for g in given],
                labels=codebook.ids,
                scores=[row["scores"] for row in labelled],
                parts=_sources(rows),
                seed=seed,
            ),
            gold,
            given,
        )
    labels = ENTAILMENTS if task == "entailment" else STANCES
    truth = [str(row["label"]) for row in rows]
    parts = _sources(rows)
    if task == "stance":
        parts["target"] = [str(row["target"]) for row in rows]
    figures = evaluation.single(
        truth,
        [row["scores"] for row in labelled],
        [row["predicted"] for row in labelled],
        labels=labels,
        parts=parts,
        seed=seed,
    )
    best = tuple(max(row["scores"].items(), key=lambda item: float(item[1]))[0] for row in labelled)
    return Measured(figures, tuple(truth), best)


def _sources(rows: Sequence[Row]) -> dict[str, list[str]]:
    return {"source": [str(row["source"]) for row in rows]} if all("source" in row for row in rows) else {}
