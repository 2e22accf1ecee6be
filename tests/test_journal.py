"""The unfinished run: what it keeps, how it goes on, and that nobody else touches it."""

from __future__ import annotations

import json
import os
import resource
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from test_store import analysis, content

from stance import finish, journal, run, store
from stance.errors import RunError
from stance.finish import NothingAnalysedError
from stance.journal import Journal
from stance.loaders import Failure
from stance.pipeline import Analysis

FACTS = {
    "version": "1",
    "config": {"targets": [], "frames": []},
    "models": [],
    "seed": 0,
    "packages": {},
    "device": "cpu",
}
RESULTS: list[Analysis | Failure] = [analysis("a"), Failure("b.txt", "empty"), analysis("c"), analysis("d")]


def describe(found: finish.Survey) -> dict[str, object]:
    return finish.describe(FACTS, found, started="2026-01-01", seconds=1)


def make(path: Path, results: Iterable[Analysis | Failure] = RESULTS, **options: bool) -> run.Run:
    with Journal(path, {"k": 1}, **options) as book:
        for result in list(results)[book.done :]:
            book.add(result)
        return book.finish(describe)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


class KilledError(BaseException):
    """Stands for a kill: nothing cleans up after it."""


@pytest.fixture
def whole(tmp_path: Path) -> dict[str, bytes]:
    make(tmp_path / "whole")
    found = content(tmp_path / "whole")
    store.shutil.rmtree(tmp_path / "whole")
    return found


def test_a_run_holds_its_files_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    shown = make(tmp_path / "r")
    assert names(tmp_path) == ["r"]
    assert names(tmp_path / "r") == sorted([*store.FILES, "comparison.json", "report.html"])
    again = store.load(tmp_path / "r")
    assert (again.documents, again.quotes, again.labels) == (shown.documents, shown.quotes, shown.labels)
    assert again.errors == (Failure("b.txt", "empty"),)
    assert again.manifest["counts"] == {"documents": 3, "failed": 1, "quotes": 3, "labels": 6}


def test_in_memory_and_from_the_journal_a_run_is_the_same(tmp_path: Path) -> None:
    make(tmp_path / "r")
    gathered = run.gather(RESULTS, describe(finish.survey(RESULTS)))
    gathered.save(tmp_path / "memory")
    assert content(tmp_path / "r") == content(tmp_path / "memory")


@pytest.mark.parametrize("torn", [0, 1, 40])
def test_an_interrupted_run_resumes_to_the_same_bytes(tmp_path: Path, whole: dict[str, bytes], torn: int) -> None:
    with pytest.raises(KeyboardInterrupt), Journal(tmp_path / "r", {"k": 1}) as book:
        for result in RESULTS[:3]:
            book.add(result)
        raise KeyboardInterrupt
    assert names(tmp_path) == ["r.lock", "r.partial"]
    file = tmp_path / "r.partial" / "journal.jsonl"
    os.truncate(file, file.stat().st_size - torn)
    with Journal(tmp_path / "r", {"k": 1}) as book:
        assert book.done == (2 if torn else 3)
        for result in RESULTS[book.done :]:
            book.add(result)
        book.finish(describe)
    assert content(tmp_path / "r") == whole
    assert names(tmp_path) == ["r"]


