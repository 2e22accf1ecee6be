"""Parquet files of a run: one line opens them in pandas, polars and DuckDB, and they say what the JSON Lines say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stance import parquet, run
from stance.errors import RunError
from stance.pipeline import Analysis
from stance.schema import Document, Label, Quote, Section, Span, Speaker

TEXT = "Town\n\n“No,” said Ada Brink. “Never,” a voice said."


def make(folder: Path) -> Path:
    parts = (Section("title", Span(0, 4)), Section("body", Span(6, len(TEXT))))
    document = Document("a", TEXT, parts, title="Town", outlet="Post", sha256="ab", meta={"desk": "home"})
    speaker = Speaker("ada-brink", "Ada Brink", ("Brink",), role="mayor")
    quotes = (
        Quote("a-q001", "a", "direct", "No,", (Span(7, 10),), Span(12, 16), Span(17, 26), "ada-brink"),
        Quote("a-q002", "a", "direct", "Never,", (Span(29, 35),)),
    )
    scores = {"favor": 0.1, "against": 0.8, "neutral": 0.1}
    labels = (
        Label("a-q001", "a", "stance", scores, "the plan", "against", classifier="embedded"),
        Label("a-q002", "a", "stance", scores, "the plan", None),
        Label("a-q001", "a", "frame", {"morality": 0.7}, labels=("morality",), codebook="policy_frames"),
    )
    return run.gather([Analysis(document, quotes, (speaker,), labels)], {"config": {"parquet": True}}).save(folder)


def test_a_run_that_asks_for_them_has_them(tmp_path: Path) -> None:
    folder = make(tmp_path / "r")
    assert {path.name for path in folder.glob("*.parquet")} == {f"{name}.parquet" for name in parquet.TABLES}
    assert not list(folder.glob(".*"))


def test_pandas(tmp_path: Path) -> None:
    import pandas

    folder = make(tmp_path / "r")
    quotes = pandas.read_parquet(folder / "quotes.parquet")
    rows = [json.loads(line) for line in (folder / "quotes.jsonl").read_text(encoding="utf-8").splitlines()]
    assert list(quotes["id"]) == [row["id"] for row in rows]
    assert [[list(span) for span in spans] for spans in quotes["content"]] == [row["content"] for row in rows]
    assert quotes.loc[0, "speaker_name"] == "Ada Brink"
    assert pandas.isna(quotes.loc[1, "speaker_name"])
    documents = pandas.read_parquet(folder / "documents.parquet")
    assert documents.loc[0, "text"] == TEXT
    assert dict(documents.loc[0, "meta"]) == {"desk": "home"}


def test_polars(tmp_path: Path) -> None:
    polars = pytest.importorskip("polars")
    labels = polars.read_parquet(make(tmp_path / "r") / "labels.parquet")
    assert labels["label"].to_list() == ["against", None, None]
    assert labels["against"].to_list() == [0.8, 0.8, None]
    assert labels["labels"].to_list()[2] == ["morality"]


def test_duckdb(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    folder = make(tmp_path / "r").as_posix()
    query = (
        f"select speaker_name, target, label, scores['against'] from '{folder}/labels.parquet' l "
        f"join '{folder}/quotes.parquet' q on l.quote_id = q.id where task = 'stance' order by q.id"
    )
    assert duckdb.sql(query).fetchall() == [("Ada Brink", "the plan", "against", 0.8), (None, "the plan", None, 0.8)]


def test_a_damaged_run_says_so_and_leaves_nothing_half_written(tmp_path: Path) -> None:
    folder = make(tmp_path / "r")
    before = (folder / "quotes.parquet").read_bytes()
    with (folder / "quotes.jsonl").open("a", encoding="utf-8") as file:
        file.write("{broken\n")
    with pytest.raises(RunError, match="damaged"):
        parquet.write(folder)
    assert (folder / "quotes.parquet").read_bytes() == before
    assert not list(folder.glob(".*"))
