"""A saved web page to article text, with the kinds of its blocks as its own markup tells them (by trafilatura)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from stance.errors import InputError
from stance.schema import SectionKind, Span

_BLOCKS = {"head": "heading", "p": "body", "item": "body", "quote": "body", "cell": "body", "code": "body"}
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Page:
    """The article found on a page; `hints` gives the kind of every block by its span in `text`."""

    text: str
    hints: dict[Span, SectionKind] = field(default_factory=dict)
    title: str | None = None
    author: str | None = None
    outlet: str | None = None
    published: str | None = None
    url: str | None = None
    language: str | None = None


def read_page(markup: str, source: str) -> Page:
    """Extract the article from a page.

    Navigation, comments, asides and captions are left out. Blocks are joined by blank lines; inside a block white
    space is folded, as a browser does.

    Raises:
        InputError: no article text could be found.
    """
    import trafilatura
    from lxml import etree

    extracted = trafilatura.extract(
        markup,
        output_format="xml",
        include_comments=False,
        include_tables=False,
        include_formatting=False,
        with_metadata=True,
        favor_precision=False,
        deduplicate=False,
    )
    if not extracted:
        raise InputError(source, "no article text found on the page; save the article alone, or as .txt")
    root = etree.fromstring(extracted.encode("utf-8"))
    main = root.find("main")
    blocks: list[tuple[str, SectionKind]] = []
    heading = root.get("title")
    if heading and _fold(heading):
        blocks.append((_fold(heading), "title"))
    known = _marked(markup)
    for element in [] if main is None else main.iter(*_BLOCKS):
        if any(parent.tag in _BLOCKS for parent in element.iterancestors()):
            continue
        text = _fold("".join(element.itertext()))
        if not text or (blocks and text == blocks[0][0]):
            continue
        kind: SectionKind = "heading" if _BLOCKS[element.tag] == "heading" else "body"
        blocks.append((text, known.get(_key(text), kind)))
    if not any(kind == "body" for _, kind in blocks):
        raise InputError(source, "no article text found on the page; save the article alone, or as .txt")
    return _page(blocks, root)


def _page(blocks: list[tuple[str, SectionKind]], root: object) -> Page:
    parts: list[str] = []
    hints: dict[Span, SectionKind] = {}
    at = 0
    for text, kind in blocks:
        # Plain paragraphs stay open to the judgement of their form: pages hold credits and tails in <p> too.
        if kind != "body":
            hints[Span(at, at + len(text))] = kind
        parts.append(text)
        at += len(text) + 2
    get = getattr(root, "get")  # noqa: B009 - lxml has no types
    return Page(
        text="\n\n".join(parts) + "\n",
        hints=hints,
        title=get("title"),
        author=get("author"),
        outlet=get("sitename"),
        published=get("date"),
        url=get("source"),
        language=_language(get("language")),
    )


def _language(value: str | None) -> str | None:
    return value.split("-")[0].lower() if value else None


_MARKED: tuple[tuple[SectionKind, str], ...] = (
    ("caption", "//figcaption | //*[contains(@class,'caption')]"),
    ("credit", "//*[contains(@class,'credit')]"),
    ("aside", "//aside//p | //*[contains(@class,'pullquote') or contains(@class,'pull-quote')]"),
    (
        "byline",
        "//*[contains(@class,'kicker') or contains(@class,'eyebrow') or contains(@class,'byline') or @rel='author']",
    ),
    ("standfirst", "//*[contains(@class,'standfirst') or contains(@class,'subtitle') or contains(@class,'dek')]"),
)


def _marked(markup: str) -> dict[str, SectionKind]:
    """Keys of the texts that the page's own markup marks as captions, credits, asides, bylines or standfirst."""
    from lxml import etree
    from lxml import html as lxml_html

    try:
        tree = lxml_html.fromstring(markup.encode("utf-8"), parser=lxml_html.HTMLParser(encoding="utf-8"))
    except (etree.LxmlError, ValueError):
        return {}
    found: dict[str, SectionKind] = {}
    for kind, path in _MARKED:
        for node in tree.xpath(path):
            for part in (node, *node.iter("p", "span", "div")):
                text = _fold(part.text_content())
                if text and len(text) < 600:
                    found.setdefault(_key(text), kind)
    return found


def _key(text: str) -> str:
    return re.sub(r"\W+", " ", text.casefold()).strip()


def _fold(text: str) -> str:
    return _SPACE.sub(" ", text).strip()
