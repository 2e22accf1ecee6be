"""Transcripts and interviews: whose turn it is, where it ends, and what an interviewer states."""

from __future__ import annotations

import pytest

from stance.quotes import extract
from stance.schema import Document
from stance.structure import sections


def said(*lines: str, extractor: str = "both", outlet: str | None = None) -> list[tuple[str | None, str]]:
    found = extract(Document("d", "\n\n".join(lines), outlet=outlet), extractor=extractor)
    names = {speaker.id: speaker.name for speaker in found.speakers}
    return [(names.get(quote.speaker_id or ""), quote.text) for quote in found.quotes if not quote.parent_id]


LONG = "He is wrong, and I told him so. The dam takes no water. He said that it would. So he is wrong, but his fear is not."


@pytest.mark.parametrize("extractor", ["rules", "both"])
def test_a_name_that_opens_paragraphs_has_the_whole_of_each(extractor: str) -> None:
    found = said(
        "Ana Brisco: The dam is safe. I measured it twice. Nobody else did.",
        "Peter Bray: I doubt that.",
        f"Ana Brisco: {LONG}",
        "Peter Bray: The valley is not the river.",
        extractor=extractor,
    )
    assert found == [
        ("Ana Brisco", "The dam is safe. I measured it twice. Nobody else did."),
        ("Peter Bray", "I doubt that."),
        ("Ana Brisco", LONG),
        ("Peter Bray", "The valley is not the river."),
    ]


def test_a_name_of_the_introduction_is_shortened_to_initials() -> None:
    found = said(
        "The engineer Ana Brisco talks to Peter Bray.",
        "Peter Bray: You built the dam. Is it safe?",
        f"Ana Brisco: {LONG}",
        "PB: And the valley?",
        "AB: The valley will flood.",
        "PB: Who will pay?",
        "AB: Who knows?",
    )
    assert [row for row in found if "talks" not in row[1] and row[1] != "Peter Bray"] == [
        ("Peter Bray", "You built the dam."),
        ("Ana Brisco", LONG),
        ("Ana Brisco", "The valley will flood."),
        ("Ana Brisco", "Who knows?"),
    ]


@pytest.mark.parametrize("extractor", ["rules", "both"])
def test_questions_are_no_statements_and_answers_are(extractor: str) -> None:
    found = said("Q: Will the dam hold?", "A: It will. We tested it.", "Q: You sound tired.", extractor=extractor)
    assert [text for _, text in found] == ["It will. We tested it.", "You sound tired."]


def test_a_full_stop_can_end_the_label() -> None:
    found = said("The engineer Ana Brisco.", "Q. Will it hold?", "A. It will.", "Q. You sound tired.", "A. I am.")
    assert found == [("Ana Brisco", "It will."), ("questioner", "You sound tired."), ("Ana Brisco", "I am.")]


def test_initials_are_no_label() -> None:
    assert said("A. Brisco built it.", "A. Brisco sold it.", extractor="rules") == []


def test_what_is_asked_of_a_third_party_is_not_said() -> None:
    found = said("QUESTION: Has the minister denied the leak?", "MS. ORTEGA: No.", "QUESTION: Why?", "MS. ORTEGA: Ask.")
    assert found == [("ORTEGA", "No."), ("ORTEGA", "Ask.")]


def test_a_name_in_capitals_is_whoever_the_title_names() -> None:
    title = "Press briefing by deputy spokeswoman Nora Ortega"
    text = "\n\n".join((title, "MS. ORTEGA: We did not know.", "QUESTION: Why?", "MS. ORTEGA: Ask the dam."))
    found = extract(Document("d", text, sections(text)))
    assert [speaker.name for speaker in found.speakers] == ["Nora Ortega"]


def test_what_a_question_supposes_is_nobodys() -> None:
    found = said("Q: Is that so? Are you saying he lied?", "A: I am.", "Q: Igor Malenko said that it leaks?")
    assert [text for _, text in found][:2] == ["I am.", "that it leaks?"]


@pytest.mark.parametrize(
    ("opening", "speaker"),
    [
        ("The engineer Ana Brisco built the dam.", "Ana Brisco"),
        ("The engineer Ana Brisco built the dam with Peter Bray.", None),
    ],
)
def test_the_one_person_introduced_answers(opening: str, speaker: str | None) -> None:
    found = said(opening, "Q: Will it hold?", "A: It will.", "Q: Who says so?", "A: Igor Malenko checked it.")
    assert found == [(speaker, "It will."), (speaker, "Igor Malenko checked it.")]


def test_the_outlet_asks_though_the_other_asks_back() -> None:
    lines = ("RG: Will it hold?", "Ana Brisco: Will it?", "RG: Will it?", "Ana Brisco: Who knows?")
    assert said(*lines, outlet="River Gazette") == [("Ana Brisco", "Will it?"), ("Ana Brisco", "Who knows?")]


def test_a_title_in_capitals_is_not_the_name() -> None:
    found = said("SEN. HOLLIS: I object.", "MS. ORTEGA: We did not know.", "SEN. BALE: She did.")
    assert found == [("HOLLIS", "I object."), ("ORTEGA", "We did not know."), ("BALE", "She did.")]


def test_a_turn_runs_on_to_the_next() -> None:
    found = said(
        "MAYOR: It is over.",
        "We waited for years.",
        "CLERK: So noted.",
        "[Laughter.]",
        "MAYOR: Go home.",
        "The hall was cold.",
    )
    assert [text for _, text in found] == ["It is over. We waited for years.", "So noted.", "Go home."]


def test_what_follows_a_lone_label_is_not_its_words() -> None:
    found = said("MAYOR: It is over.", "The hall was cold that night.", "CLERK: So noted.", extractor="rules")
    assert [text for _, text in found] == ["It is over.", "So noted."]


@pytest.mark.parametrize(
    "lines",
    [
        ("Pros: It is cheap.", "Cons: It is slow.", "Pros: It is light.", "Cons: It is loud."),
        (
            "The storm hit New York and Los Angeles.",
            "New York: Twelve roads closed.",
            "Los Angeles: Five roads closed.",
        ),
        ("Note: The dam is old.", "Note: It is damp."),
        ("Ana Brisco is an engineer.", "Ana Brisco: The dam is old."),
    ],
)
def test_labels_that_name_nobody_open_no_turn(lines: tuple[str, ...]) -> None:
    assert said(*lines, extractor="rules") == []
