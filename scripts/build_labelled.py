"""Flatten the coded quotations of corpora/labelled into rows of the contract.

    python scripts/build_labelled.py            # writes corpora/labelled/rows/{train,held_out,dev}.jsonl
    python scripts/build_labelled.py --check    # validates, and reports agreement with the second coding

One quotation with three targets becomes three rows. A minimal pair always stays on one side of the split, because the
split is by batch: one batch of each file in `quotes/` is held out; `dev.jsonl`, written apart, is the split `dev`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent.parent / "corpora" / "labelled"
LABELS = ("favor", "against", "neutral")
HELD_OUT = "diplomacy-08,economy-08,politics-08,security-08,society-08,newsprose-02"
KEPT = ("speaker", "role", "kind", "context", "frames", "topic", "batch")


def read(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSON Lines file; an unfinished last line (a file being written) is left out."""
    lines = path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield json.loads(line)
        except ValueError:
            if number < len(lines):
                print(f"{path}:{number}: not JSON, left out", file=sys.stderr)


def problems(quote: dict[str, Any], frames: frozenset[str]) -> list[str]:
    """What is wrong with a quotation by the guidelines; empty if nothing."""
    found = [f"no {field}" for field in ("id", "topic", "speaker", "text", "targets") if not quote.get(field)]
    found += [f"unknown frame {name}" for name in quote.get("frames", []) if name not in frames]
    for target in quote.get("targets", []):
        if target.get("label") not in LABELS or not target.get("name"):
            found.append(f"bad target {target}")
    return found


def rows(quote: dict[str, Any], split: str) -> Iterator[dict[str, Any]]:
    """One row a target."""
    for at, target in enumerate(quote["targets"], 1):
        row = {"id": f"{quote['id']}-t{at}", "text": quote["text"], "target": target["name"], "label": target["label"]}
        row |= {key: quote[key] for key in KEPT if quote.get(key) is not None}
        yield row | {"phenomenon": target.get("phenomenon", "plain"), "split": split}


def sources(folder: Path) -> list[Path]:
    """The files of quotations: those by field, and the development set."""
    dev = folder / "dev.jsonl"
    return [*sorted((folder / "quotes").glob("*.jsonl")), *([dev] if dev.is_file() else [])]


def build(folder: Path, held_out: frozenset[str]) -> list[dict[str, Any]]:
    """All rows of `folder/quotes` and of `folder/dev.jsonl`, batches in `held_out` as `held_out`."""
    from stance.codebook import load

    frames = frozenset(load("policy_frames").ids)
    out: list[dict[str, Any]] = []
    seen: set[str] = set()
    for path in sources(folder):
        for quote in read(path):
            wrong = problems(quote, frames)
            if quote.get("id") in seen:
                wrong.append("id occurs twice")
            if wrong:
                print(f"{path.name}: {quote.get('id')}: {'; '.join(wrong)}", file=sys.stderr)
                continue
            seen.add(quote["id"])
            split = "dev" if path.parent == folder else "held_out" if quote.get("batch") in held_out else "train"
            out.extend(rows(quote, split))
    return out


def agreement(folder: Path) -> dict[str, Any]:
    """Agreement of `folder/second/*.tsv` (quotation, number of the target, f, a or n) with the labels as they stand.

    Returns:
        Rows coded twice, share of equal labels, Cohen's kappa.
    """
    letters = {label[0]: label for label in LABELS}
    both: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, int], str] = {}
    for path in sources(folder):
        for quote in read(path):
            first |= {(quote["id"], at): target["label"] for at, target in enumerate(quote["targets"])}
    for path in sorted((folder / "second").glob("*.tsv")):
        for line in path.read_text(encoding="utf-8").splitlines():
            name, at, letter = line.split("\t")[:3]
            if at.isdigit() and (name, int(at)) in first and letter in letters:
                both[first[name, int(at)], letters[letter]] += 1
    n = sum(both.values())
    if not n:
        return {"rows": 0}
    equal = sum(both[label, label] for label in LABELS) / n
    chance = sum(sum(both[x, y] for y in LABELS) * sum(both[y, x] for y in LABELS) for x in LABELS) / n**2
    return {"rows": n, "equal": round(equal, 3), "kappa": round((equal - chance) / (1 - chance), 3)}


def main() -> int:
    """Build or check."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=FOLDER)
    parser.add_argument("--hold-out", default=HELD_OUT, help="batches kept from training, separated by commas")
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    found = build(args.folder, frozenset(filter(None, args.hold_out.split(","))))
    counts = Counter((row["split"], row["label"]) for row in found)
    topics, targets = len({row["topic"] for row in found}), len({row["target"].lower() for row in found})
    print(f"{len(found)} rows, {topics} topics, {targets} targets, {dict(counts)}", file=sys.stderr)
    if args.check:
        print(f"second coding: {agreement(args.folder)}", file=sys.stderr)
        return 0
    (args.folder / "rows").mkdir(exist_ok=True)
    for split in ("train", "held_out", "dev"):
        part = [row for row in found if row["split"] == split]
        if part:
            text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in part)
            (args.folder / "rows" / f"{split}.jsonl").write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
