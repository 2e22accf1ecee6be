"""The model card of a fine-tuning, filled from the run; the README of the folder, in the hub's form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from stance.evaluation import MEASURES

TEMPLATE = """---
license: {licence}
language: en
library_name: transformers
pipeline_tag: {pipeline}
base_model: {base_id}
tags: [stance-detection, nli, news, stance-analyser]
---

# {name}

Fine-tuned on {rows} labelled rows for {what} with `stance` {version}, from `{base}`.

    stance classify rows.jsonl {options}--model {name}

{usage}

## Figures

Measured on {measured_on}.

{table}

{comparison}

{notes}

## Data

| | |
|---|---|
| source | `{source}` |
| sha256 of the rows used | `{data_sha256}` |
| rows | {rows} ({counts}) |
| split | {split} |
| left open, repeated | {left_open}, {repeated} |

## How it was made

| | |
|---|---|
| base | `{base}`, sha256 `{base_sha256}` |
| method | {method} |
| date | {date} |
| command | `{command}` |
| packages | {packages} |

```json
{training}
```

Settings:

```json
{arguments}
```

Calibration:

```json
{calibration}
```

## Limits

Measured on rows of the kind that it was trained on; on other kinds of text measure it first (`stance evaluate`). Stance is the
quoted speaker's toward the named target as far as the words show it. Labels that were not trained: {untrained}
"""


def table(figures: Mapping[str, Any], baseline: Mapping[str, Any]) -> str:
    """A Markdown table of the new model's and the base's figures on the same rows."""
    lines = ["| measure | this model | the base, zero-shot |", "|---|---|---|"]
    for key in MEASURES:
        if figures.get(key) is not None:
            cells = [_cell(one, key) for one in (figures, baseline)]
            lines.append(f"| {key.replace('_', ' ')} | {cells[0]} | {cells[1]} |")
    for label, cell in (figures.get("per_class") or figures.get("per_label") or {}).items():
        other = (baseline.get("per_class") or baseline.get("per_label") or {}).get(label, {})
        lines.append(f"| F1 of {label} (n = {cell['support']}) | {cell['f1']:.3f} | {other.get('f1', 0):.3f} |")
    return "\n".join(lines)


def _cell(figures: Mapping[str, Any], key: str) -> str:
    value, bounds = figures.get(key), figures.get(f"{key}_interval")
    if value is None:
        return "–"
    return f"{value:.3f}" + (f" ({bounds[0]:.3f}–{bounds[1]:.3f})" if bounds else "")


def render(meta: Mapping[str, Any]) -> str:
    """The card of a model from its `meta.json`.

    Args:
        meta: as `finetune.describe` makes it.
    """
    figures, made = meta["figures"], meta["training"]
    test = figures["comparison"].get("mcnemar", {})
    comparison = (
        f"Right where the base is wrong: {test['only_first_right']} rows; the other way round: {test['only_second_right']} "
        f"(exact McNemar p = {test['p']:.4f})."
        if test
        else ""
    )
    gap = figures["comparison"].get("macro_f1_difference")
    if gap is not None:
        low, high = figures["comparison"]["macro_f1_difference_interval"]
        comparison += f" Macro-F1 {gap:+.3f} ({low:+.3f} to {high:+.3f}, paired bootstrap)."
    frames = meta["task"] == "frame"
    head = meta["method"] == "head"
    usage = "Plain transformers loads the folder as an entailment model (`AutoModelForSequenceClassification`)."
    if head and frames:
        usage += " There it answers as the base does: the frames' corrections are in `heads.safetensors`, which `stance` applies."
    if frames:
        usage += (
            " The frames with their thresholds are in `codebook.yaml`: `--task frame --frames FOLDER/codebook.yaml`."
        )
    data = made["data"]
    return TEMPLATE.format(
        licence=(meta.get("licence") or "other").lower(),
        pipeline="text-classification" if not frames else "zero-shot-classification",
        base_id=made["base"]["name"],
        name=meta["name"],
        rows=data["rows"],
        what="stance toward a target" if not frames else f"the frames of {meta['codebook']}",
        version=made["packages"].get("stance-analyser", ""),
        base=made["base"]["name"],
        options="--task frame --frames codebook.yaml " if frames else "",
        usage=usage,
        measured_on=figures["measured_on"],
        table=table(figures["model"], figures["baseline"]),
        comparison=comparison,
        notes="\n".join(f"- {note}" for note in figures["notes"]),
        source=data["source"],
        data_sha256=data["sha256"],
        counts=", ".join(f"{name} {count}" for name, count in data["counts"].items()),
        split=", ".join(f"{name} {value}" for name, value in made["split"].items()),
        left_open=data["left_open"],
        repeated=data["repeated"],
        base_sha256=made["base"]["sha256"],
        method=meta["method"],
        date=made["date"],
        command=made["command"],
        packages=", ".join(f"{name} {value}" for name, value in made["packages"].items()),
        training=json.dumps(made["run"], indent=1),
        arguments=json.dumps(made["arguments"], indent=1),
        calibration=json.dumps(meta["calibration"], indent=1),
        untrained=(
            "answered by the base model, unchanged."
            if head
            else "their zero-shot answers may have changed; the weights were "
            "moved back toward the base as far as the development rows allowed."
        ),
    )
