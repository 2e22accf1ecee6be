"""What a command that makes a run says at its end: failed inputs, a summary, the exit status."""

from __future__ import annotations

import click

from stance.api import Outcome


def failures(done: Outcome) -> int:
    """Name the inputs that failed, and what a summary leaves out, on stderr; returns the exit status."""
    from stance.finish import sampled

    for failure in done.run.errors:
        click.echo(f"stance: {failure.source}: {failure.reason}", err=True)
    if note := sampled(done.run.manifest["counts"]["documents"], len(done.shown.documents)):
        click.echo(f"stance: the summary, {note}", err=True)
    return 1 if done.run.errors else 0
