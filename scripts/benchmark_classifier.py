"""Measure the embedded classifier: every development set, fp32 against 8-bit, speed, load time, memory.

    python scripts/benchmark_classifier.py DATA_FOLDER                     # all sets, the shipped model
    python scripts/benchmark_classifier.py DATA_FOLDER --fp32 FOLDER       # beside the unquantised export
    python scripts/benchmark_classifier.py DATA_FOLDER --speed             # against transformers on the same weights

Figures go to stdout as a table and, with `--json FILE`, to a file that `scripts/calibrate_classifier.py` puts into
the model card.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from classifier_sets import DevSet, dev_sets, measure, predict

from stance.classifiers import calibration, packed
from stance.classifiers.base import Pair
from stance.classifiers.embedded import EmbeddedScorer
from stance.classifiers.tasks import threshold_of

ROOT = Path(__file__).resolve().parent.parent
QUOTES = (
    "The alliance has kept its word, and we will keep ours.",
    "Nobody asked the fishermen before the treaty was signed, and nobody will ask them now.",
    "He called the tariffs a tax on the poor that will cost every family a month's wages by the end of next year.",
    "We do not rule out talks, but the shelling has to stop first.",
    "The court's ruling is a slap in the face of everyone who obeyed the law during the long years of the emergency.",
    "Our hospitals were full for eleven days and not one minister came to see them.",
    "The pipeline will bring 4,000 jobs to a valley that has lost twice as many since the mines closed down.",
    "If the vote is delayed again, people will take to the streets, she warned.",
    "The agreement is far from perfect.",
    "It is a shame that the two capitals have not spoken to each other since March, for whatever reason they may have had.",
    "Without the grant the school would have shut.",
    "There was no order to fire, the general said, and whoever claims otherwise is lying to the families of the dead.",
    "Our currency has lost a third of its value since the sanctions began.",
)


def thresholds(scorer: EmbeddedScorer, dev: DevSet) -> Any:
    """One threshold a label of the set's codebook."""
    assert dev.codebook is not None
    return np.array([threshold_of(label, dev.codebook, scorer) for label in dev.codebook.labels])


def quality(scorer: EmbeddedScorer, sets: list[DevSet]) -> dict[str, Any]:
    """A figure for every set; frame sets also at the threshold that is best on the set itself."""
    out: dict[str, Any] = {}
    for dev in sets:
        began = time.monotonic()
        predicted = predict(scorer, dev)
        threshold = thresholds(scorer, dev) if dev.measure == "micro_f1" else 0.5
        figure = measure(dev, predicted, threshold)
        if dev.measure == "micro_f1":
            grid = [(measure(dev, predicted, float(t))["value"], float(t)) for t in np.arange(0.05, 1.0, 0.05)]
            figure["best"], figure["best_threshold"] = max(grid)
        else:
            confidence = predicted.probabilities.max(axis=1)
            correct = predicted.probabilities.argmax(axis=1) == predicted.gold
            figure["accuracy"] = round(float(correct.mean()), 4)
            figure["ece"] = round(calibration.expected_calibration_error(confidence, correct), 4)
        figure["measure"] = dev.measure
        out[dev.name] = figure
        print(f"  {dev.name}: {figure} ({time.monotonic() - began:.0f} s)", file=sys.stderr, flush=True)
    return out


def speed(folder: Path) -> dict[str, Any]:
    """Pairs a second beside transformers' zero-shot pipeline on the same weights, load time and peak memory."""
    from transformers import pipeline

    from stance.codebook import load

    labels = [label.statements()[0] for label in load("policy_frames").labels]
    pairs = [Pair(quote, label) for quote in QUOTES for label in labels]
    scorer = EmbeddedScorer(folder)
    scorer.score(pairs[:8])
    ours = _best(lambda: scorer.score(pairs))
    if packed.is_packed(folder):  # transformers cannot read these
        return {"pairs": len(pairs), "embedded": round(len(pairs) / ours, 1), **footprint(folder)}
    zero_shot = pipeline("zero-shot-classification", model=str(folder), device="cpu")
    theirs: dict[str, float] = {}
    for batch_size in (1, 32):
        run = lambda size=batch_size: zero_shot(  # noqa: E731
            list(QUOTES), labels, hypothesis_template="{}", multi_label=True, batch_size=size
        )
        theirs[f"pipeline_batch_{batch_size}"] = round(len(pairs) / _best(run), 1)
    return {"pairs": len(pairs), "embedded": round(len(pairs) / ours, 1), **theirs, **footprint(folder)}


