"""Whoever speaks in one document, named or only described, and the place of a word in the flow of the text."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from stance.parse import Paragraph, Parsed
from stance.quotes.marks import Region
from stance.schema import SpeakerKind
from stance.speakers.people import Entity

if TYPE_CHECKING:
    from spacy.tokens import Token


@dataclass
class Voice:
    """Somebody who speaks; `entity` for those with a proper name, `head` and `words` for those described.

    `members` are those who speak together.
    """

    name: str
    kind: SpeakerKind
    entity: Entity | None = None
    plural: bool = False
    gender: str | None = None
    role: str | None = None
    head: str = ""
    words: frozenset[str] = frozenset()
    forms: set[str] = field(default_factory=set)
    members: tuple[Voice, ...] = ()

    @property
    def sex(self) -> str | None:
        """The gender known of the voice or of its entity."""
        return self.entity.gender if self.entity is not None else self.gender


class Place(NamedTuple):
    """Where an offset lies: numbers of paragraph and sentence, the word's function, whether it is quoted, the section."""

    paragraph: int
    sentence: int
    dep: str
    quoted: bool
    section: int


class Flow:
    """Looks up places in one document, whose sections begin at `headings`; answers are kept."""

    def __init__(self, parsed: Parsed, regions: Sequence[Region], headings: Sequence[int] = ()) -> None:
        self._parsed = parsed
        self._headings = sorted(headings)
        self._starts = [paragraph.start for paragraph in parsed.paragraphs]
        self._sentences: list[int] = []
        for paragraph in parsed.paragraphs:
            self._sentences += [paragraph.start + sentence.start_char for sentence in paragraph.doc.sents]
        self._outer = [(r.start, r.end) for r in regions if r.level == 0]
        self._outer_starts = [start for start, _ in self._outer]
        self._offsets: dict[int, list[int]] = {}
        self._known: dict[int, Place] = {}

    def paragraph(self, offset: int) -> int:
        """The number of the paragraph that holds `offset`."""
        return max(0, bisect_right(self._starts, offset) - 1)

    def token(self, offset: int) -> Token | None:
        """The token at `offset`."""
        if not self._parsed.paragraphs:
            return None
        number = self.paragraph(offset)
        paragraph: Paragraph = self._parsed.paragraphs[number]
        if number not in self._offsets:
            self._offsets[number] = [paragraph.start + token.idx for token in paragraph.doc]
        return paragraph.doc[max(0, bisect_right(self._offsets[number], offset) - 1)]

    def head(self, offset: int) -> Token | None:
        """The token at `offset`, or what it is a part of: the surname of a name."""
        token = self.token(offset)
        while token is not None and token.dep_ in ("compound", "flat", "nmod") and token.head != token:
            token = token.head
        return token

    def place(self, offset: int) -> Place:
        """The place of the word at `offset`; a compound's part counts as its head."""
        if offset not in self._known:
            token = self.head(offset)
            number = bisect_right(self._outer_starts, offset) - 1
            quoted = number >= 0 and offset < self._outer[number][1]
            sentence = bisect_right(self._sentences, offset) - 1
            section = bisect_right(self._headings, offset)
            self._known[offset] = Place(self.paragraph(offset), sentence, _function(token), quoted, section)
        return self._known[offset]


def _function(token: Token | None) -> str:
    """What a word does in its sentence; a name that opens one whose verb has no subject is its subject."""
    if token is None:
        return ""
    opens = token.dep_ == "npadvmod" and token.left_edge.i == token.sent.start
    ends = (
        token.dep_ in ("dobj", "attr") and token.i > token.head.i and token.head.tag_ in ("VBD", "VBZ")
    )  # "Up rose X"
    bare = token.pos_ == "PROPN" and (opens or ends or token.dep_ == "ROOT")
    bare = bare and not any(child.dep_ in ("nsubj", "nsubjpass", "expl") for child in token.head.children)
    return "nsubj" if bare else str(token.dep_)
