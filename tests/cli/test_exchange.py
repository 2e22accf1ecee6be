"""`stance export` and `stance import` from the outside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from stance import run as runs
from stance import store
from stance.cli.export import command as export
from stance.cli.import_ import command as import_
from stance.errors import UsageError
from stance.loaders import from_text
from stance.schema import Label, Quote, Span, Speaker
from tests.cli.test_main import one_line, stance

TEXT = "“The dam is a gift 🎁,” said Ina Holm. “It is a curse,” said Per Lund.\n"


@pytest.fixture
def folder(tmp_path: Path) -> str:
    document = from_text(TEXT, id="dam")
    quotes, labels = [], []
    people = [Speaker("holm", "Ina Holm"), Speaker("lund", "Per Lund")]
    for number, (words, who, label) in enumerate(
        [("The dam is a gift 🎁,", "holm", "favor"), ("It is a curse,", "lund", "against")], 1
    ):
        start = TEXT.index(words)
        name = f"dam-q{number:03d}"
        quotes.append(Quote(name, "dam", "direct", words, (Span(start, start + len(words)),), speaker_id=who))
        scores = {"favor": 0.2, "against": 0.2, "neutral": 0.2} | {label: 0.6}
        labels.append(Label(name, "dam", "stance", scores, target="the dam", label=label, classifier="embedded"))
    run = runs.build([document], quotes, people, labels, (), {"seed": 0, "version": "0"})
    return str(store.save(run, tmp_path / "run"))


def call(command: Any, *arguments: str) -> Any:
    return CliRunner().invoke(command, arguments, catch_exceptions=False, standalone_mode=False)


def test_there_and_back(folder, tmp_path) -> None:
    done = call(export, folder, "--to", "labelstudio", "-o", str(tmp_path / "tasks.json"))
    assert done.stderr.startswith("2 quotes: ")
    call(import_, str(tmp_path / "tasks.json"), "--from", "labelstudio", "--run", folder, "-o", str(tmp_path / "again"))
    again, first = store.load(tmp_path / "again"), store.load(folder)
    assert (list(again.quotes), list(again.labels)) == (list(first.quotes), list(first.labels))


def test_rows_for_training(folder, tmp_path) -> None:
    arguments = ["--to", "brat", "-o", str(tmp_path / "b"), "--sample", "random", "--sample-size", "1", "--seed", "3"]
    assert call(export, folder, *arguments).stderr.startswith("1 quotes")
    out = tmp_path / "rows.jsonl"
    call(import_, str(tmp_path / "b"), "--from", "brat", "-o", str(out), "--annotator", "ana")
    (row,) = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert row["sample"] == "random p=0.5"
    assert (row["target"], row["annotator"], row["document_id"]) == ("the dam", "ana", "dam")
    assert row["speaker"] in ("Ina Holm", "Per Lund")


def test_a_file_is_not_written_over_what_was_coded(folder, tmp_path) -> None:
    coded = tmp_path / "a.jsonl"
    call(export, folder, "--to", "doccano", "-o", str(coded))
    before = coded.read_bytes()
    with pytest.raises(UsageError, match="is the file to import"):
        call(import_, str(coded), "--from", "doccano", "-o", str(coded))
    with pytest.raises(UsageError, match="labelled rows are written as"):
        call(import_, str(coded), "--from", "doccano", "-o", str(tmp_path / "rows.csv"))
    assert coded.read_bytes() == before
    assert "--annotator" in call(import_, str(coded), "--from", "doccano", "-o", str(tmp_path / "b.jsonl")).stderr


def test_labelled_rows_are_not_written_over(folder, tmp_path) -> None:
    call(export, folder, "--to", "doccano", "-o", str(tmp_path / "a.jsonl"))
    (tmp_path / "rows.jsonl").write_text("edited\n")
    with pytest.raises(UsageError, match=r"rows\.jsonl: is there already"):
        call(import_, str(tmp_path / "a.jsonl"), "--from", "doccano", "-o", str(tmp_path / "rows.jsonl"))
    assert (tmp_path / "rows.jsonl").read_text() == "edited\n"


def test_an_annotator_who_is_not_in_the_run(folder, tmp_path) -> None:
    out = str(tmp_path / "tasks.json")
    with pytest.raises(UsageError, match="--annotator ben: the run has no labels of annotators"):
        call(export, folder, "--to", "labelstudio", "-o", out, "--annotator", "ben")
    call(export, folder, "--to", "brat", "-o", str(tmp_path / "b"))
    call(
        import_,
        str(tmp_path / "b"),
        "--from",
        "brat",
        "--run",
        folder,
        "-o",
        str(tmp_path / "coded"),
        "--annotator",
        "ana",
    )
    with pytest.raises(UsageError, match="--annotator ben: 'ben' is none of ana"):
        call(export, str(tmp_path / "coded"), "--to", "labelstudio", "-o", out, "--annotator", "ben")
    assert not Path(out).exists()


def test_every_row_of_a_table_that_cannot_be_used_is_named(folder, tmp_path) -> None:
    table = tmp_path / "a.csv"
    call(export, folder, "--to", "csv", "-o", str(table))
    table.write_text(
        table.read_text(encoding="utf-8").replace(",favor,", ",pro,").replace(",the dam,", ",,"), encoding="utf-8"
    )
    done = stance("import", "a.csv", "--from", "csv", "--run", folder, "-o", "rows.jsonl", cwd=tmp_path)
    lines = done.stderr.decode().splitlines()
    assert lines == [
        "stance: a.csv: rows 1-2: no target; write what the stance is toward into the column `target`",
        "stance: a.csv: 2 of 2 rows cannot be used; correct them",
    ]
    assert (done.returncode, (tmp_path / "rows.jsonl").exists()) == (2, False)


def test_nothing_to_import(folder, tmp_path) -> None:
    call(export, folder, "--to", "doccano", "-o", str(tmp_path / "a.jsonl"))
    out = tmp_path / "rows.jsonl"
    with pytest.raises(UsageError, match="no frame labels"):
        call(import_, str(tmp_path / "a.jsonl"), "--from", "doccano", "-o", str(out), "--task", "frame")
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["export", "nowhere", "--to", "csv", "-o", "a.csv"], "not a run folder"),
        (["import", "nowhere.json", "--from", "labelstudio", "-o", "a.jsonl"], "no such file"),
    ],
)
def test_wrong_usage(arguments, words, tmp_path) -> None:
    done = stance(*arguments, cwd=tmp_path)
    assert words in one_line(done)
    assert done.returncode == 2
    assert list(tmp_path.iterdir()) == []
