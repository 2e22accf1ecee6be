"""Targets: one name whatever it is called, and only where the quote says something about its bearer."""

from __future__ import annotations

import re

import pytest

from stance.config import default_targets
from stance.schema import Document, Quote, Section, Span, Speaker, Target
from stance.targets import find, given, lexicon, mentioned, named
from stance.targets.doings import gerund

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


def article(text: str, **speakers: str) -> dict[str, list[str]]:
    """The targets found for each passage between marks, its speaker by a word of it."""
    title = Section("title", Span(0, text.index("\n")))
    body = [Section("body", Span(*match.span())) for match in re.finditer(r"[^\n]+", text) if match.start()]
    said = []
    for number, match in enumerate(re.finditer(r"“(.+?)”", text)):
        speaker = next((slug for word, slug in speakers.items() if word in match[1]), None)
        said.append(Quote(f"q{number}", "d", "direct", match[1], (Span(*match.span(1)),), speaker_id=speaker))
    document = Document("d", text, (title, *body))
    known = [Speaker(slug, slug.replace("-", " ").title()) for slug in set(speakers.values())]
    found = find(document, said, known, default_targets())
    return {quote.text: [target.name for target in found[quote.id]] for quote in said}


QUOTA = """Skippers and scientists clash over herring quota

The herring quota was cut by half on Monday, and the harbour of Lumen Bay is angry.

“The quota is a death sentence for this town,” said Ada Brink, who leads the skippers. “They never asked us about it.”

Tom Vale of the marine station disagreed. The quota came ten years too late, he said. “It is the only rule that has ever worked here.”

“My grandmother sold her house for this boat,” said Ida Marsh.

The ferry runs twice a day in summer.

Tickets cost nine crowns.

Children travel free.

Otto Lind has been on board since May. “The coffee is dreadful,” he said. “You get used to it in time.”

“We came for the gulls,” said a passenger."""


def test_a_topic_is_found_in_the_title_and_meant_by_pronouns_and_by_quotations_beside_it() -> None:
    assert article(QUOTA) == {
        "The quota is a death sentence for this town,": ["the herring quota"],
        "They never asked us about it.": ["the herring quota"],
        "It is the only rule that has ever worked here.": ["the herring quota"],
        "My grandmother sold her house for this boat,": ["the herring quota"],
        "The coffee is dreadful,": ["the coffee"],
        "You get used to it in time.": [],
        "We came for the gulls,": [],
    }


TOLL = """Bridge toll divides Ostmark and Vestmark

The parliament of Ostmark passed a toll law on Friday. Opponents of the law have asked the European Union to step in.

“The ordinance is robbery with a rubber stamp,” said Rolf Anders, a haulier. “Ostmarkian policy has always been like that, and Ostmark knows it.”

“The Commission must act, and the Union must pay,” said Harbour Minister Ada Brink of Vestmark.

“Minister Brink is a windbag,” said Rolf Anders. “The measure will stand.”

The ferry runs twice a day in summer.

Tickets cost nine crowns.

Children travel free.

“We met in Ostmark, and the Ostmark fog was lovely,” said a tourist."""


def test_names_said_short_words_of_one_kind_and_adjectives_of_places_no_table_knows() -> None:
    found = article(TOLL, Commission="ada-brink")
    assert found == {
        "The ordinance is robbery with a rubber stamp,": ["the law"],
        "Ostmarkian policy has always been like that, and Ostmark knows it.": ["Ostmark"],
        "The Commission must act, and the Union must pay,": ["European Union"],
        "Minister Brink is a windbag,": ["Ada Brink"],
        "The measure will stand.": ["the law"],
        "We met in Ostmark, and the Ostmark fog was lovely,": [],
    }


def test_a_minister_with_and_without_office_is_one_target() -> None:
    text = "Talks\n\nSardish Foreign Minister Ida Marsh met Ida Marsh’s critics. “Sardish Foreign Minister Ida Marsh lied.” “I trust Ida Marsh.” “Ms. Marsh is fine.”"
    assert set(map(tuple, article(text, nobody="ida-marsh").values())) == {("Ida Marsh",)}


