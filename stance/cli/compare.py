"""`stance compare`: from finished runs to where the viewpoints differ."""

from __future__ import annotations

import json
from pathlib import Path

import click

from stance.cli import options


@click.command("compare")
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@click.option(
    "--by",
    default="section",
    show_default=True,
    metavar="section|speaker|side|outlet|author|date|COLUMN",
    help="What groups the quotes.",
)
@click.option(
    "--group",
    "groups",
    multiple=True,
    metavar="NAME",
    help="Take this group (repeatable, in this order); otherwise all.",
)
@click.option(
    "--out",
    "-o",
    metavar="FILE",
    help="Write a report: .html, .md or .json, by the suffix. Otherwise Markdown on stdout.",
)
@click.option(
    "--claims/--no-claims",
    default=False,
    help="Look for pairs of quotes that contradict or agree (loads the classifier).",
)
@options.model
@options.seed
def command(
    runs: tuple[str, ...],
    by: str,
    groups: tuple[str, ...],
    out: str | None,
    claims: bool,
    model: str,
    device: str,
    batch_size: int,
    seed: int,
) -> None:
    """Compare groups of quotes in one or several RUN folders made by `stance analyze -o`."""
    from stance import classifiers, compare, report, store
    from stance.errors import UsageError

    suffix = Path(out).suffix.lower() if out else ".md"
    if suffix not in (".html", ".md", ".json"):
        raise UsageError(f"-o {out}: the report is written as .html, .md or .json; end the name in one of them")
    if out and not Path(out).absolute().parent.is_dir():
        raise UsageError(f"-o {out}: no folder {Path(out).absolute().parent}; make it first")
    data = store.join([store.load(path) for path in runs]).data
    scorer = classifiers.load(model, device=device, batch_size=batch_size) if claims else None
    found = compare.compare(data, by=by, groups=groups, seed=seed, scorer=scorer)
    if suffix == ".html":
        text = report.render_html(data, found)
    elif suffix == ".json":
        text = json.dumps(found.to_json(), ensure_ascii=False, indent=1) + "\n"
    else:
        text = report.render_markdown(data, found)
    if out:
        store.write_whole(Path(out), text)
        click.echo(found.headline)
    else:
        click.echo(text, nl=not text.endswith("\n"))
