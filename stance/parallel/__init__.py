"""The line over many documents: in this process, in several, or on a Ray cluster. The results are the same, in order."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from contextlib import closing

from stance import pipeline
from stance.errors import UsageError
from stance.loaders import Failure
from stance.parallel.schedule import Workers, in_order
from stance.pipeline import Analysis, Settings, Toolkit
from stance.schema import Document

ENGINES = ("local", "ray")


def analyze(
    blocks: Iterable[Sequence[Document | Failure]],
    settings: Settings,
    toolkit: Toolkit,
    *,
    jobs: int | None = None,
    engine: str = "local",
) -> Generator[Analysis | Failure]:
    """Analyse blocks of documents.

    Args:
        blocks: see `stance.blocks`.
        settings: what each worker prepares itself with.
        toolkit: the same, prepared in this process.
        jobs: how many workers; `None` or 1: this process (on Ray: as many as the cluster has room for).
        engine: one of `ENGINES`.

    Yields:
        Results in the order of the input.

    Raises:
        UsageError: an unknown engine, or one that is not installed.
        RunError: the workers cannot be kept alive.
    """
    if engine not in ENGINES:
        raise UsageError(f"engine {engine!r}: choose one of {', '.join(ENGINES)}")
    if engine == "local" and (jobs or 1) == 1:
        for block in blocks:
            yield from pipeline.analyze_block(block, toolkit)
        return
    workers, count = _workers(settings, engine, jobs)
    with closing(in_order(blocks, workers, count)) as results:
        yield from results


def _workers(settings: Settings, engine: str, jobs: int | None) -> tuple[Workers, int]:
    if engine == "ray":
        from stance.parallel import on_ray

        return on_ray.Actors(settings), on_ray.room(settings) if jobs is None else jobs
    from stance.parallel import processes

    return processes.Processes(settings), jobs or 1
