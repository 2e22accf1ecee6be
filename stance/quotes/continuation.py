"""Quotations without a cue of their own: they go on with what somebody was saying.

Three cases: a quotation whose paragraph ends open and whose next paragraph opens with a new mark; a paragraph that is
one quotation after a paragraph with an attributed one; and a sentence with marked words right after a reported one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from stance.parse import Paragraph, Parsed
from stance.quotes.marks import Region
from stance.quotes.relation import Relation, merged, shared
from stance.schema import Span


def continued(parsed: Parsed, relations: Sequence[Relation], regions: Sequence[Region]) -> list[Relation]:
    """Add cue-less continuations to `relations`.

    Args:
        parsed: the document.
        relations: attributed relations in text order.
        regions: quotation marks of the text.

    Returns:
        All relations in text order; the added ones have neither cue nor source and the form `continued`.
    """
    result = list(relations)
    outer = [region for region in regions if region.level == 0]
    for index, region in enumerate(outer):
        if any(shared(relation.content, [region.inner]) for relation in result):
            continue
        paragraph = parsed.at(region.start)
        if paragraph is None or _titled(region.inner.of(parsed.text)):
            continue
        previous = outer[index - 1] if index else None
        if previous is not None and previous.continues:
            holder = next((i for i, r in enumerate(result) if shared(r.content, [previous.inner])), None)
            if holder is not None:
                result[holder] = replace(result[holder], content=merged([*result[holder].content, region.inner]))
                continue
        addition = (
            _paragraph_long(parsed, paragraph, region, result)
            or _alone(parsed, paragraph, region, result)
            or _next_sentence(parsed, paragraph, region, result)
        )
        if addition is not None:
            result.append(addition)
    return sorted(result, key=lambda relation: (relation.content[0], relation.content[-1]))


def _titled(words: str) -> bool:
    """Whether most words are capitalised, as in the title of a book or a film."""
    listed = [word for word in words.split() if word[:1].isalpha()]
    return len(listed) > 1 and sum(word[0].isupper() for word in listed) > 0.6 * len(listed)


def _paragraph_long(
    parsed: Parsed, paragraph: Paragraph, region: Region, relations: Sequence[Relation]
) -> Relation | None:
    """A paragraph that is nothing but a quotation, after a paragraph that ends with somebody's quotation."""
    if (
        region.end - region.start < 0.9 * (paragraph.end - paragraph.start)
        or len(region.inner.of(parsed.text).split()) < 3
    ):
        return None
    place = parsed.paragraphs.index(paragraph) if paragraph in parsed.paragraphs else 0
    if place == 0:
        return None
    before = parsed.paragraphs[place - 1]
    if any(before.start <= r.content[-1].start < before.end and r.kind == "speech" for r in relations):
        return Relation((region.inner,), None, None, 0.5, "speech", "continued")
    return None


def _alone(parsed: Parsed, paragraph: Paragraph, region: Region, relations: Sequence[Relation]) -> Relation | None:
    """Whole sentences between marks after a sentence about somebody: `She looked up. “I never wanted this.”`."""
    text = parsed.text
    lead = text[paragraph.start : region.start].rstrip()
    inner = region.inner.of(text)
    if (
        lead[-1:] not in (".", "!", "?", "”", ":")
        or inner[:1].islower()
        or inner[-1:] not in ".?!…"
        or len(inner.split()) < 3
    ):
        return None
    if text[region.end : paragraph.end].strip()[:1].islower():
        return None
    here = [r for r in relations if paragraph.start <= r.content[0].start < region.start and r.kind != "other"]
    if here:
        return Relation((region.inner,), None, None, 0.5, "speech", "continued")
    before = paragraph.doc.char_span(0, max(1, len(lead) - 1), alignment_mode="contract")
    root = before[-1].sent.root if before is not None and len(before) else None
    subject = next((c for c in root.children if c.dep_ == "nsubj"), None) if root is not None else None
    if subject is None or not (subject.ent_type_ == "PERSON" or subject.lower_ in ("he", "she")):
        return None
    source = paragraph.span(subject.left_edge, subject)
    return Relation((region.inner,), None, source, 0.45, "speech", "continued")


def _next_sentence(
    parsed: Parsed, paragraph: Paragraph, region: Region, relations: Sequence[Relation]
) -> Relation | None:
    """A sentence with marked words that follows a reported one in its paragraph, without a subject of its own name."""
    sentence = next(
        (
            s
            for s in paragraph.doc.sents
            if paragraph.start + s.start_char <= region.start < paragraph.start + s.end_char
        ),
        None,
    )
    if sentence is None or sentence.start == 0:
        return None
    start, end = paragraph.start + sentence.start_char, paragraph.start + sentence.end_char
    before = paragraph.doc[sentence.start - 1].sent
    earlier = Span(paragraph.start + before.start_char, start)
    leading = [r for r in relations if r.cue and earlier.contains(r.cue) and r.kind != "other"]
    if not leading or any(r.cue and Span(start, end).overlaps(r.cue) for r in relations):
        return None
    words = [token for token in sentence if not token.is_punct and not token.is_space]
    if not words or words[0].lower_ not in ("it", "this", "that", "these", "those", "they", "there"):
        return None
    content = Span(start, end)
    if any(shared(r.content, [content]) for r in relations):
        return None
    text = parsed.text
    stripped = Span(start, start + len(text[start:end].rstrip()))
    return Relation((stripped,), None, None, 0.5, "speech", "continued")
