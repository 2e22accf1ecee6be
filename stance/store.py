"""The run folder: manifest, JSON Lines, reports. It is complete or absent; see `stance.journal` for the one being made."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any

from stance import finish, records, run
from stance.errors import RunError
from stance.loaders import Failure
from stance.lock import Lock
from stance.pipeline import Analysis
from stance.schema import Quote, Speaker

FILES = ("run.json", "documents.jsonl", "quotes.jsonl", "speakers.jsonl", "labels.jsonl", "errors.jsonl")


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
            if partial_of(root).is_dir()
            else "give the folder made by `stance analyze -o`"
        )
        raise RunError(f"{path}: not a run folder (no run.json); {hint}")
    opened = open_lazily(root)
    try:
        for table in (opened.documents, opened.speakers, opened.quotes, opened.labels):
            len(table)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise damaged(root, error) from error
    return opened


def open_lazily(path: str | Path) -> run.Run:
    """A finished run whose tables are read when they are first asked for.

    Raises:
        RunError: its manifest or its list of errors is missing or damaged.
    """
    root = Path(path)
    try:
        manifest = read_manifest(root)
        errors = tuple(Failure(row["source"], row["reason"]) for row in _rows(root / "errors.jsonl"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise damaged(root, error) from error

    def quotes() -> Iterator[Quote]:
        ids = {speaker.name: speaker.id for speaker in speakers}
        return (records.quote_from(row, ids) for row in _rows(root / "quotes.jsonl"))

    @cache
    def by_id() -> dict[str, Speaker]:
        return {speaker.id: speaker for speaker in speakers}

    speakers = run.Table(
        lambda: (records.speaker_from(row) for row in _rows(root / "speakers.jsonl")), records.speaker_row
    )
    return run.Run(
        run.Table(
            lambda: (records.document_from(row) for row in _rows(root / "documents.jsonl")), records.document_row
        ),
        run.Table(quotes, lambda quote: records.quote_row(quote, by_id())),
        speakers,
        run.Table(lambda: (records.label_from(row) for row in _rows(root / "labels.jsonl")), records.label_row),
        errors,
        manifest,
    )


def read_manifest(root: Path) -> dict[str, Any]:
    """`run.json` of a folder."""
    manifest: dict[str, Any] = json.loads((root / "run.json").read_text(encoding="utf-8"))
    return manifest


def damaged(root: Path, error: Exception) -> RunError:
    """The error for a folder that cannot be read."""
    return RunError(f"{root}: damaged run folder ({type(error).__name__}: {error}); run `stance analyze` again")


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def partial_of(root: Path) -> Path:
    """Where a run is written until it is whole."""
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
    with making(path, overwrite=overwrite) as partial:
        _write_rows(partial / "documents.jsonl", finished.documents.rows())
        _write_rows(partial / "quotes.jsonl", finished.quotes.rows())
        _write_rows(partial / "speakers.jsonl", finished.speakers.rows())
        _write_rows(partial / "labels.jsonl", finished.labels.rows())
        _write_rows(partial / "errors.jsonl", [asdict(failure) for failure in finished.errors])
        finish.write_reports(partial, finished)
        _write_text(partial / "run.json", json.dumps(finished.manifest, ensure_ascii=False, indent=2) + "\n")
    return Path(path)


@contextmanager
def making(path: str | Path, *, overwrite: bool = False) -> Iterator[Path]:
    """A folder to write a run into; it is put in its place when the block ends well, and removed when it does not.

    Raises:
        RunError: the place is taken, or cannot be written.
    """
    check_free(path, overwrite=overwrite)
    root = Path(path)
    partial = partial_of(root)
    with writing(root):
        lock = Lock(root)
        try:
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(parents=True)
            yield partial
            move_into_place(partial, root)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
            lock.release()


class writing:  # noqa: N801 - reads as a verb where it is used
    """Turn the operating system's complaints about a folder into one line with the remedy."""

    def __init__(self, root: Path, *, kept: int = 0) -> None:
        self.root = root
        self.kept = kept

    def __enter__(self) -> None:
        return None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, OSError):
            what = f"{self.root}: cannot be written ({error.strerror or error}); "
            if self.kept:
                kept = f"{self.kept} finished input{'' if self.kept == 1 else 's'}"
                what += f"{kept} kept in {partial_of(self.root)}: make room and run the same command again"
            else:
                what += "check the path, its permissions and the free space"
            raise RunError(what) from error


def _write_rows(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(dumps(row) + "\n" for row in rows)


def _write_text(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)


def move_into_place(partial: Path, root: Path) -> None:
    """Put a whole folder in its place, whatever stands there."""
    old = root.with_name(root.name + ".old")
    shutil.rmtree(old, ignore_errors=True)
    if root.exists():
        root.rename(old)
    partial.rename(root)
    shutil.rmtree(old, ignore_errors=True)


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
    with writing(path):
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
    partial = partial_of(folder)
    with writing(folder):
        shutil.rmtree(partial, ignore_errors=True)
        try:
            for name, content in files.items():
                path = partial / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
            partial.rename(folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
