"""The run folder: complete or absent, the same for the same run, resumed after an interruption."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stance import records, run, store
from stance.errors import RunError
from stance.loaders import Failure
from stance.pipeline import Analysis
from stance.schema import Document, Label, Quote, Section, Span, Speaker

TEXT = "Town\n\n“No,” said Ada Brink."


def analysis(name: str) -> Analysis:
    document = Document(
        name, TEXT, (Section("title", Span(0, 4)), Section("body", Span(6, 27))), title="Town", sha256="ab" + name
    )
    speaker = Speaker("ada-brink", "Ada Brink", ("Brink",), role="mayor")
    quote = Quote(f"{name}-q001", name, "direct", "No,", (Span(7, 10),), Span(12, 16), Span(17, 26), "ada-brink")
    label = Label(
        quote.id,
        name,
        "stance",
        {"favor": 0.1, "against": 0.8, "neutral": 0.1},
        "the plan",
        "against",
        classifier="embedded",
    )
    frame = Label(quote.id, name, "frame", {"morality": 0.7}, labels=("morality",), codebook="policy_frames")
    return Analysis(document, (quote,), (speaker,), (label, frame))


MANIFEST = {
    "version": "1",
    "seed": 0,
    "config": {},
    "inputs": [],
    "models": [],
    "packages": {},
    "counts": {},
    "warnings": [],
}


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_rows_and_back() -> None:
    one = analysis("a")
    speakers = {s.id: s for s in one.speakers}
    assert records.document_from(records.document_row(one.document)) == one.document
    assert records.quote_from(records.quote_row(one.quotes[0], speakers), {}) == one.quotes[0]
    assert [records.label_from(records.label_row(label)) for label in one.labels] == list(one.labels)
    assert records.speaker_from(records.speaker_row(one.speakers[0])) == one.speakers[0]


def test_the_rows_are_the_contracts() -> None:
    one = analysis("a")
    row = records.quote_row(one.quotes[0], {s.id: s for s in one.speakers})
    assert list(row) == [
        "id",
        "document_id",
        "kind",
        "text",
        "content",
        "cue",
        "source",
        "speaker",
        "relayed_by",
        "parent_id",
        "heading",
        "confidence",
    ]
    assert row["speaker"] == {"id": "ada-brink", "name": "Ada Brink", "kind": "person"}
    stance, frame = (records.label_row(label) for label in one.labels)
    assert {"quote_id", "document_id", "task", "target", "label", "scores"} <= set(stance)
    assert {"quote_id", "document_id", "task", "labels", "scores"} <= set(frame)


def test_save_and_load(tmp_path: Path) -> None:
    finished = run.gather([analysis("a"), Failure("b.txt", "empty")], MANIFEST)
    finished.save(tmp_path / "r")
    assert set(store.FILES) <= {path.name for path in (tmp_path / "r").iterdir()}
    again = store.load(tmp_path / "r")
    assert (again.documents, again.quotes.records, again.errors) == (
        finished.documents,
        finished.quotes.records,
        finished.errors,
    )
    assert again.labels.records == finished.labels.records
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


def test_a_finished_run_is_not_replaced_unasked(tmp_path: Path) -> None:
    finished = run.gather([analysis("a")], MANIFEST)
    finished.save(tmp_path / "r")
    with pytest.raises(RunError, match="--overwrite"):
        finished.save(tmp_path / "r")
    finished.save(tmp_path / "r", overwrite=True)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.doc").write_text("x")
    with pytest.raises(RunError, match="not a run"):
        finished.save(tmp_path / "other", overwrite=True)


def test_an_unfinished_or_damaged_folder_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="stance analyze"):
        store.load(tmp_path / "none")
    finished = run.gather([analysis("a")], MANIFEST)
    finished.save(tmp_path / "r")
    (tmp_path / "r" / "quotes.jsonl").write_text("{broken")
    with pytest.raises(RunError, match="damaged"):
        store.load(tmp_path / "r")


def test_joined_runs_share_their_people(tmp_path: Path) -> None:
    one, two = run.gather([analysis("a")], MANIFEST), run.gather([analysis("b")], MANIFEST)
    both = store.join([one, two])
    assert len(both.documents) == 2
    assert len({quote.speaker_id for quote in both.quotes}) == 1
    with pytest.raises(RunError, match="two of the runs"):
        store.join([one, one])


def test_tables_open_as_data_frames() -> None:
    frame = run.gather([analysis("a")], MANIFEST).quotes.to_pandas()
    assert frame.loc[0, "speaker.name"] == "Ada Brink"
    assert json.dumps(list(frame["content"][0])) == "[[7, 10]]"