@pytest.mark.parametrize("moment", ["rows", "report", "manifest", "before the move", "after the move"])
def test_a_run_killed_while_it_finishes_goes_on(
    tmp_path: Path, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    def killed(*_: object) -> Iterator[object]:
        raise KilledError

    def killed_at_the_manifest(path: Path, text: str) -> None:
        path.write_text(text[: len(text) // 2] if path.name == ".run.json" else text, encoding="utf-8")
        if path.name == ".run.json":
            raise KilledError

    def killed_after(partial: Path, root: Path) -> None:
        partial.rename(root)
        raise KilledError

    places = {
        "rows": (finish.records, "label_row", killed),
        "report": (finish, "write_reports", killed),
        "manifest": (finish, "_write_text", killed_at_the_manifest),
        "before the move": (store, "move_into_place", killed),
        "after the move": (store, "move_into_place", killed_after),
    }
    with monkeypatch.context() as patch:
        book = Journal(tmp_path / "r", {"k": 1}).__enter__()
        for result in RESULTS:
            book.add(result)
        patch.setattr(*places[moment])
        with pytest.raises(KilledError):
            book.finish(describe)
        os.close(book._lock._file)  # type: ignore[union-attr]
    with Journal(tmp_path / "r", {"k": 1}) as book:
        if not book.finished:
            assert book.done == len(RESULTS)
            book.finish(describe)
    assert content(tmp_path / "r") == whole
    assert names(tmp_path) == ["r"]


def test_other_settings_start_afresh(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), Journal(tmp_path / "r", {"k": 1}) as book:
        book.add(analysis("a"))
        raise KeyboardInterrupt
    with Journal(tmp_path / "r", {"k": 2}) as book:
        assert book.done == 0
    assert names(tmp_path) == []


def test_a_second_run_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    pytest.importorskip("fcntl")
    with Journal(tmp_path / "r", {}) as first:
        first.add(analysis("a"))
        with pytest.raises(RunError, match="another run"), Journal(tmp_path / "r", {}):
            pass
        with pytest.raises(RunError, match="another run"):
            run.gather([analysis("a")], {"seed": 0}).save(tmp_path / "r")
        first.finish(describe)
    assert (tmp_path / "r" / "run.json").is_file()


def test_a_finished_run_is_replaced_only_when_asked_and_only_when_the_new_one_is_whole(tmp_path: Path) -> None:
    make(tmp_path / "r", [analysis("old")])
    with pytest.raises(RunError, match="--overwrite"):
        make(tmp_path / "r")
    with pytest.raises(KeyboardInterrupt), Journal(tmp_path / "r", {"k": 1}, overwrite=True) as book:
        book.add(analysis("a"))
        raise KeyboardInterrupt
    assert store.load(tmp_path / "r").documents[0].id == "old"
    make(tmp_path / "r", overwrite=True)
    assert store.load(tmp_path / "r").documents[0].id == "a"
    assert names(tmp_path) == ["r"]


def test_a_full_disk_is_one_line_and_what_is_done_is_kept(tmp_path: Path, whole: dict[str, bytes]) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    limit = 2 * len(store.dumps(journal._row(RESULTS[0]))) + 200
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
    try:
        with pytest.raises(RunError, match=r"cannot be written .* 3 finished inputs kept in .*same command again"):
            make(tmp_path / "r")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert not (tmp_path / "r").exists()
    make(tmp_path / "r")
    assert content(tmp_path / "r") == whole


def test_a_disk_that_fills_up_at_the_end_keeps_the_journal(tmp_path: Path, whole: dict[str, bytes]) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    with pytest.raises(RunError, match="4 finished inputs kept"), Journal(tmp_path / "r", {"k": 1}) as book:
        for result in RESULTS:
            book.add(result)
        resource.setrlimit(resource.RLIMIT_FSIZE, (5000, hard))  # the report does not fit
        try:
            book.finish(describe)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    make(tmp_path / "r")
    assert content(tmp_path / "r") == whole


def test_nothing_but_failures_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(NothingAnalysedError, match=r"b\.txt: empty"):
        make(tmp_path / "r", [Failure("b.txt", "empty")])
    assert names(tmp_path) == []


def test_a_large_run_shows_a_seeded_sample_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finish, "SAMPLE", 5)
    monkeypatch.setattr(finish, "LISTED", 10)
    shown = make(tmp_path / "r", [analysis(f"d{i}") for i in range(20)])
    assert len(shown.documents) == 5
    again = make(tmp_path / "again", [analysis(f"d{i}") for i in range(20)])
    assert again.documents == shown.documents
    manifest = json.loads((tmp_path / "r" / "run.json").read_text(encoding="utf-8"))
    assert manifest["inputs"] == []
    assert len(manifest["inputs_sha256"]) == 64
    assert manifest["counts"]["documents"] == 20
    assert any("random sample of 5 of the 20 documents" in warning for warning in manifest["warnings"])
    assert "random sample of 5 of the 20 documents" in (tmp_path / "r" / "report.html").read_text(encoding="utf-8")
    assert len(store.load(tmp_path / "r").documents) == 20
