"""A saved web page to article text, with the kinds of its blocks as its own markup tells them (by trafilatura)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

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
    tree = _parsed(markup, source)
    known = _marked(tree)
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
    return _page(blocks, root, _declared(tree))


def _page(blocks: list[tuple[str, SectionKind]], root: object, declared: dict[str, str]) -> Page:
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
        url=declared.get("url") or get("source"),
        language=declared.get("language"),
    )


def lines(markup: str, source: str) -> list[str]:
    """All text of a page, a line for each block, as a browser shows it.

    Raises:
        InputError: the page is nested too deeply to be read to its end.
    """
    from lxml import etree

    tree = _parsed(markup, source)
    parts: list[str] = []
    for event, node in etree.iterwalk(tree, events=("start", "end")) if tree is not None else ():
        shown = isinstance(node.tag, str) and node.tag not in ("script", "style", "head", "title")
        if shown and (node.tag in _BREAKING or node.tag == "br"):
            parts.append("\n")
        if event == "start" and shown and node.text:
            parts.append(_fold_line(node.text))
        if event == "end" and node.tail:
            parts.append(_fold_line(node.tail))
    return ["" if line.isspace() else line.strip(" ") for line in "".join(parts).split("\n")]


def _fold_line(text: str) -> str:
    return _SPACE.sub(" ", text)


def lean(markup: str, source: str) -> str:
    """Markup without what slows a parser down and holds no text: embedded files, programs, tags of thousands of attributes.

    Raises:
        InputError: what is left is far larger than an article's page.
    """
    markup = _HUGE_TAG.sub(r"<\1>", markup)
    if len(markup) > _MAX_MARKUP // 2 or markup.count("<") > _MAX_TAGS // 2:
        markup = _without(_without(markup, "<!--", "-->"), "<style", "</style>")
        markup = _without(markup, "<script", "</script>", keep="ld+json")
    if len(markup) > _MAX_MARKUP or markup.count("<") > _MAX_TAGS:
        raise InputError(source, "a page far larger than an article; save the article alone, or as .txt")
    return markup


def _without(markup: str, start: str, end: str, *, keep: str | None = None) -> str:
    """Markup without the stretches between two marks, unless they begin with a word to keep."""
    folded = markup.lower()
    if len(folded) != len(markup):  # a letter whose small form is longer; then places would not agree
        return markup
    parts, at = [], 0
    while (begin := folded.find(start, at)) >= 0 and (close := folded.find(end, begin)) >= 0:
        stop = close + len(end)
        kept = keep is not None and keep in folded[begin : min(begin + 200, close)]
        parts.append(markup[at : stop if kept else begin])
        at = stop
    return "".join([*parts, markup[at:]])


def _parsed(markup: str, source: str) -> Any:
    from lxml import etree
    from lxml import html as lxml_html

    parser = lxml_html.HTMLParser(encoding="utf-8")
    try:
        tree = lxml_html.fromstring(markup.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError):
        return None
    if any(entry.type_name == "ERR_RESOURCE_LIMIT" for entry in parser.error_log):
        raise InputError(source, "a page nested too deeply to be read to its end; save the article alone, or as .txt")
    return tree


def _declared(tree: Any) -> dict[str, str]:
    """The page's address and language, as its own head tells them."""
    if tree is None:
        return {}
    found: dict[str, str] = {}
    for name, paths in _HEAD.items():
        value = next((text.strip() for path in paths for text in tree.xpath(path) if text.strip()), None)
        if value and len(value) < 2000:
            found[name] = value
    for program in tree.xpath("//script[@type='application/ld+json']/text()")[:20]:
        language = _IN_LANGUAGE.search(program)
        if language:
            found.setdefault("language", language.group(1))
    return found


_HEAD = {
    "url": ("//link[@rel='canonical']/@href", "//meta[@property='og:url']/@content"),
    "language": (
        "/html/@lang",
        "//meta[@property='og:locale']/@content",
        "//meta[translate(@http-equiv,'CL','cl')='content-language']/@content",
        "//meta[@name='language']/@content",
    ),
}
_IN_LANGUAGE = re.compile(r'"inLanguage"\s*:\s*"([A-Za-z-]{2,20})"')
_HUGE_TAG = re.compile(r"<([A-Za-z][A-Za-z0-9]{0,30})[^<>]{10000,}>")
_MAX_MARKUP = 2_000_000  # characters of markup that hold text
_MAX_TAGS = 60_000
_BREAKING = frozenset(
    ("p", "div", "section", "article", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ul", "ol", "tr", "td", "th", "table")
) | {"blockquote", "pre", "body", "header"}


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


def _marked(tree: Any) -> dict[str, SectionKind]:
    """Keys of the texts that the page's own markup marks as captions, credits, asides, bylines or standfirst."""
    if tree is None:
        return {}
    short = _short_nodes(tree)
    found: dict[str, SectionKind] = {}
    for kind, path in _MARKED:
        seen: set[Any] = set()
        for node in tree.xpath(path):
            for part in (node, *node.iter("p", "span", "div")):
                if part in seen or part not in short:
                    continue
                seen.add(part)
                text = _fold(part.text_content())
                if text and len(text) < 600:
                    found.setdefault(_key(text), kind)
    return found


def _short_nodes(tree: Any) -> set[Any]:
    """Elements that hold little text, so that nested ones are not read over and over."""
    from lxml import etree

    short = set()
    sizes = [0]
    for event, node in etree.iterwalk(tree, events=("start", "end")):
        if event == "start":
            sizes.append(len(node.text or ""))
            continue
        size = sizes.pop()
        if size < 5000:
            short.add(node)
        sizes[-1] += size + len(node.tail or "")
    return short


def _key(text: str) -> str:
    return re.sub(r"\W+", " ", text.casefold()).strip()


def _fold(text: str) -> str:
    return _SPACE.sub(" ", text).strip()
