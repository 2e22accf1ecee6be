"""Reported speech by its syntax: the constructions in which a source's words or thoughts are rendered.

Follows the relations that Krestel, Bergler and Witte (2008) and Pareti (2015) describe, over a dependency parse:
clausal complements, fronted and interrupted clauses, naming ("call X Y"), prepositional objects ("accuse X of"),
infinitives ("vow to"), nouns with "that", "according to", "as X said", passives and trailing participles.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from stance.data import words
from stance.parse import Paragraph
from stance.quotes import adjuncts
from stance.quotes.lexicon import Cue, cue_of
from stance.quotes.relation import Relation, around, merged, minus, trim
from stance.quotes.voice import owner_of, phrase_end, source_of
from stance.schema import Span

if TYPE_CHECKING:
    from spacy.tokens import Token

_FINITE = {"VBD", "VBZ", "VBP", "MD"}
_PHRASE = {"NOUN", "PROPN", "ADJ", "NUM", "DET", "PRON", "PART"}
_INVERTED = ("say", "argue", "explain", "insist")  # a noun after one of these, and a comma, is who speaks
_TIED = re.compile(r"(?:^|\s)(?:and|but|or|yet|nor)$", re.IGNORECASE)


def relations(text: str, paragraph: Paragraph) -> Iterator[Relation]:
    """Every reported clause in a paragraph, including overlapping readings; the caller chooses."""
    for token in paragraph.doc:
        if token.lower_ in ("put", "puts") and token.i + 1 < len(paragraph.doc) and token.nbor(1).lower_ == "it":
            yield from adjuncts.put_it(text, paragraph, token)
            continue
        if token.lower_ == "according" or (token.lower_ == "per" and token.dep_ == "prep"):
            yield from adjuncts.according(text, paragraph, token)
            continue
        cue = cue_of(token)
        if cue is None:
            continue
        if token.pos_ in ("VERB", "AUX"):
            yield from _verb(text, paragraph, token, cue)
        elif token.pos_ == "NOUN" and "noun" in cue.frames:
            yield from _noun(text, paragraph, token, cue)
    yield from _misread(text, paragraph)
    yield from adjuncts.grounds(text, paragraph)
    yield from adjuncts.views(text, paragraph)


def _verb(text: str, paragraph: Paragraph, verb: Token, cue: Cue) -> Iterator[Relation]:
    source = source_of(verb)
    imagined = _imagined(verb, source)
    span = paragraph.span(*source) if source and not imagined else None
    cue_span = cue_extent(paragraph, verb)
    found = False
    if "clause" in cue.frames and cue.kind != "other" and (between := _interruption(text, paragraph, verb, cue)):
        content, speaker = between
        yield Relation(content, cue_span, speaker, 0.96, cue.kind, "interrupted")
        return
    if "clause" in cue.frames:
        for form, content in _clauses(text, paragraph, verb, source):
            sure = 0.85 if span else 0.45
            if cue.kind == "other":
                sure -= 0.5
            if form == "bare":
                sure -= 0.1
            found = True
            yield Relation(content, cue_span, span, sure, cue.kind, form, imagined=imagined)
            break
    if not found and "naming" in cue.frames:
        content = _naming(text, paragraph, verb)
        if content:
            found = True
            yield Relation(content, cue_span, span, 0.7 if span else 0.45, cue.kind, "naming", clausal=False)
    if not found:
        for child in verb.children:
            if child.dep_ == "prep" and child.lower_ in cue.prepositions() and child.i > verb.i:
                first = next((c for c in verb.children if c.dep_ in ("dobj", "nsubjpass") and c.i > verb.i), child)
                stretch = paragraph.span(first.left_edge, phrase_end(child))
                found = True
                yield Relation(
                    (trim(text, stretch),), cue_span, span, 0.6 if span else 0.3, cue.kind, "object", clausal=False
                )
                break
    if not found and "gerund" in cue.frames:
        doing = next((c for c in verb.children if c.tag_ == "VBG" and c.dep_ == "xcomp" and c.i > verb.i), None)
        if doing is not None:
            stretch = trim(text, paragraph.span(doing.left_edge, phrase_end(doing)))
            found = True
            yield Relation((stretch,), cue_span, span, 0.8 if span else 0.4, cue.kind, "gerund", clausal=False)
    if not found and "infinitive" in cue.frames:
        for child in verb.children:
            if child.dep_ in ("xcomp", "ccomp") and any(c.dep_ == "aux" and c.lower_ == "to" for c in child.children):
                stretch = paragraph.span(child.left_edge, phrase_end(child))
                found = True
                yield Relation(
                    (trim(text, stretch),), cue_span, span, 0.6 if span else 0.3, cue.kind, "infinitive", clausal=False
                )
                break
    if not found and "object" in cue.frames and span:
        for child in verb.children:
            if child.dep_ == "dobj" and child.pos_ != "PRON":
                stretch = paragraph.span(child.left_edge, phrase_end(child))
                yield Relation((trim(text, stretch),), cue_span, span, 0.4, cue.kind, "object", clausal=False)
                break


def _misread(text: str, paragraph: Paragraph) -> Iterator[Relation]:
    """`The party charter states openly that S`: a verb that the parser takes for the last noun of its own subject."""
    doc = paragraph.doc
    for token in doc:
        cue = cue_of(token) if token.tag_ == "NNS" else None
        if cue is None or cue.kind == "other" or "clause" not in cue.frames or token.is_sent_start:
            continue
        that = next((t for t in doc[token.i + 1 : token.sent.end] if t.pos_ != "ADV"), None)
        if that is None or that.lower_ != "that" or that.dep_ != "mark" or that.head.i < that.i:
            continue
        if "noun" in cue.frames and that.i == token.i + 1:  # "the claims that S" is a noun phrase
            continue
        first = token
        while first.i > token.sent.start and (first.nbor(-1).pos_ in _PHRASE or first.nbor(-1).lower_ == "of"):
            first = first.nbor(-1)
        if first.i < token.i and token.nbor(-1).pos_ in ("NOUN", "PROPN"):
            content = trim(text, paragraph.span(that, that.head.right_edge))
            source = paragraph.span(first, token.nbor(-1))
            yield Relation((content,), paragraph.span(token, token), source, 0.85, cue.kind, "clause")


def _imagined(verb: Token, source: tuple[Token, Token] | None) -> bool:
    """Words put into a mouth: `acts in a way which says that ...`, `as if to say ...`."""
    if verb.lemma_.casefold() not in ("say", "tell", "declare", "announce", "proclaim"):
        return False
    if source is not None and verb.dep_ in ("relcl", "acl") and verb.head.lower_ in words("manners"):
        return True
    before = [token.lower_ for token in verb.doc[max(0, verb.i - 3) : verb.i]]
    return before[-2:] == ["to", "just"] or (before[-1:] == ["to"] and bool({"if", "though"} & set(before)))


def _clauses(
    text: str, paragraph: Paragraph, verb: Token, source: tuple[Token, Token] | None
) -> Iterator[tuple[str, tuple[Span, ...]]]:
    sentence = verb.sent
    own = _attribution(paragraph, verb, source)
    passive = any(c.dep_ in ("nsubjpass", "auxpass") for c in verb.children)
    for child in verb.children:
        if child.dep_ not in ("ccomp", "xcomp") or not _is_clause(child):
            continue
        if child.i > verb.i:
            first = child.left_edge
            stretch = paragraph.span(first if first.i > verb.i else child, phrase_end(child))
            pieces = minus(stretch, [own] if own.start < stretch.end and stretch.start < own.start else [])
            yield "clause", merged(trim(text, piece) for piece in pieces)
        else:
            yield "fronted", _fronted(text, paragraph, verb, child, own)
    for child in verb.children:
        if (
            child.dep_ == "advcl"
            and passive is False
            and child.i > verb.i
            and any(c.dep_ == "mark" and c.lower_ in ("that", "whether", "if", "how") for c in child.children)
            and verb.lemma_ not in ("know", "see", "feel")
        ):
            yield "clause", (trim(text, paragraph.span(child.left_edge, phrase_end(child))),)
    if verb.dep_ in ("parataxis", "advcl"):
        as_clause = any(c.lower_ in ("as", "like") and c.dep_ in ("mark", "advmod", "prep") for c in verb.children)
        if verb.dep_ == "advcl" and not as_clause:
            return
        if as_clause and verb.dep_ == "advcl" and not source:
            return
        host = paragraph.span(verb.head.left_edge, phrase_end(verb.head))
        whole = paragraph.span(sentence[0], sentence[-1]) if verb.head.dep_ == "ROOT" else host
        if keep := around(text, whole, own):
            yield ("as" if as_clause else "parataxis"), _vouched(text, keep, own)
    if (source and verb.dep_ == "relcl") or verb.dep_ in ("ROOT", "conj", "ccomp"):
        before = next((c for c in verb.children if c.dep_ in ("mark", "advmod") and c.lower_ == "as"), None)
        if before is not None and source and verb.head != verb and before.i < verb.i:
            whole = paragraph.span(sentence[0], sentence[-1])
            yield "as", around(text, whole, own, marks="")


def _interruption(text: str, paragraph: Paragraph, verb: Token, cue: Cue) -> tuple[tuple[Span, ...], Span] | None:
    """`Turkey, Brisco noted drily, has offered S`: content and source where commas enclose no more than who says it.

    Told by the commas, since the parser takes the name for an apposition or the adverb for the clause's.
    """
    if verb.tag_ not in _FINITE:
        return None
    sentence = list(verb.sent)
    at = verb.i - sentence[0].i
    start, end = at, at + 1
    while start and (sentence[start - 1].pos_ in _PHRASE or sentence[start - 1].lower_ == "of") and at - start < 9:
        start -= 1
    if start < at:  # "Brisco noted drily", "she points out", "he told the jury"
        told = next((child for child in verb.children if child.dep_ in ("dobj", "dative") and child.i > verb.i), None)
        if told is not None and "addressee" in cue.frames and verb.i < told.left_edge.i:
            end = min(len(sentence), told.right_edge.i + 1 - sentence[0].i)
        while end < len(sentence) and (sentence[end].pos_ == "ADV" or sentence[end].dep_ == "prt") and end - at < 3:
            end += 1
        who = sentence[start:at]
    else:  # "says Brisco"
        while end < len(sentence) and sentence[end].pos_ in ("PROPN", "NOUN", "DET", "ADJ", "PRON") and end - at < 9:
            end += 1
        who = sentence[at + 1 : end] if verb.lemma_ in _INVERTED else []
    enclosed = start > 1 and end + 2 < len(sentence) and sentence[start - 1].text == sentence[end].text == ","
    if not who or not enclosed or who[-1].pos_ not in ("NOUN", "PROPN", "PRON") or any(t.tag_[0] == "W" for t in who):
        return None
    if sentence[end + 1].tag_[0] == "W":  # "says Brisco, who owns it"
        return None
    first = max((i + 1 for i in range(start) if sentence[i].text in (":", ";")), default=0)
    before = sentence[first : start - 1]
    if not before or before[-1].is_quote or any(_takes_clause(token) for token in before):
        return None
    own = paragraph.span(sentence[start], sentence[end - 1])
    content = _vouched(text, around(text, paragraph.span(before[0], sentence[-1]), own), own)
    return (content, paragraph.span(who[0], who[-1])) if content else None


def _takes_clause(token: Token) -> bool:
    """Whether a verb reports what somebody says or thinks."""
    cue = cue_of(token) if token.pos_ == "VERB" else None
    return cue is not None and cue.kind != "other" and "clause" in cue.frames


def _vouched(text: str, content: tuple[Span, ...], own: Span) -> tuple[Span, ...]:
    """`took over the trains and, insiders say, a debt`: an attribution after "and" is for what follows it alone."""
    later = tuple(span for span in content if span.start >= own.end)
    joined = any(span.end <= own.start and _TIED.search(span.of(text)) for span in content)
    return later if joined and later else content


def _fronted(text: str, paragraph: Paragraph, verb: Token, child: Token, own: Span) -> tuple[Span, ...]:
    """`A, X said` and `A, X said, B`: the words around the attribution, back to the sentence's beginning."""
    start = verb.sent[0] if verb.dep_ == "ROOT" or verb.sent[0].i >= child.left_edge.i else child.left_edge
    end = phrase_end(child)
    whole = paragraph.span(start, end if end.i > child.i else child)
    if whole.end < own.start:
        whole = Span(whole.start, own.start)
    return around(text, whole, own)


