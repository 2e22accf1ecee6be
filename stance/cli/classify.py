"""`stance classify`: labels for rows you already have, in the same rows, on stdout."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import click

from stance.cli import options

WINDOW = 256  # rows classified together


@click.command("classify")
@click.argument("file", metavar="FILE")
@options.task
@options.model
@options.quiet
def command(file: str, task: str, codebook: str, model: str, device: str, batch_size: int, quiet: bool) -> int:
    """Label the rows of FILE (.jsonl .csv .tsv .parquet): the same rows come out as JSON Lines, with labels and scores.

    Columns: stance needs text and target (speaker and context help), frame needs text, entailment premise and hypothesis. Other
    columns are kept. A row that lacks one is named on stderr, comes out with `predicted` null, and makes the exit status 1.
    """
    from stance import classifiers, loaders, store
    from stance import codebook as codebooks
    from stance.classifiers import rows as labelling
    from stance.classifiers import trained
    from stance.cli import progress
    from stance.errors import UsageError

    if not loaders.exists(file):
        raise UsageError(f"{file}: no such file; check the spelling and the folder you are in")
    book = codebooks.load(codebook) if task == "frame" else None
    scorer = classifiers.load(model, device=device, batch_size=batch_size)
    if note := trained.mismatch(model, task, book):
        click.echo(f"stance: {note}", err=True)
    failed = done = 0
    with progress.bar(None, "classify", quiet=quiet) as step:
        for window in _windows(loaders.rows(file)):
            good = [row for row in window if not isinstance(row, loaders.Failure)]
            for failure in (row for row in window if isinstance(row, loaders.Failure)):
                click.echo(f"stance: {failure.source}: {failure.reason}", err=True)
                failed += 1
            for row, fault in labelling.label(scorer, good, task=task, codebook=book):
                done += 1
                if fault:
                    click.echo(f"stance: {file}: row {done}: {fault}", err=True)
                    failed += 1
                sys.stdout.write(store.dumps(row) + "\n")
            if step:
                step(done, "rows")
    return 1 if failed else 0


def _windows(rows: Iterator[Any]) -> Iterator[list[Any]]:
    from itertools import islice

    while window := list(islice(rows, WINDOW)):
        yield window
