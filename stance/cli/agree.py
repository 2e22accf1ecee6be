"""`stance agree`: inter-coder agreement over labelled files."""

from __future__ import annotations

import json
from collections.abc import Hashable, Mapping, Sequence
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
    from stance import agreement
    from stance.errors import UsageError

    found: dict[tuple[str, str], dict[str, _Code]] = {}
    repeated = 0
    for path, name in zip(labelled, _coders(labelled), strict=True):
        for one in _codes(path, task, unit, coder, default=name):
            codes_of = found.setdefault((one.unit, one.target), {})
            known = codes_of.setdefault(one.coder, one)
            repeated += known is not one
            if known.code != one.code:
                raise UsageError(
                    f"{one.where}: {one.coder} codes {one.unit!r} as {_words(_plain(one.code))}, "
                    f"but as {_words(_plain(known.code))} in {known.where}; keep one"
                )
    units = {key: {by: one.code for by, one in codes.items()} for key, codes in found.items()}
    every = list(units.values())
    if not any(len(codes) > 1 for codes in every):
        raise UsageError(_apart(found))
    if repeated:
        click.echo(f"stance: {repeated} rows repeat another one of the same coder; counted once", err=True)
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
            for target in sorted({target for _, target in units if target})
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


def _coders(paths: Sequence[str]) -> list[str]:
    """Who coded a file that does not say: its name, with its folder where that is another file's too."""
    from pathlib import Path

    stems = [Path(path).stem for path in paths]
    return [
        stem if stems.count(stem) == 1 else str(Path(path).with_suffix(""))
        for path, stem in zip(paths, stems, strict=True)
    ]


def _apart(found: Mapping[tuple[str, str], Mapping[str, _Code]]) -> str:
    """Why no unit has two codes."""
    first: dict[str, _Code] = {}
    for codes in found.values():
        for by, code in codes.items():
            first.setdefault(by, code)
    if len(first) == 1:
        (only,) = first
        return f"the only coder is {only!r}; give one file a coder, or name the column that says who coded (--coder)"
    one, other = list(first.values())[:2]
    shown = (
        f"{code.coder} {code.unit!r}" + (f" toward {code.target!r}" if code.target else "") for code in (one, other)
    )
    return (
        f"no unit was coded by two coders: {' and '.join(shown)} stand alone ({one.where}; {other.where}); give the same ids and "
        "targets, or name the column of the units (--unit)"
    )


def _codes(path: str, task: str, unit: str | None, coder: str, *, default: str) -> list[_Code]:
    """The codes of a file, rows that were left open without.

    Raises:
        BadRowsError: rows that name no unit, no code or an unknown stance.
        UsageError: no such file, or no codes in it.
    """
    from stance.classifiers.rows import no_words, words
    from stance.errors import UsageError
    from stance.labelled import (
        LABEL,
        BadRowsError,
        Fault,
        is_open,
        label_fault,
        missing_columns,
        names,
        no_column,
        numbered,
    )

    column = LABEL[task]
    rows, faults = numbered(path)
    count = len(rows) + len(faults)
    if not count:
        raise UsageError(f"{path}: holds no rows")
    if reason := missing_columns([row for _, row in rows], [column], task):
        raise UsageError(f"{path}: {reason}")
    for option, name in (("--unit", unit), ("--coder", None if coder == CODER else coder)):
        if name and rows and not any(name in row for _, row in rows):
            raise UsageError(f"{path}: {no_column(name, option, rows[0][1])}")
    targets = task == "stance" and any(row.get("target") not in (None, "") for _, row in rows)
    found: list[_Code] = []
    for number, row in rows:
        key = row.get(unit) if unit else row.get("id") or row.get("quote_id") or row.get("text")
        left_open = is_open(row.get(column)) or (task == "stance" and row[column] == "")
        if key is None or not str(key).strip():
            faults.append(
                Fault(path, number, f"no {unit or 'id and no text'}; agreement needs it to find a unit again")
            )
        elif column in row and left_open:
            continue  # left open by this coder: no code, which is not the same as neutral
        elif fault := (targets and no_words(row, "target")) or label_fault(row, task):
            faults.append(Fault(path, number, fault))
        else:
            code: Hashable = frozenset(names(row[column]) or ()) if task == "frame" else row[column]
            target, by = words(row.get("target")) or "", str(row.get(coder) or default)
            found.append(_Code(str(key), target, by, code, str(row.get("text") or ""), f"{path}: row {number}"))
    if faults:
        raise BadRowsError(path, faults, count)
    if not found:
        raise UsageError(f"{path}: no row has a label; write the coder's {task} into the column `{column}`")
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
    many = "unit" if result["units"] == 1 else "units"
    console.print(f"{result['units']} {many}{shown}, coders {', '.join(result['coders'])}", style="bold")
    labels = {f"alpha, {label}": label for label in result["alpha_by_label"]}
    width = max([22, *(len(name) + 2 for name in labels)])

    def line(name: str, value: float | None, bounds: list[float] | None, note: str = "", *, scale: int = 1) -> None:
        digits = 3 if scale == 1 else 1
        interval = f"  [{scale * bounds[0]:.{digits}f}, {scale * bounds[1]:.{digits}f}]" if bounds else ""
        figure = "undefined" if value is None else f"{scale * value:.{digits}f}"
        console.print(f"  {name:{width}}{figure}{interval}{note}")

    sets = "fleiss_kappa" not in result
    why = f": {result['undefined']}" if "undefined" in result else ""
    line("Krippendorff's alpha", result["alpha"], result["alpha_interval"], why + sets * "  of sets, MASI distance")
    line("percent agreement", result["percent"], result["percent_interval"], sets * "  equal sets", scale=100)
    if not sets:
        line("Fleiss' kappa", result["fleiss_kappa"], result["fleiss_kappa_interval"])
    for pair, value in result.get("cohen_kappa", {}).items():
        line("Cohen's kappa", value, result["cohen_kappa_interval"][pair], f"  {pair}")
    for name, label in labels.items():
        line(name, result["alpha_by_label"][label], result["alpha_by_label_interval"][label])
    targets = sorted(result.get("by_target", {}).items(), key=lambda item: (-item[1]["units"], item[0]))
    for target, part in targets:
        line("alpha, one target", part["alpha"], part["alpha_interval"], f"  {part['units']} units toward {target}")
    if result["disagreements_total"]:
        listed = len(result["disagreements"])
        total = (
            "1 disagreement" if result["disagreements_total"] == 1 else f"{result['disagreements_total']} disagreements"
        )
        console.print(f"\n{total}" + (f"; the first {listed}:" if listed < result["disagreements_total"] else ":"))
    for one in result["disagreements"]:
        codes = ", ".join(f"{by}: {_words(code)}" for by, code in one["codes"].items())
        toward = f" → {one['target']}" if one["target"] else ""
        text = one["text"] if len(one["text"]) <= SHOWN_TEXT else one["text"][:SHOWN_TEXT].rsplit(" ", 1)[0] + " …"
        console.print(f"  {one['unit']}{toward}  {codes}\n    {text}")


def _words(code: Any) -> str:
    """A code as a line shows it."""
    return (" + ".join(code) or "no frame") if isinstance(code, list) else str(code)
