"""What a classifier is given to read of a quotation: its words, and what stands around them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from stance.schema import Document, Quote, Span

FRAGMENT_WORDS = 7
MAX_CONTEXT_WORDS = 60
_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)]*(?=\s+[\"'“‘«(A-Z0-9])")
_CLAUSE = re.compile(r"(?:that|whether)\b", re.IGNORECASE)  # opens contents that say something without their cue


def host_sentence(document: Document, quote: Quote) -> Span:
    """The sentence, or the run of sentences, around a quotation's content and cue, inside its paragraph."""
    spans = [*quote.content, *([quote.cue] if quote.cue else [])]
    start, end = min(s.start for s in spans), max(s.end for s in spans)
    left = document.text.rfind("\n", 0, start) + 1
    right = document.text.find("\n", end)
    right = len(document.text) if right < 0 else right
    for stop in _SENTENCE_END.finditer(document.text, left, right):
        if stop.end() <= start:
            left = stop.end()
        elif stop.end() >= end:
            right = stop.end()
            break
    while left < start and document.text[left].isspace():
        left += 1
    return Span(left, right)


def with_host(document: Document, quote: Quote, others: Sequence[Quote]) -> Quote:
    """A fragment ("pointless") with the sentence that it stands in, less who says it and what others are quoted with."""
    if len(quote.text.split()) >= FRAGMENT_WORDS:
        return quote
    host = host_sentence(document, quote)
    taken = [quote.source] if quote.source else []
    for other in others:
        if other.id != quote.id and not any(span.overlaps(mine) for span in other.content for mine in quote.content):
            taken += [*other.content, *([other.source] if other.source else [])]
    spans: list[Span] = []
    start = host.start
    for span in sorted(span for span in taken if host.overlaps(span)):
        if span.start > start:
            spans.append(Span(start, span.start))
        start = max(start, span.end)
    spans += [Span(start, host.end)] if start < host.end else []
    text = " … ".join(span.of(document.text) for span in spans)
    return replace(quote, text=text, content=tuple(spans)) if spans else quote


def context_of(document: Document, quote: Quote) -> str | None:
    """The sentence around a quotation, where its own words do not stand alone; `None` where they do."""
    if quote.kind == "direct" and len(quote.text.split()) >= FRAGMENT_WORDS:
        return None
    text = " ".join(host_sentence(document, quote).of(document.text).split())
    return text if len(text.split()) <= MAX_CONTEXT_WORDS and len(text) > len(quote.text) + 12 else None


def leading_cue(document: Document, quote: Quote) -> str | None:
    """The cue right before words that are no clause of their own: "dismissed" of "the idea that …"."""
    cue, start = quote.cue, quote.content[0].start
    if cue is None or cue.end > start or document.text[cue.end : start].strip():
        return None
    return None if quote.kind == "direct" or _CLAUSE.match(quote.text) else cue.of(document.text)


def stance_words(document: Document, quote: Quote) -> str:
    """A quotation's words, after the cue that they need: the speaker's stance is in "dismissed the idea that …"."""
    cue = leading_cue(document, quote)
    return f"{cue} {quote.text}" if cue else quote.text


def stance_reading(document: Document, quote: Quote) -> tuple[str, str | None]:
    """`stance_words` and the `stance_context` that they need."""
    words = stance_words(document, quote)
    return words, stance_context(document, quote, words)


def stance_context(document: Document, quote: Quote, words: str | None = None) -> str | None:
    """What a reader needs to tell whom a quotation speaks of ("it", "the pipe").

    That is the sentence before, and the one around it where `words`, those that are read (its own if not given), are few
    or may lack the cue that they need.
    """
    words = quote.text if words is None else words
    before = document.text[: host_sentence(document, quote).start].rstrip()
    line = before[before.rfind("\n") + 1 :]
    last = line[max((stop.end() for stop in _SENTENCE_END.finditer(line)), default=0) :]
    parts = [" ".join(last.split()) if len(last.split()) <= MAX_CONTEXT_WORDS else None]
    bare = words == quote.text and leading_cue(document, quote) is not None
    if quote.cue is None or bare or len(words.split()) < FRAGMENT_WORDS:
        parts.append(context_of(document, quote))
    return " ".join(filter(None, parts)) or None
