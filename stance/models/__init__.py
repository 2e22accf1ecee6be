"""The models that come with the package, each in a folder with its weights, `meta.json` and `card.md`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stance.errors import ModelError
from stance.resources import model_path


@dataclass(frozen=True, slots=True)
class ShippedModel:
    """One model in the package.

    `size` is in bytes over all `files`; `sha256` is of the weights that are run, `hashes` of every file; `figures`
    are those of the card.
    """

    name: str
    role: str
    folder: Path
    files: tuple[str, ...]
    size: int
    sha256: str
    licence: str | None
    card: Path | None
    figures: Mapping[str, Any] = field(default_factory=dict)
    hashes: Mapping[str, str] = field(default_factory=dict)
    meta: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """A flat description for `stance models --format json`; `size` is in bytes."""
        return {
            "name": self.name,
            "role": self.role,
            "size": self.size,
            "licence": self.licence,
            "sha256": self.sha256,
            "files": list(self.files),
            "figures": dict(self.figures),
        }

    def card_text(self) -> str:
        """The model card, as Markdown."""
        return self.card.read_text(encoding="utf-8") if self.card else f"# {self.name}\n\nNo card.\n"


def shipped() -> list[ShippedModel]:
    """All models in the package, by name. Reads their `meta.json`; loads no weights."""
    return [_read(path.parent) for path in sorted(model_path().glob("*/meta.json"))]


def find(name: str) -> ShippedModel:
    """The shipped model called `name`.

    Raises:
        ModelError: if there is none.
    """
    folder = model_path(name)
    if not (folder / "meta.json").is_file():
        there = ", ".join(model.name for model in shipped()) or "none"
        raise ModelError(f"no model {name!r} comes with this package (there: {there}); reinstall stance-analyser")
    return _read(folder)


def _read(folder: Path) -> ShippedModel:
    try:
        meta = json.loads((folder / "meta.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder / 'meta.json'}: cannot be read ({error}); reinstall stance-analyser") from None
    hashes = {str(name): str(digest) for name, digest in meta.get("sha256", {}).items()}
    files = tuple(sorted(path.name for path in folder.iterdir() if path.is_file() and path.suffix != ".py"))
    card = folder / "card.md"
    return ShippedModel(
        name=str(meta.get("name", folder.name)),
        role=str(meta.get("role", "classifier")),
        folder=folder,
        files=files,
        size=sum((folder / name).stat().st_size for name in files),
        sha256=hashes.get(str(meta.get("weights", "")), next(iter(hashes.values()), "")),
        licence=meta.get("licence"),
        card=card if card.is_file() else None,
        figures=meta.get("figures", {}),
        hashes=hashes,
        meta=meta,
    )
