"""Who speaks through a reporting verb or noun: its subject, agent or owner, found in the dependency parse."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stance.quotes.lexicon import cue_of
from stance.speakers.nominal import is_role

if TYPE_CHECKING:
    from spacy.tokens import Token


def source_of(verb: Token) -> tuple[Token, Token] | None:
    """First and last token of whoever speaks through `verb`: subject, agent, or what the clause hangs on."""
    passive = any(child.dep_ in ("nsubjpass", "auxpass") for child in verb.children)
    if passive or (verb.tag_ == "VBN" and verb.dep_ in ("acl", "amod")):
        for child in verb.children:
            if child.dep_ == "agent":
                pobj = next((c for c in child.children if c.dep_ == "pobj"), None)
                if pobj is not None:
                    return pobj.left_edge, phrase_end(pobj)
        for token in verb.subtree:
            # the parser may hang the agent on the complement: "described as a bad deal by the regulator"
            if token.lower_ == "by" and token.i > verb.i + 2 and token.sent == verb.sent:
                pobj = next((c for c in token.children if c.dep_ == "pobj"), None)
                if pobj is not None and (pobj.ent_type_ in ("PERSON", "ORG", "NORP", "GPE") or is_role(pobj.lemma_)):
                    return pobj.left_edge, phrase_end(pobj)
        return None
    inverted = _inverted(verb)
    if inverted is not None:
        return inverted
    for child in verb.children:
        if child.dep_ in ("nsubj", "csubj"):
            if child.lower_ in ("who", "which", "that") and verb.dep_ == "relcl" and verb.head.i < child.i:
                return verb.head.left_edge, child
            return _source_edges(child, verb)
    if verb.dep_ == "pcomp" and verb.head.lower_ == "as":
        # "quoted X as saying": X speaks, whoever quotes passes it on
        holder = verb.head.head
        named = next((c for c in holder.children if c.dep_ in ("dobj", "nsubjpass")), None)
        if named is None and holder.dep_ in ("dobj", "pobj"):
            named = holder
        return (named.left_edge, named) if named is not None else None
    if verb.dep_ == "conj" and verb.head.pos_ in ("VERB", "AUX"):
        return source_of(verb.head)
    if verb.dep_ in ("xcomp", "advcl") and verb.head.pos_ in ("VERB", "AUX"):
        holder = verb.head
        if (
            verb.tag_ == "VBG"
            and verb.i
            and verb.nbor(-1).text == ","
            and holder.dep_ == "ccomp"
            and holder.head.i < holder.i
        ):
            # "X said that Y would come, hinting that ...": X hints
            above = cue_of(holder.head)
            holder = holder.head if above is not None and above.kind != "other" else holder
        return source_of(holder)
    if verb.dep_ in ("acl", "relcl") and verb.tag_ == "VBG":
        return verb.head.left_edge, verb.head
    return None


def owner_of(noun: Token) -> tuple[Token, Token] | None:
    """First and last token of whose claim or view `noun` is: "X's claim", "a warning from X", "X made the claim"."""
    for child in noun.children:
        if child.dep_ == "poss":
            return child.left_edge, child
        if child.dep_ == "prep" and child.lower_ in ("by", "from", "among", "of") and child.i == noun.i + 1:
            pobj = next((c for c in child.children if c.dep_ == "pobj"), None)
            if pobj is not None:
                return pobj.left_edge, pobj.right_edge
    head = noun.head
    if noun.dep_ in ("dobj", "pobj", "attr") and head.pos_ in ("VERB", "AUX", "ADP"):
        verb = head.head if head.pos_ == "ADP" else head
        if verb.pos_ in ("VERB", "AUX"):
            return source_of(verb)
    return None


def _inverted(verb: Token) -> tuple[Token, Token] | None:
    """`The pipeline, notes economist Felix Adler, carries gas`: what looks like an object is who speaks."""
    if verb.i == 0 or verb.nbor(-1).text not in (",", "”", '"', "’", "'") or verb.tag_ not in ("VBZ", "VBD", "VBP"):
        return None
    for child in verb.children:
        if child.dep_ in ("dobj", "attr") and child.left_edge.i == verb.i + 1:
            named = (child.pos_ == "PROPN" and child.ent_type_ in ("PERSON", "ORG", "")) or is_role(child.lemma_)
            after = child.right_edge.i + 1
            closed = after >= len(verb.doc) or verb.doc[after].text in (",", ".", ":", ";", "—", "–")
            return (child.left_edge, child.right_edge) if named and closed else None
    return None


def _source_edges(subject: Token, verb: Token) -> tuple[Token, Token]:
    first, last = subject.left_edge, subject.right_edge
    if first.i <= verb.i <= last.i:
        last = subject
    while last.i > first.i and last.is_punct and last.text not in (")", "]"):
        last = last.nbor(-1)
    while first.i < last.i and first.is_punct:
        first = first.nbor(1)
    return first, last


def phrase_end(token: Token) -> Token:
    """The last token of a phrase, without the "and" that ties it to the next one."""
    last = token.right_edge
    while last.i > token.i and last.dep_ == "cc":
        last = last.nbor(-1)
    return last
