"""Calibrate the embedded classifier on development data and write its model card.

    python scripts/calibrate_classifier.py DATA_FOLDER                  # temperatures, thresholds → meta.json
    python scripts/calibrate_classifier.py DATA_FOLDER --card FIGURES   # card.md and figures from benchmark --json

Temperatures divide the logits (one a task). The abstention threshold holds an error rate among the answers given. The
frame thresholds are those that are best on each codebook's development rows (for the Policy Frames Codebook: on the held-out
rows, so that `rows/dev.jsonl` measures them; one a label did worse there); codebooks not seen get that one.
"""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from classifier_sets import DevSet, Predicted, dev_sets, measure, predict
from numpy.typing import NDArray

from stance.classifiers.calibration import Calibration, fit_abstention, fit_temperature, softmax
from stance.classifiers.embedded import EmbeddedScorer

ROOT = Path(__file__).resolve().parent.parent
FIT = {"stance": ("project held_out", "project dev"), "entailment": ("LingNLI", "SNLI (cut)")}


KINDS = {  # what the card says of each architecture
    "bert": {
        "config": "train_classifier.yaml",
        "size": "22.7 million parameters (BERT, 6 layers, 384 wide)",
        "note": "\n\nIn its last stage it learnt, beside the labels, what `embedded-large` says (distillation). Earlier\n"
        "stages saw rows of the COVID-19 and the election tweets below; the VAST topics named as not in training it never saw.",
        "files": "`model.onnx` (8-bit weights), `model.safetensors` (the same weights in 16 bits, to fine-tune from)",
    },
    "mpnet": {
        "config": "train_classifier_large.yaml",
        "size": "109 million parameters (MPNet, 12 layers, 768 wide)",
        "note": "\n\nFrames, many passes a quotation, are left to `embedded`, which measures better there. Of the COVID-19 and\n"
        "the election tweets below nothing was in its training: zero-shot proper.",
        "files": "`packed1.safetensors`, `packed2.safetensors` (4-bit weights, unpacked to 8 bits when they are loaded)",
    },
}


def logs(predicted: Predicted) -> NDArray[np.float64]:
    """Logits (up to a constant a row) from probabilities at temperature 1."""
    return np.asarray(np.log(np.clip(predicted.probabilities, 1e-9, None)))


def calibrate(folder: Path, sets: list[DevSet], error_rate: float) -> dict[str, Any]:
    """Fit everything; returns the `calibration` part of `meta.json`."""
    scorer = EmbeddedScorer(folder)
    scorer.calibration = Calibration()
    temperature: dict[str, float] = {}
    abstain: dict[str, float] = {}
    notes: dict[str, Any] = {"error_rate": error_rate}
    for task, names in FIT.items():
        parts = [predict(scorer, dev) for dev in sets if dev.name in names]
        table = np.concatenate([logs(part) for part in parts])
        gold = np.concatenate([part.gold for part in parts])
        temperature[task] = round(fit_temperature(table, gold), 3)
        calibrated = softmax(table, temperature[task])
        confidence, correct = calibrated.max(axis=1), calibrated.argmax(axis=1) == gold
        if task == "stance":
            threshold, coverage = fit_abstention(confidence, correct, error_rate=error_rate)
            abstain[task] = round(threshold, 3)
            notes["coverage"] = round(coverage, 3)
    # frames: p(entailment) of a three-way head, scaled as a two-way one would be
    scorer.calibration = Calibration(temperature=temperature)
    thresholds: dict[str, float] = {}
    for dev in sets:
        if dev.task == "frame" and dev.codebook is not None and dev.name != "project dev frames":
            predicted = predict(scorer, dev)
            grid = [(measure(dev, predicted, float(t))["value"], float(t)) for t in np.arange(0.05, 0.96, 0.01)]
            thresholds[dev.codebook.name] = round(max(grid)[1], 2)
    thresholds[""] = thresholds.get("policy_frames", 0.5)
    return {"temperature": temperature, "abstain_below": abstain, "frame_threshold": thresholds, "fitted": notes}


def main() -> None:
    """Parse the command line; calibrate, or write the card."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", type=Path, default=ROOT / "stance" / "models" / "embedded")
    parser.add_argument("--project", type=Path, default=ROOT / "corpora" / "labelled")
    parser.add_argument("--error-rate", type=float, default=0.2)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--card", type=Path, help="figures that benchmark_classifier.py wrote with --json")
    args = parser.parse_args()
    path = args.model / "meta.json"
    meta = json.loads(path.read_text(encoding="utf-8"))
    if args.card is None:
        sets = dev_sets(args.data, args.project, limit=args.limit)
        wanted = {name for names in FIT.values() for name in names}
        sets = [dev for dev in sets if dev.name in wanted or dev.task == "frame"]
        meta["calibration"] = calibrate(args.model, sets, args.error_rate)
        print(json.dumps(meta["calibration"], indent=1))
    else:
        report = json.loads(args.card.read_text(encoding="utf-8"))
        meta["date"] = datetime.now(UTC).date().isoformat()
        meta["figures"] = report
        write_card(args.model / "card.md", meta, report)
    path.write_text(json.dumps(meta, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def write_card(path: Path, meta: dict[str, Any], report: dict[str, Any]) -> None:
    """Fill the template beside this script with figures."""
    lines = ["| set | measure | n | 8-bit (95 % interval) | fp32 |", "|---|---|---|---|---|"]
    for name, figure in report["sets"].items():
        full = report.get("fp32", {}).get(name)
        interval = f"{figure['value']:.3f} ({figure['low']:.3f}–{figure['high']:.3f})"
        lines.append(
            f"| {name} | {figure['measure']} | {figure['n']} | {interval} | {full['value']:.3f} |"
            if full
            else f"| {name} | {figure['measure']} | {figure['n']} | {interval} | – |"
        )
    text = (Path(__file__).parent / "classifier_card.md").read_text(encoding="utf-8")
    values = {
        "date": meta["date"],
        **KINDS[json.loads((path.parent / "config.json").read_text(encoding="utf-8"))["model_type"]],
        **{key: meta[key] for key in ("name", "base", "weights")},
        "sha256": meta["sha256"][meta["weights"]],
        "table": "\n".join(lines),
        "calibration": json.dumps(meta.get("calibration", {}), indent=1),
        "speed": json.dumps(report.get("speed", {}), indent=1),
        "training": json.dumps(meta.get("training", {}), indent=1),
    }
    for key, value in values.items():
        text = text.replace(f"<<{key}>>", str(value))
    path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
