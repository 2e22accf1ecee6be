"""Targets: one name whatever it is called, and only where the quote says something about its bearer."""

from __future__ import annotations

import pytest

from stance.config import default_targets
from stance.schema import Document, Quote, Span, Speaker, Target
from stance.targets import find, given, lexicon, mentioned, named

KNOWN = lexicon(default_targets())
ARTICLE = "NATO and the EU met. Russia, China and the United States did not."


def quotes(*texts: str, speaker: str | None = None) -> list[Quote]:
    return [Quote(f"q{i}", "d", "direct", text, (Span(0, 1),), speaker_id=speaker) for i, text in enumerate(texts)]


def names(text: str, article: str = ARTICLE) -> list[str]:
    return [target.name for target in mentioned(text, KNOWN, article=article)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Moscow will not be deterred.", ["Russia"]),
        ("The Kremlin has lied again.", ["Russia"]),
        ("We trust Washington's word more than Beijing's.", ["United States", "China"]),
        ("The alliance must not escalate.", ["NATO"]),
        ("The bloc is asleep.", ["European Union"]),
        ("Russian aggression must be answered.", ["Russia"]),
        ("The Americans will leave.", ["United States"]),
        ("The NATO-Russia Council is dead.", ["NATO-Russia Council"]),
    ],
)
def test_names_aliases_metonyms(text: str, expected: list[str]) -> None:
    assert names(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "We talked for hours in Moscow.",
        "The Moscow-based institute published it.",
        "She read a Russian novel.",
        "He works at NATO headquarters.",
        "The EU ambassador came late.",
        "US-led talks went on.",
        "The Warsaw Pact is gone.",
        "They sailed the South China Sea.",
        "Russia-China trade grew.",
        "From Russia to China, farmers say the same.",
    ],
)
def test_places_addresses_and_parts_of_names_do_not_count(text: str) -> None:
    assert not {"Russia", "NATO", "European Union", "United States", "China", "Poland"} & set(names(text))


def test_a_common_noun_alias_needs_its_proper_name_in_the_article() -> None:
    assert names("The alliance must not escalate.", "Two football clubs formed an alliance.") == []


def test_named_targets_take_the_librarys_aliases_and_keep_the_users_name() -> None:
    (target,) = named(["the Kremlin"], default_targets())
    assert target.name == "the Kremlin"
    assert "Russia" in target.aliases


def test_given_entities_are_asked_where_named_propositions_everywhere() -> None:
    asked = given(
        Document("d", ARTICLE),
        quotes("Moscow will not stop.", "Nobody knows."),
        [*named(["Russia"], default_targets()), Target("p", "the talks must go on", (), "proposition")],
    )
    assert [[t.name for t in asked[key]] for key in ("q0", "q1")] == [
        ["Russia", "the talks must go on"],
        ["the talks must go on"],
    ]


def test_a_target_that_the_article_never_names_is_asked_everywhere() -> None:
    asked = given(Document("d", ARTICLE), quotes("This levy is theft."), named(["carbon tax"], default_targets()))
    assert [t.name for t in asked["q0"]] == ["carbon tax"]


def test_found_names_of_people_quoted_elsewhere_and_shared_names() -> None:
    document = Document("d", "Ada Brink and Tom Vale quarrel. The Harbour Act is at stake.")
    people = [Speaker("ada-brink", "Ada Brink", ("Brink",)), Speaker("tom-vale", "Tom Vale", ("Vale",))]
    said = quotes(
        "I never trusted Vale.", "We need the Harbour Act now.", "Nobody has read the Harbour Act.", speaker="ada-brink"
    )
    found = find(document, said, people, default_targets())
    assert [[t.name for t in found[q.id]] for q in said] == [["Tom Vale"], ["Harbour Act"], ["Harbour Act"]]


def test_a_speaker_is_no_target_of_their_own_words() -> None:
    document = Document("d", "Ada Brink spoke.")
    said = quotes("Ada Brink will fight on.", "I, Ada Brink, promise it.", speaker="ada-brink")
    assert all(not targets for targets in find(document, said, [Speaker("ada-brink", "Ada Brink")], ()).values())


def test_nouns_of_the_title_that_several_quotes_speak_of() -> None:
    document = Document(
        "d", "The river dam will flood us. The dam is ours. Stop the dam.", title="Villages divided over dam"
    )
    found = find(document, quotes("The dam will drown us.", "We need this dam.", "It is late."), (), ())
    assert [[t.name for t in targets] for targets in found.values()] == [["the dam"], ["the dam"], []]


def test_nouns_that_the_article_is_about_without_its_title_saying_so() -> None:
    text = "The ceasefire has held. Both sides praised the ceasefire, but the ceasefire is fragile. Last month was the worst of the month."
    said = quotes("The ceasefire is a fraud.", "We will keep this ceasefire for a month.", "The month was long.")
    found = find(Document("d", text, title="Quiet at the border"), said, (), ())
    assert [[t.name for t in targets] for targets in found.values()] == [["the ceasefire"], ["the ceasefire"], []]
    rare = Document("d", "The ceasefire has held. Both sides praised the ceasefire.", title="Quiet at the border")
    assert not any(find(rare, said, (), ()).values())


def test_the_most_shared_targets_are_kept() -> None:
    said = quotes("Russia and China.", "Russia and France.", "Russia and China.")
    found = find(Document("d", "x"), said, (), default_targets(), most=2)
    assert {t.name for targets in found.values() for t in targets} == {"Russia", "China"}
