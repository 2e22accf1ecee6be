"""The data card of the coded quotations says what the files hold."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from stance.agreement import alpha, by_label, masi, nominal, percent

FOLDER = Path(__file__).parents[1] / "corpora" / "labelled"
CARD = (FOLDER / "README.md").read_text(encoding="utf-8")


def read(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="module")
def rows() -> list[dict[str, Any]]:
    return [row for split in ("train", "held_out", "dev") for row in read(f"rows/{split}.jsonl")]


@pytest.fixture(scope="module")
def quotes(rows) -> dict[str, dict[str, Any]]:
    return {row["id"].rpartition("-t")[0]: row for row in rows}


def listed(start: str) -> dict[str, int]:
    """The counts of the line that begins so: `plain 2789, implicit 2691, …`."""
    line = next(line for line in CARD.splitlines() if line.startswith(start))
    return {name: int(count) for name, count in re.findall(r"(\w+) (\d+)[,.]", line.partition(": ")[2] + ".")}


@pytest.mark.parametrize("split", ["train", "held_out", "dev", "all"])
def test_table_of_splits(split, rows) -> None:
    part = [row for row in rows if split in (row["split"], "all")]
    labels = Counter(row["label"] for row in part)
    ids = {row["id"].rpartition("-t")[0] for row in part}
    counts = [len(ids), len(part), *(labels[name] for name in ("favor", "against", "neutral"))]
    assert f"| {split} | {' | '.join(map(str, counts))} |" in CARD


def test_topics_targets_speakers(rows, quotes) -> None:
    topics, targets = {row["topic"] for row in rows}, {row["target"].lower() for row in rows}
    speakers = {row["speaker"] for row in rows}
    assert f"{len(topics)} topics, {len(targets):,} targets by name" in CARD
    assert f"{len(speakers):,} speakers" in CARD
    kinds = Counter(row["kind"] for row in quotes.values())
    assert f"Kinds: direct {kinds['direct']}, indirect {kinds['indirect']}, mixed {kinds['mixed']}." in CARD


def test_phenomena_and_frames(rows, quotes) -> None:
    assert listed("What makes a row") == Counter(row["phenomenon"] for row in rows)
    frames = Counter(name for row in quotes.values() for name in row["frames"])
    assert {name: count for name, count in listed("Frames (").items() if name in frames} == frames


@pytest.mark.parametrize(
    ("files", "column", "distance", "row"),
    [
        (("coder_a", "coder_b"), "label", nominal, "stance | 183 rows"),
        (("frames_a", "frames_b"), "labels", masi, "frames, as sets (MASI distance) | 100 quotations"),
    ],
)
def test_agreement(files, column, distance, row) -> None:
    units: dict[tuple[str, str], dict[str, Any]] = {}
    for name in files:
        for one in read(f"agreement/{name}.jsonl"):
            code = frozenset(one[column]) if column == "labels" else one[column]
            units.setdefault((one["id"], one.get("target", "")), {})[name] = code
    every = list(units.values())
    cells = re.search(rf"\| {re.escape(row)} \| (\.\d+) \(.*?\) \| ([\d.]+) % \|", CARD)
    assert cells
    assert float(cells[1]) == pytest.approx(alpha(every, distance), abs=6e-4)
    assert float(cells[2]) == pytest.approx(100 * (percent(every) or 0), abs=0.06)
    if column == "labels":
        line = next(line for line in CARD.splitlines() if line.startswith("Frame by frame"))
        shown = {name: float(value) for name, value in re.findall(r"([a-z_]+) (1?\.\d+)", line)}
        assert shown == pytest.approx(by_label(every, list(shown)), abs=6e-3)
        assert len(shown) == len({name for codes in every for code in codes.values() for name in code})
