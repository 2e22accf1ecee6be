"""Offsets in code points, as in `Document.text`, to and from UTF-16 code units, as JavaScript and Java tools count.

Label Studio, doccano (its issue 2290; without the option to count grapheme clusters) and UIMA count UTF-16 units: a
character beyond the Basic Multilingual Plane, an emoji for instance, is two of them. brat counts code points.
"""

from __future__ import annotations

from bisect import bisect_left


class Offsets:
    """Both ways for one text; remembers only the characters beyond the Basic Multilingual Plane."""

    def __init__(self, text: str) -> None:
        self._length = len(text)
        self._wide = [at for at, character in enumerate(text) if ord(character) > 0xFFFF]
        self._wide_units = [at + number for number, at in enumerate(self._wide)]

    def to_utf16(self, offset: int) -> int:
        """UTF-16 units before the code point at `offset`, 0..len(text)."""
        return offset + bisect_left(self._wide, offset)

    def from_utf16(self, offset: int) -> int:
        """Code points before the UTF-16 unit at `offset`; a place inside a surrogate pair counts as the one after it.

        Raises:
            ValueError: `offset` lies outside the text.
        """
        found = offset - bisect_left(self._wide_units, offset)
        if not 0 <= found <= self._length:
            raise ValueError(f"offset {offset} lies outside the text of {self._length} characters")
        return found
