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
    known = _captions(markup)
    for element in [] if main is None else main.iter(*_BLOCKS):
        if any(parent.tag in _BLOCKS for parent in element.iterancestors()):
            continue
        text = _fold("".join(element.itertext()))
        if not text or (blocks and text == blocks[0][0]):
            continue
        kind: SectionKind = "heading" if _BLOCKS[element.tag] == "heading" else "body"
        blocks.append((text, "caption" if _key(text) in known else kind))
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


def _captions(markup: str) -> set[str]:
    """Keys of the texts that the page itself marks as captions, credits or asides."""
    from lxml import html as lxml_html

    try:
        tree = lxml_html.fromstring(markup.encode("utf-8"), parser=lxml_html.HTMLParser(encoding="utf-8"))
    except Exception:  # lxml raises several kinds on hopeless markup; trafilatura has judged the page already
        return set()
    found = tree.xpath(
        "//figcaption | //aside//p | //*[contains(@class,'caption') or contains(@class,'credit') or contains(@class,'pullquote')]"
    )
    return {_key(_fold(node.text_content())) for node in found} | {
        _key(_fold(child.text_content()))
        for node in found
        for child in node.iter("p", "span", "div")
        if len(_fold(child.text_content())) > 12
    }


def _key(text: str) -> str:
    return re.sub(r"\W+", " ", text.casefold()).strip()


def _fold(text: str) -> str:
    return _SPACE.sub(" ", text).strip()
