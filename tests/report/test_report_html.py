"""The page, read as a parser reads it."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import fabricated
import pytest

from stance.compare import RunData, compare, overview
from stance.report import render_html
from stance.report.evidence import index, look, pages
from stance.schema import Document, Label, Quote, Section, Span

VOID = {"meta", "br", "img", "input", "link", "hr", "rect", "line", "path", "circle", "polyline"}


class Page(HTMLParser):
    """Elements, ids, links and text of a page."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.headings: list[int] = []
        self.inside: list[str] = []
        self.feed(source)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.append((tag, dict(attrs)))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        self.inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.inside = (
            self.inside[: len(self.inside) - self.inside[::-1].index(tag) - 1] if tag in self.inside else self.inside
        )

    def handle_data(self, data: str) -> None:
        if not {"script", "style"} & set(self.inside):
            self.text.append(data)

    @property
    def ids(self) -> list[str]:
        return [values["id"] or "" for _, values in self.attributes if "id" in values]

    @property
    def links(self) -> list[str]:
        return [values.get("href") or "" for tag, values in self.attributes if tag == "a"]


@pytest.fixture(scope="module")
def page(harbour, comparison) -> Page:
    return Page(render_html(harbour, comparison))


def test_the_first_screen_names_the_dispute(page):
    text = " ".join("".join(page.text).split())
    both = "Quotes under “The port’s case” and “The islanders’ case”"
    assert f"{both} differ most on Sound Tunnel and Port of Oster" in text[:300]
    assert text.index("all in favour of Sound Tunnel (4 of 4)") < 500
    assert "“The port’s case”" in text


def test_nothing_is_loaded_from_outside(harbour, comparison):
    source = render_html(harbour, comparison)
    page = Page(source)
    assert {"link", "img", "iframe", "object", "embed"} & set(page.tags) == set()
    assert page.tags.count("script") == 1
    assert not any(values.get("src") for _, values in page.attributes)
    assert all(link.startswith("#") for link in page.links)
    assert "default-src 'none'" in source
    assert "url(" not in source.replace("url(#", "")


def test_ids_are_unique_and_links_land(page):
    assert len(page.ids) == len(set(page.ids))
    plain = [link[1:] for link in page.links if not link.startswith("#find?")]
    assert set(plain) <= set(page.ids)
    assert any(link.startswith("#find?") for link in page.links)


def test_headings_do_not_skip_levels(page):
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    assert all(b <= a + 1 for a, b in zip(page.headings, page.headings[1:], strict=False))


def test_every_form_control_and_chart_has_a_name(page):
    labelled = {values.get("for") for tag, values in page.attributes if tag == "label"}
    for tag, values in page.attributes:
        if tag in ("select", "input"):
            assert values["id"] in labelled
        if tag == "svg":
            assert values["role"] == "img"
            assert values["aria-labelledby"]


def test_every_quotation_is_marked_carded_and_counted(harbour, page):
    cards = [values for tag, values in page.attributes if tag == "li" and "note" in (values.get("class") or "").split()]
    assert len(cards) == len(harbour.quotes)
    marked = {
        n
        for tag, values in page.attributes
        if tag == "mark" and "data-n" in values
        for n in (values["data-n"] or "").split()
    }
    assert marked == {str(i) for i in range(1, len(harbour.quotes) + 1)}


def test_the_words_are_careful(page):
    text = "".join(page.text)
    assert not re.search(r"\b(port|islanders|Russians?|Americans?) (thinks?|believes?)\b", text)


def test_the_text_of_the_article_is_whole(harbour, page):
    squeezed = re.sub(r"\s+", "", "".join(page.text))
    for section in harbour.documents[0].sections:
        words = section.span.of(harbour.documents[0].text)[:30]
        assert re.sub(r"\s+", "", words) in squeezed


def test_a_run_without_comparison(harbour):
    page = Page(render_html(harbour, None))
    text = "".join(page.text)
    assert "Who speaks, and for or against what" in text
    assert "Where they differ" not in text
    assert len(page.ids) == len(set(page.ids))


def test_the_least_a_run_can_hold(without_names):
    page = Page(render_html(without_names, None))
    assert "no speaker named" in "".join(page.text)
    empty = Page(render_html(RunData([], [], {}, []), None))
    assert "No quotation was found" in "".join(empty.text)


def test_several_groups_and_articles(series):
    page = Page(render_html(series, compare(series, by="date")))
    assert len(page.ids) == len(set(page.ids))
    assert "24 articles" in "".join(page.text)


def test_same_input_same_bytes(harbour, comparison):
    assert render_html(harbour, comparison) == render_html(harbour, compare(harbour, by="section"))


@pytest.mark.parametrize("by", ["section", "side", "speaker", "outlet", "date", None])
def test_hostile_text_stays_text(hostile, by):
    source = render_html(hostile, compare(hostile, by=by) if by else None)
    page = Page(source)
    assert page.tags.count("script") == 1
    assert page.tags.count("style") == 1
    assert "img" not in page.tags
    assert not any(name.startswith("on") for _, values in page.attributes for name in values)
    assert "<script>window" not in source
    assert "window.hacked=1" in "".join(page.text)
    assert "{{7*7}}" in "".join(page.text)
    assert not re.search("[\x00\x1b]", source)
    assert all(link.startswith("#") for link in page.links)


def test_title_can_be_given(harbour, comparison):
    assert "My &lt;b&gt; title" in render_html(harbour, comparison, title="My <b> title")


