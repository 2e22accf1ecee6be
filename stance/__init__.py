"""stance: who said what, about whom, for or against, framed how, and where do two camps differ?

    import stance
    run = stance.analyze("article.txt")
    run.quotes.to_pandas()

The names below load on first use; importing the package loads nothing heavy.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from stance.api import analyze, attribute, classify, from_text, load_run, read
    from stance.errors import StanceError
    from stance.pipeline import Settings
    from stance.run import Run

_HOMES = {
    "analyze": "stance.api",
    "attribute": "stance.api",
    "classify": "stance.api",
    "from_text": "stance.api",
    "load_run": "stance.api",
    "read": "stance.api",
    "Run": "stance.run",
    "Settings": "stance.pipeline",
    "StanceError": "stance.errors",
}

__all__ = ["Run", "Settings", "StanceError", "analyze", "attribute", "classify", "from_text", "load_run", "read"]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from stance.manifest import version

        return version()
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'stance' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
