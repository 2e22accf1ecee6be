"""`stance agree` from the outside."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from stance.cli.agree import command
from stance.errors import UsageError

FIRST = "ffaannfanfan"
SECOND = "ffaannfafnaf"
NAMES = {"f": "favor", "a": "against", "n": "neutral", ".": None}


def write(path: Path, codes: str, **extra: Any) -> str:
    rows = [
        {"id": f"q{at}", "text": f"words {at}", "target": "NATO" if at % 2 else "the treaty", "label": NAMES[code]}
        | extra
        for at, code in enumerate(codes)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def run(*arguments: str) -> Any:
    done = CliRunner().invoke(command, [*arguments, "--format", "json"], catch_exceptions=False)
    return json.loads(done.stdout)


def test_one_file_a_coder(tmp_path) -> None:
    found = run(write(tmp_path / "ana.jsonl", FIRST), write(tmp_path / "ben.jsonl", SECOND))
    assert found["coders"] == ["ana", "ben"]
    assert found["percent"] == 0.75
    assert found["disagreements_total"] == 3
    assert found["disagreements"][0]["codes"] == {"ana": "neutral", "ben": "favor"}
    assert set(found["by_target"]) == {"NATO", "the treaty"}
    low, high = found["alpha_by_label_interval"]["against"]
    assert low <= found["alpha_by_label"]["against"] <= high
    assert found["by_target"]["NATO"]["alpha_interval"] is None  # six units are too few for an interval


def test_one_file_with_a_column_of_coders(tmp_path) -> None:
    one = Path(write(tmp_path / "a.jsonl", FIRST, coder="ana")).read_text(encoding="utf-8")
    two = Path(write(tmp_path / "b.jsonl", SECOND, coder="ben")).read_text(encoding="utf-8")
    both = tmp_path / "both.jsonl"
    both.write_text(one + two, encoding="utf-8")
    found = run(str(both), "--coder", "coder")
    assert (found["units"], found["percent"]) == (12, 0.75)


def test_what_a_coder_left_open_is_no_code(tmp_path) -> None:
    found = run(write(tmp_path / "ana.jsonl", FIRST), write(tmp_path / "ben.jsonl", "...." + SECOND[4:]))
    assert (found["units"], found["units_coded_twice"]) == (12, 8)


def test_frames(tmp_path) -> None:
    for name, labels in (("ana", ["economic", "morality"]), ("ben", "economic; morality"), ("cem", "economic")):
        row = {"id": "q", "text": "t", "labels": labels}
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(row) + "\n" + json.dumps(row | {"id": "r", "labels": []}))
    paths = [str(tmp_path / f"{name}.jsonl") for name in ("ana", "ben", "cem")]
    found = run(*paths, "--task", "frame")
    assert found["alpha_by_label"]["economic"] == 1.0
    assert found["alpha"] < 1
    assert found["disagreements"][0]["codes"]["cem"] == ["economic"]


def test_table(tmp_path) -> None:
    paths = [write(tmp_path / "ana.jsonl", FIRST), write(tmp_path / "ben.jsonl", SECOND)]
    shown = CliRunner().invoke(command, paths, catch_exceptions=False).stdout
    assert "alpha, one target" in shown
    for words in ("12 units", "Krippendorff's alpha  0.", "percent agreement     75.0", "3 disagreements", "→ NATO"):
        assert words in shown


def test_frames_in_the_table(tmp_path) -> None:
    for name, labels in (("ana", "economic; morality"), ("ben", "")):
        row = {"text": "word " * 60, "labels": labels}
        (tmp_path / f"{name}.jsonl").write_text(json.dumps(row | {"id": "q"}))
    paths = [str(tmp_path / f"{name}.jsonl") for name in ("ana", "ben")]
    shown = CliRunner().invoke(command, [*paths, "--task", "frame"], catch_exceptions=False).stdout
    assert "ana: economic + morality, ben: no frame" in shown
    assert "MASI" in shown
    assert shown.rstrip().endswith("word …")


@pytest.mark.parametrize(
    ("codes", "words"),
    [
        (["ff"], "the only coder is '0'; give one file a coder"),
        (["ff", None], "no such file"),
        (["ff", ".."], "1.jsonl: no row has a label"),
    ],
)
def test_wrong_usage(codes, words, tmp_path) -> None:
    paths = [write(tmp_path / f"{at}.jsonl", c) if c else str(tmp_path / "none") for at, c in enumerate(codes)]
    with pytest.raises(UsageError, match=words):
        run(*paths)


def test_a_coder_who_contradicts_himself(tmp_path) -> None:
    path = Path(write(tmp_path / "ana.jsonl", "f"))
    path.write_text(path.read_text() + path.read_text().replace("favor", "against"))
    with pytest.raises(UsageError, match=r"jsonl: row 2: ana codes 'q0' as against, but as favor in .*jsonl: row 1"):
        run(str(path))


@pytest.mark.parametrize(
    ("task", "change", "words"),
    [
        (
            "stance",
            {"label": "Favor"},
            "row 3: label 'Favor' is none of favor, against, neutral; did you mean 'favor'?",
        ),
        ("stance", {"target": " "}, "row 3: no target"),
        ("stance", {"id": "", "text": " "}, "row 3: no id and no text"),
        ("frame", {"labels": 5}, "row 3: labels are neither a list of names nor names joined by `;`"),
        ("stance", {"target": ["NATO"]}, "row 3: target ['NATO'] is no text"),
    ],
)
def test_a_row_that_cannot_be_used_is_named(task, change, words, tmp_path) -> None:
    path = Path(write(tmp_path / "ana.jsonl", FIRST, labels=["economic"]))
    table = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    table[2] |= change
    path.write_text("".join(json.dumps(row) + "\n" for row in table), encoding="utf-8")
    with pytest.raises(UsageError, match=re.escape(f"{path}: {words}")):
        run(str(path), write(tmp_path / "ben.jsonl", SECOND, labels=["economic"]), "--task", task)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            ["--coder", "codr"],
            "no column 'codr' (--coder); there are 'id', 'text', 'target', 'label', 'coder'; is it 'coder'?",
        ),
        (["--unit", "sentence"], "no column 'sentence' (--unit); there are"),
    ],
)
def test_a_column_that_is_not_there(options, words, tmp_path) -> None:
    with pytest.raises(UsageError, match=re.escape(words)):
        run(write(tmp_path / "ana.jsonl", FIRST, coder="ana"), *options)


def test_an_empty_file_is_named(tmp_path) -> None:
    (tmp_path / "ana.jsonl").write_text("")
    with pytest.raises(UsageError, match=r"ana\.jsonl: holds no rows"):
        run(str(tmp_path / "ana.jsonl"), write(tmp_path / "ben.jsonl", SECOND))


def test_two_coders_without_a_common_unit(tmp_path) -> None:
    other = Path(write(tmp_path / "ben.jsonl", SECOND))
    other.write_text(other.read_text(encoding="utf-8").replace('"q', '"p'), encoding="utf-8")
    words = (
        r"no unit was coded by two coders: ana 'q0' toward 'the treaty' and ben 'p0' toward 'the treaty' stand alone"
    )
    with pytest.raises(UsageError, match=words):
        run(write(tmp_path / "ana.jsonl", FIRST), str(other))


def test_every_row_that_cannot_be_used_is_named(tmp_path) -> None:
    path = Path(write(tmp_path / "ana.jsonl", FIRST))
    path.write_text(
        path.read_text(encoding="utf-8").replace("favor", "pro").replace("neutral", "none"), encoding="utf-8"
    )
    with pytest.raises(UsageError, match="8 of 12 rows cannot be used") as caught:
        run(str(path), write(tmp_path / "ben.jsonl", SECOND))
    rows = [line.split(": ")[1] for line in caught.value.details]
    assert rows == ["rows 1-2, 7, 10", "rows 5-6, 9, 12"]


def test_files_of_one_name_are_two_coders(tmp_path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    found = run(write(tmp_path / "a" / "codes.jsonl", FIRST), write(tmp_path / "b" / "codes.jsonl", SECOND))
    assert found["coders"] == [str(tmp_path / "a" / "codes"), str(tmp_path / "b" / "codes")]


def test_codes_of_a_coder_that_are_repeated_count_once(tmp_path) -> None:
    path = Path(write(tmp_path / "ana.jsonl", FIRST))
    path.write_text(path.read_text(encoding="utf-8") * 2, encoding="utf-8")
    done = CliRunner().invoke(command, [str(path), write(tmp_path / "ben.jsonl", SECOND), "--format", "json"])
    assert done.stderr == "stance: 12 rows repeat another one of the same coder; counted once\n"
    assert (json.loads(done.stdout)["units"], json.loads(done.stdout)["percent"]) == (12, 0.75)


def test_agreement_on_one_label_alone_is_undefined(tmp_path) -> None:
    paths = [write(tmp_path / f"{name}.jsonl", "f" * 12) for name in ("ana", "ben")]
    found = run(*paths)
    assert found["undefined"].startswith("every code is 'favor', which chance alone would give too")
    assert (found["percent"], found["alpha"], found["alpha_interval"], found["fleiss_kappa"]) == (1.0, None, None, None)
    assert (found["cohen_kappa"], found["alpha_by_label"]) == ({"ana / ben": None}, {"favor": None})
    shown = CliRunner().invoke(command, paths, catch_exceptions=False).stdout
    assert "Krippendorff's alpha  undefined: every code is 'favor'" in shown
    assert "1.000" not in shown


def test_frames_that_nobody_gave(tmp_path) -> None:
    for name in ("ana", "ben"):
        write(tmp_path / f"{name}.jsonl", FIRST, labels=[])
    paths = [str(tmp_path / f"{name}.jsonl") for name in ("ana", "ben")]
    shown = CliRunner().invoke(command, [*paths, "--task", "frame"], catch_exceptions=False).stdout
    assert "Krippendorff's alpha  undefined: every code is no frame" in shown
