"""How well are points of dispute and common ground found? Measured on corpora/claims.jsonl.

The set holds pairs of invented quotations on one target: they contradict each other (dispute), say the same (agree) or
neither (unrelated, though on the same target, which is what blocking lets through). Thresholds are chosen on its `dev`
half and reported on its `test` half.

    python scripts/measure_claims.py [--model embedded|PATH|HUB_ID] [--sweep]
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from stance import classifiers
from stance.compare.claims import AGREEMENT_THRESHOLD, DISPUTE_THRESHOLD, judge
from stance.statistics import Array

CLAIMS = Path(__file__).parents[1] / "corpora" / "claims.jsonl"


def scores(found: Sequence[str], gold: Sequence[str], relation: str) -> tuple[float, float, float]:
    """Precision, recall and F1 of one relation."""
    right = sum(f == g == relation for f, g in zip(found, gold, strict=True))
    precision = right / max(1, sum(f == relation for f in found))
    recall = right / max(1, sum(g == relation for g in gold))
    return precision, recall, 2 * precision * recall / max(1e-9, precision + recall)


def average_precision(score: Array, is_one: NDArray[np.bool_]) -> float:
    """Mean precision at each true pair, pairs ranked by score: what a threshold cannot hide."""
    ranked = is_one[np.argsort(-score, kind="stable")]
    return float((np.cumsum(ranked) / np.arange(1, len(ranked) + 1))[ranked].mean())


def called(dispute: Array, agree: Array, thresholds: tuple[float, float]) -> list[str]:
    """The relation of each pair, as `stance.compare.claims.relation` decides it."""
    result = []
    for d, a in zip(dispute, agree, strict=True):
        result.append("dispute" if d >= thresholds[0] and d >= a else "agree" if a >= thresholds[1] else "unrelated")
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--model", default="embedded")
    parser.add_argument("--sweep", action="store_true", help="show F1 on dev for a grid of thresholds")
    arguments = parser.parse_args()
    rows = [json.loads(line) for line in CLAIMS.read_text(encoding="utf-8").splitlines()]
    scorer = classifiers.load(arguments.model)
    _, dispute, agree = judge([(row["quote_a"], row["quote_b"]) for row in rows], scorer)
    gold = [row["relation"] for row in rows]
    dev = np.array([row["split"] == "dev" for row in rows])
    for relation, score in (("dispute", dispute), ("agree", agree)):
        is_one = np.array([g == relation for g in gold])
        print(f"all  {relation:8} average precision {average_precision(score, is_one):.3f} (chance 0.333)")
    if arguments.sweep:
        truth = [g for g, inside in zip(gold, dev, strict=True) if inside]
        for relation, index in (("dispute", 0), ("agree", 1)):
            rows_of = []
            for threshold in np.arange(0.10, 0.96, 0.05):
                pair = (float(threshold), 2.0) if index == 0 else (2.0, float(threshold))
                rows_of.append((float(threshold), *scores(called(dispute[dev], agree[dev], pair), truth, relation)))
                print("dev  {} from {:.2f}: P {:.2f} R {:.2f} F1 {:.2f}".format(relation, *rows_of[-1]))
            print(f"dev  {relation} is best from {max(rows_of, key=lambda row: (row[3], row[0]))[0]:.2f}")
    for name, part in (("dev", dev), ("test", ~dev)):
        found = called(dispute[part], agree[part], (DISPUTE_THRESHOLD, AGREEMENT_THRESHOLD))
        truth = [g for g, inside in zip(gold, part, strict=True) if inside]
        for relation in ("dispute", "agree"):
            p, r, f1 = scores(found, truth, relation)
            print(f"{name:4} {relation:8} P {p:.2f} R {r:.2f} F1 {f1:.2f}  (n {truth.count(relation)})")


if __name__ == "__main__":
    main()
