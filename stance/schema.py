"""The vocabulary of the project: frozen records that pass from room to room.

Terms follow the PARC attribution relation (Pareti 2012; PolNeAR: Newell et al. 2018): a *source* voices a *content*
through a *cue*. Every offset is a half-open range of Unicode code points into `Document.text`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, get_args

SectionKind = Literal[
    "title", "standfirst", "heading", "body", "caption", "credit", "byline", "dateline", "aside", "tail"
]
QuoteKind = Literal["direct", "indirect", "mixed"]
SpeakerKind = Literal["person", "organisation", "collective", "anonymous"]
TargetKind = Literal["entity", "proposition"]
Task = Literal["stance", "frame", "entailment"]

STANCES: tuple[str, ...] = ("favor", "against", "neutral")
QUOTE_KINDS: tuple[QuoteKind, ...] = get_args(QuoteKind)
ENTAILMENTS: tuple[str, ...] = ("entailment", "neutral", "contradiction")


class Span(NamedTuple):
    """A half-open range `[start, end)` of code points into `Document.text`."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """The text under the span."""
        return text[self.start : self.end]

    def overlaps(self, other: Span) -> bool:
        """Whether the two share at least one code point."""
        return self.start < other.end and other.start < self.end

    def contains(self, other: Span) -> bool:
        """Whether `other` lies wholly inside."""
        return self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True)
class Section:
    """One block (usually a paragraph) of an article and what it is.

    `heading` is the text of the heading that the block stands under, `None` before the first. It is a place in
    the article, not a property of whoever speaks there.
    """

    kind: SectionKind
    span: Span
    heading: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """An article as read: `text` is never rewritten after loading; sections cover its non-blank blocks in order."""

    id: str
    text: str
    sections: tuple[Section, ...] = ()
    title: str | None = None
    outlet: str | None = None
    author: str | None = None
    published: str | None = None
    language: str | None = None
    url: str | None = None
    sha256: str = ""
    meta: Mapping[str, str] = field(default_factory=dict)

    def heading_at(self, offset: int) -> str | None:
        """The heading that `offset` stands under, or `None`."""
        for section in self.sections:
            if section.span.start <= offset < section.span.end:
                return section.heading
        return None


@dataclass(frozen=True, slots=True)
class Speaker:
    """A canonical source. `id` is stable inside a run; `name` is the fullest form seen (or the roster's)."""

    id: str
    name: str
    aliases: tuple[str, ...] = ()
    kind: SpeakerKind = "person"
    role: str | None = None
    affiliation: str | None = None
    country: str | None = None
    side: str | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """One attribution relation.

    `content` holds one span a stretch, in text order, without the outer quotation marks; `text` is those stretches
    joined by one space. `speaker_id` is `None` where nobody could be named; `relayed_by` is the id of the speaker who
    passes the statement on; `parent_id` the quote it is nested in. `confidence` is in 0..1.
    """

    id: str
    document_id: str
    kind: QuoteKind
    text: str
    content: tuple[Span, ...]
    cue: Span | None = None
    source: Span | None = None
    speaker_id: str | None = None
    parent_id: str | None = None
    relayed_by: str | None = None
    heading: str | None = None
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class Target:
    """What a stance is toward: an entity or a proposition, with the other names it goes by."""

    id: str
    name: str
    aliases: tuple[str, ...] = ()
    kind: TargetKind = "entity"


@dataclass(frozen=True, slots=True)
class Label:
    """A label on one quote.

    Stance: `label` is favor, against, neutral, or `None` for abstention (never the same as neutral), `target` is the
    target's name. Frame: `labels` holds every frame over its threshold. `scores` are probabilities by label.
    `windows` counts the pieces a text longer than the model's window was split into.
    """

    quote_id: str
    document_id: str
    task: Task
    scores: Mapping[str, float]
    target: str | None = None
    label: str | None = None
    labels: tuple[str, ...] = ()
    codebook: str | None = None
    classifier: str | None = None
    annotator: str | None = None
    windows: int = 1


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number with its uncertainty: `low`..`high` is a 95 % interval, both `None` where the data allow none.

    `n` counts quotations, `clusters` the independent units that were resampled, `method` says how.
    """

    value: float
    low: float | None
    high: float | None
    n: int
    clusters: int
    method: str


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model as a run used it; `sha256` is over the weights file."""

    name: str
    role: str
    sha256: str
    licence: str | None = None
    path: str | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """What someone else needs to repeat a run."""

    version: str
    config: Mapping[str, Any]
    inputs: tuple[Mapping[str, Any], ...]
    models: tuple[ModelInfo, ...]
    seed: int
    packages: Mapping[str, str]
    device: str
    counts: Mapping[str, int]
    warnings: tuple[str, ...]
    started: str
    seconds: float
