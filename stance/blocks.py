"""Where an input stands: the blocks that are worked off together, and the shards that a run can be split into.

A block is `WINDOW` inputs that follow each other. Quotations are scored block by block, and a run is spread over
processes and machines, and resumed, by whole blocks: what a quotation is scored together with is the same every time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar

from stance.errors import UsageError

T = TypeVar("T")
WINDOW = 4


@dataclass(frozen=True, slots=True)
class Shard:
    """One of `of` parts of a run, counted from 1: every `of`th block, from the `index`th on."""

    index: int = 1
    of: int = 1

    def place(self, position: int) -> int | None:
        """Where the input at `position` (from 0) stands inside this shard; `None` where it belongs to another."""
        block, inside = divmod(position, WINDOW)
        return block // self.of * WINDOW + inside if block % self.of == self.index - 1 else None


WHOLE = Shard()


def parse_shard(text: str) -> Shard:
    """A shard from `i/n`.

    Raises:
        UsageError: anything else.
    """
    match = re.fullmatch(r"\s*(\d+)\s*/\s*(\d+)\s*", text)
    if match is None:
        raise UsageError(f"--shard {text}: give it as i/n, e.g. --shard 3/16")
    index, of = int(match[1]), int(match[2])
    if not 1 <= index <= of:
        raise UsageError(f"--shard {text}: shards count from 1/{of} to {of}/{of} (a SLURM array: --array=1-{of})")
    return Shard(index, of)


def split(items: Iterable[T]) -> Iterator[list[T]]:
    """The blocks of a stream; the last one may be short."""
    stream = iter(items)
    while block := list(islice(stream, WINDOW)):
        yield block


def part(items: Iterable[T], *, shard: Shard = WHOLE, start: int = 0) -> Iterator[T]:
    """The inputs that belong to a shard, from its `start`th on, in order."""
    for position, item in enumerate(items):
        place = shard.place(position)
        if place is not None and place >= start:
            yield item
