"""`stance finetune`: a better model from labelled rows."""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import click

from stance.cli import options

LEFT_OUT = {"left_open": "without a label", "repeated": "repeated"}  # rows, and how to say it


@click.command("finetune")
@click.argument("labelled", metavar="LABELLED")
@click.option("--out", "-o", metavar="MODEL_DIR", help="Folder to write; --model takes it everywhere.")
@click.option(
    "--base", default="embedded", show_default=True, metavar="embedded|PATH|HUB_ID", help="What to start from."
)
@click.option(
    "--task", type=click.Choice(["stance", "frame"]), default="stance", show_default=True, help="What is labelled."
)
@click.option(
    "--method",
    type=click.Choice(["auto", "head", "full"]),
    default="auto",
    show_default=True,
    help="head: seconds, for few rows; full: the whole encoder; auto: by the number of rows.",
)
@click.option(
    "--frames",
    "codebook",
    metavar="FILE|NAME",
    default="",
    help="Codebook of the frames; otherwise made of the labels.",
)
@click.option("--split-by", metavar="COLUMN", default="", help="Column with a row's document: it stays on one side.")
@click.option(
    "--check-labels", is_flag=True, help="Train nothing; list the rows whose labels look wrong, as JSON Lines."
)
@click.option("--epochs", type=click.IntRange(1), default=6, show_default=True, help="At most (full).")
@click.option("--learning-rate", type=float, default=5e-5, show_default=True, help="Its peak (full).")
@click.option(
    "--batch-size", type=click.IntRange(1, 4096), default=16, show_default=True, help="Pairs in a forward pass."
)
@click.option(
    "--accumulate", type=click.IntRange(1), default=1, show_default=True, help="Forward passes a step (full)."
)
@click.option(
    "--patience", type=click.IntRange(1), default=3, show_default=True, help="Evaluations without gain (full)."
)
@click.option("--balanced/--as-counted", default=True, show_default=True, help="Whether each class weighs the same.")
@click.option("--device", default="auto", show_default=True, metavar="auto|cpu|cuda|mps", help="Where torch runs.")
@click.option("--overwrite", is_flag=True, help="Replace a model in MODEL_DIR.")
@options.seed
@click.option("--format", "form", type=click.Choice(["summary", "json"]), default="summary", show_default=True)
@options.quiet
def command(
    labelled: str,
    out: str | None,
    base: str,
    task: str,
    method: str,
    codebook: str,
    split_by: str,
    check_labels: bool,
    epochs: int,
    learning_rate: float,
    batch_size: int,
    accumulate: int,
    patience: int,
    balanced: bool,
    device: str,
    overwrite: bool,
    seed: int,
    form: str,
    quiet: bool,
) -> int:
    """Fine-tune a model on LABELLED (.jsonl .csv .tsv .parquet or hf:NAME).

    Columns: stance {text, target, label}, frame {text, labels}; `speaker`, `context` and `document_id` are used where present.
    Rows with a fault are named and nothing is written. An interrupted training resumes when the same command is given again.
    """
    from stance.errors import UsageError
    from stance.training import finetune
    from stance.training.arguments import Arguments

    arguments = Arguments(
        task=task,  # type: ignore[arg-type]
        method=method,  # type: ignore[arg-type]
        base=base,
        codebook=codebook,
        split_by=split_by,
        seed=seed,
        epochs=epochs,
        learning_rate=learning_rate,
        batch_size=batch_size,
        accumulation=accumulate,
        patience=patience,
        balanced=balanced,
        device=device,
    )
    if not out and not check_labels:
        raise UsageError("-o MODEL_DIR is missing: name the folder to write, or pass --check-labels")
    if out and check_labels:
        raise UsageError(f"-o {out}: --check-labels trains nothing and writes to stdout; leave one of the two out")
    with _progress(quiet) as progress:
        if check_labels:
            suspects = finetune.check_labels(labelled, arguments, progress=progress)
        else:
            typed = shlex.join(["stance", *sys.argv[1:]])
            meta = finetune.finetune(
                labelled, str(out), arguments, overwrite=overwrite, command=typed, progress=progress
            )
    if check_labels:
        _suspects(suspects, labelled)
    elif form == "json":
        click.echo(json.dumps(meta, ensure_ascii=False, indent=2))
    else:
        _summary(meta, str(out))
    return 0


def _suspects(rows: Sequence[Mapping[str, Any]], labelled: str) -> None:
    from stance.store import dumps

    for row in rows:
        sys.stdout.write(dumps(row) + "\n")
    count = f"{len(rows)} labels look" if len(rows) != 1 else "1 label looks"
    told = (
        f"{count} wrong, the most doubtful first; read them again before you change any"
        if rows
        else "no label looks wrong"
    )
    click.echo(f"{labelled}: {told}", err=True)


@contextmanager
def _progress(quiet: bool) -> Iterator[Any]:
    """A callback (done, of, what), or `None` where there is nothing to show."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task("finetune", total=None)
        yield lambda done, of, what: shown.update(task, completed=done, total=of, description=what)


def _summary(meta: dict[str, Any], out: str) -> None:
    from rich.console import Console

    console = Console(markup=False, highlight=False, emoji=False, soft_wrap=True)
    figures, data = meta["figures"], meta["training"]["data"]
    left = [f"{data[key]} {words}" for key, words in LEFT_OUT.items() if data[key]]
    shown = f" ({', '.join(left)} left out)" if left else ""
    console.print(
        f"{out}: {meta['method']} on {data['rows']} rows{shown}, from {meta['training']['base']['name']}",
        style="bold",
    )
    console.print(f"measured on {figures['measured_on']}:")
    for key in ("accuracy", "macro_f1", "micro_f1", "f1_favor_against", "calibration_error", "coverage"):
        new, old = figures["model"].get(key), figures["baseline"].get(key)
        if new is not None:
            bounds = figures["model"].get(f"{key}_interval")
            shown = f"  [{bounds[0]:.3f}, {bounds[1]:.3f}]" if bounds else " " * 16
            console.print(
                f"  {key.replace('_', ' '):20} {new:.3f}{shown}  base {old:.3f}"
                if old is not None
                else f"  {key} {new}"
            )
    for note in figures["notes"]:
        console.print(note)
    use = f"stance classify rows.jsonl --model {out}"
    if meta["task"] == "frame":
        use += f" --task frame --frames {out}/codebook.yaml"
    console.print(use)
