"""`stance`: the group that loads a command's module only when that command runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from keyword import iskeyword

import click

from stance.errors import StanceError
from stance.spelling import nearest

COMMANDS = {
    "quotes": "Quotations with their speakers, one JSON object a line.",
    "analyze": "The whole line: quotes, speakers, targets, stance, frames, comparison.",
    "merge": "The shards of a run put together.",
    "compare": "Where groups of quotes differ, and which quotes show it.",
    "classify": "Label rows you already have.",
    "evaluate": "How good a model is on rows whose labels you know.",
    "agree": "Inter-coder agreement.",
    "export": "A run, or a sample of it, to an annotation tool or a table.",
    "import": "What annotators did, as labelled rows or a run.",
    "finetune": "A better model from rows that you have labelled.",
    "models": "The models that are here: size, hash, licence, measured quality.",
}


class LazyGroup(click.Group):
    """Lists its commands without importing them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Names in the order of the work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import `stance.cli.NAME` (`NAME_` where the name is a word of Python) and take its `command`."""
        if cmd_name not in COMMANDS:
            return None
        module = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name
        command: click.Command = import_module(f"stance.cli.{module}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """A name that is nearly a command's is answered with that command's."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = nearest(args[0], COMMANDS, cutoff=0.7)
            if not near or "did you mean" in error.message.lower():
                raise
            raise click.UsageError(f"{error.message.rstrip('.')}; did you mean {near!r}?", ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands from the table above, so that help imports none of them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _print_version(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from stance.manifest import version

        click.echo(f"stance {version()}")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the version and exit.",
)
def group() -> None:
    """Who said what, about whom, for or against, framed how, and where do two camps differ?

    Reads news articles, attributes every quotation to its speaker, labels its stance and framing, and compares viewpoints.
    Works offline. Data goes to stdout, progress to stderr.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; a `StanceError` is one line on stderr and exit status 2."""
    try:
        status = group.main(args=arguments, prog_name="stance", standalone_mode=False)
    except click.exceptions.Exit as stop:
        status = stop.exit_code
    except click.ClickException as error:
        error.show()
        status = 2
    except click.Abort:
        click.echo("stopped; run the same command again to resume a run with -o", err=True)
        status = 130
    except StanceError as error:
        for line in (*error.details, str(error)):
            click.echo(f"stance: {line}", err=True)
        status = 2
    except BrokenPipeError:
        # The reader of our output has gone (`| head`); that is no fault.
        sys.stderr.close()
        status = 0
    sys.exit(status if isinstance(status, int) else 0)
