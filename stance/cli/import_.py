"""`stance import`: what annotators did, as labelled rows or as a run."""

from __future__ import annotations

from pathlib import Path

import click


@click.command("import")
@click.argument("path", metavar="PATH")
@click.option(
    "--from",
    "tool",
    type=click.Choice(["labelstudio", "doccano", "brat", "inception", "csv", "parquet"]),
    required=True,
    help="The tool that PATH comes from.",
)
@click.option("--run", metavar="RUN", help="The run that was exported: gives back what the tool has no place for.")
@click.option(
    "--out",
    "-o",
    metavar="FILE.jsonl|RUN",
    required=True,
    help="Labelled rows for agree, evaluate and finetune (.jsonl), or a run folder.",
)
@click.option(
    "--task",
    type=click.Choice(["stance", "frame"]),
    default="stance",
    show_default=True,
    help="Which labels, for rows.",
)
@click.option("--annotator", metavar="NAME", help="Who coded, where the file does not say.")
@click.option("--drop-missing", is_flag=True, help="Drop quotes of the run that the file no longer has.")
def command(
    path: str, tool: str, run: str | None, out: str, task: str, annotator: str | None, drop_missing: bool
) -> int:
    """Read PATH as a tool exports it, and write labelled rows (-o FILE.jsonl) or a run (-o RUN)."""
    from stance import exchange, store
    from stance.errors import UsageError

    before = store.load(run) if run else None
    rows_wanted = Path(out).suffix.lower() in (".jsonl", ".ndjson")
    if not rows_wanted and Path(out).suffix.lower() in (".json", ".csv", ".tsv", ".parquet", ".xlsx"):
        raise UsageError(f"-o {out}: labelled rows are written as .jsonl; a name without ending makes a run folder")
    if not rows_wanted:
        store.check_free(out)
    if Path(out).exists() and Path(path).exists() and Path(out).samefile(path):
        raise UsageError(f"-o {out}: is the file to import; choose another name")
    if rows_wanted and Path(out).is_file() and Path(out).stat().st_size:
        raise UsageError(f"-o {out}: is there already, perhaps edited since; choose another name or remove it")
    if not Path(out).absolute().parent.is_dir():
        raise UsageError(f"-o {out}: no folder {Path(out).absolute().parent}; make it first")
    coded = exchange.read(tool, path, before, annotator=annotator)
    for fault in (fault for one in coded for fault in one.faults):
        click.echo(f"stance: {fault}", err=True)
    if rows_wanted:
        rows = list(exchange.labelled_rows(coded, task=task))
        if not rows:
            raise UsageError(f"{path}: holds no {task} labels; nothing was written")
        if not any("annotator" in row for row in rows):
            click.echo(f"stance: {path} names no annotator; if a person coded it, say who (--annotator)", err=True)
        store.write_whole(Path(out), "".join(store.dumps(row) + "\n" for row in rows))
        click.echo(f"{len(rows)} rows: {out}", err=True)
    else:
        finished = exchange.merge(before, coded, drop_missing=drop_missing)
        store.save(finished, out)
        click.echo(f"{len(finished.quotes)} quotes, {len(finished.labels)} labels: {out}", err=True)
    return 1 if any(one.faults for one in coded) else 0
