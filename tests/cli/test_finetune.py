"""`stance finetune` from the outside."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.test_main import one_line, stance
from tests.training.conftest import base_model, stance_rows, write

GOOD = [
    {"text": f"It is {word} {n}.", "target": "NATO", "label": label}
    for n in range(5)
    for word, label in (("good", "favor"), ("bad", "against"))
]
BAD: list[tuple[list[dict[str, Any]], str]] = [
    ([*GOOD, {"text": "x", "label": "favor"}], "rows.jsonl: row 11: no target"),
    ([*GOOD, {"text": "x", "target": "NATO", "label": "pro"}], "rows.jsonl: row 11: label 'pro' is none of"),
    ([*GOOD, {"text": "", "target": "NATO", "label": "favor"}], "rows.jsonl: row 11: no text"),
    ([*GOOD, {**GOOD[2], "label": "against"}], "rows.jsonl: row 11: 'against' toward 'NATO'"),
    ([{**row, "label": "favor"} for row in GOOD], "rows.jsonl: every row is 'favor'"),
    (GOOD[:3], "rows.jsonl: 3 usable rows"),
]


@pytest.mark.parametrize(("rows", "words"), BAD)
def test_bad_rows_are_one_line_and_nothing_is_written(rows, words, tmp_path) -> None:
    write(tmp_path / "rows.jsonl", rows)
    done = stance("finetune", "rows.jsonl", "-o", "model", cwd=tmp_path)
    line = one_line(done)
    assert words in line
    assert "nothing was written" in line
    assert done.returncode == 2
    assert [path.name for path in tmp_path.iterdir()] == ["rows.jsonl"]


def test_several_bad_rows_are_a_line_each(tmp_path) -> None:
    write(tmp_path / "rows.jsonl", [*GOOD, {"text": ""}, {"text": "x"}])
    done = stance("finetune", "rows.jsonl", "-o", "model", cwd=tmp_path)
    lines = done.stderr.decode().splitlines()
    assert len(lines) == 3
    assert "row 11" in lines[0]
    assert "row 12" in lines[1]
    assert "2 of 12 rows" in lines[2]
    assert done.returncode == 2


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["finetune", "none.jsonl", "-o", "m"], "no such file"),
        (["finetune", "rows.jsonl"], "-o MODEL_DIR is missing"),
        (["finetune", "rows.jsonl", "-o", "no/where/m"], "make it first"),
        (["finetune", "rows.jsonl", "-o", "m", "--base", "./none"], "no such model folder"),
        (["finetune", "rows.jsonl", "-o", "m", "--learning-rate", "0"], "--learning-rate"),
        (["finetune", "rows.jsonl", "-o", "m", "--frames", "policy_frames"], "a codebook is for --task frame"),
        (["finetune", "rows.jsonl", "-o", "m", "--method", "full", "--device", "quark"], "no such device"),
    ],
)
def test_wrong_usage(arguments, words, tmp_path) -> None:
    write(tmp_path / "rows.jsonl", GOOD)
    done = stance(*arguments, cwd=tmp_path)
    assert words in one_line(done)
    assert done.returncode == 2
    assert [path.name for path in tmp_path.iterdir()] == ["rows.jsonl"]


def test_from_rows_to_labels(tmp_path) -> None:
    base = base_model(tmp_path / "base")
    rows = stance_rows(36)
    write(tmp_path / "rows.jsonl", [*rows, rows[0], {**rows[1], "label": None}])
    done = stance("finetune", "rows.jsonl", "-o", "model", "--base", str(base), "--method", "head", cwd=tmp_path)
    assert done.returncode == 0, done.stderr.decode()
    out = done.stdout.decode()
    assert "head on 36 rows (1 without a label, 1 repeated left out), from tiny" in out
    assert "macro f1" in out
    card = (tmp_path / "model" / "README.md").read_text(encoding="utf-8")
    assert "| command | `stance finetune rows.jsonl -o model" in card
    labelled = stance("classify", "rows.jsonl", "--model", "model", cwd=tmp_path)
    rows = [json.loads(line) for line in labelled.stdout.splitlines()]
    assert sum(row["predicted"] == row["label"] for row in rows) > 27
    assert stance("finetune", "rows.jsonl", "-o", "model", "--base", str(base), cwd=tmp_path).returncode == 2
    checked = stance("finetune", "rows.jsonl", "--check-labels", "--base", str(base), cwd=tmp_path)
    assert checked.returncode == 0
    for line in checked.stdout.splitlines():
        assert {"where", "text", "target", "label", "suggested"} <= set(json.loads(line))
    assert b"rows.jsonl: " in checked.stderr  # how many look wrong, also where none does
    both = stance("finetune", "rows.jsonl", "--check-labels", "-o", "x", "--base", str(base), cwd=tmp_path)
    assert (both.returncode, b"leave one of the two out" in both.stderr) == (2, True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["base", "model", "rows.jsonl"]


def test_help_is_light() -> None:
    import subprocess
    import sys

    code = (
        "import sys\nfrom stance.cli.main import main\ntry:\n    main(['finetune', '--help'])\nexcept SystemExit:\n    pass\n"
        "print([n for n in ('torch', 'sklearn', 'scipy', 'numpy', 'onnx') if n in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60)
    assert done.stderr.decode().strip() == "[]"
