"""The library's front door: the whole job in one call, and its steps one at a time."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from stance import blocks, finish, journal, loaders, manifest, parallel, pipeline, store
from stance import run as runs
from stance.errors import InputError, UsageError
from stance.loaders import Failure, Source
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
    jobs: int | None = None,
    engine: str = "local",
    **options: Any,
) -> runs.Run:
    """Run the whole line.

    Args:
        inputs: a path, folder, glob, `hf:NAME` or document, or several of them.
        out: the run folder to write; without it the run stays in memory.
        overwrite: whether a finished run in `out` may be replaced.
        jobs: worker processes, one thread each; default: this process alone, its classifier on all cores; 0: as many as
            pay, see `stance.parallel`. The results are the same. In a script, call with anything but 1 under
            `if __name__ == "__main__":`.
        engine: `local`, or `ray` for the workers of a Ray cluster.
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
    return execute(given, chosen, out=out, overwrite=overwrite, jobs=jobs, engine=engine).run


@dataclass(frozen=True)
class Outcome:
    """What a run has come to.

    Attributes:
        run: all of it; from a folder it is read when it is asked for.
        shown: the part that its summary, comparison and report show: all of it, or a sample of a large run.
    """

    run: runs.Run
    shown: runs.Run


def execute(
    inputs: Sequence[str | Path | Document | Source],
    settings: Settings,
    *,
    out: str | Path | None = None,
    overwrite: bool = False,
    jobs: int | None = None,
    engine: str = "local",
    shard: blocks.Shard = blocks.WHOLE,
    progress: Progress | None = None,
) -> Outcome:
    """`analyze` with settings made up and a callback `progress(done, name)` called after each input."""
    started, clock = datetime.now(UTC).isoformat(timespec="seconds"), time.monotonic()
    sources = [item for item in inputs if isinstance(item, Source)]
    sources += loaders.find_sources([str(item) for item in inputs if not isinstance(item, Document | Source)])
    ready = [item for item in inputs if isinstance(item, Document)]
    if settings.parquet and out is None:
        raise UsageError("Parquet files need a run folder; name it: -o RUN, or out=")
    if shard != blocks.WHOLE and out is None:
        raise UsageError("--shard needs -o RUN: the folders of the shards are put together by `stance merge`")
    if out is not None:
        journal.check_free(out, overwrite=overwrite)
    threads = 1 if jobs else None
    toolkit = pipeline.prepare(settings, threads=threads)
    facts = manifest.facts(toolkit)
    given = {
        "version": facts["version"],
        "settings": asdict(settings),
        "sources": _digest(sources),
        "given": [document.sha256 for document in ready],
    }

    def stream() -> Iterator[Document | Failure]:
        for document in ready:
            yield document if settings.any_language else loaders.in_english(document, document.id)
        yield from loaders.read(
            sources,
            text_column=settings.text_column,
            columns=settings.columns,
            any_language=settings.any_language,
        )

    def results(start: int = 0) -> Generator[Analysis | Failure]:
        """From the start of a block, so that what is scored together does not depend on where a run was interrupted."""
        first = start // blocks.WINDOW * blocks.WINDOW
        items = blocks.part(stream(), shard=shard, start=first)
        found = parallel.analyze(blocks.split(items), settings, toolkit, jobs=jobs, engine=engine)
        return _watched(islice(found, start - first, None), progress, start)

    def describe(found: finish.Survey) -> dict[str, Any]:
        part = {} if shard == blocks.WHOLE else {"shard": {**asdict(shard), "run": journal.key_of(given)}}
        seconds = time.monotonic() - clock
        return finish.describe(facts, found, started=started, seconds=seconds) | part

    if out is None:
        found = list(results())
        seen = finish.survey(found, seed=settings.seed)
        finish.some(seen)
        whole = runs.gather(found, describe(seen))
        return Outcome(whole, whole)

    with journal.Journal(
        out, given | {"shard": asdict(shard)}, overwrite=overwrite, keep=shard != blocks.WHOLE
    ) as book:
        if not book.finished:
            with closing(results(book.done)) as left:
                for result in left:
                    book.add(result)
            shown = book.finish(describe, seed=settings.seed)
            return Outcome(store.open_lazily(out), shown)
    whole = store.load(out)
    return Outcome(whole, whole)


def _digest(sources: Iterable[Source]) -> str:
    digest = hashlib.sha256()
    for source in sources:
        digest.update(f"{source.kind}\t{source.name}\t{source.id}\n".encode("utf-8", "surrogateescape"))
    return digest.hexdigest()


def _watched(
    results: Iterable[Analysis | Failure], progress: Progress | None, done: int = 0
) -> Generator[Analysis | Failure]:
    for number, result in enumerate(results, done + 1):
        yield result
        if progress:
            progress(number, result.source if isinstance(result, Failure) else result.document.id)


def attribute(document: Document, *, settings: Settings | None = None) -> Analysis:
    """Quotes and speakers of one document; no classifier is loaded."""
    return pipeline.attribute(document, pipeline.prepare(settings or Settings(), classify=False))


def classify(analysis: Analysis, *, settings: Settings | None = None, toolkit: Toolkit | None = None) -> Analysis:
    """Label the quotes of one analysis: stance toward its targets and frames."""
    return pipeline.classify([analysis], toolkit or pipeline.prepare(settings or Settings()))[0]


def load_run(path: str | Path) -> runs.Run:
    """Read a run folder; see `stance.store.load`."""
    return store.load(path)
