"""The noun phrases and pronouns of a parsed document, as far as telling what a quotation speaks of needs them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from stance.resources import data_table
from stance.schema import SectionKind

if TYPE_CHECKING:
    from spacy.tokens import Span as Chunk
    from spacy.tokens import Token

    from stance.parse import Paragraph, Parsed

READ: tuple[SectionKind, ...] = ("title", "standfirst", "body")
_COUNTED = ("DATE", "TIME", "PERCENT", "MONEY", "CARDINAL", "ORDINAL", "QUANTITY")
_SUBJECT = ("nsubj", "nsubjpass")
_ONE, _MANY = frozenset({"it", "this", "that"}), frozenset({"they", "them", "these", "those"})
_WORD = re.compile(r"[^\W\d_][\w’'-]+")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun phrase, or a pronoun that can stand for a thing.

    Attributes:
        start: offset of its first word in the document's text.
        end: offset after its head, its last word.
        head: the head's lemma in lower case; of a pronoun, its word.
        modifiers: the words between determiner and head, as written.
        pronoun: whether it is one.
        proper: whether its head is a name.
        bare: whether nothing but a determiner stands before its head.
        definite: whether it speaks of something known ("the levy", "our levy", "the Ostmark levy").
        subject: whether it is a subject.
        plural: whether it is by its form.
        person: whether its head names a person, by name or by role.
        counted: whether it is a date, an amount, a share.
        judged: whether it stands where words that take sides have their object.
        titled: whether it stands in the title or the standfirst.
        sentence: number of its sentence in the document.
        paragraph: number of its paragraph.
    """

    start: int
    end: int
    head: str
    modifiers: tuple[str, ...] = ()
    pronoun: bool = False
    proper: bool = False
    bare: bool = False
    definite: bool = False
    subject: bool = False
    plural: bool = False
    person: bool = False
    counted: bool = False
    judged: bool = False
    titled: bool = False
    sentence: int = 0
    paragraph: int = 0


def phrases(parsed: Parsed) -> tuple[Phrase, ...]:
    """The phrases of titles, standfirsts and body paragraphs, in text order."""
    return tuple(_phrases(parsed))


def _phrases(parsed: Parsed) -> Iterator[Phrase]:
    number = 0
    for place, paragraph in enumerate(parsed.paragraphs):
        if paragraph.kind not in READ:
            continue
        for sentence in paragraph.doc.sents:
            number += 1
            for chunk in sentence.noun_chunks:
                phrase = _phrase(paragraph, chunk, number, place)
                if phrase is not None:
                    yield phrase


def _phrase(paragraph: Paragraph, chunk: Chunk, sentence: int, place: int) -> Phrase | None:
    from stance.speakers.nominal import is_role

    root = chunk.root
    start, end = paragraph.start + chunk.start_char, paragraph.start + root.idx + len(root.text)
    word, titled = root.text.casefold(), paragraph.kind in ("title", "standfirst")
    subject = root.dep_ in _SUBJECT
    if root.pos_ == "PRON":
        if word not in _ONE | _MANY or _empty(root):
            return None
        return Phrase(
            start, end, word, (), True, subject=subject, plural=word in _MANY, sentence=sentence, paragraph=place
        )
    if root.pos_ not in ("NOUN", "PROPN") or not _WORD.fullmatch(root.text):
        return None
    doc = paragraph.doc
    if root.i + 2 < len(doc) and doc[root.i + 1].text == "-" and not (root.whitespace_ or doc[root.i + 1].whitespace_):
        return None  # the first half of "counter-claims", which is a phrase of its own to the parser
    before = [token for token in chunk if token.i < root.i]
    head, first = root.lemma_.casefold(), chunk.start
    if first > 1 and doc[first - 1].text == "-" and not doc[first - 2].whitespace_:
        head, first = f"{doc[first - 2].lower_}-{head}", first - 2
        before = [doc[first - 1]] if first and doc[first - 1].pos_ == "DET" else []
        start = paragraph.start + doc[first].idx
    known = any(token.tag_ in ("PRP$", "POS") or token.lower_ in ("the", "this", "that", "these") for token in before)
    proper = root.text[:1].isupper() and root.pos_ == "PROPN"
    own = [token for token in before if token.dep_ in ("amod", "compound", "nmod") and token.head == root]
    left = min((token.left_edge.i for token in own), default=root.i)
    modifiers = tuple(t.text for t in before if t.i >= left and _WORD.fullmatch(t.text) and t.pos_ != "DET")
    return Phrase(
        start,
        end,
        head,
        modifiers,
        proper=proper,
        bare=all(token.pos_ in ("DET", "PUNCT") for token in before),
        definite=known or any(word[:1].isupper() for word in modifiers),
        subject=subject,
        plural=root.tag_ in ("NNS", "NNPS"),
        person=root.ent_type_ == "PERSON" or is_role(root.lemma_),
        counted=root.ent_type_ in _COUNTED or any(t.like_num or t.is_currency for t in before),
        judged=_judged(root),
        titled=titled,
        sentence=sentence,
        paragraph=place,
    )


@cache
def contest(kind: str) -> frozenset[str]:
    """The words of a kind in `data/contest.toml`: verbs, nouns and prepositions that take sides, generic nouns."""
    return frozenset(str(data_table("contest")[kind]).split())


def _judged(root: Token) -> bool:
    if root.dep_ in ("dobj", "nsubjpass"):
        return root.head.lemma_ in contest("verbs")
    if root.dep_ != "pobj":
        return False
    preposition = root.head
    if preposition.lower_ == "against":
        return True
    if preposition.lower_ not in contest("prepositions"):
        return False
    return preposition.head.lemma_ in (contest("nouns") if preposition.head.pos_ == "NOUN" else ("be",))


def _empty(pronoun: Token) -> bool:
    """Whether "it" or "that" stands for nothing: "it is clear that", "it rained"."""
    verb = pronoun.head
    if pronoun.dep_ == "expl":
        return True
    if pronoun.lower_ != "it" or pronoun.dep_ not in _SUBJECT:
        return False
    clauses = [
        c for c in verb.children if c.i > verb.i and c.dep_ in ("ccomp", "csubj", "xcomp", "advcl", "acl", "relcl")
    ]
    described = [c for c in verb.children if c.dep_ in ("acomp", "attr")]
    inner = [c for d in described for c in d.children if c.dep_ in ("xcomp", "ccomp", "relcl", "acl", "advcl")]
    return verb.lemma_ in ("be", "seem", "appear") and bool(described) and bool(clauses or inner)
