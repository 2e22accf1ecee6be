"""Blind second coding of the labelled quotations: make the sheet, then compare.

    python scripts/second_coding.py sheet corpora/labelled/quotes/politics.jsonl > sheet.tsv
    python scripts/second_coding.py compare corpora/labelled/quotes/politics.jsonl corpora/labelled/second/politics.tsv

A sheet line: id, number of the target, speaker, text (after its context, if any), target; shuffled with a fixed seed. A coding
line: id, number, and f, a or n. `compare` prints agreement, Cohen's kappa and every row on which the two differ.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

LETTER = {"favor": "f", "against": "a", "neutral": "n"}


def read(path: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines() if line.strip()]


def sheet(path: str) -> None:
    rows = read(path)
    random.Random(7).shuffle(rows)
    for row in rows:
        text = f"[{row['context']}] {row['text']}" if row.get("context") else row["text"]
        for number, target in enumerate(row["targets"]):
            print("\t".join([row["id"], str(number), row["speaker"], text, target["name"]]))


def compare(path: str, coding: str) -> None:
    second: dict[tuple[str, int], str] = {}
    for line in Path(coding).read_text(encoding="utf-8").splitlines():
        if line.strip():
            key, place, letter = line.split("\t")[:3]
            second[key, int(place)] = letter.strip()[0].lower()
    pairs = []
    for row in read(path):
        for number, target in enumerate(row["targets"]):
            code = second.get((row["id"], number))
            if code is None:
                print(f"MISSING\t{row['id']}\t{number}")
                continue
            own = LETTER[target["label"]]
            pairs.append((own, code))
            if own != code:
                print(f"DIFFERS\t{row['id']}\t{number}\tfirst {own} second {code}\t{row['text']}\t-> {target['name']}")
    agree = sum(a == b for a, b in pairs) / len(pairs)
    chance = sum(
        (sum(a == c for a, _ in pairs) / len(pairs)) * (sum(b == c for _, b in pairs) / len(pairs)) for c in "fan"
    )
    print(f"{len(pairs)} rows, agreement {agree:.3f}, Cohen's kappa {(agree - chance) / (1 - chance):.3f}")


if __name__ == "__main__":
    {"sheet": lambda a: sheet(a[0]), "compare": lambda a: compare(a[0], a[1])}[sys.argv[1]](sys.argv[2:])
