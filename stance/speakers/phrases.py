"""Questions about noun phrases: which noun heads one, whom it can mean, whether a name inside it names its head."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stance.parse import Paragraph
from stance.speakers import gender
from stance.speakers.mentions import Mention, office_before, titled_from
from stance.speakers.names import titles
from stance.speakers.nominal import is_plural, is_role, nouns

if TYPE_CHECKING:
    from spacy.tokens import Span as Tokens
    from spacy.tokens import Token

LONGEST = 12  # words in an apposition


def is_somebody(token: Token, wanted: str) -> bool:
    """Whether a singular noun is of a person, or of one of several, whom "he" or "she" can mean."""
    if token.lower_ == "one" and token.i + 1 < len(token.doc) and token.nbor().lower_ == "of":
        return True
    if is_plural(token) or token.pos_ != "NOUN":
        return False
    return is_role(token.lemma_) and gender.of_noun(token.lemma_) in (None, wanted)


def is_several(token: Token) -> bool:
    """Whether "they" can mean a noun: a plural, or a singular of many people ("the staff")."""
    return is_plural(token) or token.lemma_.casefold() in nouns("collectives")


def is_body(token: Token) -> bool:
    """Whether a noun is of an institution: "it says" can mean it."""
    if token.lemma_.casefold() in nouns("organisations"):
        return True
    return token.pos_ == "PROPN" and token.ent_type_ in ("ORG", "GPE") and not is_plural(token)


def names_head(paragraph: Paragraph, mention: Mention, span: Tokens, head: Token) -> bool:
    """Whether a name inside a source names its head: "the envoy, Ada Berg", "Berg, an envoy", "envoy Ada Berg"."""
    inner = paragraph.doc.char_span(
        mention.start - paragraph.start, mention.end - paragraph.start, alignment_mode="expand"
    )
    if inner is None:
        return False
    doc, root, first, last = paragraph.doc, inner.root, inner[0].i, inner[-1].i
    if last + 1 < len(doc) and (doc[last + 1].tag_ == "POS" or doc[last + 1].dep_ == "case"):
        return False
    if (root.dep_ == "appos" and root.head == head) or (head.dep_ == "appos" and head.head == root):
        return True
    if first and doc[first - 1].lower_ in ("called", "named"):  # "a witness, a baker named Ada Berg"
        return doc[first - 1].head == head or doc[first - 1].head in [c for c in head.children if c.dep_ == "appos"]
    role = is_role(head.lemma_) or head.lower_ in titles()
    if root.dep_ in ("compound", "nmod") and root.head == head and not role:
        return True
    if first == span[0].i and head.i > last:
        return (head.pos_ == "PROPN" and not role) or (last + 1 < head.i and doc[last + 1].text == ",")
    if not role or first <= head.i:
        return False
    closed = last == span[-1].i or doc[last + 1].text in (",", "(", "—", "–")
    if doc[titled_from(doc, first) - 1].text == "," and closed:
        return True
    between = doc[head.i + 1 : first]
    return (closed and office_before(doc, first) == head.i) or all(
        token.lower_ == "retired" or (token.pos_ not in ("ADP", "VERB", "AUX", "CCONJ") and token.tag_ != "POS")
        for token in between
    )


def with_apposition(span: Tokens, head: Token) -> Tokens:
    """A phrase that ends at a comma with the apposition to its head after that: "the judge" with ", Ada Berg"."""
    doc, end = span.doc, span.end
    if end + 1 < len(doc) and doc[end].text == ",":
        last = (child.right_edge.i for child in head.children if child.dep_ == "appos" and child.left_edge.i == end + 1)
        end = next((i + 1 for i in last if i - end <= LONGEST), end)
    return doc[span.start : end]


def ends_at(span: Tokens, head: Token) -> bool:
    """Whether a phrase says no more after its head: "The envoy", "The envoy, who"."""
    return all(token.is_punct or token.lower_ in ("who", "which") for token in span if token.i > head.i)


def completed(span: Tokens) -> Tokens:
    """A source that breaks off before its noun with that noun: "The foreign" with "minister"."""
    last = span[-1]
    noun = last.head
    broken = last.dep_ in ("det", "amod", "compound", "poss", "nummod") and last.pos_ != "PRON"
    if is_role(last.lemma_) and not is_role(noun.lemma_):
        return span  # "the analyst" before a verb that looks like a noun: "views", "claims"
    if broken and noun.pos_ in ("NOUN", "PROPN") and span.end <= noun.i < span.end + 3:
        return span.doc[span.start : noun.i + 1]
    return span


def without_clause(span: Tokens) -> Tokens:
    """A source without a clause before its subject: "The others agreed, and the head", "Questioned by Berg, he"."""
    inside = {token.i for token in span}
    top = next((token for token in span if token.head.i not in inside or token.dep_ == "ROOT"), span[0])
    if top.dep_ not in ("ROOT", "advcl") or top.pos_ in ("NOUN", "PRON"):
        return span
    verbs = [top, *top.conjuncts] if top.dep_ == "ROOT" else [top.head]
    subjects = [child for verb in verbs for child in verb.children if child.dep_ == "nsubj" and child.i > top.i]
    if not subjects:
        return span
    start = subjects[-1].left_edge.i
    return span.doc[start : span.end if start < span.end else subjects[-1].i + 1]


def without_adjunct(span: Tokens) -> Tokens:
    """A source without the end of what opens its sentence: "Under questioning Berg", "In Talvik the mayor"."""
    subjects = (t for t in reversed(span) if t.dep_ == "nsubj" and t.pos_ in ("NOUN", "PROPN"))
    subject = next((t for t in subjects if not span.start <= t.head.i < span.end), None)  # of the verb that reports
    if subject is None:
        return span
    first = span[0]
    opening = next((t for t in (first, *first.ancestors) if t.head == subject.head), None)
    if opening is None or opening.dep_ not in ("prep", "npadvmod", "advcl") or subject in opening.subtree:
        return span
    start = max(first.i + 1, subject.left_edge.i)
    return span.doc[start : span.end] if start < span.end else span


def head_of(span: Tokens) -> Token:
    """The noun a source phrase is about: the first nominal whose head lies outside, or the first before a comma.

    An office without an article shares its bearer with the next one: "founder and chairman Ada Berg".
    """
    inside = {token.i for token in span}
    tops = [token for token in span if token.head.i not in inside or token.head.i == token.i]
    nominal = [token for token in tops if token.pos_ in ("NOUN", "PROPN", "PRON")]
    if nominal:
        first = nominal[0]
        bearers = [token for token in first.conjuncts if first.i < token.i < span.end and token.pos_ == "PROPN"]
        return bearers[-1] if bearers and first == span[0] and is_role(first.lemma_) else first
    for token in span:
        if token.pos_ in ("NOUN", "PROPN", "PRON") and token.dep_ != "compound":
            return token
    return tops[0] if tops else span[0]
