"""The unfinished run: one line a result, appended and flushed, from which a killed run resumes.

A run is written in `NAME.partial`, guarded by `NAME.lock`, and renamed to `NAME` when it is whole. Its states, each of
which a run can be killed in and go on from:

    1. the journal grows                     NAME.partial/journal.jsonl
    2. the run folder's files are written    NAME.partial/journal.jsonl and some files, no run.json
    3. the folder is whole                   NAME.partial/run.json
    4. it stands in its place                NAME, and NAME.lock with the run's key
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any

from stance import finish, records, run, store
from stance.errors import RunError
from stance.finish import NothingAnalysedError, Survey
from stance.loaders import Failure
from stance.lock import Lock, lock_of
from stance.pipeline import Analysis
from stance.schema import Speaker

JOURNAL = "journal.jsonl"


class Journal:
    """The run folder while it is being made. Use as a context manager.

    Args:
        path: the run folder to make.
        fingerprint: what the run does, with which settings, to which inputs; a journal of another one is not resumed.
        overwrite: whether a finished run in `path` may be replaced.
        keep: whether the finished folder keeps the journal (a shard does: a merge starts from it).

    Attributes:
        done: how many results are in the journal, an interrupted run's included.
        finished: whether an interrupted run had got so far that nothing is left to do.
    """

    def __init__(
        self, path: str | Path, fingerprint: Mapping[str, Any], *, overwrite: bool = False, keep: bool = False
    ) -> None:
        self.root = Path(path)
        self.partial = store.partial_of(self.root)
        self.done = 0
        self.finished = False
        self._key = key_of(fingerprint)
        self._overwrite = overwrite
        self._keep = keep
        self._file: int | None = None
        self._lock: Lock | None = None

    def __enter__(self) -> Journal:
        with store.writing(self.root):
            self._lock = Lock(self.root)
            try:
                self._open(self._lock)
            except BaseException:
                self._lock.release(keep=self.partial.exists())
                raise
        return self

    def _open(self, lock: Lock) -> None:
        resumed = lock.key == self._key
        if resumed and not self.partial.exists() and (self.root / "run.json").is_file():
            self.finished = True  # killed between state 4 and the removal of the lock
            return
        store.check_free(self.root, overwrite=self._overwrite)
        if not resumed:
            shutil.rmtree(self.partial, ignore_errors=True)
        self.partial.mkdir(exist_ok=True)
        if not resumed:
            lock.key = self._key
        if (self.partial / "run.json").is_file():
            self._place()
            return
        self.done = mend(self.partial / JOURNAL)
        self._file = os.open(self.partial / JOURNAL, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()
        if not self.finished and self.done == 0:
            self.drop()
        if self._lock:
            self._lock.release(keep=not self.finished and self.partial.exists())

    def _close(self) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def add(self, result: Analysis | Failure) -> None:
        """Append one result.

        Raises:
            RunError: it cannot be written; what is there stays.
        """
        if self._file is None:
            raise RunError("the journal is not open; use it as a context manager")
        line = memoryview((store.dumps(_row(result)) + "\n").encode())
        with store.writing(self.root, kept=self.done):
            while line:
                line = line[os.write(self._file, line) :]
        self.done += 1

    def results(self) -> Iterator[Analysis | Failure]:
        """Every result so far, in order."""
        return read(self.partial / JOURNAL)

    def finish(self, describe: Callable[[Survey], Mapping[str, Any]], *, seed: int = 0) -> run.Run:
        """Turn the journal into the run folder.

        Args:
            describe: the manifest, from what was counted.
            seed: of the sample that a large run shows.

        Returns:
            The run as far as its comparison and report show it.

        Raises:
            NothingAnalysedError: there is no document; nothing is left behind (a shard may be empty).
            RunError: it cannot be written; the journal stays.
        """
        self._close()
        found = finish.survey(self.results(), seed=seed)
        if not self._keep:
            try:
                finish.some(found)
            except NothingAnalysedError:
                self.drop()
                raise
        with store.writing(self.root, kept=self.done):
            shown = finish.write(self.partial, self.results, found, describe(found))
            self._place()
        return shown

    def _place(self) -> None:
        if not self._keep:
            (self.partial / JOURNAL).unlink(missing_ok=True)
        store.move_into_place(self.partial, self.root)
        self.finished = True

    def drop(self) -> None:
        """Remove what is unfinished."""
        self.done = 0
        shutil.rmtree(self.partial, ignore_errors=True)


def key_of(fingerprint: Mapping[str, Any]) -> str:
    """One hash for what a run does to which inputs."""
    return hashlib.sha256(store.dumps(fingerprint).encode("utf-8", "surrogatepass")).hexdigest()


def check_free(path: str | Path, *, overwrite: bool = False) -> None:
    """`store.check_free` before anything is loaded; a place with a lock is judged anew when the journal is opened.

    Raises:
        RunError: the place is taken, or another run is writing there.
    """
    if lock_of(Path(path)).exists():
        with store.writing(Path(path)):
            Lock(Path(path)).release(keep=True)
    else:
        store.check_free(path, overwrite=overwrite)


def mend(journal: Path) -> int:
    """Cut a torn last line off and count the whole ones."""
    if not journal.is_file():
        return 0
    with journal.open("rb+") as file:
        count, good = 0, 0
        for line in file:
            if not line.endswith(b"\n"):
                break
            count, good = count + 1, good + len(line)
        file.truncate(good)
    return count


def read(journal: Path) -> Generator[Analysis | Failure]:
    """The results in a journal.

    Raises:
        RunError: it is missing or damaged.
    """
    try:
        with journal.open(encoding="utf-8") as file:
            for line in file:
                yield _result(json.loads(line))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(f"{journal}: cannot be read ({type(error).__name__}: {error}); make the run again") from error


def _row(result: Analysis | Failure) -> dict[str, Any]:
    if isinstance(result, Failure):
        return {"failure": asdict(result)}
    by_id: dict[str, Speaker] = {speaker.id: speaker for speaker in result.speakers}
    return {
        "document": records.document_row(result.document),
        "quotes": [records.quote_row(quote, by_id) | {"relayed_by_id": quote.relayed_by} for quote in result.quotes],
        "speakers": [records.speaker_row(speaker) for speaker in result.speakers],
        "labels": [records.label_row(label) for label in result.labels],
    }


def _result(row: Mapping[str, Any]) -> Analysis | Failure:
    if "failure" in row:
        return Failure(**row["failure"])
    return Analysis(
        records.document_from(row["document"]),
        tuple(
            records.quote_from(quote, {quote["relayed_by"] or "": quote["relayed_by_id"]}) for quote in row["quotes"]
        ),
        tuple(records.speaker_from(speaker) for speaker in row["speakers"]),
        tuple(records.label_from(label) for label in row["labels"]),
    )