def test_what_is_called_a_name_is_a_target_though_nobody_else_speaks_of_it() -> None:
    text = "Notes\n\nHolt called the old stadium a fairy tale. Rain is due on Sunday."
    start = text.index("the old stadium")
    quote = Quote("q", "d", "indirect", "the old stadium a fairy tale", (Span(start, text.index(". Rain")),))
    found = find(Document("d", text), [quote], (), ())
    assert [target.name for target in found["q"]] == ["the old stadium"]


def test_things_mentioned_in_passing_are_no_topics() -> None:
    text = "Quiet at the border\n\nThe month was long. Last month was the worst. “The month was long.” “We saw a lamp.” “A lamp is a lamp.”"
    assert not any(article(text).values())


def test_a_named_target_is_asked_where_its_last_word_or_a_pronoun_means_it() -> None:
    text = "The council debated the harbour levy. Said one: the levy is theft. It must go. Said another: I like fish."
    said = [
        Quote(f"q{i}", "d", "indirect", part, (Span(text.index(part), text.index(part) + len(part)),))
        for i, part in enumerate(("the levy is theft", "It must go", "I like fish"))
    ]
    asked = given(Document("d", text), said, named(["the harbour levy"], ()))
    assert [[target.name for target in asked[quote.id]] for quote in said] == [["the harbour levy"]] * 2 + [[]]


def test_the_most_shared_targets_are_kept() -> None:
    said = quotes("Russia and China.", "Russia and France.", "Russia and China.")
    found = find(Document("d", "x"), said, (), default_targets(), most=2)
    assert {t.name for targets in found.values() for t in targets} == {"Russia", "China"}


SCHOOL = """Parents fight plan to close Birch Lane School

The council of Tarn votes on Monday on whether to close Birch Lane School. Councillor Ada Brink has defended the plan.

“Closing the school is the cheapest answer and the worst,” said Tom Vale, who has two children there.

“The move will save a million,” said Ada Brink. “It is not a crime to count.”

Ida Marsh accused the council of hiding the figures. She called the closure “an act of war”."""


def test_a_doing_is_one_topic_as_gerund_plan_noun_and_pronoun() -> None:
    found = article(SCHOOL, million="ada-brink", worst="tom-vale")
    assert found["Closing the school is the cheapest answer and the worst,"] == ["closing Birch Lane School"]
    assert found["The move will save a million,"] == ["closing Birch Lane School"]
    assert found["an act of war"] == ["closing Birch Lane School"]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("“Selling the forest would be theft.”", ["selling the forest"]),
        ("“We are against selling the forest.”", ["selling the forest"]),
        ("“The consultation was a sham.”", ["the consultation"]),
        ("“They reject the new timetable.”", ["the new timetable"]),
        ("“The ministry has slept for years.”", ["the ministry"]),
        ("“This vote is shameful.”", []),  # a noun that says too little by itself
        ("“My knee is sore.”", []),
        ("“Twelve crowns is a lot.”", []),
        ("“A lamp is a lamp.”", []),
        ("“We walked to the station and had soup.”", []),
    ],
)
def test_a_quotation_is_asked_about_what_it_says_something_of(sentence: str, expected: list[str]) -> None:
    assert list(article(f"Notes from the valley\n\n{sentence}").values()) == [expected]


def reported(before: str, content: str, after: str = "", *, title: str = "Notes from the valley") -> list[str]:
    """The targets of a passage that is reported without marks."""
    text = f"{title}\n\n{before}{content}{after}"
    start = text.index(content, len(title))
    sections = (Section("title", Span(0, len(title))), Section("body", Span(len(title) + 2, len(text))))
    quote = Quote("q", "d", "indirect", content, (Span(start, start + len(content)),))
    return [target.name for target in find(Document("d", text, sections), [quote], (), default_targets())["q"]]


@pytest.mark.parametrize(
    ("before", "content", "expected"),
    [
        ("Holt accused ", "the railway of sleeping through the winter", ["the railway"]),
        ("Holt thanked ", "the Greens for their patience", ["the Greens"]),
        ("Holt dismissed ", "the long questionnaire as a joke", ["the long questionnaire"]),
        ("Holt lost ", "his temper", []),
    ],
)
def test_what_opens_a_report_as_the_object_of_a_verb_of_speech_is_a_target(
    before: str, content: str, expected: list[str]
) -> None:
    assert reported(before, content, ".") == expected


