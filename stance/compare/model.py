"""What a comparison takes in and what it gives back: frozen records, and their JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Literal

from stance.schema import Document, Estimate, Label, Quote, Speaker

FORMAT = 1
BEFORE_FIRST = "before the first heading"
UNNAMED = "(no speaker named)"
STANCE_KEYS: tuple[str, ...] = ("favor", "against", "neutral", "abstained")

ClaimKind = Literal["dispute", "agreement", "opposed"]
Ground = Literal["contradict", "opposed", "surest", "apart", "near"]


@dataclass(frozen=True)
class RunData:
    """One analysed run, or several put together: the input of every comparison and report.

    `speakers` maps a speaker's id to the speaker. `manifest` is `run.json` as read, or `None`.
    """

    documents: Sequence[Document]
    quotes: Sequence[Quote]
    speakers: Mapping[str, Speaker]
    labels: Sequence[Label]
    manifest: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """One side of the comparison. `phrase` names its quotes in a sentence: 'the quotes under “Costs”'."""

    name: str
    phrase: str
    quotes: int
    words: int
    speakers: int
    documents: int


@dataclass(frozen=True, slots=True)
class StanceCell:
    """A group's quotations on one target. `quotes` holds the ids behind each count, by `STANCE_KEYS`.

    `net` is (favor - against) / labelled, `None` where every quotation was abstained on.
    """

    group: str
    target: str
    favor: int
    against: int
    neutral: int
    abstained: int
    speakers: int
    documents: int
    net: Estimate | None
    quotes: Mapping[str, tuple[str, ...]]

    @property
    def labelled(self) -> int:
        """Quotations with a label, abstentions left out."""
        return self.favor + self.against + self.neutral


@dataclass(frozen=True, slots=True)
class Contrast:
    """Two groups on one target: `difference` is net stance of `a` minus that of `b`, on a scale of -2 to 2.

    `weight` orders contrasts (see `stance.compare.stances.weight`); `carriers` are the two or three quotations that
    show it best; `words` says it in a sentence. `p` and `q` are `None` where there is too little to test.
    """

    target: str
    a: str
    b: str
    difference: Estimate
    p: float | None
    q: float | None
    weight: float
    carriers: tuple[str, ...]
    words: str


@dataclass(frozen=True, slots=True)
class FrameCell:
    """How many of a group's quotations carry a frame; `share` is over the quotations judged."""

    group: str
    frame: str
    name: str
    count: int
    share: Estimate
    quotes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FrameContrast:
    """A frame in two groups: log-odds ratio (positive: more under `a`) and difference of shares."""

    frame: str
    name: str
    a: str
    b: str
    log_odds: Estimate
    difference: Estimate
    p: float | None
    q: float | None


@dataclass(frozen=True, slots=True)
class Word:
    """A word in two groups: how often in each, and its z score (positive: typical of `a`)."""

    word: str
    count_a: int
    count_b: int
    log_odds: float
    z: float


