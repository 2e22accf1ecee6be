"""Tables of words, one file each: comments (`#`) name the source, other lines are entries."""

from __future__ import annotations

from functools import cache
from importlib import resources


@cache
def lines(name: str) -> tuple[str, ...]:
    """The entries of `stance/data/NAME` in file order, without comments and blank lines."""
    text = resources.files(__name__).joinpath(name).read_text(encoding="utf-8")
    stripped = (line.strip() for line in text.splitlines())
    return tuple(line for line in stripped if line and not line.startswith("#"))


@cache
def words(name: str) -> tuple[str, ...]:
    """The entries of `stance/data/NAME.txt`."""
    return lines(f"{name}.txt")


@cache
def table(name: str) -> tuple[tuple[str, ...], ...]:
    """The rows of `stance/data/NAME.tsv`, split at tabs."""
    return tuple(tuple(field.strip() for field in line.split("\t")) for line in lines(f"{name}.tsv"))
