"""Small functions on names and words that several rooms share."""

from __future__ import annotations

import re


def fold(name: str) -> str:
    """A name for comparison: ASCII (ı → i, é → e), lower case, letters and digits only, one space between words."""
    from anyascii import anyascii

    return re.sub(r"[^a-z0-9]+", " ", anyascii(name).lower()).strip()


def slug(name: str) -> str:
    """A name as an id: folded, words joined by hyphens; never empty."""
    return fold(name).replace(" ", "-") or "unnamed"
