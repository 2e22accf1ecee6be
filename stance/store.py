"""The run folder: manifest, JSON Lines, reports.

A run is written beside its place, as `NAME.partial`, one journal line a document, and renamed when it is whole: the
folder asked for is complete or absent. A run that was killed resumes from its journal; a second run on the same folder
is refused while the first one lives.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from stance import records, run
from stance.errors import RunError
from stance.loaders import Failure
from stance.pipeline import Analysis
from stance.schema import Speaker

FILES = ("run.json", "documents.jsonl", "quotes.jsonl", "speakers.jsonl", "labels.jsonl", "errors.jsonl")
_TIMES = ("started", "seconds")


def dumps(value: Any) -> str:
    """One line of JSON, the same for the same value everywhere."""
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "), allow_nan=False)


def load(path: str | Path) -> run.Run:
    """Read a run folder.

    Raises:
        RunError: no such folder, or a file of it is missing or damaged.
    """
    root = Path(path)
    if not (root / "run.json").is_file():
        hint = (
            "it was not finished; run the same command again to resume it"
            if _partial(root).is_dir()
            else "give the folder made by `stance analyze -o`"
        )
        raise RunError(f"{path}: not a run folder (no run.json); {hint}")
    try:
        manifest = json.loads((root / "run.json").read_text(encoding="utf-8"))
        documents = [records.document_from(row) for row in _rows(root / "documents.jsonl")]
        speakers = [records.speaker_from(row) for row in _rows(root / "speakers.jsonl")]
        ids = {speaker.name: speaker.id for speaker in speakers}
        quotes = [records.quote_from(row, ids) for row in _rows(root / "quotes.jsonl")]
        labels = [records.label_from(row) for row in _rows(root / "labels.jsonl")]
        errors = [Failure(row["source"], row["reason"]) for row in _rows(root / "errors.jsonl")]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(
            f"{path}: damaged run folder ({type(error).__name__}: {error}); run `stance analyze` again"
        ) from error
    return run.build(documents, quotes, speakers, labels, errors, manifest)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def _partial(root: Path) -> Path:
    return root.with_name(root.name + ".partial")


def check_free(path: str | Path, *, overwrite: bool = False) -> None:
    """Refuse a place that already holds something.

    Raises:
        RunError: a file, a finished run (unless `overwrite`), or a folder that is no run and not empty.
    """
    root = Path(path)
    if root.is_file():
        raise RunError(f"{path}: is a file; -o takes a folder that does not exist yet")
    if (root / "run.json").is_file() and not overwrite:
        raise RunError(f"{path}: holds a finished run; choose another folder or pass --overwrite")
    if root.is_dir() and any(root.iterdir()) and not (root / "run.json").is_file():
        raise RunError(f"{path}: folder is not empty and not a run; choose another folder")


def save(finished: run.Run, path: str | Path, *, overwrite: bool = False) -> Path:
    """Write a run that is in memory to a folder, whole or not at all.

    Raises:
        RunError: the place is taken, or cannot be written.
    """
    check_free(path, overwrite=overwrite)
    root = Path(path)
    partial = _partial(root)
    with _writing(root):
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        try:
            _write_rows(partial / "documents.jsonl", finished.documents.rows())
            _write_rows(partial / "quotes.jsonl", finished.quotes.rows())
            _write_rows(partial / "speakers.jsonl", finished.speakers.rows())
            _write_rows(partial / "labels.jsonl", finished.labels.rows())
            _write_rows(partial / "errors.jsonl", [asdict(failure) for failure in finished.errors])
            _write_reports(partial, finished)
            _write_text(partial / "run.json", json.dumps(finished.manifest, ensure_ascii=False, indent=2) + "\n")
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        _move_into_place(partial, root)
    return root


class _writing:  # noqa: N801 - reads as a verb where it is used
    """Turn the operating system's complaints about a folder into one line with the remedy."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, OSError):
            raise RunError(
                f"{self.root}: cannot be written ({error.strerror or error}); check the path, its permissions and the free space"
            ) from error


def _write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(dumps(row) + "\n" for row in rows)


def _write_text(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)


def _write_reports(folder: Path, finished: run.Run) -> None:
    """The default comparison (sections if the article has them, else speakers) and the report."""
    from dataclasses import replace

    from stance.report import render_html

    # A report is part of what two equal runs share to the byte, so it does not know when it was made.
    timeless = replace(finished, manifest={key: value for key, value in finished.manifest.items() if key not in _TIMES})
    comparison = default_comparison(timeless)
    _write_text(
        folder / "comparison.json",
        json.dumps(comparison.to_json() if comparison else None, ensure_ascii=False, indent=1) + "\n",
    )
    _write_text(folder / "report.html", render_html(timeless.data, comparison))


def default_comparison(finished: run.Run) -> Any:
    """The comparison that a run shows unasked: `None` where everything is one group.

    One article: by section, else side, else speaker. Several: by side, else outlet.
    """
    from stance.errors import UsageError

    seed = int(finished.manifest.get("seed", 0))
    for by in ("section", "side", "speaker") if len(finished.documents) == 1 else ("side", "outlet"):
        try:
            return finished.compare(by, seed=seed)
        except UsageError:
            continue
    return None


