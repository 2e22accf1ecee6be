"""`stance evaluate`: how good a model's labels are on rows whose labels are known."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click

from stance.cli import options

SHOWN_PARTS = 10  # targets or sources in the table
BAR = 30  # characters of a bar from 0 to 1


@click.command("evaluate")
@click.argument("labelled", metavar="LABELLED")
@options.task
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
    label}. `speaker`, `context`, `source` are used where present. Rows with a fault are named and left out (exit status 1),
    all rows of a text with contradicting labels among them; rows that repeat another one count once. Rows whose label is null are
    not asked about.
    """
    from stance import classifiers, evaluation
    from stance import codebook as codebooks
    from stance.classifiers import trained
    from stance.cli import labelled as reading
    from stance.labelled import ALLOWED

    book = codebooks.load(codebook) if task == "frame" else None
    found = reading.read(labelled, task=task, codebook=book)
    rows = found.rows
    _say(labelled, found, ALLOWED.get(task, ()))
    scorer = classifiers.load(model, device=device, batch_size=batch_size)
    for name in (model, against):
        if name and (note := trained.mismatch(name, task, book)):
            click.echo(f"stance: {note}", err=True)
    result = reading.measure(scorer, rows, task=task, codebook=book, seed=seed, quiet=quiet)
    report: dict[str, Any] = {"model": scorer.info.name, "task": task, "rows": labelled, **result.figures}
    report |= {"left_out": len(found.faults), "left_open": found.left_open, "repeated": found.repeated}
    if against:
        other = classifiers.load(against, device=device, batch_size=batch_size)
        second = reading.measure(other, rows, task=task, codebook=book, seed=seed, quiet=quiet)
        report["against"] = {"model": other.info.name, **second.figures}
        report["mcnemar"] = evaluation.mcnemar(result.gold, result.predicted, second.predicted)
        if task != "frame":
            labels = ALLOWED[task]
            report |= evaluation.difference(result.gold, result.predicted, second.predicted, labels=labels, seed=seed)
    if form == "json":
        click.echo(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        _table(report)
    return 1 if found.faults else 0


def _say(path: str, found: Any, allowed: Sequence[str]) -> None:
    """What is wrong with the rows, and what becomes of it."""
    from stance.labelled import lines

    said = lines(found.faults)
    if found.left_open:
        said.append(f"{path}: {found.left_open} rows have no label; left out")
    if found.repeated:
        said.append(f"{path}: {found.repeated} rows repeat another one, label and all; counted once")
    labels = {str(row["label"]) for row in found.rows if "label" in row}
    if len(labels) == 1:
        said.append(f"{path}: every row is {labels.pop()!r}; macro-F1 says little; add rows of other labels")
    elif absent := [label for label in allowed if labels and label not in labels]:
        said.append(f"{path}: no row is {' or '.join(absent)}; macro-F1 counts it only where the model says it")
    for line in said:
        click.echo(f"stance: {line}", err=True)


def _table(report: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    from stance.evaluation import MEASURES

    console = Console(markup=False, highlight=False, emoji=False)
    console.print(f"{report['model']}: {report['task']} on {report['rows']}, n = {report['n']}", style="bold")
    for key in MEASURES:
        if report.get(key) is not None:
            bounds = report.get(f"{key}_interval")
            console.print(
                f"  {key.replace('_', ' '):24} {report[key]:.3f}"
                + (f"  [{bounds[0]:.3f}, {bounds[1]:.3f}]" if bounds else "")
            )
    confusion = report.get("confusion", {})
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for heading in ("label", "precision", "recall", "F1", "n", *(f"called {label}" for label in confusion)):
        table.add_column(heading, justify="left" if heading == "label" else "right")
    for label, cell in (report.get("per_class") or report.get("per_label") or {}).items():
        called = (str(count) for count in confusion.get(label, {}).values())
        figures = (f"{cell[key]:.3f}" for key in ("precision", "recall", "f1"))
        table.add_row(label, *figures, str(cell["support"]), *called)
    console.print(table)
    _parts(console, report)
    _reliability(console, report)
    if curve := report.get("accuracy_by_coverage"):
        console.print("  accuracy on the surest share of the rows, the rest left open:", style="dim")
        console.print("    share   " + "  ".join(f"{float(share):>4.0%}" for share in curve))
        console.print("    right   " + "  ".join(f"{right:>4.0%}" for right in curve.values()))
    if "mcnemar" in report:
        other, test = report["against"], report["mcnemar"]
        console.print(
            f"  against {other['model']}: macro-F1 {other.get('macro_f1', 0):.3f}; {report['model']} alone is right on "
            f"{test['only_first_right']} rows, {other['model']} alone on {test['only_second_right']}; exact McNemar "
            + (f"p = {test['p']:.4f}" if test["p"] >= 0.0001 else "p < 0.0001")
        )
    if "macro_f1_difference" in report:
        low, high = report["macro_f1_difference_interval"]
        console.print(f"  macro-F1 difference {report['macro_f1_difference']:+.3f}  [{low:+.3f}, {high:+.3f}]")


def _parts(console: Any, report: dict[str, Any]) -> None:
    """Figures by target and by source, the largest first."""
    for kind in ("source", "target"):
        parts = report.get(f"by_{kind}", {})
        measured = [(name, part) for name, part in parts.items() if "macro_f1" in part or "micro_f1" in part]
        if len(parts) < 2 or not measured:
            continue
        measured.sort(key=lambda item: (-item[1]["n"], item[0]))
        few = len(parts) - len(measured)
        too_few = f" ({few} with too few rows for a figure)" if few else ""
        console.print(f"  by {kind}{too_few}:", style="dim")
        for name, part in measured[:SHOWN_PARTS]:
            key = "macro_f1" if "macro_f1" in part else "micro_f1"
            console.print(f"    {key[:5]}-F1 {part[key]:.3f}  n {part['n']:<5} {name}", soft_wrap=True)
        if len(measured) > SHOWN_PARTS:
            console.print(f"    and {len(measured) - SHOWN_PARTS} more, see --format json")


def _reliability(console: Any, report: dict[str, Any]) -> None:
    """The reliability diagram: how often the model is right when it is so sure; the mark is where it should be."""
    if not (bins := report.get("reliability")):
        return
    console.print("  how sure, how often right (the bar should end at the mark):", style="dim")
    for cell in bins:
        bar, mark = round(cell["accuracy"] * BAR), round(cell["confidence"] * BAR)
        drawn = "".join("|" if at == mark else "#" if at < bar else " " for at in range(BAR + 1))
        until = min(cell["from"] + 0.1, 1.0)
        shown = f"{cell['from']:.1f} to {until:.1f}  {drawn}  right {cell['accuracy']:.2f}  n {cell['n']}"
        console.print(f"    {shown}", soft_wrap=True)