def _best(run: Any, times: int = 3) -> float:
    """The fastest of a few runs, in seconds."""
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        run()
        taken.append(time.perf_counter() - began)
    return min(taken)


def footprint(folder: Path) -> dict[str, float]:
    """Load time (imports included) and peak memory of a process of its own that scores 195 pairs."""
    code = (
        "import time; t = time.perf_counter()\n"
        "from stance.classifiers.embedded import EmbeddedScorer; from stance.classifiers.base import Pair\n"
        f"s = EmbeddedScorer({str(folder)!r}); load = time.perf_counter() - t\n"
        "s.score([Pair('The talks failed on day %d. ' % i * 5, 'The quote is about peace.') for i in range(195)])\n"
        "import sys; assert 'torch' not in sys.modules\n"
        # not getrusage: its peak includes the process that started this one
        "peak = next(line for line in open('/proc/self/status') if line.startswith('VmHWM')).split()[1]\n"
        "print(load, int(peak) / 1024)"
    )
    runs = []
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=ROOT)
        runs.append([float(part) for part in done.stdout.split()])
    return {"load_seconds": round(min(run[0] for run in runs), 3), "peak_mb": round(max(run[1] for run in runs), 1)}


def company(scorer: EmbeddedScorer, rows: DevSet) -> float:
    """The largest change in a pair's scores between being scored alone and among others, in another order."""
    pairs = [Pair(row["premise"], row["hypothesis"]) for row in rows.rows[:200]]
    together = scorer.score(pairs).probabilities
    turned = scorer.score(pairs[::-1]).probabilities[::-1]
    alone = np.concatenate([scorer.score([pair]).probabilities for pair in pairs])
    return float(max(np.abs(together - alone).max(), np.abs(together - turned).max()))


def main() -> None:
    """Parse the command line, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--model", type=Path, default=ROOT / "stance" / "models" / "embedded")
    parser.add_argument("--fp32", type=Path, help="folder of the unquantised export")
    parser.add_argument("--project", type=Path, default=ROOT / "corpora" / "labelled")
    parser.add_argument("--only", default="", help="names of sets, separated by semicolons")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--no-sets", action="store_true")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    scorer = EmbeddedScorer(args.model)
    report: dict[str, Any] = {}
    if not args.no_sets:
        sets = dev_sets(args.data, args.project, limit=args.limit)
        wanted = set(filter(None, args.only.split(";")))
        sets = [dev for dev in sets if not wanted or dev.name in wanted]
        report["sets"] = quality(scorer, sets)
        if args.fp32:
            report["fp32"] = quality(EmbeddedScorer(args.fp32), sets)
        if pairs := next((dev for dev in sets if dev.task == "entailment"), None):
            report["company"] = company(scorer, pairs)
            print(f"largest change of a score by its company: {report['company']:.1e}", file=sys.stderr)
        show(sets, report)
    if args.speed:
        report["speed"] = speed(args.model)
        print(json.dumps(report["speed"], indent=1))
    if args.json:
        args.json.write_text(json.dumps(report, indent=1) + "\n")


def show(sets: list[DevSet], report: dict[str, Any]) -> None:
    """The table, as Markdown."""
    print("| set | measure | n | 8-bit (95 %) | fp32 | goal | anchor |\n|---|---|---|---|---|---|---|")
    for dev in sets:
        figure, full = report["sets"][dev.name], report.get("fp32", {}).get(dev.name)
        interval = f"{figure['value']:.3f} ({figure['low']:.3f}–{figure['high']:.3f})"
        reference = f"{full['value']:.3f}" if full else "–"
        goal = f"{dev.goal:.2f}" if dev.goal else "–"
        print(
            f"| {dev.name} | {dev.measure} | {figure['n']} | {interval} | {reference} | {goal} | {dev.anchor or '–'} |"
        )


if __name__ == "__main__":
    main()
