"""Where the package's data files lie, in a checkout and in an installed wheel."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

_PACKAGE = Path(__file__).resolve().parent


def config_path(*parts: str) -> Path:
    """The path of a file or folder under `configs/`.

    A checkout has `configs/` beside the package; a wheel carries it inside, as `stance/configs/`.

    Args:
        *parts: path components below `configs/`, e.g. `"codebooks", "policy_frames.yaml"`.

    Returns:
        The path, whether or not it exists.
    """
    inside = _PACKAGE / "configs"
    root = inside if inside.is_dir() else _PACKAGE.parent / "configs"
    return root.joinpath(*parts)


def model_path(*parts: str) -> Path:
    """The path of a file or folder under `stance/models/`, whether or not it exists."""
    return (_PACKAGE / "models").joinpath(*parts)


@cache
def data_table(name: str) -> dict[str, Any]:
    """The word table `data/{name}.toml`, parsed."""
    with (_PACKAGE / "data" / f"{name}.toml").open("rb") as file:
        return tomllib.load(file)
