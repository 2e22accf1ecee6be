"""Who speaks by the grammar, where a layer names nobody or names who is spoken to: "She was told that S"."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from stance.parse import Paragraph, Parsed
from stance.quotes.lexicon import cue_of
from stance.quotes.marks import Region
from stance.quotes.relation import Relation, shared
from stance.quotes.voice import source_of
from stance.schema import Span

if TYPE_CHECKING:
    from spacy.tokens import Token


_IDIOMS = frozenset({"all told,"})  # a source and its cue that say nothing of anybody, with the mark that follows
_PASSED_ON = frozenset({"quote", "cite", "hear", "report"})  # "Berg was quoted as saying"


def mended(parsed: Parsed, found: Sequence[Relation], regions: Sequence[Region]) -> list[Relation]:
    """Candidates with the sources that the grammar gives, without what somebody is asked.

    Args:
        parsed: the document.
        found: candidates of any layer.
        regions: quotation marks of the text.
    """
    outer = [region.inner for region in regions if region.level == 0]
    starts = [paragraph.start for paragraph in parsed.paragraphs]
    result = []
    for relation in found:
        if _is_idiom(parsed.text, relation):
            continue
        number = bisect_right(starts, relation.cue.start) - 1 if relation.cue is not None else -1
        paragraph = parsed.paragraphs[number] if number >= 0 else None
        verb = _verb(paragraph, relation.cue) if paragraph is not None and relation.cue is not None else None
        if paragraph is None or verb is None:
            result.append(relation)
        elif relation.source is not None and _is_spoken_of(paragraph, relation.source, verb):
            result.append(replace(relation, source=None))
        elif not _is_addressed(verb):
            result.append(relation if relation.source is not None else _spoken(paragraph, relation, verb))
        elif verb.lemma_ != "ask" or shared(relation.content, outer):
            later = tuple(span for span in relation.content if relation.cue and span.start >= relation.cue.end)
            result.append(replace(relation, source=None, content=later or relation.content))
    return result


def _is_idiom(text: str, relation: Relation) -> bool:
    if relation.source is None or relation.cue is None:
        return False
    after = text[relation.cue.end : relation.cue.end + 1]
    return f"{relation.source.of(text)} {relation.cue.of(text)}{after}".lower() in _IDIOMS


def _verb(paragraph: Paragraph, cue: Span) -> Token | None:
    """The first verb of a cue that can report."""
    tokens = paragraph.doc.char_span(cue.start - paragraph.start, cue.end - paragraph.start, alignment_mode="expand")
    return next((token for token in tokens or () if token.pos_ == "VERB" and cue_of(token) is not None), None)


def _is_addressed(verb: Token) -> bool:
    """Whether a passive has those spoken to for its subject and no agent: "was told", "Berg, asked whether"."""
    cue = cue_of(verb)
    if cue is None or "addressee" not in cue.frames or verb.tag_ != "VBN":
        return False
    passive = any(child.dep_ in ("nsubjpass", "auxpass") for child in verb.children)
    clause = verb.dep_ in ("acl", "advcl") and not any(child.dep_ in ("aux", "nsubj") for child in verb.children)
    return (passive or clause) and not any(child.dep_ == "agent" for child in verb.children)


def _is_spoken_of(paragraph: Paragraph, source: Span, verb: Token) -> bool:
    """Whether a source is the subject of a passive that says what others say of it: "Berg is accused of theft"."""
    cue = cue_of(verb)
    if cue is None or cue.kind != "speech" or verb.lemma_ in _PASSED_ON or not cue.prepositions():
        return False
    subject = next((child for child in verb.children if child.dep_ == "nsubjpass"), None)
    return subject is not None and source.overlaps(paragraph.span(subject, subject))


def _spoken(paragraph: Paragraph, relation: Relation, verb: Token) -> Relation:
    """A relation with the subject of its verb for a source, where that stands outside what is said."""
    edges = source_of(verb)
    source = paragraph.span(*edges) if edges is not None and edges[0].sent == verb.sent else None
    if source is None or shared([source], relation.content) or edges is None or edges[1].tag_ in ("EX", "WDT"):
        return relation
    return replace(relation, source=source)
