"""The library's front door: the whole job in one call, and its steps one at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from stance import loaders, manifest, pipeline
from stance import run as runs
from stance.errors import InputError, UsageError
from stance.loaders import Failure
from stance.pipeline import Analysis, Settings, Toolkit
from stance.schema import Document

Progress = Callable[[int, str], None]


def read(path: str | Path) -> Document:
    """Read one article from a text, Markdown or HTML file.

    Raises:
        InputError: the file is missing, binary, empty, or holds no article.
    """
    if not Path(path).exists():
        raise InputError(str(path), "no such file; check the spelling and the folder you are in")
    return loaders.from_file(path)


def from_text(text: str, *, id: str = "text", **meta: str) -> Document:
    """An article from a string. `meta` may hold title, outlet, author, published (ISO 8601), language, url."""
    return loaders.from_text(text, id=id, meta=meta)


def analyze(
    inputs: str | Path | Document | Iterable[str | Path | Document],
    *,
    out: str | Path | None = None,
    overwrite: bool = False,
    settings: Settings | None = None,
    **options: Any,
) -> runs.Run:
    """Run the whole line.

    Args:
        inputs: a path, folder, glob, `hf:NAME` or document, or several of them.
        out: the run folder to write; without it the run stays in memory.
        overwrite: whether a finished run in `out` may be replaced.
        settings: everything else, see `Settings`; single fields may be given as keywords (`model="...", targets=["NATO"]`).

    Returns:
        The run. `run.errors` names inputs that could not be used.

    Raises:
        UsageError: an input that does not exist, or none that could be analysed.
        ConfigError, ModelError, RunError: see `pipeline.prepare` and `store`.
    """
    options = {key: tuple(value) if isinstance(value, list) else value for key, value in options.items()}
    chosen = replace(settings or Settings(), **options)
    given = [inputs] if isinstance(inputs, str | Path | Document) else list(inputs)
    return execute(given, chosen, out=out, overwrite=overwrite)


def execute(
    inputs: Sequence[str | Path | Document],
    settings: Settings,
    *,
    out: str | Path | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> runs.Run:
    """`analyze` with settings made up and a callback `progress(done, name)` called after each input."""
    started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()
    sources = loaders.find_sources([str(item) for item in inputs if not isinstance(item, Document)])
    if out is not None:
        from stance import store

        store.check_free(out, overwrite=overwrite)
    toolkit = pipeline.prepare(settings)
    ready = [item for item in inputs if isinstance(item, Document)]

    def stream() -> Iterator[Document | Failure]:
        yield from ready
        yield from loaders.read(sources, text_column=settings.text_column)

    def describe(results: Iterable[Analysis | Failure]) -> dict[str, Any]:
        seen, counts = [], {"documents": 0, "failed": 0, "quotes": 0, "labels": 0}
        for result in results:
            if isinstance(result, Failure):
                counts["failed"] += 1
                continue
            seen.append({"id": result.document.id, "sha256": result.document.sha256})
            counts["documents"] += 1
            counts["quotes"] += len(result.quotes)
            counts["labels"] += len(result.labels)
        warnings = _warnings(settings, counts)
        return manifest.describe(toolkit, seen, counts, warnings, started=started, seconds=time.monotonic() - clock)

    if out is None:
        results = list(_watched(pipeline.analyze_documents(stream(), toolkit), progress))
        _some(results)
        return runs.gather(results, describe(results))

    from dataclasses import asdict

    fingerprint = {
        "version": manifest.version(),
        "settings": asdict(settings),
        "sources": [asdict(s) for s in sources],
        "given": [d.sha256 for d in ready],
    }
    with store.Journal(out, fingerprint) as journal:
        left = store.remaining(stream(), journal.done)
        for result in _watched(pipeline.analyze_documents(left, toolkit), progress, journal.done):
            journal.add(result)
        try:
            _some(journal.results())
        except UsageError:
            journal.drop()
            raise
        return journal.finish(describe(journal.results()), overwrite=overwrite)


def _watched(
    results: Iterable[Analysis | Failure], progress: Progress | None, done: int = 0
) -> Iterator[Analysis | Failure]:
    for number, result in enumerate(results, done + 1):
        yield result
        if progress:
            progress(number, result.source if isinstance(result, Failure) else result.document.id)


class NothingAnalysedError(UsageError):
    """Every input failed; `failures` says why."""

    def __init__(self, failures: Sequence[Failure]) -> None:
        super().__init__("; ".join(f"{f.source}: {f.reason}" for f in failures[:3]) or "no input")
        self.failures = tuple(failures)


def _some(results: Iterable[Analysis | Failure]) -> None:
    failures = []
    for result in results:
        if isinstance(result, Analysis):
            return
        failures.append(result)
    raise NothingAnalysedError(failures)


def _warnings(settings: Settings, counts: dict[str, int]) -> list[str]:
    found = []
    if counts["documents"] and not counts["quotes"]:
        found.append("no quotation was found in any document")
    elif counts["quotes"] and not counts["labels"]:
        found.append("no quotation names a target" + (f" ({', '.join(settings.targets)})" if settings.targets else ""))
    return found


def attribute(document: Document, *, settings: Settings | None = None) -> Analysis:
    """Quotes and speakers of one document; no classifier is loaded."""
    return pipeline.attribute(document, pipeline.prepare(settings or Settings(), classify=False))


def classify(analysis: Analysis, *, settings: Settings | None = None, toolkit: Toolkit | None = None) -> Analysis:
    """Label the quotes of one analysis: stance toward its targets and frames."""
    return pipeline.classify([analysis], toolkit or pipeline.prepare(settings or Settings()))[0]


def load_run(path: str | Path) -> runs.Run:
    """Read a run folder; see `stance.store.load`."""
    from stance import store

    return store.load(path)
