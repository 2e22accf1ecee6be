"""Where the files that ship with the package lie: word tables, configurations, weights."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parent


@lru_cache(maxsize=None)
def data_table(name: str) -> dict[str, Any]:
    """The word table `data/{name}.toml`, parsed."""
    with (PACKAGE / "data" / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)


def config_path(*parts: str) -> Path:
    """A path under the configurations: beside the package in a checkout, inside it in an installed wheel."""
    inside = PACKAGE / "configs"
    root = inside if inside.is_dir() else PACKAGE.parent / "configs"
    return root.joinpath(*parts)
