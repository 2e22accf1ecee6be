"""What a classifier is given to read of a quotation: its words and what stands around them."""

from __future__ import annotations

import pytest

from stance.context import context_of, host_sentence, stance_context, stance_words, with_host
from stance.quotes.lexicon import takes_a_side
from stance.report.evidence import words_of
from stance.schema import Document, Quote, Span

TEXT = "The plan is dead. The minister called it “a farce” on Monday. Nobody laughed.\n\n“We go on with the work as agreed,” she said."


def quote(piece: str, *, kind: str = "mixed", cue: str | None = None) -> Quote:
    start = TEXT.index(piece)
    span = Span(start, start + len(piece))
    cue_span = Span(TEXT.index(cue), TEXT.index(cue) + len(cue)) if cue else None
    return Quote("q", "d", kind, piece, (span,), cue_span)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("piece", "expected"),
    [
        ("a farce", "The minister called it “a farce” on Monday."),
        ("The plan is dead", "The plan is dead."),
        ("Nobody laughed", "Nobody laughed."),
        ("dead. The minister", "The plan is dead. The minister called it “a farce” on Monday."),
        ("We go on", "“We go on with the work as agreed,” she said."),
    ],
)
def test_host_sentence(piece: str, expected: str) -> None:
    assert host_sentence(Document("d", TEXT), quote(piece)).of(TEXT) == expected


def test_a_fragment_is_read_with_its_sentence_a_whole_quotation_by_itself() -> None:
    document = Document("d", TEXT)
    assert context_of(document, quote("a farce")) == "The minister called it “a farce” on Monday."
    assert context_of(document, quote("We go on with the work as agreed", kind="direct")) is None


def test_targets_of_a_fragment_are_looked_for_in_its_sentence_but_not_in_its_source_or_in_what_others_say() -> None:
    text = "Vale said the ferry was late, and his rival, Ada Brink, mocked “a floating queue”."
    document = Document("d", text)

    def said(piece: str, source: str) -> Quote:
        spans = [Span(text.index(part), text.index(part) + len(part)) for part in (piece, source)]
        return Quote(piece, "d", "mixed", piece, (spans[0],), source=spans[1])

    quotes = [said("the ferry was late", "Vale"), said("a floating queue", "Ada Brink")]
    seen = with_host(document, quotes[1], quotes)
    assert "floating queue" in seen.text
    assert "rival" in seen.text
    assert not any(word in seen.text for word in ("ferry", "Brink", "Vale"))
    assert all(span.of(text) in seen.text for span in seen.content)


def test_what_a_quotation_speaks_of_is_looked_for_in_the_sentence_before_it_too() -> None:
    document = Document(
        "d",
        "The dam\nThe dam is finished. It rained. “It will drown us all by spring,” she said.\n“It will not,” he told the villagers.",
    )
    whole, first = (
        Quote("q", "d", "direct", piece, (Span(document.text.index(piece), document.text.index(piece) + len(piece)),))
        for piece in ("It will drown us all by spring,", "It will not,")
    )
    assert stance_context(document, whole) == "It rained."
    before = "“It will drown us all by spring,” she said."
    assert stance_context(document, first) == before + " “It will not,” he told the villagers."


CUED = "Rain fell. Ada Brink dismissed the idea that the port had wanted a strike. She said that the cranes would stand still."


def cued(cue: str | None, content: str, kind: str = "indirect") -> Quote:
    spans = [Span(CUED.index(part), CUED.index(part) + len(part)) for part in (content, *([cue] if cue else []))]
    return Quote("q", "d", kind, content, (spans[0],), *spans[1:])  # type: ignore[arg-type]


def test_words_that_are_no_clause_are_read_with_the_cue_that_takes_a_side() -> None:
    document = Document("d", CUED)
    idea = cued("dismissed", "the idea that the port had wanted a strike")
    assert stance_words(document, idea) == "dismissed the idea that the port had wanted a strike"
    assert stance_context(document, idea, stance_words(document, idea)) == "Rain fell."
    clause = cued("said", "that the cranes would stand still")
    assert stance_words(document, clause) == clause.text
    far = cued("dismissed", "the cranes would stand still")
    assert stance_words(document, far) == far.text


def test_without_its_cue_a_quotation_is_read_with_its_whole_sentence() -> None:
    document = Document("d", CUED)
    before = "Rain fell. Ada Brink dismissed the idea that the port had wanted a strike."
    for cue in ("dismissed", None):
        assert stance_context(document, cued(cue, "the idea that the port had wanted a strike")) == before


def test_a_shown_quotation_keeps_the_cue_that_takes_a_side() -> None:
    document = Document("d", CUED)
    idea = cued("dismissed", "the idea that the port had wanted a strike")
    assert words_of(idea, document) == "[dismissed] the idea that the port had wanted a strike"
    said = cued("said", "that the cranes would stand still")
    assert words_of(said, document) == said.text


@pytest.mark.parametrize(
    ("cue", "takes"),
    [("nevertheless dismissed", True), ("accused", True), ("denied", True), ("said", False), ("In her view", False)],
)
def test_cues_that_take_a_side(cue: str, takes: bool) -> None:
    assert takes_a_side(cue) is takes
