"""`stance evaluate`: how good a model's labels are on rows whose labels are known."""

from __future__ import annotations

import json
from typing import Any

import click

from stance.cli import options


@click.command("evaluate")
@click.argument("labelled", metavar="LABELLED")
@click.option(
    "--task",
    type=click.Choice(["stance", "frame", "entailment"]),
    default="stance",
    show_default=True,
    help="What is labelled.",
)
@click.option(
    "--frames",
    "codebook",
    metavar="FILE|NAME",
    default="policy_frames",
    show_default=True,
    help="Codebook, for --task frame.",
)
@click.option(
    "--against", metavar="MODEL", help="A second model on the same rows: exact McNemar test, paired bootstrap."
)
@options.model
@options.seed
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
@options.quiet
def command(
    labelled: str,
    task: str,
    codebook: str,
    against: str | None,
    model: str,
    device: str,
    batch_size: int,
    seed: int,
    form: str,
    quiet: bool,
) -> int:
    """Measure a model on LABELLED (.jsonl .csv .tsv .parquet).

    Columns: stance {text, target, label}, frame {text, labels} (a list, or names joined by ;), entailment {premise, hypothesis,
    label}. `speaker`, `context`, `source` are used where present. Rows with a fault are named and left out (exit status 1).
    """
    from stance import classifiers, evaluation
    from stance import codebook as codebooks
    from stance.cli import labelled as reading
    from stance.schema import ENTAILMENTS, STANCES

    book = codebooks.load(codebook) if task == "frame" else None
    rows, faults = reading.read(labelled, task=task, codebook=book)
    for fault in faults:
        click.echo(f"stance: {fault}", err=True)
    scorer = classifiers.load(model, device=device, batch_size=batch_size)
    result = reading.measure(scorer, rows, task=task, codebook=book, seed=seed, quiet=quiet)
    report: dict[str, Any] = {"model": scorer.info.name, "task": task, "rows": labelled, **result.figures}
    if against:
        other = classifiers.load(against, device=device, batch_size=batch_size)
        second = reading.measure(other, rows, task=task, codebook=book, seed=seed, quiet=quiet)
        report["against"] = {"model": other.info.name, **second.figures}
        report["mcnemar"] = evaluation.mcnemar(result.gold, result.predicted, second.predicted)
        if task != "frame":
            labels = ENTAILMENTS if task == "entailment" else STANCES
            report |= evaluation.difference(result.gold, result.predicted, second.predicted, labels=labels, seed=seed)
    if form == "json":
        click.echo(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        _table(report)
    return 1 if faults else 0


def _table(report: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(markup=False, highlight=False, emoji=False)
    console.print(f"{report['model']}: {report['task']} on {report['rows']}, n = {report['n']}", style="bold")
    for key in (
        "accuracy",
        "macro_f1",
        "micro_f1",
        "f1_favor_against",
        "exact",
        "calibration_error",
        "coverage",
        "accuracy_when_labelled",
    ):
        if report.get(key) is not None:
            bounds = report.get(f"{key}_interval")
            console.print(
                f"  {key.replace('_', ' '):24} {report[key]:.3f}"
                + (f"  [{bounds[0]:.3f}, {bounds[1]:.3f}]" if bounds else "")
            )
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("label", "precision", "recall", "F1", "n"):
        table.add_column(heading, justify="left" if heading == "label" else "right")
    for label, cell in (report.get("per_class") or report.get("per_label") or {}).items():
        table.add_row(label, *(f"{cell[key]:.3f}" for key in ("precision", "recall", "f1")), str(cell["support"]))
    console.print(table)
    if "mcnemar" in report:
        other, test = report["against"], report["mcnemar"]
        console.print(
            f"  against {other['model']}: macro-F1 {other.get('macro_f1', 0):.3f}; right alone {test['only_first_right']} : "
            f"{test['only_second_right']}, exact McNemar p = {test['p']:.4f}"
        )
    if "macro_f1_difference" in report:
        low, high = report["macro_f1_difference_interval"]
        console.print(f"  macro-F1 difference {report['macro_f1_difference']:+.3f}  [{low:+.3f}, {high:+.3f}]")
