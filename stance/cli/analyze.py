"""`stance analyze`: the whole line, a summary on the terminal, a run folder with -o."""

from __future__ import annotations

import json

import click

from stance.cli import options


@click.command("analyze")
@options.inputs
@click.option("--out", "-o", metavar="RUN", help="Folder to write the run to: JSON Lines, comparison, report.html.")
@click.option("--parquet", is_flag=True, help="Write the tables of RUN as Parquet files too.")
@click.option("--overwrite", is_flag=True, help="Replace a finished run in RUN.")
@click.option(
    "--target",
    "-t",
    "targets",
    multiple=True,
    metavar="NAME",
    help="Ask for the stance toward NAME (repeatable); otherwise targets are found.",
)
@click.option(
    "--targets", "targets_file", metavar="FILE", default="", help="Targets with their aliases (YAML or JSON)."
)
@click.option(
    "--frames",
    "frames",
    multiple=True,
    metavar="FILE|NAME",
    default=("policy_frames",),
    show_default=True,
    help="Codebook of frames (repeatable); 'none' for no frames.",
)
@options.extraction
@options.model
@options.seed
@click.option(
    "--jobs",
    "-j",
    type=click.IntRange(0, 1024),
    default=0,
    metavar="N",
    help="Worker processes, one thread each. Default: one process, its classifier on all cores; from the seventeenth "
    "document on one a core, where there are four or more and memory for them. The results are the same.",
)
@click.option(
    "--engine",
    type=click.Choice(["local", "ray"]),
    default="local",
    show_default=True,
    help="Where the workers are: on this machine, or on a Ray cluster.",
)
@click.option(
    "--shard", metavar="I/N", help="Only the I-th of N parts of the input; `stance merge` puts the parts together."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["summary", "json"]),
    default="summary",
    show_default=True,
    help="What goes to stdout.",
)
@options.quiet
def command(
    inputs: tuple[str, ...],
    text_column: str | None,
    columns: tuple[str, ...],
    any_language: bool,
    out: str | None,
    parquet: bool,
    overwrite: bool,
    targets: tuple[str, ...],
    targets_file: str,
    frames: tuple[str, ...],
    speakers_file: str,
    extractor: str,
    model: str,
    device: str,
    batch_size: int,
    seed: int,
    jobs: int,
    engine: str,
    shard: str | None,
    form: str,
    quiet: bool,
) -> int:
    """Read INPUT (files, folders, globs, - for stdin) and say who said what, about whom, for or against, framed how.

    Exit status: 0 all done; 1 done, but some inputs failed (each named on stderr); 2 wrong usage, configuration or model.
    """
    from stance import api, blocks, codebook, loaders
    from stance.classifiers import trained
    from stance.cli import outcome, progress
    from stance.errors import UsageError
    from stance.finish import NothingAnalysedError
    from stance.loaders import columns as column_names
    from stance.pipeline import Settings

    if any(not name.strip() for name in targets):
        raise UsageError("--target: the name is empty; give what the stance is toward, e.g. --target NATO")
    settings = Settings(
        targets=targets,
        targets_file=targets_file,
        frames=tuple(name for name in frames if name != "none"),
        speakers_file=speakers_file,
        model=model,
        extractor=extractor,
        device=device,
        batch_size=batch_size,
        seed=seed,
        text_column=text_column,
        columns=column_names.mapping(columns),
        any_language=any_language,
        parquet=parquet,
    )
    for note in trained.mismatches(model, [codebook.load(name) for name in settings.frames]):
        click.echo(f"stance: {note}", err=True)
    part = blocks.parse_shard(shard) if shard else blocks.WHOLE
    sources = loaders.find_sources(inputs)
    total = progress.count(list(sources)) if part == blocks.WHOLE else None
    try:
        with progress.bar(total, "analyze", quiet=quiet) as step:
            done = api.execute(
                sources,
                settings,
                out=out,
                overwrite=overwrite,
                jobs=jobs,
                engine=engine,
                shard=part,
                progress=step,
            )
    except NothingAnalysedError as error:
        for failure in error.failures:
            click.echo(f"stance: {failure.source}: {failure.reason}", err=True)
        return 1
    status = outcome.failures(done)
    if form == "json":
        run = done.run
        click.echo(
            json.dumps(
                {"quotes": run.quotes.rows(), "speakers": run.speakers.rows(), "labels": run.labels.rows()},
                ensure_ascii=False,
            )
        )
    else:
        from stance.report.terminal import show

        show(done.shown, out=out)
    return status
