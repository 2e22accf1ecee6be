"""Labels for rows that a user already has: the columns of the contract in, the same rows with labels out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from stance.classifiers import tasks
from stance.classifiers.base import Pair

if TYPE_CHECKING:
    from stance.classifiers.base import Scorer
    from stance.codebook import Codebook

NEEDED = {"stance": ("text", "target"), "frame": ("text",), "entailment": ("premise", "hypothesis")}
MEANT = {"target": "what the stance is toward"}  # where a column's name does not say it


def fault_of(row: Mapping[str, Any], task: str) -> str | None:
    """What keeps a row from being labelled, in words, or `None`."""
    return next((fault for column in NEEDED[task] if (fault := no_words(row, column))), None)


def no_words(row: Mapping[str, Any], column: str) -> str | None:
    """What to say of a row whose cell holds no text; `None` where it does."""
    value = row.get(column)
    if words(value) is not None:
        return None
    wrong = f"no {column}" if value is None or isinstance(value, str) else f"{column} {value!r:.40} is no text"
    return f"{wrong}; write {MEANT.get(column, 'it')} into the column `{column}`"


def words(value: Any) -> str | None:
    """The text of a cell, spaces made one; `None` where it is empty or holds something else than text."""
    return " ".join(value.split()) or None if isinstance(value, str) else None


def label(
    scorer: Scorer, rows: Sequence[Mapping[str, Any]], *, task: str, codebook: Codebook | None = None
) -> Iterator[tuple[dict[str, Any], str | None]]:
    """Each row with `predicted` and `scores` added, and what was wrong with it.

    Args:
        scorer: any entailment model.
        rows: mappings with the columns of `NEEDED[task]`; `speaker` and `context` are used where present.
        task: stance, frame or entailment.
        codebook: the frames, for `task="frame"`.

    Yields:
        (row, fault) in order. `predicted` is a label, a list of frames, or `None` where the model abstains or the row
        has a fault.
    """
    faults = [fault_of(row, task) for row in rows]
    results = iter(
        _results(scorer, [row for row, fault in zip(rows, faults, strict=True) if fault is None], task, codebook)
    )
    for row, fault in zip(rows, faults, strict=True):
        if fault:
            yield {**row, "predicted": None, "scores": None}, fault
            continue
        predicted, scores, windows = next(results)
        extra = {"windows": windows} if windows > 1 else {}
        yield (
            {
                **row,
                "predicted": predicted,
                "scores": {name: round(value, 5) for name, value in scores.items()},
                **extra,
            },
            None,
        )


def _results(
    scorer: Scorer, rows: Sequence[Mapping[str, Any]], task: str, codebook: Codebook | None
) -> list[tuple[Any, Mapping[str, float], int]]:
    if task == "entailment":
        return [
            (r.label, r.scores, r.windows)
            for r in tasks.classify_entailment(scorer, [Pair(row["premise"], row["hypothesis"]) for row in rows])
        ]
    if task == "frame":
        if codebook is None:
            raise ValueError("frames need a codebook")
        frames = [tasks.FrameItem(row["text"], words(row.get("speaker")), words(row.get("context"))) for row in rows]
        return [(list(r.labels), r.scores, r.windows) for r in tasks.classify_frames(scorer, frames, codebook)]
    items = [
        tasks.StanceItem(row["text"], row["target"], words(row.get("speaker")), words(row.get("context")))
        for row in rows
    ]
    return [(r.label, r.scores, r.windows) for r in tasks.classify_stance(scorer, items)]
