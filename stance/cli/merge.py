"""`stance merge`: the shards of a run put together."""

from __future__ import annotations

import click

from stance.cli import options


@click.command("merge")
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@click.option("--out", "-o", required=True, metavar="RUN", help="Folder to write the whole run to.")
@click.option("--overwrite", is_flag=True, help="Replace a finished run in the folder.")
@options.quiet
def command(runs: tuple[str, ...], out: str, overwrite: bool, quiet: bool) -> int:
    """Put the folders made with `stance analyze --shard 1/N … N/N` together, as if one run had made them.

    Exit status: 0 all done; 1 done, but some inputs had failed (each named on stderr); 2 a shard is missing, given twice
    or of another run.
    """
    from stance.cli import outcome
    from stance.finish import NothingAnalysedError
    from stance.merge import merge
    from stance.report.terminal import show

    try:
        done = merge(runs, out, overwrite=overwrite)
    except NothingAnalysedError as error:
        for failure in error.failures:
            click.echo(f"stance: {failure.source}: {failure.reason}", err=True)
        return 1
    status = outcome.failures(done)
    if not quiet:
        show(done.shown, out=out)
    return status
