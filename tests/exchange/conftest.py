"""A small run with everything that is hard to carry: emoji, nested, discontinuous and multi-paragraph quotations."""

from __future__ import annotations

import pytest

from stance import run as runs
from stance.loaders import from_text
from stance.run import Run
from stance.schema import Label, Quote, Span, Speaker

TEXT = (
    "A bridge too far 🙂\n\n"
    "“The bridge,” said Ada Brink 👷🏽, the engineer, “is safe.” Tom Vale said Ms Brink had called it “safe as houses 🏠”.\n\n"
    "“We ask the ministry to look again.\n\n“We will not stop 🙂🙂,” Vale wrote; nobody answered.\n"
)


def span(words: str, start: int = 0) -> Span:
    at = TEXT.index(words, start)
    return Span(at, at + len(words))


def quote(number: int, kind: str, *content: Span, **fields: object) -> Quote:
    text = " ".join(piece.of(TEXT) for piece in content)
    return Quote(f"bridge-q{number:03d}", "bridge", kind, text, content, heading="", **fields)  # type: ignore[arg-type]


@pytest.fixture
def run() -> Run:
    document = from_text(TEXT, id="bridge", meta={"outlet": "The Courier", "desk": "local"})
    brink = Speaker("ada-brink", "Ada Brink", ("Brink",), role="engineer", side="Town")
    vale = Speaker("tom-vale", "Tom Vale", ("Vale",))
    quotes = [
        quote(1, "direct", span("The bridge,"), span("is safe."), cue=span("said"), source=span("Ada Brink"),
              speaker_id="ada-brink", confidence=0.91),
        quote(2, "indirect", span("Ms Brink had called it “safe as houses 🏠”"), cue=span("said", 60),
              source=span("Tom Vale"), speaker_id="tom-vale", confidence=0.8),
        quote(3, "mixed", span("safe as houses 🏠"), cue=span("called"), source=span("Ms Brink"), speaker_id="ada-brink",
              relayed_by="tom-vale", parent_id="bridge-q002", confidence=0.7),
        quote(4, "direct", span("We ask the ministry to look again."), span("We will not stop 🙂🙂,"), cue=span("wrote"),
              source=span("Vale", 160), speaker_id="tom-vale"),
        quote(5, "indirect", span("We ask the ministry to look again.\n\n“We will not stop"), confidence=0.4),
    ]  # fmt: skip
    quotes = [runs.replace(q, heading=document.heading_at(q.content[0].start)) for q in quotes]

    def stance(number: int, target: str, label: str | None, *scores: float) -> Label:
        table = dict(zip(("favor", "against", "neutral"), scores, strict=True))
        name = f"bridge-q{number:03d}"
        return Label(name, "bridge", "stance", table, target=target, label=label, classifier="embedded")

    def frames(number: int, *labels: str) -> Label:
        table = {"economic": 0.3, "health_and_safety": 0.6}
        name = f"bridge-q{number:03d}"
        return Label(name, "bridge", "frame", table, labels=labels, codebook="policy_frames", classifier="embedded")

    labels = [
        stance(1, "the bridge", "favor", 0.9, 0.05, 0.05),
        stance(1, "the ministry", "neutral", 0.2, 0.2, 0.6),
        frames(1, "health_and_safety"),
        frames(2),
        stance(3, "the bridge", None, 0.34, 0.33, 0.33),
        frames(3, "health_and_safety", "economic"),
        stance(4, "the ministry", "against", 0.1, 0.7, 0.2),
        frames(4),
        frames(5),
    ]
    return runs.build([document], quotes, [brink, vale], labels, (), {"version": "0", "seed": 0})
