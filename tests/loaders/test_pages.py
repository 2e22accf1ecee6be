"""Web pages: metadata from the head, and pages made or broken so that a parser would choke."""

from __future__ import annotations

import pytest

from stance.errors import InputError
from stance.loaders import from_bytes
from stance.schema import Document

PROSE = "<p>The committee met for the third time on Tuesday and heard evidence from two of the firms involved.</p>"
SPEECH = "<p>“We won’t move,” said Ada Brink, who runs the café on the quay and speaks for the fishers.</p>"


def page(head: str = "", body: str = "", attributes: str = "") -> Document:
    markup = (
        f"<!doctype html><html {attributes}><head>{head}</head><body><article><h1>Quay vote</h1>{PROSE}{body}{SPEECH}"
        "</article></body></html>"
    )
    return from_bytes(markup.encode("utf-8", "surrogatepass"), id="p", source="p.html", suffix=".html")


LINKED = (
    '<script type="application/ld+json">{"@context": "https://schema.org", "@type": "NewsArticle", "headline": "Quay vote",'
    '"datePublished": "2024-03-03T08:00:00+01:00", "dateModified": "2024-06-01", "inLanguage": "en-GB",'
    '"author": [{"@type": "Person", "name": "Ben Oak"}], "publisher": {"@type": "Organization", "name": "The Post"}}</script>'
)
TAGS = (
    '<meta property="og:site_name" content="The Post"><meta property="article:published_time" content="2024-03-03T10:00:00Z">'
    '<meta name="author" content="Ben Oak"><link rel="canonical" href="https://post.example/quay">'
    '<meta property="og:locale" content="en_GB">'
)


@pytest.mark.parametrize("head", [LINKED, TAGS])
def test_metadata_of_the_head(head: str) -> None:
    found = page(head)
    assert (found.outlet, found.author, found.published) == ("The Post", "Ben Oak", "2024-03-03")
    assert found.language in ("en-GB", "en_GB")
    assert found.url == ("https://post.example/quay" if head == TAGS else None)
    assert page(attributes='lang="fr"').language == "fr"


@pytest.mark.parametrize(
    "body",
    [
        "<div class=caption>" * 200 + "<span>word </span>" * 3_000 + "</div>" * 200,
        '<img src="data:image/png;base64,' + "A" * 3_000_000 + '">',
        "<b " + " ".join(f"a{number}=1" for number in range(100_000)) + ">x</b>",
        "<script>" + "var a = '<p>';" * 100_000 + "</script>",
        "<!--" + "<p>" * 100_000 + "-->",
        "<p>\u202eright to left\u202c, \ufffe said nobody.</p>",
    ],
    ids=["captions", "image", "attributes", "script", "comment", "marks"],
)
def test_bombs_do_not_cost_the_article(body: str) -> None:
    assert "“We won’t move,” said Ada Brink" in page(body=body).text


@pytest.mark.parametrize("body", ["<p>word, and more.</p>" * 120_000, "<" * 100_000])
def test_a_page_that_no_article_has_is_refused_at_once(body: str) -> None:
    with pytest.raises(InputError, match="far larger than an article"):
        page(body=body)


def test_a_page_that_a_parser_gives_up_is_not_cut_short_in_silence() -> None:
    with pytest.raises(InputError, match="nested too deeply"):
        page(body="<div>" * 9_000 + "x" + "</div>" * 9_000)