def _move_into_place(partial: Path, root: Path) -> None:
    old = root.with_name(root.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if root.exists():
        root.rename(old)
    partial.rename(root)
    shutil.rmtree(old, ignore_errors=True)


class Journal:
    """The unfinished run: one line a document, appended and flushed, so that a killed run loses at most the last one.

    Use as a context manager. `done` counts the results that an earlier, interrupted run with the same settings and
    inputs has left.
    """

    def __init__(self, path: str | Path, fingerprint: Mapping[str, Any]) -> None:
        self.root = Path(path)
        self.partial = _partial(self.root)
        self._key = hashlib.sha256(dumps(fingerprint).encode()).hexdigest()
        self._file: IO[str] | None = None
        self._lock: IO[str] | None = None
        self.done = 0

    def __enter__(self) -> Journal:
        with _writing(self.root):
            self.partial.mkdir(parents=True, exist_ok=True)
            self._lock = _locked(self.partial / "lock", self.root)
            key = self.partial / "key"
            journal = self.partial / "journal.jsonl"
            if not key.is_file() or key.read_text(encoding="utf-8") != self._key:
                journal.unlink(missing_ok=True)
                _write_text(key, self._key)
            self.done = _mend(journal)
            self._file = journal.open("a", encoding="utf-8", newline="\n")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.close()
        if self._lock:
            self._lock.close()
        if kind is not None and self.done == 0:
            shutil.rmtree(self.partial, ignore_errors=True)

    def add(self, result: Analysis | Failure) -> None:
        """Append one result."""
        if self._file is None:
            raise RunError("the journal is not open; use it as a context manager")
        with _writing(self.root):
            self._file.write(dumps(_journal_row(result)) + "\n")
            self._file.flush()
        self.done += 1

    def results(self) -> Iterator[Analysis | Failure]:
        """Every result so far, in order."""
        for row in _rows(self.partial / "journal.jsonl"):
            yield _journal_result(row)

    def finish(self, manifest: Mapping[str, Any], *, overwrite: bool = False) -> run.Run:
        """Turn the journal into the run folder and return the run."""
        finished = run.gather(self.results(), manifest)
        if self._file:
            self._file.close()
            self._file = None
        save(finished, self.root, overwrite=overwrite)
        return finished

    def drop(self) -> None:
        """Remove what is unfinished."""
        shutil.rmtree(self.partial, ignore_errors=True)


def remaining(stream: Iterable[Any], done: int) -> Iterator[Any]:
    """What is left of a stream whose first `done` items have been worked off."""
    return islice(iter(stream), done, None)


def _locked(path: Path, root: Path) -> IO[str]:
    file = path.open("a", encoding="utf-8")
    try:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except ImportError:  # not on Windows; there the folder is simply not guarded
        pass
    except OSError as error:
        file.close()
        raise RunError(f"{root}: another run is writing to this folder; wait for it or choose another one") from error
    return file


def _mend(journal: Path) -> int:
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
        os.fsync(file.fileno())
    return count


def _journal_row(result: Analysis | Failure) -> dict[str, Any]:
    if isinstance(result, Failure):
        return {"failure": asdict(result)}
    by_id: dict[str, Speaker] = {speaker.id: speaker for speaker in result.speakers}
    return {
        "document": records.document_row(result.document),
        "quotes": [records.quote_row(quote, by_id) | {"relayed_by_id": quote.relayed_by} for quote in result.quotes],
        "speakers": [records.speaker_row(speaker) for speaker in result.speakers],
        "labels": [records.label_row(label) for label in result.labels],
    }


def _journal_result(row: Mapping[str, Any]) -> Analysis | Failure:
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


def join(parts: Iterable[run.Run]) -> run.Run:
    """Several runs as one; people of one name become one speaker.

    Raises:
        RunError: a document id that two runs share.
    """
    parts = list(parts)
    if len(parts) == 1:
        return parts[0]
    taken: dict[str, str] = {}
    analyses: list[Analysis | Failure] = []
    for part in parts:
        people = {speaker.id: speaker for speaker in part.speakers}
        quotes: dict[str, list[Any]] = {}
        labels: dict[str, list[Any]] = {}
        for quote in part.quotes:
            quotes.setdefault(quote.document_id, []).append(quote)
        for label in part.labels:
            labels.setdefault(label.document_id, []).append(label)
        for document in part.documents:
            if document.id in taken:
                raise RunError(f"document {document.id!r} is in two of the runs; compare runs over different documents")
            taken[document.id] = document.sha256
            own = quotes.get(document.id, [])
            used = {name for quote in own for name in (quote.speaker_id, quote.relayed_by) if name}
            analyses.append(
                Analysis(
                    document,
                    tuple(own),
                    tuple(people[name] for name in sorted(used)),
                    tuple(labels.get(document.id, [])),
                )
            )
        analyses += part.errors
    return run.gather(analyses, parts[0].manifest)


def write_whole(path: Path, text: str) -> None:
    """Write a file so that it is there whole or not at all.

    Raises:
        RunError: it cannot be written.
    """
    with _writing(path):
        partial = path.with_name(f".{path.name}.partial")
        try:
            _write_text(partial, text)
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files, by their path below `folder`, so that the folder is there whole or not at all.

    Raises:
        RunError: it cannot be written.
    """
    partial = _partial(folder)
    with _writing(folder):
        shutil.rmtree(partial, ignore_errors=True)
        try:
            for name, content in files.items():
                path = partial / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            partial.rename(folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
