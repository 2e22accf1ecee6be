"""`stance compare`: from finished runs to where the viewpoints differ."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stance.cli import options

if TYPE_CHECKING:
    from stance.compare import Comparison, RunData


@click.command("compare")
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@click.option(
    "--by",
    default="section",
    show_default=True,
    metavar="section|speaker|side|outlet|author|date|COLUMN",
    help="What groups the quotes.",
)
@click.option("--group", "groups", multiple=True, metavar="NAME", help="Take this group (repeatable, in this order).")
@click.option(
    "--bins",
    type=click.Choice(["day", "week", "month", "quarter", "year"]),
    default="month",
    show_default=True,
    help="Width of the bins of dates.",
)
@click.option("--out", "-o", metavar="FILE", help="Write a report: .html, .md or .json. Otherwise Markdown on stdout.")
@click.option("--files", "folder", metavar="FOLDER", help="Also write every table (CSV), chart and network (GraphML).")
@click.option(
    "--charts-as", type=click.Choice(["svg", "png"]), default="svg", show_default=True, help="Form of charts."
)
@click.option(
    "--claims/--no-claims",
    default=True,
    show_default=True,
    help="Look for pairs of quotes that contradict or agree (loads the classifier).",
)
@options.model
@options.seed
def command(
    runs: tuple[str, ...],
    by: str,
    groups: tuple[str, ...],
    bins: str,
    out: str | None,
    folder: str | None,
    charts_as: str,
    claims: bool,
    model: str,
    device: str,
    batch_size: int,
    seed: int,
) -> None:
    """Compare groups of quotes in one or several RUN folders made by `stance analyze -o`."""
    from stance import classifiers, store
    from stance.errors import UsageError

    suffix = Path(out).suffix.lower() if out else ".md"
    if suffix not in (".html", ".md", ".json"):
        raise UsageError(f"-o {out}: the report is written as .html, .md or .json; end the name in one of them")
    if out and not Path(out).absolute().parent.is_dir():
        raise UsageError(f"-o {out}: no folder {Path(out).absolute().parent}; make it first")
    if folder and Path(folder).exists():
        raise UsageError(f"--files {folder}: is there already; give a folder that does not exist yet")
    joined = store.join([store.load(path) for path in runs])
    found = joined.compare(by, groups, seed=seed, bins=bins)  # a wrong grouping shows before a model is loaded
    if claims:
        scorer = classifiers.load(model, device=device, batch_size=batch_size)
        found = joined.compare(by, groups, seed=seed, scorer=scorer, bins=bins)
    text = _rendered(joined.data, found, suffix)
    if folder:
        from stance import report

        store.write_folder(Path(folder), report.files(joined.data, found, charts_as=charts_as))
    if out:
        store.write_whole(Path(out), text)
        click.echo(found.headline)
    else:
        click.echo(text, nl=not text.endswith("\n"))


def _rendered(data: RunData, found: Comparison, suffix: str) -> str:
    from stance import report

    if suffix == ".html":
        return report.render_html(data, found)
    if suffix == ".json":
        return json.dumps(found.to_json(), ensure_ascii=False, indent=1) + "\n"
    return report.render_markdown(data, found)