def test_a_large_corpus_is_sampled_and_says_so(monkeypatch, series):
    monkeypatch.setattr("stance.report.evidence.BUDGET", 12_000)
    found = compare(series, by="outlet")
    source = render_html(series, found)
    page = Page(source)
    assert "This page shows a sample" in "".join(page.text)
    plain = [link[1:] for link in page.links if not link.startswith("#find?")]
    assert set(plain) <= set(page.ids)
    shown = {
        q.id for p in pages(series, found, index(series, found)) for b in p.blocks for q in (c.quote for c in b.cards)
    }
    assert set(found.contrasts[0].carriers) <= shown


def test_fifty_articles_stay_under_three_megabytes():
    text = fabricated.HARBOUR + "\nWords of the article around it that nobody said. " * 60
    data = fabricated.run(*((f"a{i}", text) for i in range(50)))
    assert len(render_html(data, compare(data, by="section")).encode()) < 3_000_000


def test_nested_and_split_quotations_are_cut_where_they_begin_and_end(harbour):
    document = harbour.documents[0]
    body = next(s.span for s in document.sections if s.kind == "body")
    outer = Quote("o", document.id, "direct", "x", (Span(body.start, body.start + 20),), speaker_id="vale")
    inner = Quote(
        "i", document.id, "direct", "y", (Span(body.start + 5, body.start + 10),), speaker_id="osk", parent_id="o"
    )
    split = Quote(
        "s",
        document.id,
        "direct",
        "z",
        (Span(body.start + 22, body.start + 24), Span(body.start + 26, body.start + 28)),
    )
    data = replace(harbour, quotes=[outer, inner, split], labels=[])
    from stance.compare import overview

    found = pages(data, overview(data), index(data, overview(data)))[0]
    block = next(b for b in found.blocks if b.cards)
    assert "".join(piece.text for piece in block.pieces) == body.of(document.text)
    assert [piece.inner for piece in block.pieces] == [1, 2, 1, None, 3, None, 3, None]
    assert [piece.ends for piece in block.pieces] == [(), (2,), (1,), (), (), (), (3,), ()]


def test_a_quotation_for_one_target_and_against_another_looks_mixed():
    labels = [Label("q", "d", "stance", {}, target=t, label=s) for t, s in (("A", "favor"), ("B", "against"))]
    assert look(labels) == "mixed"
    assert look(labels[:1]) == "favor"
    assert look([]) == "none"


def test_headings_are_shown_without_their_markdown() -> None:
    text = "# The quay\n\n*By Ada Berg*\n\n## What the port says\n\nNothing was said."
    lines = (("title", "# The quay"), ("byline", "*By Ada Berg*"), ("heading", "## What the port says"))
    spans = [(kind, Span(text.index(line), text.index(line) + len(line))) for kind, line in lines]
    spans.append(("body", Span(text.index("Nothing"), len(text))))
    document = Document("d", text, tuple(Section(kind, span) for kind, span in spans))  # type: ignore[arg-type]
    data = RunData([document], [], {}, [])
    shown = overview(data)
    (page,) = pages(data, shown, index(data, shown))
    told = ["".join(piece.text for piece in block.pieces) for block in page.blocks]
    assert told == ["The quay", "By Ada Berg", "What the port says", "Nothing was said."]


def test_the_first_screen_faces_one_quotation_of_each_side_with_the_ground_for_it(harbour, comparison):
    first = render_html(harbour, comparison).split('<nav class="toc"')[0]
    assert first.count('<figure class="said') == 2
    quotes = {quote.id: quote for quote in harbour.quotes}
    for quote_id in (comparison.facing.quote_a, comparison.facing.quote_b):
        assert quotes[quote_id].text in first
    assert comparison.facing.words in first
    assert comparison.reach in first


def test_headings_stand_in_quotation_marks_and_outlets_do_not(harbour, comparison, series):
    assert "“The port’s case”" in render_html(harbour, comparison)
    assert "“Island Post”" not in render_html(series, compare(series, by="outlet"))


def test_a_difference_of_nothing_is_no_card():
    lines = ["T", "## For", "{a|vale|direct|Toll=against||the toll is bad}", "## Against"]
    lines += [f"{{b{i}|osk|direct|Toll=against||the toll is bad, says number {i}}}" for i in range(5)]
    data = fabricated.run(("x", "\n".join(lines)))
    found = compare(data, by="section")
    assert len(found.contrasts) == 1
    assert 'id="differ"' not in render_html(data, found)


def test_one_is_singular_and_nothing_is_none():
    lines = [
        "T",
        "## One",
        "{a|vale|direct|Toll=favor||the toll is good}",
        "## Two",
        "{b|osk|direct|Toll=?||the toll is old}",
    ]
    data = fabricated.run(("x", "\n".join(lines)))
    for by in ("section", "speaker", None):
        text = " ".join(" ".join(Page(render_html(data, compare(data, by=by) if by else None)).text).split())
        assert not re.search(r"\b1 (quotes|speakers|articles|targets|words)\b", text)
        assert not re.search(r"\b(None(?! of)|nan|undefined)\b", text)


def test_a_target_of_a_single_date_is_no_chart_over_time(harbour, series):
    assert "Over time" in "".join(Page(render_html(series, compare(series, by="outlet"))).text)
    assert "Over time" not in "".join(Page(render_html(harbour, compare(harbour, by="section"))).text)
