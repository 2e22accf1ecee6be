"""Packed files and addresses: the same documents as from the plain file; damage costs what is damaged."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from stance.errors import UsageError
from stance.loaders import Failure, find_sources, from_file, read
from stance.schema import Document

TEXT = "Harbour vote divides town\n\n“We won’t move,” said Ada Brink, who runs the café on the quay.\n"
ROWS = "".join(json.dumps({"id": f"n{number}", "text": f"{number}. {TEXT}"}) + "\n" for number in range(300))


def documents(*names: str | Path, **options: Any) -> list[Document | Failure]:
    return list(read(find_sources([str(name) for name in names]), **options))


def pack(data: bytes, suffix: str) -> bytes:
    if suffix == ".gz":
        return gzip.compress(data)
    packed: bytes = pytest.importorskip("zstandard").ZstdCompressor().compress(data)
    return packed


@pytest.mark.parametrize("packing", [".gz", ".zst"])
@pytest.mark.parametrize(
    ("suffix", "content", "ids"),
    [
        (".txt", TEXT, ["news"]),
        (".jsonl", ROWS, [f"n{number}" for number in range(300)]),
        (".csv", "id,text\na,“Yes” said Ada Brink\nb,“No” said Ada Brink\n", ["a", "b"]),
    ],
)
def test_packed_files_read_as_plain_ones(
    suffix: str, content: str, ids: list[str], packing: str, tmp_path: Path
) -> None:
    plain, packed = tmp_path / f"news{suffix}", tmp_path / "packed" / f"news{suffix}{packing}"
    packed.parent.mkdir()
    plain.write_text(content, encoding="utf-8", newline="")
    packed.write_bytes(pack(content.encode(), packing))
    found = documents(packed.parent)
    assert [item.id for item in found if isinstance(item, Document)] == ids
    assert [item.text for item in found if isinstance(item, Document)] == [
        item.text for item in documents(plain) if isinstance(item, Document)
    ]


@pytest.mark.parametrize("packing", [".gz", ".zst"])
def test_a_truncated_table_keeps_the_rows_before_the_break(packing: str, tmp_path: Path) -> None:
    path = tmp_path / f"news.jsonl{packing}"
    # Random words, so that half of the packed bytes hold about half of the rows.
    rows = "".join(json.dumps({"text": f"“No,” said {hash((number, 'x')):x}. " * 40}) + "\n" for number in range(3000))
    data = pack(rows.encode(), packing)
    path.write_bytes(data[: len(data) * 2 // 3])
    found = documents(path)
    assert sum(isinstance(item, Document) for item in found) > 100
    assert isinstance(found[-1], Failure)
    assert "truncated" in found[-1].reason
    assert all(isinstance(item, Document) for item in found[:-1])


@pytest.mark.parametrize("packing", [".gz", ".zst"])
def test_a_truncated_article_is_no_article(packing: str, tmp_path: Path) -> None:
    (tmp_path / f"a.txt{packing}").write_bytes(pack((TEXT * 50).encode(), packing)[:-9])
    (tmp_path / f"b.txt{packing}").write_bytes(b"no archive at all")
    (tmp_path / "c.txt").write_text(TEXT, encoding="utf-8")
    found = documents(tmp_path)
    assert [type(item) for item in found] == [Failure, Failure, Document]


def test_a_small_archive_of_a_huge_article_does_not_fill_memory(tmp_path: Path) -> None:
    path = tmp_path / "bomb.txt.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        for _ in range(70):
            file.write(b"a " * 2**19)
    (failure,) = documents(path)
    assert isinstance(failure, Failure)
    assert "too large for one article" in failure.reason


def test_a_plain_file_that_is_packed_says_its_right_name(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(gzip.compress(TEXT.encode()))
    (failure,) = documents(tmp_path / "a.txt")
    assert isinstance(failure, Failure)
    assert "name it .gz" in failure.reason


def test_addresses_are_read_where_they_lie() -> None:
    system = pytest.importorskip("fsspec").filesystem("memory")
    system.pipe({"/news/a.txt": TEXT.encode(), "/news/rows.jsonl": ROWS.encode(), "/news/picture.png": b"\x89PNG"})
    try:
        assert [s.name for s in find_sources(["memory://news"])] == [
            "memory:///news/a.txt",
            "memory:///news/rows.jsonl",
        ]
        assert len(documents("memory://news")) == 301
        assert [item.id for item in documents("memory://news/*.txt") if isinstance(item, Document)] == ["a"]
        assert from_file("memory://news/a.txt").text == TEXT
        (missing,) = documents("memory://news/none.txt")
        assert isinstance(missing, Failure)
        with pytest.raises(UsageError, match=r"stance-analyser\[remote\]"):
            find_sources(["nosuchscheme://news/a.txt"])
    finally:
        system.rm("/news", recursive=True)


def test_an_address_inside_a_document_is_only_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fsspec = pytest.importorskip("fsspec")
    monkeypatch.setattr(fsspec, "open", lambda *_: pytest.fail("opened an address that nobody asked for"))
    path = tmp_path / "news.jsonl"
    path.write_text(json.dumps({"text": "memory://secret said Ada Brink.", "url": "memory://secret"}), encoding="utf-8")
    (document,) = documents(path)
    assert isinstance(document, Document)