@dataclass(frozen=True, slots=True)
class VocabularyContrast:
    """The words that tell two groups apart, most typical of `a` first; `prior_words` is the weight of the prior."""

    a: str
    b: str
    words_a: int
    words_b: int
    prior_words: float
    words: tuple[Word, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """Two quotations of two groups on one target.

    `dispute`: the entailment model finds that they contradict each other; `agreement`: that one follows from the
    other; `opposed`: no such judgement, but one is labelled favor and the other against. Probabilities are given in
    both directions (a as premise first) and are `None` for `opposed`. `similarity` is the cosine of their words.
    """

    kind: ClaimKind
    target: str
    a: str
    b: str
    quote_a: str
    quote_b: str
    score: float
    contradiction: tuple[float, float] | None
    entailment: tuple[float, float] | None
    similarity: float


@dataclass(frozen=True, slots=True)
class Facing:
    """Two quotations that face each other on the first screen, one of each leading group; `words` says why these.

    `ground`: they `contradict` each other by the entailment model; one is labelled favor and the other against
    (`opposed`); they are the `surest` on a target that the groups differ on; or, where the labels show no difference,
    furthest `apart` by the scores on one target, or, with none in common (`target` is `None`), `near` in words.
    """

    target: str | None
    quote_a: str
    quote_b: str
    ground: Ground
    words: str


@dataclass(frozen=True, slots=True)
class Voice:
    """A speaker's part of the words. Words of a quotation inside a quotation count for the inner speaker."""

    speaker_id: str | None
    name: str
    role: str | None
    affiliation: str | None
    side: str | None
    quotes: int
    direct: int
    indirect: int
    mixed: int
    words: int
    share: float
    documents: int
    by_group: Mapping[str, int]
    relayed: int
    quote_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SideShare:
    """The part of the words that falls to one side of the roster."""

    side: str
    speakers: int
    quotes: int
    words: int
    share: float


@dataclass(frozen=True, slots=True)
class Relay:
    """`relayer` passes on what `speaker` said."""

    relayer: str
    speaker: str
    count: int
    quotes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SignedEdge:
    """A speaker's quotations on a target; `net` is (favor - against) / labelled."""

    speaker_id: str
    speaker: str
    target: str
    favor: int
    against: int
    neutral: int
    net: float
    quotes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PairEdge:
    """Two speakers in the agreement and conflict networks; each weight raw and in three normalisations."""

    a: str
    b: str
    congruence: Mapping[str, float]
    conflict: Mapping[str, float]
    subtract: Mapping[str, float]
    agree_on: tuple[str, ...]
    differ_on: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TimePoint:
    """Net stance of a group toward a target in one time bin (ISO: 2021, 2021-Q4, 2021-10, 2021-W41, 2021-10-06)."""

    bin: str
    group: str
    target: str
    favor: int
    against: int
    neutral: int
    net: Estimate


@dataclass(frozen=True, slots=True)
class Coverage:
    """What went in and what was left out, with the reason in words."""

    documents: int
    quotes: int
    speakers: int
    grouped: int
    stance_labels: int
    abstained: int
    left_out: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """Everything a report shows. Deterministic: the same data and seed give the same record.

    `headline` is the whole answer in words; `opening` its first sentence, `reach` its last (how far it goes), `title` the
    opening for a title, `dispute` the targets that name the difference. `leading` is the pair of groups that the headline
    contrasts, empty where nothing is compared, `why` the reason for it in words; its contrasts come first. `facing` are
    two quotations of that pair that show best what the two say against each other.
    """

    by: str
    unit: str
    scope: str
    seed: int
    headline: str
    opening: str
    reach: str
    title: str
    dispute: str
    leading: tuple[str, ...]
    why: str
    facing: Facing | None
    groups: tuple[Group, ...]
    targets: tuple[str, ...]
    cells: tuple[StanceCell, ...]
    contrasts: tuple[Contrast, ...]
    frames: tuple[FrameCell, ...]
    frame_contrasts: tuple[FrameContrast, ...]
    vocabulary: tuple[VocabularyContrast, ...]
    claims: tuple[Claim, ...]
    voices: tuple[Voice, ...]
    sides: tuple[SideShare, ...]
    relays: tuple[Relay, ...]
    signed: tuple[SignedEdge, ...]
    pairs: tuple[PairEdge, ...]
    timeline: tuple[TimePoint, ...]
    bins: str
    coverage: Coverage
    membership: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)

    def cell(self, group: str, target: str) -> StanceCell | None:
        """The cell of `group` and `target`, or `None` where the group says nothing about it."""
        return next((c for c in self.cells if c.group == group and c.target == target), None)

    def to_json(self) -> dict[str, Any]:
        """Plain data for `json.dumps`: keys sorted, numbers rounded to six places, nothing that varies by run."""
        return {"format": FORMAT, **_plain(self)}


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in sorted(fields(value), key=lambda f: f.name)}
    if isinstance(value, Mapping):
        return {str(key): _plain(value[key]) for key in sorted(value, key=str)}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, float):
        return round(value, 6) + 0.0 if math.isfinite(value) else None
    return value
