"""Words that are nearly right: what a message says of one that is none of those allowed."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, choices: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """The choice that was probably meant, whatever the case of its letters; at `cutoff` or above in likeness (0 to 1)."""
    from difflib import get_close_matches

    folded = {choice.lower(): choice for choice in choices}
    return next(
        (folded[near] for near in get_close_matches(word.strip().lower(), list(folded), n=1, cutoff=cutoff)), None
    )


def unknown(value: object, choices: Iterable[str]) -> str:
    """`'Favour' is none of favor, against, neutral; did you mean 'favor'?`"""
    allowed = list(choices)
    near = nearest(value, allowed) if isinstance(value, str) else None
    return f"{value!r} is none of {', '.join(allowed)}" + (f"; did you mean {near!r}?" if near else "")
