"""Bundles of options that several commands share, as decorators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def _bundle(*options: Callable[[Any], Any]) -> Callable[[Command], Command]:
    def decorate(function: Command) -> Command:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


inputs = _bundle(
    click.argument("inputs", nargs=-1, required=True, metavar="INPUT..."),
    click.option("--text-column", metavar="NAME", help="Column that holds the article, in tables."),
    click.option(
        "--column",
        "columns",
        multiple=True,
        metavar="FIELD=NAME",
        help="Column of title, outlet, author, date, language, url or id, in tables (repeatable); e.g. date=pub_date.",
    ),
    click.option("--any-language", is_flag=True, help="Take documents that are not in English too."),
)

extraction = _bundle(
    click.option(
        "--speakers", "speakers_file", metavar="FILE", default="", help="Roster of known speakers (YAML or JSON)."
    ),
    click.option(
        "--extractor",
        type=click.Choice(["rules", "tagger", "both"]),
        default="both",
        show_default=True,
        help="How quotations are found.",
    ),
)

task = _bundle(
    click.option(
        "--task",
        type=click.Choice(["stance", "frame", "entailment"]),
        default="stance",
        show_default=True,
        help="What is labelled.",
    ),
    click.option(
        "--frames",
        "codebook",
        metavar="FILE|NAME",
        default="policy_frames",
        show_default=True,
        help="Codebook, for --task frame.",
    ),
)

model = _bundle(
    click.option(
        "--model", default="embedded", show_default=True, metavar="embedded|PATH|HUB_ID", help="The classifier."
    ),
    click.option(
        "--device", default="cpu", show_default=True, metavar="cpu|cuda|mps", help="Where the classifier runs."
    ),
    click.option(
        "--batch-size", type=click.IntRange(1, 4096), default=32, show_default=True, help="Pairs in a forward pass."
    ),
)

seed = click.option("--seed", type=int, default=0, show_default=True, help="Seed of everything drawn at random.")
quiet = click.option("--quiet", "-q", is_flag=True, help="No progress on stderr.")
