"""Fit the merge of rules and tagger on documents that the tagger was not trained on.

    python scripts/fit_merge.py configs/tagger.yaml --data FOLDER --model stance/models/quotes

A candidate counts as right when at least half of its words and half of a gold statement's words are shared (reported
speech without a clause, such as a vow to do something, weighs half); one that
renders something else that was annotated (an attitude, a plan) weighs a third of a plain error.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from train_tagger import read, split

from stance.parse import parse
from stance.quotes import merge, tagger
from stance.quotes.extract import ruled
from stance.quotes.marks import find_regions, quote_mask
from stance.quotes.relation import Relation, length, shared
from stance.quotes.select import widen
from stance.schema import Document, Span


def examples(
    rows: list[dict[str, Any]], reader: tagger.Tagger
) -> tuple[list[dict[str, float]], list[float], list[float]]:
    """Features, targets and weights of every candidate in `rows`, as `reader` and the rules propose them."""
    inputs: list[dict[str, float]] = []
    targets: list[float] = []
    weights: list[float] = []
    for row in rows:
        text = row["text"]
        parsed = parse(Document(str(row["doc_id"]), text))
        regions = find_regions(text)
        outer = [region for region in regions if region.level == 0]
        rules = ruled(parsed, regions)
        spans = [Span(paragraph.start, paragraph.end) for paragraph in parsed.paragraphs]
        proposals = reader.propose(text, spans, quote_mask(text, regions))
        partners = merge._pair(proposals, rules)
        used = {index for index in partners if index is not None}
        pairs: list[tuple[tagger.Proposal | None, Relation | None]] = [
            (proposal, rules[index] if index is not None else None)
            for proposal, index in zip(proposals, partners, strict=True)
        ]
        pairs += [(None, rule) for index, rule in enumerate(rules) if index not in used]
        for proposal, rule in pairs:
            joined = merge._joined(text, proposal, rule, 0.5) if proposal else rule
            assert joined is not None
            content = widen(text, joined, outer)
            if not content:
                continue
            target, weight = 0.0, 1.0
            for quote in row["quotes"]:
                gold = [Span(*span) for span in quote["content"]]
                both = shared(gold, content)
                if both >= 0.5 * length(gold) and both >= 0.5 * length(content):
                    statement = quote["cue_class"] in ("speech", "opinion") and (
                        quote["clausal"] or quote["type"] != "indirect"
                    )
                    if statement:
                        target, weight = 1.0, 1.0
                        break
                    words = sum(len(span.of(text).split()) for span in gold)
                    if quote["cue_class"] == "speech" and words >= 4:
                        target, weight = 1.0, 0.5
                    elif not target:
                        weight = 0.3
            inputs.append(merge.features(text, proposal, rule, outer))
            targets.append(target)
            weights.append(weight)
    return inputs, targets, weights


def fit(
    inputs: list[dict[str, float]], targets: list[float], weights: list[float], strength: float
) -> dict[str, float]:
    """Logistic regression with an L2 penalty, by Newton's method."""
    names = sorted({name for row in inputs for name in row})
    x = np.array([[row.get(name, 0.0) for name in names] for row in inputs])
    y, w = np.array(targets), np.array(weights)
    beta = np.zeros(len(names))
    penalty = np.full(len(names), strength)
    for _ in range(50):
        p = 1 / (1 + np.exp(-x @ beta))
        gradient = x.T @ (w * (y - p)) - penalty * beta
        hessian = (x * (w * p * (1 - p))[:, None]).T @ x + np.diag(penalty)
        step = np.linalg.solve(hessian, gradient)
        beta += step
        if np.abs(step).max() < 1e-6:
            break
    return {name: round(float(value), 4) for name, value in zip(names, beta, strict=True)}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("config", type=Path)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--strength", type=float, default=1.0)
    options = parser.parse_args()
    config = yaml.safe_load(options.config.read_text(encoding="utf-8"))
    _, kept = split(read(options.data / "polnear_train.jsonl.gz"), config)
    inputs, targets, weights = examples(kept, tagger.Tagger(options.model))
    fitted = fit(inputs, targets, weights, options.strength)
    note = (
        f"logistic regression on {len(inputs)} candidates of {len(kept)} PolNeAR train documents kept out of training"
    )
    payload = {"fitted": note, "weights": fitted}
    (options.model / "merge.json").write_text(json.dumps(payload, indent=1) + "\n", encoding="utf-8")
    print(note, f"; {sum(targets):.0f} right")


if __name__ == "__main__":
    main()
