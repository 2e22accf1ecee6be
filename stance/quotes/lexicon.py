"""The cue lexicon: which words introduce what someone said or thinks, and how they take their content."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Literal, NamedTuple

from stance.data import table

if TYPE_CHECKING:
    from spacy.tokens import Token

CueClass = Literal["speech", "opinion", "other"]


class Cue(NamedTuple):
    """A lexicon entry. `frames` are explained in `data/cues.tsv`."""

    lemma: str
    kind: CueClass
    frames: frozenset[str]

    def prepositions(self) -> frozenset[str]:
        """The prepositions whose object can be content."""
        return frozenset(frame[5:] for frame in self.frames if frame.startswith("prep:"))


@cache
def cues() -> dict[str, Cue]:
    """All entries by lemma; phrases are joined by a space."""
    kinds: dict[str, CueClass] = {"speech": "speech", "opinion": "opinion", "other": "other"}
    return {row[0]: Cue(row[0], kinds[row[1]], frozenset(row[2].split())) for row in table("cues")}


@cache
def _lemma_of(form: str) -> str | None:
    """A lexicon lemma whose regular inflection is `form`; mends slips of the lemmatiser ("hoping" → "hop")."""
    known = cues()
    if form in known:
        return form
    for ending, replacement in (
        ("ing", "e"),
        ("ing", ""),
        ("ied", "y"),
        ("ies", "y"),
        ("ed", "e"),
        ("ed", ""),
        ("es", ""),
        ("s", ""),
    ):
        if form.endswith(ending):
            stem = form[: len(form) - len(ending)]
            for candidate in (stem + replacement, stem[:-1] if stem[-1:] == stem[-2:-1] else ""):
                if candidate in known:
                    return candidate
    return None


def takes_a_side(cue: str) -> bool:
    """Whether what follows a cue says little without it, or the contrary: "dismissed the idea that …", "accused X of …"."""
    found = [cues()[lemma] for word in cue.casefold().split() if (lemma := _lemma_of(word))]
    if not found:
        return False
    frames = found[-1].frames
    return "clause" not in frames or (
        "object" in frames and any(f == "gerund" or f.startswith("prep:") for f in frames)
    )


def cue_of(token: Token) -> Cue | None:
    """The entry of a verb or noun token, or `None`."""
    form, lemma = token.lower_, token.lemma_.lower()
    known = cues()
    if lemma in known and lemma != "hop":
        return known[lemma]
    found = _lemma_of(form)
    return known[found] if found else None
