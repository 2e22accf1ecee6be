"""Tables: any column can be named, a bad row costs itself alone, and a wrong column the table with the right names listed."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest

from stance.errors import InputError, UsageError
from stance.loaders import Failure, find_sources, read, rows
from stance.loaders.columns import mapping
from stance.schema import Document

NO = "“No,” said Ada Brink."


def documents(*names: str | Path, **options: Any) -> list[Document | Failure]:
    return list(read(find_sources([str(name) for name in names]), **options))


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def kinds(found: list[Document | Failure]) -> str:
    return "".join("+" if isinstance(item, Document) else "-" for item in found)


def test_every_field_can_be_named(tmp_path: Path) -> None:
    path = write(
        tmp_path / "n.csv",
        f'nr,story,head,paper,who,day,lang,where,desk\n7,"{NO}",Quay,Post,B. Oak,2024-03-03,en,u://x,home\n',
    )
    columns = mapping(
        ["id=nr", "title=head", "outlet=paper", "author=who", "date=day", "language=lang", "url=where", "text=story"]
    )
    (found,) = documents(path, columns=columns)
    assert isinstance(found, Document)
    assert (found.id, found.text, found.title, found.outlet, found.author) == ("7", NO, "Quay", "Post", "B. Oak")
    assert (found.published, found.language, found.url, found.meta) == ("2024-03-03", "en", "u://x", {"desk": "home"})


@pytest.mark.parametrize("pair", ["outlet", "=x", "outlet=", "speed=x"])
def test_a_wrong_pair_says_what_is_right(pair: str) -> None:
    with pytest.raises(UsageError, match="FIELD=COLUMN"):
        mapping([pair])


@pytest.mark.parametrize("name", ["n.csv", "n.jsonl"])
def test_a_wrong_text_column_is_one_failure_with_the_right_names(name: str, tmp_path: Path) -> None:
    table = "text,head\nA b.,c\nD e.,f\n" if name == "n.csv" else '{"text": "A b.", "head": "c"}\n' * 50
    (failure,) = documents(write(tmp_path / name, table), text_column="story")
    assert isinstance(failure, Failure)
    assert "'story'" in failure.reason
    assert "text, head" in failure.reason


def test_a_wrong_column_of_metadata_is_named_and_the_articles_are_read(tmp_path: Path) -> None:
    path = write(tmp_path / "n.csv", f"text,day\n{NO},2024\n".replace(NO, f'"{NO}"'))
    found = documents(path, columns={"date": "dya"})
    assert kinds(found) == "+-"
    assert isinstance(found[1], Failure)
    assert "'dya'; there are text, day" in found[1].reason


def test_bad_rows_of_csv_among_good_ones(tmp_path: Path) -> None:
    lines = [
        b"id,text,outlet",
        b'a,"One, said Ada ""Brink"".\nNext line.",Post',
        b"b,too,many,cells,here",
        b"c,too few",
        "d,caf\u00e9 said Ada,Post".encode(),
        b"e,caf\xe9 said Ada,Post",
        b'f,"He said "no" to her",Post',
        b'g,"never closed,Post',
        b"h,Good again said Ada.,Post",
        b"",
        b"i,Two \0 said Ada.,Post",
        b"j,Last said Ada.,Post",
    ]
    found = documents(write(tmp_path / "n.csv", b"\n".join(lines)))
    assert [item.id for item in found if isinstance(item, Document)] == ["a", "d", "h", "j"]
    reasons = [item.reason for item in found if isinstance(item, Failure)]
    assert [any(word in reason for word in words.split("|")) for reason, words in zip(
        reasons, ("5 cells|line 4", "2 cells", "encoding", "not a row", "not a row", "NUL"), strict=True
    )] == [True] * 6  # fmt: skip
    assert "line 4" in reasons[0]


def test_csv_of_other_makers(tmp_path: Path) -> None:
    semicolons = write(tmp_path / "a.csv", "\ufefftext;outlet\r\nOne, said Ada.;Post\r\n")
    western = write(tmp_path / "b.csv", "text\n“No!” said Béla.\n".encode("cp1252"))
    wide = write(tmp_path / "c.csv", "text,outlet\n“No” said Béla.,Post\n".encode("utf-16"))
    plain_tabs = write(tmp_path / "d.tsv", 'id\ttext\nx\t"No" is what Ada said\n')
    long = write(tmp_path / "e.csv", f"text\n{'long said Ada ' * 20_000}\n")
    found = documents(semicolons, western, wide, plain_tabs, long)
    assert [item.text[:16] for item in found if isinstance(item, Document)] == [
        "One, said Ada.",
        "“No!” said Béla.",
        "“No” said Béla.",
        '"No" is what Ada',
        "long said Ada lo",
    ]


def test_bad_lines_of_jsonl_among_good_ones(tmp_path: Path) -> None:
    good = json.dumps({"text": NO}, ensure_ascii=False).encode()
    lines = [
        good,
        b'{"text": "caf\xe9 said Ada"}',
        b"[" * 100_000,
        b'{"text": "' + b"a" * 9_000_000 + b'"}',
        b'"just a string"',
        b'{"text": 7}',
        b'{"text": "half \\ud83d of a pair, said Ada"}',
        b'{"text": "\\u202eright to left\\u202c, said Ada", "authors": ["A", "B"], "n": NaN}',
        b'{"text": "12 345 !!"}',
        good,
    ]
    found = documents(write(tmp_path / "n.jsonl", b"\n".join(lines)))
    assert kinds(found) == "+-----++-+"
    assert [item.source.rsplit(":", 1)[1] for item in found if isinstance(item, Failure)] == list("234569")
    whole = [item for item in found if isinstance(item, Document)]
    assert whole[1].text == "half \ufffd of a pair, said Ada"
    assert (whole[2].text[0], whole[2].author, whole[2].meta) == ("\u202e", "A; B", {})


def test_a_row_may_be_long_but_not_longer_than_an_article(tmp_path: Path) -> None:
    path = write(tmp_path / "n.jsonl", json.dumps({"text": "word " * 250_000}) + "\n" + json.dumps({"text": NO}))
    found = documents(path)
    assert kinds(found) == "-+"
    assert isinstance(found[0], Failure)
    assert "1,250,000 characters" in found[0].reason


def test_parquet_with_its_own_types(tmp_path: Path) -> None:
    arrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    table = arrow.table(
        {
            "text": [NO, None, NO],
            "date": [datetime.date(2024, 3, 3)] * 3,
            "published_at": [datetime.datetime(2024, 3, 3, 9, 30)] * 3,
            "score": [0.5, 0.5, float("nan")],
        }
    )
    parquet.write_table(table, tmp_path / "n.parquet")
    found = documents(tmp_path / "n.parquet")
    assert kinds(found) == "+-+"
    assert [(item.published, item.meta) for item in found if isinstance(item, Document)] == [
        ("2024-03-03", {"score": "0.5"}),
        ("2024-03-03", {}),
    ]
    whole = (tmp_path / "n.parquet").read_bytes()
    for name, data in (("cut", whole[:-60]), ("noise", b"PAR1" + b"\xff" * 200 + b"PAR1"), ("empty", b"")):
        (failure,) = documents(write(tmp_path / f"{name}.parquet", data))
        assert isinstance(failure, Failure)
        assert "not a Parquet file" in failure.reason


def test_a_folder_saved_by_datasets(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    one = datasets.Dataset.from_dict({"text": [NO, NO], "outlet": ["Post", "Star"]})
    one.save_to_disk(tmp_path / "one")
    datasets.DatasetDict({"old": one, "new": one.select([1])}).save_to_disk(tmp_path / "several")
    assert kinds(documents(tmp_path / "one")) == "++"
    (only,) = documents(f"hf:{tmp_path / 'several'}:new")
    assert isinstance(only, Document)
    assert (only.id, only.outlet) == ("several:new-1", "Star")
    (failure,) = documents(f"hf:{tmp_path / 'several'}:test")
    assert isinstance(failure, Failure)
    assert "old, new" in failure.reason


@pytest.mark.parametrize(("name", "content"), [("n.csv", ""), ("n.csv", "id,text\n"), ("n.jsonl", "\n\n")])
def test_a_table_without_rows_is_named(name: str, content: str, tmp_path: Path) -> None:
    (failure,) = documents(write(tmp_path / name, content))
    assert isinstance(failure, Failure)
    assert "no rows" in failure.reason


def test_rows_stream(tmp_path: Path) -> None:
    path = write(tmp_path / "n.csv", "text\n" + "one said Ada\n" * 10 + '"never closed\n' + "x" * 100)
    stream = rows(path)
    assert next(stream) == {"text": "one said Ada"}
    stream.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.jsonl", '[{"text": "a"},\n {"text": "b"}]\n', "not JSON Lines; write one object a line"),
        ("a.jsonl", '[{"text": "a"}]', "not JSON Lines"),
        ("a.jsonl", '\ufeff\n[\n{"text": "a"}\n]\n', "not JSON Lines"),
        ("a.jsonl", '{\n "text": "a"\n}\n', "not JSON Lines"),
        ("a.csv", "text,label,label\na,b,c\n", "line 1, the header: 'label' is there twice; rename one"),
    ],
)
def test_a_file_of_another_form_is_one_line(name: str, content: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words):
        list(rows(write(tmp_path / name, content)))


def test_columns_without_a_name_may_be_many(tmp_path: Path) -> None:
    assert next(iter(rows(write(tmp_path / "a.csv", "text,,\na,,\n")))) == {"text": "a", "": ""}


@pytest.mark.parametrize("name", ["hf:", "hf:./none"])
def test_a_dataset_folder_that_is_not_there(name: str) -> None:
    with pytest.raises(InputError, match="no such folder; give hf:NAME"):
        list(rows(name))
