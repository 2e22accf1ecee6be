"""Check labelled quotations against the annotation guidelines' form.

    python scripts/check_labelled.py corpora/labelled/quotes/*.jsonl

Prints one line a fault (file:line: what), then the balance of labels a file. Exit status 1 if there is a fault.
"""

from __future__ import annotations

import collections
import json
import sys
from pathlib import Path

from stance import codebook
from stance.schema import STANCES

KINDS = {"direct", "indirect", "mixed"}
PHENOMENA = {
    "plain",
    "negation",
    "concession",
    "conditional",
    "mixed_sides",
    "factual",
    "relayed",
    "rebutted",
    "denied_hostility",
    "implicit",
    "metonym",
    "role",
    "long",
    "irony",
    "fragment",
    "comparison",
    "question",
    "addressee",
    "bystander",
    "prediction",
}
FIELDS = {"id", "topic", "speaker", "role", "kind", "text", "context", "frames", "targets", "batch"}


def faults(row: dict[str, object], known: tuple[str, ...]) -> list[str]:
    """What is wrong with one row, in words, given the ids of the frames; empty if nothing is."""
    found = [f"unknown field {key}" for key in row.keys() - FIELDS]
    found += [
        f"no {key}" for key in ("id", "topic", "speaker", "kind", "text", "frames", "targets") if not row.get(key)
    ]
    if found:
        return found
    if row["kind"] not in KINDS:
        found.append(f"kind {row['kind']}")
    words = len(str(row["text"]).split())
    if not 3 <= words <= 90:
        found.append(f"{words} words")
    found += [f"frame {frame}" for frame in row["frames"] if frame not in known]  # type: ignore[attr-defined]
    names = [target["name"] for target in row["targets"]]  # type: ignore[attr-defined]
    if len(set(names)) < len(names) or not 1 <= len(names) <= 3:
        found.append(f"targets {names}")
    for target in row["targets"]:  # type: ignore[attr-defined]
        if target.get("label") not in STANCES:
            found.append(f"label {target.get('label')}")
        if target.get("phenomenon") not in PHENOMENA:
            found.append(f"phenomenon {target.get('phenomenon')}")
    return found


def main(paths: list[str]) -> int:
    frames = codebook.load("policy_frames").ids
    seen: dict[str, str] = {}
    bad = 0
    for path in paths:
        balance: collections.Counter[str] = collections.Counter()
        topics: collections.Counter[str] = collections.Counter()
        for number, line in enumerate(Path(path).read_text(encoding="utf-8").splitlines(), 1):
            where = f"{path}:{number}"
            try:
                row = json.loads(line)
            except ValueError as error:
                problems = [f"not JSON: {error}"]
                row = {}
            else:
                problems = faults(row, frames)
            for key in (str(row.get("id")), str(row.get("text"))):
                if key in seen:
                    problems.append(f"repeats {seen[key]}: {key[:60]}")
                seen[key] = where
            for problem in problems:
                print(f"{where}: {problem}")
            bad += len(problems)
            if not problems:
                balance.update(target["label"] for target in row["targets"])
                topics[row["topic"]] += 1
        print(
            f"{path}: {sum(topics.values())} quotations, {sum(balance.values())} rows, {dict(balance)}, {len(topics)} topics"
        )
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
