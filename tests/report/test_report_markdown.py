"""Markdown says the same as the page and lets nothing of an article act as markup."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest
from fabricated import EVIL

from stance.compare import RunData, compare
from stance.report import render_markdown
from stance.report.markdown import plain
from stance.schema import Document, Quote, Section, Span, Speaker


def test_it_holds_the_answer_the_tables_and_every_quote(harbour, comparison):
    text = render_markdown(harbour, comparison)
    assert text.startswith("# The tunnel that split a harbour\n")
    assert "differ most on Sound Tunnel and Port of Oster" in text
    for heading in (
        "Where they differ",
        "Stance toward each target",
        "Frames",
        "Words",
        "Who speaks",
        "The quotes",
        "Method",
    ):
        assert f"## {heading}" in text
    assert all(f"\\[{i}\\]" in text for i in range(1, len(harbour.quotes) + 1))


def test_tables_are_square(harbour, comparison):
    rows = [line for line in render_markdown(harbour, comparison).splitlines() if line.startswith("|")]
    for first, second in pairwise(rows):
        if set(second) <= set("|-: "):
            assert len(re.findall(r"(?<!\\)\|", first)) == len(re.findall(r"(?<!\\)\|", second))


def test_a_run_without_comparison_and_an_empty_one(harbour):
    assert "13 quotes from 5 speakers" in render_markdown(harbour, None)
    assert "No quotation was found" in render_markdown(RunData([], [], {}, []), None)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a *b* _c_ `d`", r"a \*b\* \_c\_ \`d\`"),
        ("<b>&amp;", r"&lt;b\>&amp;amp;"),
        ("[x](javascript:1)", r"\[x\]\(javascript\:1\)"),
        ("one\n\n# two | three", r"one \# two \| three"),
    ],
)
def test_markup_is_shown_not_obeyed(text, wanted):
    assert plain(text) == wanted


def test_hostile_text_stays_text(hostile):
    text = render_markdown(hostile, compare(hostile, by="section"))
    assert "<" not in text.replace("< 0.001", "")
    assert "\x1b" not in text
    assert EVIL not in text


def test_links_do_not_link_themselves():
    assert "http://" not in plain("see http://example.org and www.example.org").replace("\u200b", "​")
    assert "www.example" not in plain("www.example.org")


def _spoken(text: str, *kinds_and_parts: tuple[str, tuple[str, ...]]) -> RunData:
    """A run of one article in which Ada Berg says every part that is named."""
    quotes = []
    for number, (kind, parts) in enumerate(kinds_and_parts):
        content = tuple(Span(text.index(part), text.index(part) + len(part)) for part in parts)
        quotes.append(Quote(f"q{number}", "d", kind, " ".join(parts), content, speaker_id="b"))  # type: ignore[arg-type]
    sections = (Section("body", Span(0, len(text))),)
    return RunData([Document("d", text, sections)], quotes, {"b": Speaker("b", "Ada Berg")}, [])


def test_a_split_quotation_shows_where_the_articles_own_words_stand():
    data = _spoken(
        "“Two years of dust,” Berg said. “And then what?”", ("direct", ("Two years of dust", "And then what?"))
    )
    assert "“Two years of dust … And then what?”" in render_markdown(data, None)


def test_the_parts_of_one_running_quotation_are_not_parted():
    data = _spoken(
        "“Two years of dust.\n\n“And then what?” Berg said.", ("direct", ("Two years of dust.", "And then what?"))
    )
    assert "“Two years of dust\\. And then what?”" in render_markdown(data, None)


def test_reported_words_are_not_put_in_quotation_marks():
    data = _spoken("Berg said the audit was “a draft”.", ("mixed", ("the audit was “a draft”",)))
    assert "> the audit was “a draft”\n" in render_markdown(data, None)


def test_quotes_in_no_group_are_counted(harbour, comparison):
    assert comparison.coverage.quotes - comparison.coverage.grouped == 1
    assert "; 1 quote in no group" in render_markdown(harbour, comparison)


def test_it_shows_the_facing_quotations_and_what_each_side_speaks_of(harbour, comparison):
    first = render_markdown(harbour, comparison).split("\n## ")[0]
    assert first.count("\n> — ") == 2
    assert plain(comparison.facing.words) in first
    assert "The quotes under “The port’s case” speak most of: Sound Tunnel (4 quotes)" in first


def test_every_article_has_its_own_head(series):
    text = render_markdown(series, compare(series, by="outlet"))
    assert "### Sound notes 3\n\nThe Oster Courier" in text
    assert text.count("\n### Sound notes ") == 24


def test_where_no_field_names_author_and_date_the_article_s_own_byline_does():
    text = "A title\n\n*By Ada Berg, The Quay, 3 May 2024*\n\nNobody, said Berg, had asked."
    at = text.index("*By")
    byline = Section("byline", Span(at, text.index("*\n\nNobody") + 1))
    start = text.index("Nobody")
    sections = (Section("title", Span(0, 7)), byline, Section("body", Span(start, len(text))))
    quote = Quote("q", "d", "indirect", "Nobody", (Span(start, start + 6),))
    document = Document("d", text, sections, title="A title")
    assert "### A title\n\nBy Ada Berg, The Quay, 3 May 2024 · d" in render_markdown(
        RunData([document], [quote], {}, []), None
    )
    told = replace(document, author="Cy Dale")
    assert "### A title\n\nCy Dale · d" in render_markdown(RunData([told], [quote], {}, []), None)


def test_marks_that_turn_the_direction_of_writing_stay_in_their_own_words():
    assert plain("a\u202eb") == "\u2068a\u202eb\u2069"
    assert plain("plain") == "plain"
