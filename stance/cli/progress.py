"""A progress bar on stderr for long work; silent where stderr is no terminal or `--quiet` was given."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def bar(total: int | None, label: str, *, quiet: bool) -> Iterator[Callable[[int, str], None] | None]:
    """A callback `(done, name)` that moves the bar, or `None` where there is nothing to show.

    Args:
        total: number of steps; `None` if it cannot be known beforehand.
        label: what is being done.
        quiet: show nothing.
    """
    if quiet or not sys.stderr.isatty() or total == 1:
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as shown:
        task = shown.add_task(label, total=total)
        yield lambda done, name: shown.update(task, completed=done, description=f"{label} {name[:40]}")


def count(sources: list[object]) -> int | None:
    """How many documents sources hold, where each is one file; `None` where a table may hold many."""
    from stance.loaders import ARTICLES, Source, suffixes

    files = [s for s in sources if isinstance(s, Source) and s.kind == "file" and suffixes(s.name)[0] in ARTICLES]
    return len(files) if len(files) == len(sources) else None
