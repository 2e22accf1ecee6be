"""Small functions on names and words that several rooms share."""

from __future__ import annotations

import re


def fold(name: str) -> str:
    """A name for comparison: ASCII (ı → i, é → e), lower case, letters and digits only, one space between words."""
    from anyascii import anyascii

    return re.sub(r"[^a-z0-9]+", " ", anyascii(name).lower()).strip()


def slug(name: str, separator: str = "-", *, latin: bool = True, otherwise: str = "unnamed") -> str:
    """A name as an id: lower case, its words joined by `separator`.

    Args:
        name: in any script.
        separator: what stands between words.
        latin: whether letters become ASCII ones (é → e); otherwise they stay as they are.
        otherwise: the id of a name without letters and digits.
    """
    return separator.join(re.findall(r"[^\W_]+", fold(name) if latin else name.lower())) or otherwise
