"""The line over many documents: in this process, in several, or on a Ray cluster. The results are the same, in order."""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterable, Sequence
from contextlib import closing
from itertools import chain, islice

from stance import pipeline, sessions
from stance.errors import UsageError
from stance.loaders import Failure
from stance.parallel.schedule import Workers, in_order
from stance.pipeline import Analysis, Settings, Toolkit
from stance.schema import Document

ENGINES = ("local", "ray")
AS_MANY_AS_PAY = 0
ALONE = 4  # blocks done in this process before it is worth while to start others, which takes seconds
FEW_CORES = 4  # with fewer, one process whose classifier takes them all is as fast and needs a third of the memory
MOST = 8  # workers that nobody asked for
ROOM = 1200  # MB of free memory for each of them


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
        jobs: how many workers; `None` or 1: this process; `AS_MANY_AS_PAY`: this process, and from the seventeenth document on
            one a core where there are four or more. On Ray `None` and `AS_MANY_AS_PAY` are as many as the cluster has room for.
        engine: one of `ENGINES`.

    Yields:
        Results in the order of the input.

    Raises:
        UsageError: an unknown engine, or one that is not installed.
        RunError: the workers cannot be kept alive.
    """
    if engine not in ENGINES:
        raise UsageError(f"engine {engine!r}: choose one of {', '.join(ENGINES)}")
    if engine == "local" and jobs == AS_MANY_AS_PAY:
        stream = iter(blocks)
        yield from _here(islice(stream, ALONE), toolkit)
        more = next(stream, None)
        if more is None:
            return
        blocks, jobs = chain([more], stream), as_many_as_pay(settings)
    if engine == "local" and jobs in (None, 1):
        yield from _here(blocks, toolkit)
        return
    workers, count = _workers(settings, engine, jobs)
    with closing(in_order(blocks, workers, count)) as results:
        yield from results


def as_many_as_pay(settings: Settings) -> int:
    """One worker a core, as far as memory goes; one where a GPU or torch does the work, which divide it themselves."""
    cores, free = sessions.cores(), sessions.free_memory()
    if cores < FEW_CORES or sys.modules.get("torch") or sessions.on_gpu(settings.device):
        return 1
    return max(1, min(cores, MOST, MOST if free is None else free // ROOM))


def _here(blocks: Iterable[Sequence[Document | Failure]], toolkit: Toolkit) -> Generator[Analysis | Failure]:
    for block in blocks:
        yield from pipeline.analyze_block(block, toolkit)


def _workers(settings: Settings, engine: str, jobs: int | None) -> tuple[Workers, int]:
    if engine == "ray":
        from stance.parallel import on_ray

        return on_ray.Actors(settings), jobs or on_ray.room(settings)
    from stance.parallel import processes

    return processes.Processes(settings), jobs or 1
