"""Who does which block, in what order results come out, and what happens when a worker dies.

A block whose worker dies is done once more. If that worker dies too, its documents are done one by one, and one that
takes a third worker with it comes out as a `Failure`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from stance.errors import RunError
from stance.loaders import Failure
from stance.pipeline import Analysis
from stance.schema import Document

Item = Document | Failure
Result = Analysis | Failure
AHEAD = 4  # blocks a worker may be ahead of the slowest one: bounds what waits for its turn
BORN_DEAD = 3  # workers in a row, beyond one each, that may die before they are ready


@dataclass(frozen=True, slots=True)
class Died:
    """A worker is gone; `how` says what is known of its end."""

    how: str


@dataclass(frozen=True, slots=True)
class Ready:
    """A worker has loaded what it needs."""


Event = Ready | Died | list[Result]


class Workers(Protocol):
    """A pool: each worker does one task at a time and is known by a number."""

    def start(self) -> int:
        """Start one more worker; it says `Ready` when it can take a task."""
        ...

    def send(self, worker: int, items: Sequence[Item]) -> None:
        """Give a worker a task."""
        ...

    def wait(self) -> list[tuple[int, Event]]:
        """Wait until at least one worker has something to say. One that has died is forgotten.

        Raises:
            StanceError: a worker cannot be made ready (a model that is missing there, say).
        """
        ...

    def stop(self) -> None:
        """End all workers."""
        ...


@dataclass(slots=True)
class _Task:
    """Documents of block `number` from place `at` on, and how many workers have died of them."""

    number: int
    at: int
    items: Sequence[Item]
    deaths: int = 0


def in_order(blocks: Iterable[Sequence[Item]], workers: Workers, count: int) -> Generator[Result]:
    """Spread blocks over `count` workers and yield their results in the order of the input."""
    try:
        yield from _in_order(blocks, workers, count)
    finally:
        workers.stop()


def _in_order(blocks: Iterable[Sequence[Item]], workers: Workers, count: int) -> Iterator[Result]:
    stream = enumerate(blocks)
    waiting: deque[_Task] = deque()  # read, or to be done again
    done: dict[int, list[Result | None]] = {}  # by block; `None` where a document is still being worked on
    busy: dict[int, _Task] = {}
    idle: list[int] = []
    turn, last, more, stillborn = 0, -1, True, 0
    for _ in range(count):
        workers.start()
    while True:
        while more and len(waiting) < count and last - turn < AHEAD * count:
            last, block = next(stream, (last, None))
            if block is None:
                more = False
            else:
                waiting.append(_Task(last, 0, block))
                done[last] = [None] * len(block)
        while idle and waiting:
            task, worker = waiting.popleft(), idle.pop()
            busy[worker] = task
            workers.send(worker, task.items)
        while turn in done and None not in done[turn]:
            yield from (result for result in done.pop(turn) if result is not None)
            turn += 1
        if not (done or more):
            return
        if not busy and not waiting and more:
            continue
        for worker, event in workers.wait():
            if isinstance(event, Ready):
                idle.append(worker)
                stillborn = 0
            elif isinstance(event, Died):
                if worker in busy:
                    _again(busy.pop(worker), event, waiting, done)
                else:
                    idle = [other for other in idle if other != worker]
                    stillborn += 1
                    if stillborn >= count + BORN_DEAD:
                        raise RunError(
                            f"the workers die before they have loaded their models ({event.how}); is there memory for "
                            f"{count} of them? Run the same command again with a smaller --jobs: what is done is kept"
                        )
                workers.start()
            else:
                task = busy.pop(worker)
                done[task.number][task.at : task.at + len(event)] = event
                idle.append(worker)


def _again(task: _Task, end: Died, waiting: deque[_Task], done: dict[int, list[Result | None]]) -> None:
    """What becomes of the task of a worker that has died."""
    task.deaths += 1
    if task.deaths == 1:
        waiting.appendleft(task)
    elif len(task.items) > 1:
        singles = [_Task(task.number, task.at + at, [item], deaths=1) for at, item in enumerate(task.items)]
        waiting.extendleft(reversed(singles))
    else:
        (item,) = task.items
        reason = f"the worker process died each time on this document ({end.how}); try it alone, or with more memory"
        done[task.number][task.at] = Failure(item.id, reason) if isinstance(item, Document) else item
