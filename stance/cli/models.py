"""`stance models`: what is here, size, hash, licence, measured quality."""

from __future__ import annotations

import json

import click


@click.command("models")
@click.argument("action", type=click.Choice(["list", "show"]), default="list")
@click.argument("name", required=False)
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def command(action: str, name: str | None, form: str) -> None:
    """List the shipped models, or `show NAME` for one model's card with its measured figures."""
    from stance import models
    from stance.errors import UsageError

    shipped = models.shipped()
    if action == "show":
        found = next((model for model in shipped if name in (model.name, model.folder.name)), None)
        if found is None:
            raise UsageError(
                f"models show {name or ''}: no such model; there are {', '.join(model.name for model in shipped)}"
            )
        click.echo(json.dumps(found.to_json(), ensure_ascii=False, indent=2) if form == "json" else found.card_text())
        return
    if form == "json":
        click.echo(json.dumps([model.to_json() for model in shipped], ensure_ascii=False, indent=2))
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", padding=(0, 2, 0, 0))
    for heading in ("name", "role", "size", "sha256", "licence"):
        table.add_column(
            heading, justify="right" if heading == "size" else "left", no_wrap=heading != "licence", overflow="fold"
        )
    for model in shipped:
        table.add_row(model.name, model.role, f"{model.size / 1e6:.1f} MB", model.sha256[:12], model.licence or "")
    Console().print(table)
