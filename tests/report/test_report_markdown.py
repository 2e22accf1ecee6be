"""Markdown says the same as the page and lets nothing of an article act as markup."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from fabricated import EVIL

from stance.compare import RunData, compare
from stance.report import render_markdown
from stance.report.markdown import plain


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
    assert "13 quotes from 5 named speakers" in render_markdown(harbour, None)
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