def test_both_sides_are_the_two_parties_that_the_article_names_most() -> None:
    before = (
        "Russia and Ukraine met again. Russia spoke first, then Ukraine. Russia left before Ukraine did. Holt said "
    )
    assert reported(before, "both sides had lied", ".") == ["Russia", "Ukraine"]
    assert reported("Russia and Ukraine met. Holt said ", "both hands were cold", ".") == []


PREMIER = """Budget day

Premier Gideon Strand has cut the hospitals by a tenth.

“He never set foot in one,” said Ada Brink, who leads the opposition. “I like her soup,” said Gideon Strand of the cook. “The premier is a coward,” said Tom Vale."""


def test_people_are_meant_by_pronouns_and_offices_but_not_by_themselves() -> None:
    start = [PREMIER.index(text) for text in ("He never", "I like", "The premier is")]
    ends = [PREMIER.index("“", at) if "“" in PREMIER[at:] else len(PREMIER) for at in start]
    who = ("ada-brink", "gideon-strand", "tom-vale")
    said = [
        Quote(
            f"q{i}", "d", "direct", PREMIER[a : PREMIER.index("”", a)], (Span(a, PREMIER.index("”", a)),), speaker_id=w
        )
        for i, (a, _, w) in enumerate(zip(start, ends, who, strict=True))
    ]
    people = [Speaker("ada-brink", "Ada Brink"), Speaker("gideon-strand", "Gideon Strand", role="Premier")]
    found = find(Document("d", PREMIER), said, [*people, Speaker("tom-vale", "Tom Vale")], ())
    assert "Gideon Strand" in [target.name for target in found["q0"]]
    assert not {"Gideon Strand", "Ada Brink"} & {target.name for target in found["q1"]}
    assert "Gideon Strand" in [target.name for target in found["q2"]]


def test_a_name_in_one_quotation_counts_if_the_article_names_it_elsewhere_as_no_place() -> None:
    text = "Notes\n\nThe sawmill Harkwood and its rival met near Osk. They sailed to Osk. “Harkwood has lied to us.” “We met old friends from Osk.”"
    assert [*article(text).values()] == [["Harkwood"], []]


@pytest.mark.parametrize(
    ("verb", "expected"),
    [
        ("close", "closing"),
        ("cut", "cutting"),
        ("buy", "buying"),
        ("tie", "tying"),
        ("free", "freeing"),
        ("sending", "sending"),
    ],
)
def test_gerunds(verb: str, expected: str) -> None:
    assert gerund(verb) == expected


def test_a_plural_keeps_the_form_that_the_article_writes() -> None:
    text = "Wolves split the valley\n\nThey fear the wolves. A row over wolves began. “The wolves are thieves.” “Wolves were here first.”"
    assert [*article(text).values()] == [["the wolves"], ["the wolves"]]


def test_what_stands_without_article_is_named_without() -> None:
    text = "Town argues over coal\n\nCritics of coal filled the hall. “Coal is poison.” “We are against coal.”"
    assert [*article(text).values()] == [["coal"], ["coal"]]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("“The Keystone XL pipeline is a folly.”", ["the Keystone XL pipeline"]),  # the whole name, not its end
        ("“New York values are a joke.”", ["New York values"]),
        (
            "“Illegal fishing is a scourge. They tolerate illegal fishing.”",
            ["illegal fishing"],
        ),  # no name: it opens a sentence
        (
            "“Ostmark levies are unfair. They reject the Ostmark levies.”",
            ["the Ostmark levies"],
        ),  # no word of the language
        ("“The Court of Appeal's ruling is wrong. We oppose the ruling.”", ["the ruling"]),
        ("“Several demands are unfair. We reject several demands.”", ["the demands"]),
    ],
)
def test_a_target_is_named_by_the_whole_name_before_its_noun(sentence: str, expected: list[str]) -> None:
    assert list(article(f"Notes from the valley\n\n{sentence}").values()) == [expected]


@pytest.mark.parametrize(
    "beside",
    [
        "the Upland Water Board, the state agency that runs the valley",
        "a state agency, the Upland Water Board, over the dam",
    ],
)
def test_a_body_is_known_by_what_the_article_calls_it_beside_its_name(beside: str) -> None:
    text = f"Notes from the valley\n\nResidents sued {beside}. “The Upland Water Board is blind.” “The agency has lied to us.”"
    assert [*article(text).values()] == [["Upland Water Board"], ["Upland Water Board"]]
