"""Loaders: every kind of input becomes documents; what cannot be read says why and costs itself alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stance import loaders
from stance.errors import InputError, UsageError
from stance.loaders import Failure, find_sources, from_bytes, from_file, read
from stance.schema import Document

TEXT = "Harbour vote divides town\n\n“We won’t move,” said Ada Brink, who runs the café on the quay.\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_encodings_give_the_same_text(encoding: str) -> None:
    assert from_bytes(TEXT.encode(encoding), id="a", source="a.txt", suffix=".txt").text == TEXT


def test_line_ends_become_newlines_and_nothing_else_changes() -> None:
    assert from_bytes(b"One \xc2\xa0two\r\nthree\rfour\tfive  \n", id="a", source="a", suffix=".txt").text == (
        "One \xa0two\nthree\nfour\tfive  \n"
    )


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b" \n\n", "empty"),
        (b"%PDF-1.7 ...", "binary"),
        (b"\x89PNG\r\n", "binary"),
        (b"ab\0\0\0cd\0\0e", "binary"),
        (b"123 456", "no letters"),
    ],
)
def test_what_is_no_article_says_so(data: bytes, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.txt"
    path.write_bytes(data)
    with pytest.raises(InputError, match=reason) as raised:
        from_file(path)
    assert str(path) in str(raised.value)


def test_one_bad_file_costs_itself_alone(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(TEXT, encoding="utf-8")
    (tmp_path / "b.txt").write_bytes(b"")
    (tmp_path / "c.md").write_text("# Title\n\n" + TEXT, encoding="utf-8")
    found = list(read(find_sources([str(tmp_path)])))
    assert [type(item) for item in found] == [Document, Failure, Document]
    assert [item.id for item in found if isinstance(item, Document)] == ["a", "c"]


def test_equal_stems_get_their_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for folder in ("x", "y"):
        Path(folder).mkdir()
        Path(folder, "same.txt").write_text(TEXT, encoding="utf-8")
    Path("x", "other.txt").write_text(TEXT, encoding="utf-8")
    assert [source.id for source in find_sources(["x", "y"])] == ["other", "x/same", "y/same"]


@pytest.mark.parametrize("name", ["nowhere.txt", "nothing/*.txt"])
def test_missing_input(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UsageError, match=r"no such file|no file matches"):
        find_sources([name])


def test_folder_without_readable_files(tmp_path: Path) -> None:
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    with pytest.raises(UsageError, match="no readable files"):
        find_sources([str(tmp_path)])


def test_rows_of_a_table_keep_their_metadata(tmp_path: Path) -> None:
    path = tmp_path / "news.jsonl"
    rows = [
        {"id": "n1", "text": TEXT, "outlet": "The Quay", "date": "2024-03-03", "desk": "home"},
        {"text": ""},
        {"text": TEXT},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows) + "{broken\n", encoding="utf-8")
    found = list(read(find_sources([str(path)])))
    first = found[0]
    assert isinstance(first, Document)
    assert (first.id, first.outlet, first.published, dict(first.meta)) == (
        "n1",
        "The Quay",
        "2024-03-03",
        {"desk": "home"},
    )
    assert isinstance(found[1], Failure)
    assert found[1].source.endswith(":2")
    assert isinstance(found[2], Document)
    assert found[2].id == "news-3"
    assert isinstance(found[3], Failure)


def test_csv_and_a_named_column(tmp_path: Path) -> None:
    path = tmp_path / "news.csv"
    path.write_text('story,title\n"“Yes,” said Ada Brink, twice.",Quay\n', encoding="utf-8")
    (document,) = read(find_sources([str(path)]), text_column="story")
    assert isinstance(document, Document)
    assert (document.text, document.title) == ("“Yes,” said Ada Brink, twice.", "Quay")


def test_a_table_without_text_column_names_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "news.csv"
    path.write_text("story,title\nx,y\n", encoding="utf-8")
    (failure,) = read(find_sources([str(path)]))
    assert isinstance(failure, Failure)
    assert "story, title" in failure.reason
    assert "--text-column" in failure.reason


PAGE = """<!doctype html><html lang="en"><head><title>Quay vote | The Post</title>
<meta property="og:site_name" content="The Post"><meta property="article:published_time" content="2024-03-03"></head><body>
<nav><a href="/">Home</a><a href="/world">World</a></nav><article><h1>Quay vote divides town</h1>
<figure><img src="x.jpg"><figcaption>Boats wait outside the harbour during the vote.</figcaption></figure>
<p>{prose}</p><h2>The fishers’ view</h2><p>“We won’t move,” said Ada Brink. {prose}</p>
<aside><p>Related: crane sold for scrap after forty years in the harbour</p></aside><p>{prose} And {prose}</p></article>
<footer><p>Copyright The Post. All rights reserved.</p></footer></body></html>""".replace(
    "{prose}",
    "The committee met for the third time on Tuesday and heard evidence from two of the firms involved in the works.",
)


def test_a_page_gives_its_article_alone() -> None:
    document = from_bytes(PAGE.encode(), id="p", source="p.html", suffix=".html")
    assert (document.title, document.outlet, document.published) == ("Quay vote divides town", "The Post", "2024-03-03")
    assert [part.span.of(document.text) for part in document.sections if part.kind == "heading"] == [
        "The fishers’ view"
    ]
    body = " ".join(part.span.of(document.text) for part in document.sections if part.kind == "body")
    assert "“We won’t move,”" in body
    for furniture in ("Home", "Boats wait", "Related", "Copyright"):
        assert furniture not in body


def test_a_page_without_article() -> None:
    with pytest.raises(InputError, match="no article text"):
        from_bytes(b"<html><body><nav>Home</nav></body></html>", id="p", source="p.html", suffix=".html")


def test_unreadable_rows_file(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        list(loaders.rows(tmp_path / "none.jsonl"))
