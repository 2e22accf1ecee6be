"""What a parsed document speaks of: noun phrases, pronouns, and doings ("closing the school", "plan to close the school")."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stance.schema import SectionKind
from stance.targets.contest import CLAUSE_SUBJECT, MARKS, SUBJECT, judged, rated, stands_for_thing
from stance.targets.doings import aims, doing, stem
from stance.targets.lexicon import lists

if TYPE_CHECKING:
    from spacy.tokens import Span as Chunk
    from spacy.tokens import Token

    from stance.parse import Paragraph, Parsed

READ: tuple[SectionKind, ...] = ("title", "standfirst", "body")
_COUNTED = ("DATE", "TIME", "PERCENT", "MONEY", "CARDINAL", "ORDINAL", "QUANTITY")
_ONE, _MANY = frozenset({"it", "this", "that"}), frozenset({"they", "them", "these", "those"})
_PERSONS = {"he": "he", "him": "he", "she": "she", "her": "she"}
_KNOWN = ("the", "this", "that", "these", "those", "both")
_WORD = re.compile(r"[^\W\d_][\w’'-]+")


@dataclass(frozen=True, slots=True)
class Phrase:
    """A noun phrase, a doing, or a pronoun that can stand for a thing or a person.

    Attributes:
        start: offset of its first word in the document's text.
        end: offset after its head; of a noun phrase its last word, of a doing its verb.
        head: the head's lemma in lower case; of a pronoun, its word; of a doing, the verb's `stem`.
        modifiers: the words before the head that tell which it is, as written inside a sentence; of a name, all of it.
        noun: the head as written, in lower case.
        pronoun: whether it is one.
        proper: whether its head is a name.
        bare: whether nothing but a determiner stands before its head.
        told: whether what follows says what it is: "the idea that it will rain", "the plan of the mayor".
        definite: whether it speaks of something known ("the levy", "our levy", "the Ostmark levy").
        both: whether it speaks of two known ("both governments", "the two sides").
        subject: whether it is a subject.
        object: whether it is one.
        leading: whether it is the subject of a clause that is no part of another, but for what is reported.
        plural: whether it is by its form.
        person: whether its head names a person, by name or by role.
        counted: whether it is a date, an amount, a share.
        judged: whether it stands where words that take sides have their object.
        rated: whether something is said of it by "is" and its like: "the plan is a folly".
        doing: of a doing, its name: "closing the school".
        reach: of a doing, the offset after its object.
        aim: of a noun, the `stem` of what it is a plan to do: "the plan to close the school".
        titled: whether it stands in the title or the standfirst.
        sentence: number of its sentence in the document.
        paragraph: number of its paragraph.
    """

    start: int
    end: int
    head: str
    modifiers: tuple[str, ...] = ()
    noun: str = ""
    pronoun: bool = False
    proper: bool = False
    bare: bool = False
    told: bool = False
    definite: bool = False
    both: bool = False
    subject: bool = False
    object: bool = False
    leading: bool = False
    plural: bool = False
    person: bool = False
    counted: bool = False
    judged: bool = False
    rated: bool = False
    doing: str = ""
    reach: int = 0
    aim: str = ""
    titled: bool = False
    sentence: int = 0
    paragraph: int = 0

    @property
    def form(self) -> str:
        """The modifier next to the head; of a name, all of it: "naval", "Keystone XL", "State of the Union"."""
        at = len(self.modifiers) - 1
        if at > 0 and self.modifiers[at][:1].isupper():
            while at and (self.modifiers[at - 1][:1].isupper() or self.modifiers[at - 1] in ("of", "the")):
                at -= 1
        return " ".join(self.modifiers[max(at, 0) :])


def phrases(parsed: Parsed) -> tuple[Phrase, ...]:
    """The phrases of titles, standfirsts and body paragraphs, in text order."""
    return tuple(_phrases(parsed))


def _phrases(parsed: Parsed) -> Iterator[Phrase]:
    number = 0
    common = frozenset(t.text for p in parsed.paragraphs if p.kind in READ for t in p.doc if t.text.islower())
    for place, paragraph in enumerate(parsed.paragraphs):
        if paragraph.kind not in READ:
            continue
        for sentence in paragraph.doc.sents:
            number += 1
            found = [_phrase(paragraph, chunk, number, place, common) for chunk in sentence.noun_chunks]
            found += [_doing(paragraph, token, number, place) for token in sentence]
            yield from sorted((phrase for phrase in found if phrase is not None), key=lambda phrase: phrase.end)


def _phrase(paragraph: Paragraph, chunk: Chunk, sentence: int, place: int, common: frozenset[str]) -> Phrase | None:
    from stance.speakers.nominal import is_role

    root = _before_mark(chunk)
    start, end = paragraph.start + chunk.start_char, paragraph.start + root.idx + len(root.text)
    word, titled = root.text.casefold(), paragraph.kind in ("title", "standfirst")
    subject = root.dep_ in SUBJECT
    if root.pos_ == "PRON":
        person = root.tag_ == "PRP" and word in _PERSONS
        if not person and (word not in _ONE | _MANY or root.tag_ == "WDT" or _empty(root)):
            return None
        return Phrase(
            start,
            end,
            _PERSONS[word] if person else word,
            pronoun=True,
            person=person,
            subject=subject,
            plural=word in _MANY,
            rated=rated(root),
            sentence=sentence,
            paragraph=place,
        )
    if root.pos_ not in ("NOUN", "PROPN") or not _WORD.fullmatch(root.text):
        return None
    doc = paragraph.doc
    if root.i + 2 < len(doc) and doc[root.i + 1].text == "-" and not (root.whitespace_ or doc[root.i + 1].whitespace_):
        return None  # the first half of "counter-claims", which is a phrase of its own to the parser
    first, prefix = root.i, ""
    if root.i > 1 and doc[root.i - 1].text == "-" and not doc[root.i - 2].whitespace_:
        first, prefix = root.i - 2, f"{doc[root.i - 2].lower_}-"
    before = [token for token in chunk if token.i < first and not (token.dep_ == "amod" and stands_for_thing(token))]
    if prefix and chunk.start > first:  # the parser took "counter-claims" for two phrases
        before = [doc[first - 1]] if first and doc[first - 1].pos_ == "DET" else []
        start = paragraph.start + doc[first].idx
    known = any(token.tag_ in ("PRP$", "POS") or token.lower_ in _KNOWN for token in before)
    proper = root.text[:1].isupper() and root.pos_ == "PROPN"
    own = [token for token in before if token.dep_ in ("amod", "compound", "nmod") and token.head == root]
    left = min((token.left_edge.i for token in own), default=first)
    modifiers = (*_name_before(chunk), *_modifiers((token for token in before if token.i >= left), common))
    return Phrase(
        start,
        end,
        prefix + root.lemma_.casefold(),
        modifiers,
        prefix + root.text.casefold(),
        proper=proper,
        bare=all(token.pos_ in ("DET", "PUNCT") for token in before),
        told=any(c.i > root.i and (c.dep_ in ("acl", "relcl") or c.lower_ == "of") for c in root.children),
        definite=known or any(t.text[:1].isupper() and not t.is_sent_start for t in before if t.i >= left),
        both=root.tag_ == "NNS" and any(t.lower_ in ("both", "two") and t.head == root for t in before),
        subject=subject,
        object=_is_object(root),
        leading=subject and root.head.dep_ in ("ROOT", "ccomp", "conj", "parataxis"),
        plural=root.tag_ in ("NNS", "NNPS"),
        person=root.ent_type_ == "PERSON" or is_role(root.lemma_),
        counted=root.ent_type_ in _COUNTED
        or any((t.dep_ == "nummod" and t.head == root) or t.is_currency for t in before),
        judged=judged(_outer(root)),
        rated=rated(root),
        aim=next((stem(verb.lemma_) for verb in aims(root)), ""),
        titled=titled,
        sentence=sentence,
        paragraph=place,
    )


def _modifiers(before: Iterable[Token], common: frozenset[str]) -> Iterator[str]:
    """The words before a noun that tell which it is, as they are written inside a sentence.

    A word that opens one is in lower case if the article has it so elsewhere (`common`): an unknown name looks like an adjective.
    """
    for token in before:
        if not _WORD.fullmatch(token.text) or token.pos_ == "DET" or token.lower_ in lists()["quantity"]:
            continue
        opens = token.is_sent_start or token.nbor(-1).text in MARKS
        yield token.lower_ if opens and token.lower_ in common else token.text


def _name_before(chunk: Chunk) -> list[str]:
    """The start of a name that a noun phrase ends: "State of the" before "Union address"."""
    doc, first = chunk.doc, chunk.start
    named = next((token for token in chunk if token.pos_ != "DET"), chunk.root)
    if first < 2 or named.pos_ != "PROPN" or doc[first - 1].lower_ != "of":
        return []
    if named.dep_ not in ("compound", "nmod") or named.head != chunk.root:
        return []
    if doc[first - 2].pos_ != "PROPN" or not doc[first - 2].text[:1].isupper():
        return []
    start = first - 2
    while start and doc[start - 1].pos_ == "PROPN":
        start -= 1
    return [token.text for token in doc[start : named.i]]


def _doing(paragraph: Paragraph, verb: Token, sentence: int, place: int) -> Phrase | None:
    found = doing(verb)
    if found is None:
        return None
    last = found.last
    return Phrase(
        paragraph.start + verb.idx,
        paragraph.start + verb.idx + len(verb.text),
        stem(verb.lemma_),
        noun=verb.text.casefold(),
        definite=True,
        subject=verb.dep_ in CLAUSE_SUBJECT,
        judged=True,
        rated=rated(verb),
        doing=found.name,
        reach=paragraph.start + last.idx + len(last.text),
        titled=paragraph.kind in ("title", "standfirst"),
        sentence=sentence,
        paragraph=place,
    )


def _before_mark(chunk: Chunk) -> Token:
    """The head of a noun phrase; of one that runs into a quotation ("calls the cull “politics"), that of the part before."""
    for token in chunk[1:]:
        if token.text in MARKS and token.i < chunk.root.i and token.nbor(-1).pos_ in ("NOUN", "PROPN"):
            return token.nbor(-1)
    return chunk.root


def _outer(root: Token) -> Token:
    """A noun; for one before a quotation that the parser took for part of it ("the cull “politics"), the noun in there."""
    return root.head if root.i + 1 < len(root.doc) and root.nbor().text in MARKS and root.head.i > root.i else root


def _is_object(root: Token) -> bool:
    return _outer(root).dep_ == "dobj" or _urged(root)


def _urged(root: Token) -> bool:
    """Whether something is to act or not to: "urged the council to act"."""
    verb = root.head
    return root.dep_ == "nsubj" and verb.tag_ == "VB" and any(child.tag_ == "TO" for child in verb.children)


def _empty(pronoun: Token) -> bool:
    """Whether "it" or "that" stands for nothing: "it is clear that", "it rained"."""
    verb = pronoun.head
    if pronoun.dep_ == "expl":
        return True
    if pronoun.lower_ != "it" or pronoun.dep_ not in SUBJECT:
        return False
    clauses = [
        c for c in verb.children if c.i > verb.i and c.dep_ in ("ccomp", "csubj", "xcomp", "advcl", "acl", "relcl")
    ]
    described = [c for c in verb.children if c.dep_ in ("acomp", "attr")]
    inner = [c for d in described for c in d.children if c.dep_ in ("xcomp", "ccomp", "relcl", "acl", "advcl")]
    return verb.lemma_ in ("be", "seem", "appear") and bool(described) and bool(clauses or inner)
