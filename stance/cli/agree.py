"""`stance agree`: inter-coder agreement over labelled files."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping
from typing import Any, NamedTuple

import click

from stance.cli import options

CODER = "annotator"  # the usual column, which need not be there
MIN_UNITS = 5  # a target with fewer units coded twice gets no figure of its own
SHOWN_TEXT = 160  # characters of a text in the list of disagreements


@click.command("agree")
@click.argument("labelled", nargs=-1, required=True, metavar="LABELLED...")
@click.option(
    "--task", type=click.Choice(["stance", "frame"]), default="stance", show_default=True, help="What was coded."
)
@click.option(
    "--unit", metavar="COLUMN", help="Column that names the unit coded; default: id, else the text (with its target)."
)
@click.option(
    "--coder",
    metavar="COLUMN",
    default=CODER,
    show_default=True,
    help="Column that names the coder; else one coder a file.",
)
@click.option(
    "--disagreements", type=click.IntRange(0), default=10, show_default=True, help="How many disagreements to list."
)
@options.seed
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True)
def command(
    labelled: tuple[str, ...], task: str, unit: str | None, coder: str, disagreements: int, seed: int, form: str
) -> None:
    """Krippendorff's alpha, Cohen's and Fleiss' kappa and percent agreement over LABELLED files.

    Either one file a coder, or one file with a column that names the coder. Frames are sets, compared by the MASI distance.
    """
    from pathlib import Path

    from stance import agreement
    from stance.errors import UsageError

    found: dict[tuple[str, str], dict[str, _Code]] = {}
    for path in labelled:
        for one in _codes(path, task, unit, coder, default=Path(path).stem):
            known = found.setdefault((one.unit, one.target), {}).setdefault(one.coder, one)
            if known.code != one.code:
                raise UsageError(
                    f"{one.where}: {one.coder} codes {one.unit!r} as {_words(_plain(one.code))}, "
                    f"but as {_words(_plain(known.code))} in {known.where}; keep one"
                )
    units = {key: {by: one.code for by, one in codes.items()} for key, codes in found.items()}
    every = list(units.values())
    if not any(len(codes) > 1 for codes in every):
        raise UsageError(
            "no unit was coded by two coders; give one file a coder with the same ids, or name the columns (--unit, --coder)"
        )
    distance = agreement.masi if task == "frame" else agreement.nominal
    result = agreement.summary(every, distance=distance, seed=seed)
    labels = sorted(
        {
            label
            for codes in every
            for code in codes.values()
            for label in (code if isinstance(code, frozenset) else [str(code)])
        }
    )
    result["alpha_by_label"] = agreement.by_label(every, labels)
    result["alpha_by_label_interval"] = agreement.by_label_interval(every, labels, seed=seed)
    if task == "stance":
        result["by_target"] = {
            target: {
                "units": len(part),
                "alpha": _rounded(agreement.alpha(part)),
                "alpha_interval": agreement.bounded(part, agreement.alpha, seed=seed),
                "percent": _rounded(agreement.percent(part)),
                "percent_interval": agreement.bounded(part, agreement.percent, seed=seed),
            }
            for target in sorted({target for _, target in units})
            if len(part := [codes for (_, t), codes in units.items() if t == target and len(codes) > 1]) >= MIN_UNITS
        }
    differ = [(key, codes) for key, codes in units.items() if len(set(codes.values())) > 1]
    result["disagreements"] = [
        {
            "unit": key[0],
            "target": key[1],
            "codes": {by: _plain(code) for by, code in sorted(codes.items())},
            "text": next(reversed(found[key].values())).text,
        }
        for key, codes in differ[:disagreements]
    ]
    result["disagreements_total"] = len(differ)
    if form == "json":
        click.echo(json.dumps(result, ensure_ascii=False, indent=2))
    else:
        _table(result)


class _Code(NamedTuple):
    """What a coder says of a unit, and the file and row where it stands."""

    unit: str
    target: str
    coder: str
    code: Hashable
    text: str
    where: str


def _codes(path: str, task: str, unit: str | None, coder: str, *, default: str) -> list[_Code]:
    """The codes of a file, rows that were left open without.

    Raises:
        UsageError: no such file, no rows, or a row that names no unit, no code or an unknown stance.
    """
    from stance.cli.labelled import are_names, names_of
    from stance.errors import UsageError
    from stance.schema import STANCES
    from stance.spelling import unknown
    from stance.training import data

    column = "labels" if task == "frame" else "label"
    found: list[_Code] = []
    rows: list[Mapping[str, Any]] = []
    for row in data.table(path):
        if isinstance(row, str):
            raise UsageError(row)
        rows.append(row)
    if reason := data.missing_columns(rows, [column]):
        raise UsageError(f"{path}: {reason}")
    for option, name in (("--unit", unit), ("--coder", None if coder == CODER else coder)):
        if name and rows and not any(name in row for row in rows):
            raise UsageError(f"{path}: {data.no_column(name, option, rows[0])}")
    for number, row in enumerate(rows, 1):
        where = f"{path}: row {number}"
        key = row.get(unit) if unit else row.get("id") or row.get("quote_id") or row.get("text")
        if key is None or not str(key).strip():
            raise UsageError(f"{where}: no {unit or 'id and no text'}; agreement needs it to find a unit again")
        if column not in row:
            raise UsageError(f"{where}: no {column}; write the coder's {task} into the column `{column}`")
        if row[column] is None or (task == "stance" and row[column] == ""):
            continue  # left open by this coder: no code, which is not the same as neutral
        if task == "stance" and row[column] not in STANCES:
            raise UsageError(f"{where}: label {unknown(row[column], STANCES)}")
        if task == "frame" and not are_names(row[column]):
            raise UsageError(f"{where}: labels are neither a list of names nor names joined by ;")
        code: Hashable = frozenset(names_of(row[column])) if task == "frame" else str(row[column])
        target, by = str(row.get("target") or "").strip(), str(row.get(coder) or default)
        found.append(_Code(str(key), target, by, code, str(row.get("text") or ""), where))
    if not rows:
        raise UsageError(f"{path}: holds no rows")
    named = [one for one in found if one.target]
    if task == "stance" and named and (bare := next((one for one in found if not one.target), None)):
        raise UsageError(f"{bare.where}: no target; write what the stance is toward into the column `target`")
    return found


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _plain(code: Hashable) -> Any:
    return sorted(code) if isinstance(code, frozenset) else code


def _table(result: dict[str, Any]) -> None:
    from rich.console import Console

    console = Console(markup=False, highlight=False, emoji=False, soft_wrap=True)
    once = result["units"] - result["units_coded_twice"]
    shown = f", {once} of them coded by one coder only" if once else ""
    console.print(f"{result['units']} units{shown}, coders {', '.join(result['coders'])}", style="bold")
    labels = {f"alpha, {label}": label for label in result["alpha_by_label"]}
    width = max(22, *(len(name) + 2 for name in labels))

    def line(name: str, value: float | None, bounds: list[float] | None, note: str = "", *, scale: int = 1) -> None:
        if value is not None:
            digits = 3 if scale == 1 else 1
            shown = f"  [{scale * bounds[0]:.{digits}f}, {scale * bounds[1]:.{digits}f}]" if bounds else ""
            console.print(f"  {name:{width}}{scale * value:.{digits}f}{shown}{note}")

    sets = "fleiss_kappa" not in result
    line("Krippendorff's alpha", result["alpha"], result["alpha_interval"], "  of sets, MASI distance" if sets else "")
    line("percent agreement", result["percent"], result["percent_interval"], "  equal sets" if sets else "", scale=100)
    line("Fleiss' kappa", result.get("fleiss_kappa"), result.get("fleiss_kappa_interval"))
    for pair, value in result.get("cohen_kappa", {}).items():
        line("Cohen's kappa", value, result["cohen_kappa_interval"][pair], f"  {pair}")
    for name, label in labels.items():
        line(name, result["alpha_by_label"][label], result["alpha_by_label_interval"][label])
    targets = sorted(result.get("by_target", {}).items(), key=lambda item: (-item[1]["units"], item[0]))
    for target, part in targets:
        line("alpha, one target", part["alpha"], part["alpha_interval"], f"  {part['units']} units toward {target}")
    if result["disagreements_total"]:
        console.print(f"\n{result['disagreements_total']} disagreements; the first {len(result['disagreements'])}:")
    for one in result["disagreements"]:
        codes = ", ".join(f"{by}: {_words(code)}" for by, code in one["codes"].items())
        toward = f" → {one['target']}" if one["target"] else ""
        text = one["text"] if len(one["text"]) <= SHOWN_TEXT else one["text"][:SHOWN_TEXT].rsplit(" ", 1)[0] + " …"
        console.print(f"  {one['unit']}{toward}  {codes}\n    {text}")


def _words(code: Any) -> str:
    """A code as a line shows it."""
    return (" + ".join(code) or "no frame") if isinstance(code, list) else str(code)
