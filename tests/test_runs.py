"""One run, whole or in pieces: killed and resumed, over several processes, in shards. The bytes are the same."""

from __future__ import annotations

import json
import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from stance import api, parallel, sessions, store
from stance.blocks import Shard
from stance.cli.main import main
from stance.errors import RunError, UsageError
from stance.merge import merge
from stance.pipeline import Settings

SETTINGS = Settings(extractor="rules", frames=(), targets=("the bridge",))
ARGUMENTS = ("--extractor", "rules", "--frames", "none", "--target", "the bridge", "--quiet")
ARTICLE = """Town {n} votes

“The bridge is safe, and plan {n} will keep it so,” said Ada Brink, the engineer. {who} said that the bridge was not safe.

“Nobody has asked us about the bridge for {n} years,” {who} said. Officials declined to comment on the bridge.
"""
PEOPLE = ("Tom Vale", "Mira Oskarsen", "Vale", "T. Vale", "Ines Holm")


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Every file of a run folder, the times left out."""
    found = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    manifest = json.loads(found["run.json"])
    found["run.json"] = json.dumps({**manifest, "started": "", "seconds": 0}).encode()
    return found


@pytest.fixture(scope="module")
def articles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("articles")
    for n in range(14):
        text = ARTICLE.format(n=n, who=PEOPLE[n % len(PEOPLE)])
        (folder / f"a{n:02}.txt").write_text(text, encoding="utf-8")
    (folder / "a05.txt").write_bytes(b"\x89PNG\r\n\x1a\n\0\0")
    return folder


@pytest.fixture(scope="module")
def whole(articles: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    out = tmp_path_factory.mktemp("whole") / "run"
    api.execute([str(articles)], SETTINGS, out=out, jobs=1)
    found = bytes_of(out)
    assert len(found["documents.jsonl"].splitlines()) == 13
    assert len(found["labels.jsonl"].splitlines()) > 20
    assert len(found["errors.jsonl"].splitlines()) == 1
    return found


def test_a_run_from_the_library_reads_its_folder(articles: Path, tmp_path: Path, whole: dict[str, bytes]) -> None:
    run = api.analyze(articles, out=tmp_path / "run", settings=SETTINGS)
    assert bytes_of(tmp_path / "run") == whole
    in_memory = api.analyze(articles, settings=SETTINGS)
    assert (run.documents, run.quotes, run.speakers, run.errors) == (
        in_memory.documents,
        in_memory.quotes,
        in_memory.speakers,
        in_memory.errors,
    )
    assert run.labels.rows() == in_memory.labels.rows()


def test_a_run_that_is_killed_again_and_again_comes_to_the_same_bytes(
    articles: Path, tmp_path: Path, whole: dict[str, bytes]
) -> None:
    out = tmp_path / "run"
    draw = random.Random(7)
    journal = tmp_path / "run.partial" / "journal.jsonl"
    command = [sys.executable, "-m", "stance", "analyze", str(articles), "-o", str(out), *ARGUMENTS]
    for goal in (draw.randint(1, 5), draw.randint(6, 11)):
        with subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as run:
            while run.poll() is None and not (journal.is_file() and journal.read_bytes().count(b"\n") >= goal):
                time.sleep(0.002)
            run.kill()
    assert not out.exists()
    # In this process and with another number of workers: neither matters.
    api.execute([str(articles)], SETTINGS, out=out)
    assert bytes_of(out) == whole
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_several_processes_and_one_of_them_killed(articles: Path, tmp_path: Path, whole: dict[str, bytes]) -> None:
    killed: list[int] = []

    def progress(done: int, _: str) -> None:
        if done == 3 and not killed:
            worker = multiprocessing.active_children()[0]
            assert worker.pid is not None
            os.kill(worker.pid, signal.SIGKILL)
            killed.append(worker.pid)

    api.execute([str(articles)], SETTINGS, out=tmp_path / "run", jobs=2, progress=progress)
    assert killed
    assert bytes_of(tmp_path / "run") == whole
    assert not multiprocessing.active_children()


def test_workers_that_nobody_asked_for(
    articles: Path, tmp_path: Path, whole: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    workers: list[int] = []

    def progress(done: int, _: str) -> None:
        workers.append(len(multiprocessing.active_children()))

    monkeypatch.setattr(parallel, "as_many_as_pay", lambda _: 2)
    api.execute([str(articles)], SETTINGS, out=tmp_path / "few", jobs=0, progress=progress)
    assert set(workers) == {0}  # so few documents are done before others have started
    monkeypatch.setattr(parallel, "ALONE", 1)
    workers.clear()
    api.execute([str(articles)], SETTINGS, out=tmp_path / "run", jobs=0, progress=progress)
    assert set(workers[:4]) == {0}
    assert set(workers[4:]) == {2}
    assert bytes_of(tmp_path / "run") == bytes_of(tmp_path / "few") == whole


def test_as_many_workers_as_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)  # type: ignore[arg-type]
    monkeypatch.setattr(sessions, "free_memory", lambda: None)
    monkeypatch.setattr(sessions, "cores", lambda: 3)
    assert parallel.as_many_as_pay(Settings()) == 1
    monkeypatch.setattr(sessions, "cores", lambda: 6)
    assert parallel.as_many_as_pay(Settings()) == 6
    assert parallel.as_many_as_pay(Settings(device="cuda")) == 1
    monkeypatch.setattr(sessions, "free_memory", lambda: 4000)
    assert parallel.as_many_as_pay(Settings()) == 3
    monkeypatch.setattr(sessions, "free_memory", lambda: 300)
    assert parallel.as_many_as_pay(Settings()) == 1
    monkeypatch.setattr(sessions, "cores", lambda: 96)
    monkeypatch.setattr(sessions, "free_memory", lambda: 500_000)
    assert parallel.as_many_as_pay(Settings()) == parallel.MOST
    monkeypatch.setitem(sys.modules, "torch", sys)
    assert parallel.as_many_as_pay(Settings()) == 1


def test_shards_merge_to_the_same_bytes(articles: Path, tmp_path: Path, whole: dict[str, bytes]) -> None:
    for index in (1, 2, 3, 4, 5):  # the last one is empty
        api.execute([str(articles)], SETTINGS, out=tmp_path / f"s{index}", shard=Shard(index, 5))
    assert len(store.load(tmp_path / "s2").documents) == 3  # and one that failed
    assert len(store.load(tmp_path / "s5").documents) == 0
    shards = [tmp_path / f"s{index}" for index in (4, 2, 5, 1, 3)]
    merge(shards, tmp_path / "all")
    assert bytes_of(tmp_path / "all") == whole

    def refused(*paths: Path) -> str:
        with pytest.raises(RunError) as error:
            merge(paths, tmp_path / "none")
        return str(error.value)

    assert "shard 2 of 5 is missing" in refused(*(path for path in shards if path.name != "s2"))
    assert "give each shard once" in refused(*shards, shards[0])
    assert "a whole run, not a shard" in refused(tmp_path / "all", *shards)
    assert "not a run folder" in refused(tmp_path / "nowhere", *shards)
    api.execute([str(articles)], Settings(extractor="rules", frames=()), out=tmp_path / "other", shard=Shard(2, 5))
    assert "other settings (targets" in refused(*shards[:1], tmp_path / "other")
    api.execute([str(articles / "a01.txt")], SETTINGS, out=tmp_path / "inputs", shard=Shard(2, 5))
    assert "other inputs" in refused(*shards[:1], tmp_path / "inputs")
    api.execute([str(articles)], SETTINGS, out=tmp_path / "number", shard=Shard(2, 4))
    assert "one of 4 and one of 5" in refused(*shards[:1], tmp_path / "number")
    assert not (tmp_path / "none").exists()


def test_a_shard_without_a_folder_is_refused(articles: Path) -> None:
    with pytest.raises(UsageError, match="-o RUN"):
        api.execute([str(articles)], SETTINGS, shard=Shard(1, 2))


def test_merge_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["merge", str(tmp_path / "nowhere"), "-o", str(tmp_path / "all")])
    assert stop.value.code == 2
    assert "nowhere: not a run folder" in capsys.readouterr().err
