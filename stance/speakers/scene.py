"""What is known of one document while its sources are read: who is named where, and who has spoken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, overload

from stance.parse import Paragraph, Parsed
from stance.quotes.marks import Region
from stance.schema import Span, SpeakerKind
from stance.speakers.names import fold
from stance.speakers.people import Entity, People
from stance.speakers.voices import Flow, Voice

if TYPE_CHECKING:
    from spacy.tokens import Token


class Scene:
    """The text, the people named in it with their mentions by paragraph, the voices so far, and who spoke where."""

    def __init__(self, parsed: Parsed, people: People, regions: Sequence[Region], headings: Sequence[int] = ()) -> None:
        self.parsed = parsed
        self.people = people
        self.flow = Flow(parsed, regions, headings)
        self.voices: list[Voice] = []
        self.history: list[tuple[int, Voice]] = []
        self.names = {id(p): m for p, m in zip(parsed.paragraphs, people.mentions, strict=True)}

    def voice_of(self, entity: Entity) -> Voice:
        """The voice of somebody with a proper name."""
        for voice in self.voices:
            if voice.entity is entity:
                return voice
        return self.new(Voice(entity.name, entity.kind, entity))

    @overload
    def known(self, found: Voice | Entity) -> Voice: ...
    @overload
    def known(self, found: None) -> None: ...
    def known(self, found: Voice | Entity | None) -> Voice | None:
        """The voice of what was found."""
        return self.voice_of(found) if isinstance(found, Entity) else found

    def new(self, voice: Voice) -> Voice:
        """A voice, from now on one of those heard."""
        self.voices.append(voice)
        return voice

    def described(
        self,
        name: str,
        kind: SpeakerKind,
        *,
        plural: bool = False,
        head: str,
        words: frozenset[str] = frozenset(),
        sex: str | None = None,
        fresh: bool = False,
    ) -> Voice:
        """Somebody known by a description alone, the same as before where it is (unless `fresh`)."""
        key = fold(name)
        for voice in reversed(self.voices):
            if voice.entity is None and fold(voice.name) == key and not fresh:
                return voice
        role = name if kind == "person" else None
        return self.new(Voice(name, kind, None, plural, sex, role, head, words))

    def last_person(self, source: Span, *, but: Voice | None = None) -> Voice | None:
        """The named person `but` one who spoke last, in this paragraph or the one before: "the diplomat"."""
        spoke = [(place, voice) for place, voice in self.history[-3:] if voice is not but]
        place, last = spoke[-1] if spoke else (0, None)
        near = self.flow.paragraph(source.start) - self.flow.paragraph(place) < (2 if but is None else 3)
        return last if last is not None and near and last.entity is not None and last.kind == "person" else None

    def paragraph_of(self, token: Token) -> Paragraph:
        """The paragraph of a token."""
        return next(p for p in self.parsed.paragraphs if p.doc is token.doc)
