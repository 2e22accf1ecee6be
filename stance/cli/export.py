"""`stance export`: a run, or a sample of it, in the format of an annotation tool or as a table."""

from __future__ import annotations

import click

from stance.cli import options


@click.command("export")
@click.argument("run", metavar="RUN")
@click.option(
    "--to",
    "tool",
    type=click.Choice(["labelstudio", "doccano", "brat", "inception", "csv", "parquet"]),
    required=True,
    help="The format.",
)
@click.option("--out", "-o", metavar="PATH", required=True, help="File to write; a new folder for brat and inception.")
@click.option(
    "--sample",
    type=click.Choice(["random", "stratified", "uncertain"]),
    help="Draw quotes: random or stratified for figures about the run, uncertain for training.",
)
@click.option("--sample-size", type=click.IntRange(1), default=100, show_default=True, help="How many to draw.")
@click.option(
    "--sample-by",
    default="section",
    show_default=True,
    metavar="section|speaker|side|outlet|COLUMN",
    help="Groups of a stratified sample.",
)
@click.option("--annotator", metavar="NAME", help="Show this annotator's labels instead of the classifier's.")
@options.seed
def command(
    run: str,
    tool: str,
    out: str,
    sample: str | None,
    sample_size: int,
    sample_by: str,
    annotator: str | None,
    seed: int,
) -> None:
    """Write the quotes of RUN with cue, source, speaker, stance and frames for annotators to correct, or as a table.

    Offsets are in the tool's own unit; `stance import` brings the file back.
    """
    from stance import exchange, store
    from stance.errors import UsageError
    from stance.exchange import sample as sampling
    from stance.spelling import unknown

    found = store.load(run)
    coders = sorted({label.annotator for label in found.labels if label.annotator})
    if annotator and annotator not in coders:
        raise UsageError(
            f"--annotator {annotator}: "
            + (unknown(annotator, coders) if coders else "the run has no labels of annotators")
        )
    samples = (
        sampling.draw(found, size=sample_size, how=sample, by=sample_by, seed=seed)  # type: ignore[arg-type]
        if sample
        else None
    )
    written = exchange.write(found, tool, out, samples=samples, annotator=annotator)
    count = len(samples) if samples is not None else len(found.quotes)
    click.echo(f"{count} quotes: {', '.join(map(str, written[:3]))}{' ...' if len(written) > 3 else ''}", err=True)