def _attribution(paragraph: Paragraph, verb: Token, source: tuple[Token, Token] | None) -> Span:
    """The stretch of `, X said on Monday,`: from the source or verb to the next comma, mark or content."""
    first = verb
    for child in verb.children:
        if child.dep_ in ("aux", "auxpass", "neg", "advmod", "mark") and child.i < first.i and verb.i - child.i < 6:
            first = child
    last = verb
    if source and abs(source[0].i - verb.i) < 60 and source[0].sent == verb.sent:
        first = source[0] if source[0].i < first.i else first
        last = source[1] if source[1].i > last.i else last
        for child in verb.children:
            if child.dep_ in ("mark", "advmod") and child.i < first.i and first.i - child.i < 3:
                first = child
    for child in verb.children:
        short = child.right_edge.i - child.left_edge.i < 12
        if child.i > verb.i and child.dep_ in ("npadvmod", "prep", "advmod", "dobj", "dative", "prt") and short:
            if child.left_edge.i > last.i + 1:
                break
            last = child.right_edge if child.right_edge.i > last.i else last
    return paragraph.span(first, last)


def cue_extent(paragraph: Paragraph, verb: Token) -> Span:
    """The verb with its auxiliaries, negation and particle."""
    first = last = verb
    for child in verb.children:
        if child.dep_ in ("aux", "auxpass", "neg") and 0 < first.i - child.i <= 2:
            first = child
        if child.dep_ == "prt" and child.i == verb.i + 1:
            last = child
    return paragraph.span(first, last)


