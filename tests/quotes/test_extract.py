"""Constructions of reported speech, each with a sentence of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest

from stance.errors import UsageError
from stance.quotes import extract, tagger_info
from stance.schema import Document, Quote, Section, Span, Speaker


def quotes_of(text: str, extractor: str = "both") -> list[tuple[str, str | None, Quote]]:
    found = extract(Document("d", text), extractor=extractor)
    names = {speaker.id: speaker.name for speaker in found.speakers}
    return [(quote.text, names.get(quote.speaker_id or ""), quote) for quote in found.quotes]


BOTH = [
    ("“The bridge is safe,” said Nora Lindqvist, an engineer.", "The bridge is safe", "Nora Lindqvist"),
    ("Nora Lindqvist said: “The bridge is safe.”", "The bridge is safe.", "Nora Lindqvist"),
    ("Nora Lindqvist told the council that the bridge was safe.", "that the bridge was safe", "Nora Lindqvist"),
    ("The bridge is safe, according to Nora Lindqvist.", "The bridge is safe", "Nora Lindqvist"),
    ("According to Nora Lindqvist, the bridge is safe.", "the bridge is safe", "Nora Lindqvist"),
    ("The bridge is safe, Nora Lindqvist said on Monday.", "The bridge is safe", "Nora Lindqvist"),
    ("Nora Lindqvist believes that the bridge is safe.", "that the bridge is safe", "Nora Lindqvist"),
    ("Nora Lindqvist argued the bridge would last a century.", "the bridge would last a century", "Nora Lindqvist"),
    ("‘The bridge won’t fall,’ Nora Lindqvist said.", "The bridge won’t fall", "Nora Lindqvist"),
]


@pytest.mark.parametrize(("text", "content", "speaker"), BOTH)
@pytest.mark.parametrize("extractor", ["rules", "both"])
def test_plain_constructions(text: str, content: str, speaker: str, extractor: str) -> None:
    assert (content, speaker) in [(found, name) for found, name, _ in quotes_of(text, extractor)]


def test_a_split_quotation_is_one() -> None:
    ((text, speaker, quote),) = quotes_of("“We waited,” Nora Lindqvist said. “Nobody came to see us.”")
    assert (text, speaker) == ("We waited Nobody came to see us.", "Nora Lindqvist")
    assert quote.kind == "direct"
    assert len(quote.content) == 2


@pytest.mark.parametrize("extractor", ["rules", "both"])
def test_two_sentences_each_with_a_cue_are_two_quotations(extractor: str) -> None:
    text = '"We have not seen a single page," Ana Brisco noted. "It is a pity that they prefer drums," she stressed.'
    assert [(found.rstrip(","), name) for found, name, _ in quotes_of(text, extractor)] == [
        ("We have not seen a single page", "Ana Brisco"),
        ("It is a pity that they prefer drums", "Ana Brisco"),
    ]


def test_a_source_does_not_begin_in_the_sentence_before() -> None:
    text = "Ana Brisco said no. The rebels denied that. Peter Bray, who leads them, said the dam was empty."
    ((_, name, quote),) = [row for row in quotes_of(text) if "empty" in row[0]]
    assert (name, quote.source and quote.source.of(text).startswith("Peter Bray")) == ("Peter Bray", True)


@pytest.mark.parametrize(
    ("title", "speaker"),
    [("Dam will hold, minister says", "Ilka Vantor"), ("Dam ‘will hold for ever’, jury told", None)],
)
def test_a_headline_means_whom_the_article_names(title: str, speaker: str | None) -> None:
    text = f"{title}\n\nThe dam is sound, Trade Minister Ilka Vantor told reporters on Friday in the hills above Lorn."
    found = extract(
        Document("d", text, (Section("title", Span(0, len(title))), Section("body", Span(len(title), len(text)))))
    )
    names = {known.id: known.name for known in found.speakers}
    assert [names.get(quote.speaker_id or "") for quote in found.quotes] == [speaker, "Ilka Vantor"]


def test_marked_words_inside_a_reported_clause_are_mixed() -> None:
    ((text, speaker, quote),) = quotes_of("Ana Brisco said that the plan was “dead in the water”.")
    assert (quote.kind, speaker) == ("mixed", "Ana Brisco")
    assert text == "that the plan was “dead in the water”"


def test_a_missing_space_after_the_marks_is_no_part_of_the_name() -> None:
    text = "Nora Lindqvist spoke. “The bridge is safe,”Lindqvist said. “It will last,” she continued."
    assert [(name, found) for found, name, _ in quotes_of(text)] == [
        ("Nora Lindqvist", "The bridge is safe"),
        ("Nora Lindqvist", "It will last"),
    ]


def test_all_told_is_nobodys_statement() -> None:
    assert quotes_of("All told, the town spent a million.") == []
    assert len(quotes_of("All told the court that they had seen nothing.")) == 1


def test_a_relayed_statement_names_both() -> None:
    text = "The council was termed “useless” by Foreign Minister Igor Malenko during a visit, according to Peter Bray."
    found = extract(Document("d", text))
    by_text = {quote.text: quote for quote in found.quotes}
    names = {speaker.id: speaker.name for speaker in found.speakers}
    inner = by_text["useless"]
    assert names[inner.speaker_id or ""] == "Igor Malenko"
    assert names[inner.relayed_by or ""] == "Peter Bray"
    assert inner.parent_id in {quote.id for quote in found.quotes}


def test_reasons_given_are_statements() -> None:
    text = "Ostria refused the visas on the grounds that the envoys were “spies in suits”."
    assert ("the envoys were “spies in suits”", "Ostria") in [(found, name) for found, name, _ in quotes_of(text)]


THIRD_PARTIES = [
    ("Kelvan naval doctrine", "states plainly that foreign fleets are a threat", "a verb that looks like a noun"),
    ("The charter of the Kelvan League", "notes that members may leave", "a document"),
    ("A leaked report", "says that the dam was built on sand", "an indefinite document"),
    ("India", "says that the dam is safe", "a name that begins like a pronoun"),
    ("Henry Ort", "believes that the dam is safe", "another one"),
    ("Some senators", "say that the dam is safe", "some of a kind"),
]


@pytest.mark.parametrize(("source", "rest"), [row[:2] for row in THIRD_PARTIES], ids=[row[2] for row in THIRD_PARTIES])
@pytest.mark.parametrize("extractor", ["rules", "both"])
def test_what_a_third_party_says_stands_inside_a_quotation(source: str, rest: str, extractor: str) -> None:
    text = f"“{source} {rest},” Ana Brisco said."
    nested = [
        (quote.source.of(text), found)
        for found, _, quote in quotes_of(text, extractor)
        if quote.relayed_by and quote.source
    ]
    assert nested == [(source, rest[rest.index("that") :])]


@pytest.mark.parametrize(
    "text",
    [
        "“Nobody says that the dam is safe,” Ana Brisco said.",
        "“This says that the dam is safe,” Ana Brisco said.",
        "“Some say that the dam is safe,” Ana Brisco said.",
        "“Some people say that the dam is safe,” Ana Brisco said.",
    ],
)
def test_nobody_in_particular_is_no_third_party(text: str) -> None:
    assert [quote.parent_id for _, _, quote in quotes_of(text)] == [None]


def test_a_noun_that_could_be_a_verb_stays_one() -> None:
    assert quotes_of("The council of coastal states that the treaty binds met.", "rules") == []


@pytest.mark.parametrize("extractor", ["rules", "both"])
def test_a_fragment_at_the_end_is_part_of_what_somebody_is_quoted_for(extractor: str) -> None:
    text = "The dam keeps the valley in a state of “quiet fear” according to Ana Brisco."
    ((found, speaker, quote),) = quotes_of(text, extractor)
    assert (found, speaker, quote.kind) == (
        "The dam keeps the valley in a state of “quiet fear”",
        "Ana Brisco",
        "mixed",
    )


@pytest.mark.parametrize(
    ("text", "contents"),
    [
        ("Ostria refused to renew the visas of eight envoys.", []),
        ("Ana Brisco declined to quietly sign the treaty.", []),
        ("Ana Brisco refused to concede that the dam was weak.", ["concede that the dam was weak"]),
        ("Ana Brisco declined to say whether the dam would hold.", ["whether the dam would hold"]),
        ("Ostria refused to admit the “spies in suits”.", ["to admit the “spies in suits”"]),
    ],
)
def test_refusing_to_act_is_no_statement(text: str, contents: list[str]) -> None:
    assert [found for found, _, _ in quotes_of(text)] == contents


def test_a_clause_ends_before_the_and_that_ties_it_to_the_next() -> None:
    text = "“India says that the dam is safe and Henry Ort believes that the water is clean,” Ana Brisco said."
    nested = [found for found, _, quote in quotes_of(text, "rules") if quote.parent_id]
    assert nested == ["that the dam is safe", "that the water is clean"]


def test_imagined_speech_is_nobodys() -> None:
    text = "“Ostria behaves in a way which says that ‘my fist is bigger than yours’ to all of us,” Ana Brisco said."
    inner = [name for found, name, quote in quotes_of(text) if quote.parent_id]
    assert "Ostria" not in inner


def test_marks_without_an_attribution_are_no_quotation() -> None:
    assert quotes_of("The film “Long Way Home” opened in the so-called “green” district on Friday.") == []


def test_a_british_quotation_goes_on_over_paragraphs() -> None:
    text = (
        "‘People forget,’ said Ana Brisco. ‘We took over the drivers’ debts. We took over the trains.\n\n"
        "‘Of course I made mistakes. But I won’t be lectured by a ministry.\n\n"
        "‘And I’ll tell you something else: they’ll be back within five years.’"
    )
    ((found, speaker, quote),) = quotes_of(text)
    assert (speaker, quote.kind, len(quote.content)) == ("Ana Brisco", "direct", 4)
    assert found.startswith("People forget We took over the drivers’ debts.")
    assert found.endswith("they’ll be back within five years.")


@pytest.mark.parametrize("extractor", ["rules", "both"])
def test_a_question_before_the_marked_answer_is_not_part_of_it(extractor: str) -> None:
    text = "Ana Brisco said the bonus had been ‘contractual’. Would she give it back? ‘I’ve given at the office,’ she said."
    assert "I’ve given at the office" in [found.rstrip(",") for found, _, _ in quotes_of(text, extractor)]


@pytest.mark.parametrize("extractor", ["rules", "both"])
@pytest.mark.parametrize(
    ("text", "pieces", "speaker"),
    [
        ("Ostria, Brisco noted drily, has offered a timetable.", ["Ostria", "has offered a timetable"], "Brisco"),
        ("The roof, says Brisco, “leaks like a sieve”.", ["The roof", "leaks like a sieve"], "Brisco"),
        ("The roof, Brisco told the council, leaks like a sieve.", ["The roof", "leaks like a sieve"], "Brisco"),
        (
            "The mine has given work to the valley, Brisco points out, and the valley has a school.",
            ["The mine has given work to the valley", "and the valley has a school"],
            "Brisco",
        ),
        (
            "The ministry took over the trains and, insiders say, ‘a debt without end’.",
            ["a debt without end"],
            "insiders",
        ),
    ],
)
def test_words_between_commas_attribute_what_stands_around_or_after_them(
    text: str, pieces: list[str], speaker: str, extractor: str
) -> None:
    ((_, name, quote),) = quotes_of(text, extractor)
    assert ([span.of(text) for span in quote.content], name) == (pieces, speaker)


def test_a_question_after_a_marked_answer_is_the_writers() -> None:
    text = "Asked whether she had been paid, Ana Brisco replied: “No.” Would she take it? “Maybe,” she said."
    assert "No." in [found for found, _, _ in quotes_of(text)]


def test_a_clause_that_follows_with_and_has_a_speaker_of_its_own() -> None:
    text = "“The chairman told me, ‘Minister, we are done here,’ and then the lawyer said the same,” Ana Brisco said."
    assert [(found.rstrip(","), name) for found, name, quote in quotes_of(text) if quote.parent_id] == [
        ("Minister, we are done here", "chairman")
    ]


def test_the_chairman_of_a_firm_is_not_the_head_of_something_else() -> None:
    text = (
        "“We can sign,” said Ana Brisco, the head of the Dockers' Federation.\n\n"
        "The chairman of Corvex said that nobody would sign."
    )
    assert [name for _, name, _ in quotes_of(text)] == ["Ana Brisco", "chairman of Corvex"]


@pytest.mark.parametrize("extractor", ["rules", "both"])
def test_a_clause_about_the_marked_word_does_not_attribute_it(extractor: str) -> None:
    text = "Ana Brisco described her talks as “frank”, a word that diplomats use when there has been shouting."
    assert {name for _, name, _ in quotes_of(text, extractor)} == {"Ana Brisco"}


def test_a_city_that_asks_is_no_speaker() -> None:
    text = "“A city that only asks drivers will only ever build roads,” said Nora Lindqvist."
    assert [name for _, name, _ in quotes_of(text)] == ["Nora Lindqvist"]


def test_a_paragraph_without_a_cue_goes_on() -> None:
    text = "“We were patient for two years,” Dana Keller said.\n\n“That time is over now.”"
    assert [name for _, name, _ in quotes_of(text)] == ["Dana Keller", "Dana Keller"]


HEARD = [
    ("Ana Brisco was told on Monday that the dam was empty.", "that the dam was empty", None),
    ("Ana Brisco, 61, is accused of the theft of the dam’s gates.", "the theft of the dam’s gates", None),
    ("It quoted Ana Brisco as saying: “The dam is empty.”", "The dam is empty.", "Ana Brisco"),
    ("Ana Brisco has denied selling the dam.", "selling the dam", "Ana Brisco"),
    ("“Mr Speaker, the dam is empty,” Ana Brisco began.", "Mr Speaker, the dam is empty", "Ana Brisco"),
    ("“The dam is empty,” Ana Brisco was quoted as saying by her office.", "The dam is empty", "Ana Brisco"),
]


@pytest.mark.parametrize(("text", "content", "speaker"), HEARD)
def test_who_is_quoted_or_told(text: str, content: str, speaker: str | None) -> None:
    assert (content, speaker) in [(found.rstrip(","), name) for found, name, _ in quotes_of(text)]


NOTHING_SAID = [
    ("The ministry, asked whether the dam was empty, said it was not.", "whether"),
    ("As reported earlier, the minister Ana Brisco said on May 3 that the dam was empty.", "earlier"),
    ("Analysis: Why the dam is back on the agenda\n\nThe dam is old.", "Why"),
]


@pytest.mark.parametrize(("text", "word"), NOTHING_SAID)
def test_what_nobody_says(text: str, word: str) -> None:
    assert all(word not in found for found, _, _ in quotes_of(text))


def test_who_answers_is_not_who_asked() -> None:
    text = (
        "Peter Bray agreed that the dam was old.\n\n“So you cannot say that it leaks?” asked Milan Rask.\n\n"
        "“I can say that it is wet,” the witness replied."
    )
    assert [name for _, name, _ in quotes_of(text)] == ["Peter Bray", "Milan Rask", "Peter Bray"]


def test_asking_not_to_be_named_is_no_statement() -> None:
    text = "Two diplomats, who asked not to be named, said the talks were over."
    assert [found for found, _, _ in quotes_of(text)] == ["the talks were over"]


def test_a_dateline_is_no_part_of_a_statement() -> None:
    text = "TALVIK, March 3 (Newswire) - Kazania will not attend, its foreign minister said on Friday."
    assert quotes_of(text)[0][0] == "Kazania will not attend"


def test_sections_tell_what_to_read_and_headings_travel() -> None:
    head, body, credit = "What now", "“It is over,” Ana Brisco said.", "Photo: Max Ort said he took it"
    text = "\n\n".join((head, body, credit))
    at = text.index(body)
    sections = (
        Section("heading", Span(0, len(head)), head),
        Section("body", Span(at, at + len(body)), head),
        Section("credit", Span(text.index(credit), len(text)), head),
    )
    found = extract(Document("d", text, sections))
    assert [(quote.text, quote.heading) for quote in found.quotes] == [("It is over", head)]


def test_offsets_point_at_the_text_and_ids_count_up() -> None:
    text = "“Ça suffit 🙂,” Zoë Łaska said. Dana Keller said she agreed with that."
    found = extract(Document("page-7", text))
    assert [quote.id for quote in found.quotes] == ["page-7-q001", "page-7-q002"]
    for quote in found.quotes:
        assert quote.text == " ".join(span.of(text) for span in quote.content)
        assert quote.cue is not None
        assert quote.cue.of(text) == "said"


def test_a_roster_gives_the_ids() -> None:
    roster = [Speaker("p1", "Eleonora Lindqvist", ("Nora Lindqvist",), role="engineer")]
    found = extract(Document("d", "“It is safe,” said Nora Lindqvist."), roster=roster)
    assert found.quotes[0].speaker_id == "p1"


def test_an_unknown_extractor_is_refused() -> None:
    with pytest.raises(UsageError, match="rules, tagger, both"):
        extract(Document("d", "x"), extractor="magic")


def test_the_tagger_says_what_it_is() -> None:
    info = tagger_info()
    assert info is not None
    assert len(info.sha256) == 64


def test_no_torch_is_imported_and_one_thread_imports_all_so_that_no_module_is_met_half_loaded() -> None:
    code = """
import sys, threading

class Watch:
    def find_spec(self, name, *_):
        if threading.current_thread() is not threading.main_thread():
            print(name)

sys.meta_path.insert(0, Watch())
from stance.quotes import extract
from stance.schema import Document

extract(Document("d", "“It is over,” said Ada Brink."))
print(*{"torch"} & set(sys.modules), end="")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout == ""


def test_a_garbled_according_to_turns_no_span_round() -> None:
    text = (
        "Expors to t“he European Unioncame« to ``8.9 billion crowns l` according to ast year, about 31: pecent of the total, "
        "according to according to  Dr. Hnk Obuya of the Port Calder School of Economics. He ‹estimates t"
    )
    for _, _, quote in quotes_of(text, "rules"):
        assert all(span.start < span.end for span in (*quote.content, quote.cue, quote.source) if span)
