"""`stance evaluate` from the outside, with a small made-up scorer in place of the model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from stance import classifiers
from stance.classifiers.base import Scores
from stance.cli.evaluate import command
from stance.errors import UsageError
from stance.schema import ModelInfo


class WordScorer:
    """Entails where the premise says "good", contradicts where it says "bad"."""

    def __init__(self, name: str) -> None:
        self.info = ModelInfo(name, "classifier", "0" * 64)

    def score(self, pairs: Any, *, task: str = "entailment") -> Scores:
        good = "good" if self.info.name == "one" else "nothing"
        rows = [
            [0.8, 0.1, 0.1] if good in p.premise else [0.1, 0.1, 0.8] if "bad" in p.premise else [0.2, 0.6, 0.2]
            for p in pairs
        ]
        return Scores(np.array(rows), np.ones(len(pairs), dtype=np.int64))


@pytest.fixture(autouse=True)
def scorers(monkeypatch) -> None:
    monkeypatch.setattr(classifiers, "load", lambda model, **_: WordScorer(model))


def rows(path: Path, *table: dict[str, Any]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in table), encoding="utf-8")
    return str(path)


def stance(text: str, label: str | None, **extra: Any) -> dict[str, Any]:
    return {"text": text, "target": "NATO", "label": label, **extra}


WORDS = {"favor": "good", "against": "bad", "neutral": "so so"}
LABELLED = [stance(f"It is {WORDS[label]} {n}.", label) for n in range(8) for label in WORDS]


def test_measures(tmp_path) -> None:
    path = rows(tmp_path / "a.jsonl", *LABELLED, stance("It is bad.", "favor"))
    done = CliRunner().invoke(command, [path, "--model", "one", "--format", "json"], catch_exceptions=False)
    found = json.loads(done.stdout)
    assert found["accuracy"] == 0.96
    for key in ("macro_f1", "per_class", "f1_favor_against", "calibration_error", "coverage", "n", "by_target"):
        assert key in found
    assert found["confusion"]["favor"]["against"] == 1


def test_two_models(tmp_path) -> None:
    path = rows(tmp_path / "a.jsonl", *LABELLED)
    arguments = [path, "--model", "one", "--against", "two"]
    found = json.loads(CliRunner().invoke(command, [*arguments, "--format", "json"], catch_exceptions=False).stdout)
    assert (found["mcnemar"]["only_first_right"], found["mcnemar"]["only_second_right"]) == (8, 0)
    assert found["macro_f1_difference_interval"][0] > 0
    shown = CliRunner().invoke(command, arguments, catch_exceptions=False).stdout
    assert "against two" in shown
    assert "macro-F1 difference +" in shown


def test_the_table_shows_what_a_user_reports(tmp_path) -> None:
    more = [stance(f"It is {WORDS[label]} {n}.", label, source="b") for n in range(20, 24) for label in WORDS]
    table = [row | {"source": row.get("source", "a")} for row in [*LABELLED, *more, stance("It is bad.", "favor")]]
    path = rows(tmp_path / "a.jsonl", *table)
    lines = CliRunner().invoke(command, [path, "--model", "one"], catch_exceptions=False).stdout.splitlines()
    (favor,) = (line.split() for line in lines if line.startswith("favor"))
    assert favor[-4:] == ["13", "12", "1", "0"]  # n, called favor, against, neutral
    assert any("macro-F1" in line and line.endswith(" a") for line in lines)
    assert any(line.strip().startswith("0.8 to 0.9") and "right 0.96  n 25" in line for line in lines)
    (right,) = (line.split() for line in lines if line.strip().startswith("right"))
    assert right[1:] == ["100%"] * 3 + right[4:-1] + ["97%"]


def test_frames(tmp_path) -> None:
    path = rows(tmp_path / "a.jsonl", {"text": "It is good.", "labels": "economic"}, {"text": "Hm.", "labels": []})
    arguments = [path, "--task", "frame", "--model", "one", "--format", "json"]
    found = json.loads(CliRunner().invoke(command, arguments, catch_exceptions=False).stdout)
    assert found["per_label"]["economic"]["recall"] == 1
    assert 0 <= found["calibration_error"] <= 1


def test_bad_rows_are_named_and_left_out(tmp_path) -> None:
    path = rows(
        tmp_path / "a.jsonl", stance("It is good.", "favor"), stance("It is.", "for"), {"text": "x", "label": "favor"}
    )
    done = CliRunner().invoke(command, [path, "--model", "one", "--format", "json"], standalone_mode=False)
    assert done.return_value == 1
    assert "row 2: label 'for' is none of favor, against, neutral" in done.stderr
    assert "row 3: no target" in done.stderr
    assert json.loads(done.stdout)["n"] == 1


def test_rows_left_open_are_told_and_no_fault(tmp_path) -> None:
    path = rows(tmp_path / "a.jsonl", *LABELLED, stance("It is.", None), stance("It was.", None))
    done = CliRunner().invoke(command, [path, "--model", "one", "--format", "json"], standalone_mode=False)
    assert (done.return_value, done.stderr) == (0, f"stance: {path}: 2 rows have no label; left out\n")
    found = json.loads(done.stdout)
    assert (found["n"], found["left_open"], found["left_out"]) == (24, 2, 0)
    with pytest.raises(UsageError, match="no row has a label; write it into the column `label`"):
        CliRunner().invoke(command, [rows(tmp_path / "b.jsonl", stance("It is.", None))], catch_exceptions=False)


def test_a_label_that_no_row_has_is_told(tmp_path) -> None:
    path = rows(tmp_path / "a.jsonl", *[row for row in LABELLED if row["label"] != "neutral"])
    done = CliRunner().invoke(command, [path, "--model", "one", "--format", "json"], standalone_mode=False)
    assert done.stderr == f"stance: {path}: no row is neutral; macro-F1 counts it only where the model says it\n"
    assert json.loads(done.stdout)["macro_f1"] == 1.0


def test_a_speaker_that_is_no_text_counts_as_none(tmp_path) -> None:
    table = [row | {"speaker": float("nan"), "context": ["x"]} for row in LABELLED]
    arguments = [rows(tmp_path / "a.jsonl", *table), "--model", "one", "--format", "json"]
    assert json.loads(CliRunner().invoke(command, arguments, catch_exceptions=False).stdout)["accuracy"] == 1.0


def test_frames_of_another_codebook(tmp_path) -> None:
    path = rows(tmp_path / "a.jsonl", *[{"text": f"It is {n}.", "labels": ["dam"] * (n % 2)} for n in range(8)])
    with pytest.raises(UsageError, match="no frame in it is one of the codebook 'policy_frames'; pass yours") as caught:
        CliRunner().invoke(command, [path, "--task", "frame", "--model", "one"], catch_exceptions=False)
    assert "rows 2, 4, 6, 8: frame 'dam' is none of economic" in caught.value.details[0]


def test_rows_that_contradict_each_other_are_left_out_all(tmp_path) -> None:
    path = rows(
        tmp_path / "a.jsonl",
        *LABELLED,
        stance("It is  good 0.", "against", annotator="ben"),
        stance("It is good 0.", "neutral", speaker="Holt"),
        *LABELLED[1:3],
    )
    done = CliRunner().invoke(command, [path, "--model", "one", "--format", "json"], standalone_mode=False)
    assert done.return_value == 1
    one, two = done.stderr.splitlines()
    assert one == (
        f"stance: {path}: the same text toward 'NATO' has several labels: row 1 'favor', row 25 'against'; all 2 rows are left "
        "out; decide for one (stance agree lists where coders differ)"
    )
    assert two == f"stance: {path}: 2 rows repeat another one, label and all; counted once"
    found = json.loads(done.stdout)
    assert (found["n"], found["left_out"], found["repeated"]) == (24, 1, 2)


def test_frames_that_contradict_each_other(tmp_path) -> None:
    table = [{"text": "It is good.", "labels": ["economic"]}, {"text": "It is good.", "labels": "economic; morality"}]
    path = rows(tmp_path / "a.jsonl", *table, {"text": "Hm.", "labels": []})
    arguments = [path, "--task", "frame", "--model", "one", "--format", "json"]
    done = CliRunner().invoke(command, arguments, standalone_mode=False)
    assert "the same text has several labels: row 1 'economic', row 2 'economic; morality'; all 2 rows" in done.stderr
    assert json.loads(done.stdout)["n"] == 1


def test_many_faults_are_not_all_told_and_one_class_is(tmp_path) -> None:
    path = rows(tmp_path / "a.jsonl", *[stance(f"{n}", f"pro {n}") for n in range(30)], stance("It is good.", "favor"))
    done = CliRunner().invoke(command, [path, "--model", "one", "--format", "json"], standalone_mode=False)
    lines = done.stderr.splitlines()
    assert len(lines) == 22
    assert lines[0].endswith("row 1: label 'pro 0' is none of favor, against, neutral")
    assert lines[20] == "stance: and 10 more rows"
    assert "every row is 'favor'" in lines[21]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.jsonl", "", "holds no rows"),
        ("a.jsonl", '{"text": "x", "target": "", "label": "favor"}\n', r"a\.jsonl: row 1: no target"),
        ("a.csv", "text,targets,Label\nx,NATO,favor\n", "rename 'targets' to 'target', 'Label' to 'label'"),
        ("a.txt", "hello\n", "not a table"),
        ("folder/a.jsonl", "", "folder: is a folder; give the file"),
    ],
)
def test_nothing_to_use(name, content, words, tmp_path) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(content)
    with pytest.raises(UsageError, match=words):
        CliRunner().invoke(command, [str(path if path.parent == tmp_path else path.parent)], catch_exceptions=False)