def _noun(text: str, paragraph: Paragraph, noun: Token, cue: Cue) -> Iterator[Relation]:
    """`X's claim that S`, and with a copula between: `X's view is that S`."""
    clause = _that_clause(noun, ("acl", "ccomp", "relcl"))
    if clause is None and noun.dep_ == "nsubj" and noun.head.lemma_ == "be":
        clause = _that_clause(noun.head, ("ccomp",), anywhere=True)
    if clause is not None:
        source = owner_of(noun)
        content = trim(text, paragraph.span(clause.left_edge, clause.right_edge))
        span = paragraph.span(*source) if source else None
        yield Relation((content,), paragraph.span(noun, noun), span, 0.6 if source else 0.3, cue.kind, "noun")


def _that_clause(head: Token, links: tuple[str, ...], *, anywhere: bool = False) -> Token | None:
    """The first clause with "that" under `head`, after it unless `anywhere`."""
    for child in head.children:
        placed = child.dep_ in links and (anywhere or child.i > head.i)
        if placed and any(c.lower_ == "that" and c.dep_ == "mark" for c in child.children):
            return child
    return None


def _naming(text: str, paragraph: Paragraph, verb: Token) -> tuple[Span, ...]:
    """`call X Y`, `describe X as Y`, `be termed Y by X`."""
    objects = [
        c for c in verb.children if c.i > verb.i and c.dep_ in ("dobj", "oprd", "attr", "ccomp", "xcomp", "acomp")
    ]
    as_phrase = next((c for c in verb.children if c.dep_ == "prep" and c.lower_ == "as" and c.i > verb.i), None)
    if as_phrase is None:
        for child in objects:
            as_phrase = as_phrase or next((c for c in child.children if c.dep_ == "prep" and c.lower_ == "as"), None)
    passive = any(c.dep_ in ("nsubjpass", "auxpass") for c in verb.children) or verb.dep_ == "acl"
    complement = next((c for c in objects if c.dep_ in ("oprd", "attr", "xcomp", "acomp")), None)
    if passive:
        chosen = as_phrase or complement
        return (trim(text, paragraph.span(chosen.left_edge, chosen.right_edge)),) if chosen is not None else ()
    parts = [part for part in (*objects, as_phrase) if part is not None]
    needs = as_phrase is not None or len(objects) > 1 or any(c.dep_ == "ccomp" and not _is_clause(c) for c in objects)
    if not parts or not needs:
        return ()
    first = min(parts, key=lambda part: part.left_edge.i).left_edge
    last = max(parts, key=lambda part: part.right_edge.i).right_edge
    return (trim(text, paragraph.span(first, last)),)


def _is_clause(token: Token) -> bool:
    """Whether `token` heads a clause with a finite verb."""
    if token.tag_ in _FINITE:
        return True
    return any(child.dep_ in ("aux", "auxpass", "cop") and child.tag_ in _FINITE for child in token.children)
