"""Order, retries and what is remembered of the dead, with workers that are made up."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import pytest

from stance.errors import RunError
from stance.loaders import Failure
from stance.parallel.schedule import AHEAD, Died, Event, Item, Ready, in_order
from stance.pipeline import Analysis
from stance.schema import Document


class Pool:
    """Workers that answer in a random order; `dies(items, try)` says when one is killed by its task."""

    def __init__(self, seed: int, dies: Callable[[Sequence[Item], int], bool] = lambda items, count: False) -> None:
        self.random = random.Random(seed)
        self.dies = dies
        self.started = 0
        self.saying: dict[int, Event] = {}
        self.tries: dict[tuple[str, ...], int] = {}
        self.stopped = False

    def start(self) -> int:
        self.started += 1
        self.saying[self.started] = Ready()
        return self.started

    def send(self, worker: int, items: Sequence[Item]) -> None:
        assert worker not in self.saying, "one task at a time"
        key = tuple(item.id for item in items if isinstance(item, Document))
        self.tries[key] = self.tries.get(key, 0) + 1
        dead = self.dies(items, self.tries[key])
        self.saying[worker] = (
            Died("killed by SIGKILL")
            if dead
            else [Analysis(item) if isinstance(item, Document) else item for item in items]
        )

    def wait(self) -> list[tuple[int, Event]]:
        worker = self.random.choice(sorted(self.saying))
        return [(worker, self.saying.pop(worker))]

    def stop(self) -> None:
        self.stopped = True


def blocks(count: int, size: int = 3) -> list[list[Item]]:
    return [[Document(f"d{n}-{i}", "x") for i in range(size)] for n in range(count)]


def names(results: Sequence[Analysis | Failure]) -> list[str]:
    return [result.document.id if isinstance(result, Analysis) else f"!{result.source}" for result in results]


EXPECTED = [f"d{n}-{i}" for n in range(30) for i in range(3)]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("count", [1, 2, 5])
def test_results_come_in_the_order_of_the_input(seed: int, count: int) -> None:
    pool = Pool(seed)
    assert names(list(in_order(blocks(30), pool, count))) == EXPECTED
    assert pool.started == count
    assert pool.stopped


@pytest.mark.parametrize("seed", range(5))
def test_a_block_whose_worker_dies_is_done_once_more_as_it_was(seed: int) -> None:
    pool = Pool(seed, lambda items, count: count == 1 and items[0].id.endswith("5-0"))  # type: ignore[union-attr]
    assert names(list(in_order(blocks(30), pool, 3))) == EXPECTED
    assert pool.started == 3 + 3  # blocks 5, 15 and 25
    assert set(pool.tries) == {tuple(f"d{n}-{i}" for i in range(3)) for n in range(30)}


@pytest.mark.parametrize("seed", range(5))
def test_a_document_that_kills_its_workers_is_named_and_costs_itself_alone(seed: int) -> None:
    def deadly(items: Sequence[Item], count: int) -> bool:
        return any(isinstance(item, Document) and item.id == "d7-1" for item in items)

    results = list(in_order(blocks(30), Pool(seed, deadly), 3))
    assert names(results) == [f"!{name}" if name == "d7-1" else name for name in EXPECTED]
    (failure,) = [result for result in results if isinstance(result, Failure)]
    assert "SIGKILL" in failure.reason


def test_inputs_that_could_not_be_read_keep_their_place() -> None:
    given: list[list[Item]] = [[Document("a", "x"), Failure("b.txt", "empty")], [Failure("c.txt", "empty")]]
    assert names(list(in_order(given, Pool(0), 2))) == ["a", "!b.txt", "!c.txt"]


def test_no_input_at_all() -> None:
    assert list(in_order([], Pool(0), 2)) == []


def test_what_waits_for_a_slow_worker_is_bounded() -> None:
    class Slow(Pool):
        def wait(self) -> list[tuple[int, Event]]:
            worker = max(self.saying, key=lambda worker: (isinstance(self.saying[worker], Ready), worker))
            return [(worker, self.saying.pop(worker))]

    taken = 0

    def stream() -> object:
        nonlocal taken
        for block in blocks(100):
            taken += 1
            yield block

    next(iter(in_order(stream(), Slow(0), 2)))  # type: ignore[arg-type]
    assert taken <= 2 * AHEAD + 4


def test_workers_that_never_get_ready_end_the_run() -> None:
    class Stillborn(Pool):
        def start(self) -> int:
            self.started += 1
            self.saying[self.started] = Died("killed by SIGKILL")
            return self.started

    with pytest.raises(RunError, match="smaller --jobs"):
        list(in_order(blocks(3), Stillborn(0), 2))
