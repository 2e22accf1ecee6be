"""Sources that stand beside the sentence, not above it: "according to X", "as X put it", "in X's view", "on the grounds that"."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from stance.data import words
from stance.parse import Paragraph
from stance.quotes.relation import Relation, around, trim
from stance.quotes.voice import source_of
from stance.schema import Span

if TYPE_CHECKING:
    from spacy.tokens import Token


def according(text: str, paragraph: Paragraph, token: Token) -> Iterator[Relation]:
    """`According to X, S`; `S, per X`."""
    to = next((c for c in token.rights if c.lower_ == "to"), token)
    if to == token and token.lower_ == "according":
        return
    pobj = next((c for c in to.rights if c.dep_ == "pobj"), None)
    if pobj is None or (token.lower_ == "per" and pobj.pos_ != "PROPN"):
        return
    source = paragraph.span(pobj.left_edge, pobj.right_edge)
    phrase = paragraph.span(token, pobj.right_edge)
    cue = paragraph.span(token, to)
    host = token.head
    while host.pos_ not in ("VERB", "AUX") and host.head != host:
        host = host.head
    sentence = token.sent
    at_end = pobj.right_edge.i >= sentence[-1].i - 2
    at_start = token.i <= sentence[0].i + 1
    whole = (
        paragraph.span(sentence[0], sentence[-1])
        if at_end or at_start or host.dep_ == "ROOT"
        else paragraph.span(host.left_edge, host.right_edge)
    )
    if keep := around(text, whole, phrase):
        yield Relation(keep, cue, trim(text, source), 0.85, "speech", "according")


def put_it(text: str, paragraph: Paragraph, verb: Token) -> Iterator[Relation]:
    """`As X put it, S`."""
    source = source_of(verb)
    if source is None or source[0].i == 0 or source[0].nbor(-1).lower_ != "as":
        return
    own = paragraph.span(source[0].nbor(-1), verb.nbor(1))
    if keep := around(text, paragraph.span(verb.sent[0], verb.sent[-1]), own, least=3):
        yield Relation(keep, paragraph.span(verb, verb.nbor(1)), paragraph.span(*source), 0.8, "speech", "as")


def grounds(text: str, paragraph: Paragraph) -> Iterator[Relation]:
    """`refused ... on the grounds that S`: the reason that whoever acted gave."""
    for token in paragraph.doc:
        if (
            token.lower_ not in ("grounds", "ground", "pretext")
            or token.i < 2
            or token.nbor(-2).lower_ not in ("on", "under")
        ):
            continue
        clause = next((c for c in token.children if c.dep_ in ("acl", "ccomp", "relcl")), None)
        if clause is None:
            continue
        verb = token.nbor(-2).head
        while verb.pos_ not in ("VERB", "AUX") and verb.head != verb:
            verb = verb.head
        source = source_of(verb)
        last = token.nbor(1) if token.i + 1 < len(paragraph.doc) and token.nbor(1).lower_ == "that" else token
        while source is None and verb.head != verb:
            verb = verb.head
            source = source_of(verb) if verb.pos_ in ("VERB", "AUX") else None
        content = trim(text, paragraph.span(clause.left_edge, clause.right_edge))
        cue = paragraph.span(token.nbor(-2), last)
        if content.start < cue.end:
            content = trim(text, Span(cue.end, content.end))
        yield Relation((content,), cue, paragraph.span(*source) if source else None, 0.7, "speech", "grounds")


def views(text: str, paragraph: Paragraph) -> Iterator[Relation]:
    """`In X's view, S`, `in the words of X, S`: a standpoint as an adjunct."""
    for token in paragraph.doc:
        if token.lower_ not in words("views") or token.dep_ != "pobj" or token.head.lower_ not in ("in", "to", "by"):
            continue
        owner = next((child for child in token.children if child.dep_ == "poss"), None)
        if owner is None:
            of = next((child for child in token.children if child.lower_ == "of"), None)
            owner = next((child for child in of.children if child.dep_ == "pobj"), None) if of is not None else None
        if owner is None:
            continue
        last = owner.right_edge if owner.i > token.i else token
        phrase = paragraph.span(token.head, last)
        sentence = paragraph.span(token.sent[0], token.sent[-1])
        near = token.head.i - token.sent.start <= 2 or last.i + 2 >= token.sent.end
        commas = text[phrase.end : phrase.end + 1] == ","
        if not near and not commas:
            continue
        if keep := around(text, sentence, phrase, least=3):
            source = paragraph.span(owner.left_edge, owner)
            yield Relation(keep, paragraph.span(token.head, token), source, 0.75, "opinion", "view")
