"""Structure: what each block of an article is, in layouts of different houses."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stance.structure import caption_score, is_credit, sections

PROSE = (
    "The committee met for the third time on Tuesday and heard evidence from two of the firms involved in the works."
)


def kinds(text: str, **options: bool) -> list[tuple[str, str]]:
    return [(part.kind, part.span.of(text)[:30]) for part in sections(text, **options)]


def article(*blocks: str) -> str:
    return "\n\n".join(("Harbour vote divides the old town", *blocks)) + "\n"


def test_title_standfirst_caption_credit_body() -> None:
    text = article(
        "After a year of hearings the council must decide what the quay is for, and whom it belongs to.",
        "Mayor Odile Farron speaks to residents outside the town hall in Lannick, March 3, 2024.\nCoast Wire",
        PROSE,
        PROSE.replace("third", "fourth"),
    )
    assert [kind for kind, _ in kinds(text)] == ["title", "standfirst", "caption", "credit", "body", "body"]


def test_a_repeated_caption_is_a_caption_both_times() -> None:
    caption = "Fishing boats wait outside the harbour during the blockade."
    assert [kind for kind, _ in kinds(article(caption, "Reuters", caption, PROSE, PROSE + " Again."))][1:4] == [
        "caption",
        "credit",
        "caption",
    ]


@pytest.mark.parametrize(
    "credit", ["AP Archive", "Reuters", "Getty Images", "Photo: Mara Quill", "Mara Quill/AFP", "© EPA"]
)
def test_a_credit_alone_on_its_line_is_no_heading(credit: str) -> None:
    assert is_credit(credit)
    assert ("heading", credit) not in kinds(article(PROSE, credit, PROSE + " Twice."))


@pytest.mark.parametrize(
    "line", ["Winners and losers", "How Norvale sees it", "What comes next?", "SANCTIONS", "The Élysée's view"]
)
def test_headings(line: str) -> None:
    text = article(PROSE, line, PROSE + " Twice.")
    assert ("heading", line) in kinds(text)
    assert sections(text)[-1].heading == line


@pytest.mark.parametrize(
    "line",
    [
        "“We will not move,” she said.",
        "He declined to comment.",
        "- lower fares for students",
        "“Never again”, read one banner, “will you close our school.”",
    ],
)
def test_short_prose_is_no_heading(line: str) -> None:
    assert "heading" not in [kind for kind, _ in kinds(article(PROSE, line, PROSE + " Twice."))]


@pytest.mark.parametrize(("asks", "answers"), [("AB", "TV"), ("Q", "A"), ("Ada Brink", "Tom Vale")])
def test_questions_of_a_transcript_are_no_headings(asks: str, answers: str) -> None:
    turns = [f"{asks}: Who pays?", f"{answers}: {PROSE}", f"{asks}: And who drives it?", f"{answers}: {PROSE} Twice."]
    assert "heading" not in [kind for kind, _ in kinds(article(PROSE, *turns))]


def test_a_heading_with_a_colon_stays_a_heading() -> None:
    text = article(PROSE, "Lannick: what comes next?", PROSE + " Twice.")
    assert ("heading", "Lannick: what comes next?") in kinds(text)


def test_last_lines_without_prose_below_are_the_tail() -> None:
    text = article(
        PROSE, PROSE + " Twice.", "Read more:", "Quay workers walk out", "Old crane sold for scrap", "Studio 4"
    )
    assert [kind for kind, _ in kinds(text)][-4:] == ["tail"] * 4


@pytest.mark.parametrize(
    "line", ["(Reporting by Ada Brink; Editing by Tom Vale)", "Follow us on social media", "© 2024 The Lannick Post"]
)
def test_tail_lines(line: str) -> None:
    assert kinds(article(PROSE, PROSE + " Twice.", line))[-1][0] == "tail"


@pytest.mark.parametrize(
    "line",
    [
        "By Ada Brink",
        "By Ada Brink and Tom Vale, Business Editors",
        "By our transport correspondent",
        "By staff and agencies",
        "3 March 2024",
        "Published 3 March 2024, 10:15",
    ],
)
def test_bylines(line: str) -> None:
    assert kinds(article(line, PROSE, PROSE + " Twice."))[1][0] == "byline"


@pytest.mark.parametrize("stamp", ["16:48", "5.20pm BST –", "09:15 -"])
def test_the_time_of_a_post_is_cut_off_it(stamp: str) -> None:
    parts = sections(article(PROSE, f"{stamp} Villagers in Lannick say the quay is under water and nobody has come."))
    assert [part.kind for part in parts] == ["title", "body", "dateline", "body"]


def test_dateline_is_cut_off_its_paragraph() -> None:
    text = article("LANNICK, March 3 (Coast Wire) - " + PROSE, PROSE + " Twice.")
    parts = sections(text)
    assert [part.kind for part in parts] == ["title", "dateline", "body", "body"]
    assert parts[1].span.of(text) == "LANNICK, March 3 (Coast Wire) -"
    assert parts[2].span.of(text).startswith("The committee")


def test_markdown_headings_and_front_matter() -> None:
    text = f"---\ntitle: Quay\n---\n# The quay\n\n{PROSE}\n\n## The fishers' view\n\n{PROSE.replace('third', 'fourth')}\n\n![A crane](crane.jpg)\n"
    assert [kind for kind, _ in kinds(text, markdown=True)] == ["title", "body", "heading", "body", "caption"]
    assert sections(text, markdown=True)[3].heading == "The fishers' view"


def test_hard_wrapped_paragraphs_stay_whole() -> None:
    wrapped = PROSE[:56] + "\n" + PROSE[57:]
    paragraphs = [
        f"{wrapped}\nand then it rose for the day without having come to\nany conclusion at all, as was usual {i}."
        for i in range(4)
    ]
    text = article(*paragraphs)
    assert [kind for kind, _ in kinds(text)] == ["title"] + ["body"] * 4


def test_a_pull_quote_is_an_aside() -> None:
    pulled = "we were told nothing until the cranes came"
    text = article(
        f"“I was at home, and {pulled},” said Ms Brink, who runs the chandlery.",
        PROSE,
        f"“{pulled}”",
        PROSE + " Twice.",
    )
    assert ("aside", f"“{pulled}”"[:30]) in kinds(text)


def test_reported_speech_scores_no_caption() -> None:
    assert caption_score("The minister said on Tuesday that the harbour would stay open.") == 0


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.sampled_from("aB “”\"'.\n?#-:\t\u2028(é1"), max_size=300))
def test_any_text_sections_are_in_order_inside_and_not_blank(text: str) -> None:
    end = 0
    for part in sections(text):
        assert end <= part.span.start < part.span.end <= len(text)
        assert part.span.of(text).strip()
        end = part.span.end


def test_a_writer_with_a_trade_and_the_outlet_below_the_title_are_bylines() -> None:
    text = (
        "Mayor faces revolt\n\nAda Berg, political correspondent\nThe Lorn Sentinel\nThursday 5 February 2026\n\n"
        + ("The mayor of Lorn was struggling to hold the council together last night after a vote on the levy.")
    )
    found = sections(text)
    assert [part.kind for part in found] == ["title", "byline", "byline", "byline", "body"]
    assert found[-1].heading is None
