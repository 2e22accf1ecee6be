"""What the text says that a person is: appositives, words before the name, `X is a N`, worded so that they read well."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from stance.parse import Paragraph
from stance.resources import data_table
from stance.speakers.mentions import Mention, office_before, titled_from
from stance.speakers.names import fold, titles
from stance.speakers.nominal import is_role, modifier, nouns

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

LONGEST = 9  # words in a role's text
_POSSESSIVE = ("'s", "’s", "'", "’")
_JOINING = frozenset({"of", "at", "for", "with", "from", "in"})
_OFFICES = frozenset({"minister", "secretary"})  # what stands before is the portfolio: "Labour Minister"
# Offices of a state, not of a firm.
_SEATS = frozenset({"rep", "sen", "gov", "del"})  # a second title: "panel chairman Rep. Ada Brisco"
_NATIONAL = frozenset({"minister", "president", "premier", "chancellor", "ambassador", "envoy", "king", "queen"})


class Role(NamedTuple):
    """A description of a person: head noun lemma, all folded words, the text to print, whom it belongs to."""

    head: str
    words: frozenset[str]
    text: str
    affiliation: str | None
    country: str | None = None


@cache
def demonyms() -> dict[str, str]:
    """Folded adjective of a state → the state's name."""
    table = data_table("demonyms")["adjectives"]
    return {fold(word): str(name) for name, words in table.items() for word in words}


@cache
def _states() -> frozenset[str]:
    """Folded names of states."""
    return frozenset(fold(name) for name in demonyms().values())


def words_of(text: str) -> tuple[str, ...]:
    """Folded words of a description: no articles or possessive endings, "retired" as "former", states for demonyms."""
    bare = re.sub(r"['’]s?(?=\s|$)", "", text)
    parts = [word for word in re.split(r"[^\w]+", fold(bare)) if word and word not in ("the", "a", "an")]
    return tuple(fold(demonyms().get(word, modifier(word))) for word in parts)


def role_of(role_words: Iterable[str], affiliation: str | None = None, country: str | None = None) -> Role:
    """A role from the words of its description; the head is the last role noun before a preposition."""
    listed = list(role_words)
    head = ""
    for word in listed:
        if fold(word) in nouns("prepositions") | nouns("clause_openers") and head:
            break
        if is_role(fold(word)):
            head = fold(word)
    text = " ".join(listed)
    return Role(head or (fold(listed[-1]) if listed else ""), frozenset(words_of(text)), text, affiliation, country)


def roles_beside(paragraph: Paragraph, mention: Mention) -> list[Role]:
    """Roles from appositives after the name, noun phrases before it, and `X is a N`."""
    span = paragraph.doc.char_span(
        mention.start - paragraph.start, mention.end - paragraph.start, alignment_mode="expand"
    )
    if span is None or not len(span):
        return []
    doc, head, first, last = paragraph.doc, span.root, span[0].i, span[-1].i
    found: list[Role] = []
    for child in head.children:
        if child.dep_ == "appos" and child.i > last:
            found += _described(doc, child)
    if head.dep_ == "appos" and head.head.i < first and head.head.pos_ in ("NOUN", "PROPN"):
        found += _described(doc, head.head, first)
    if head.dep_ == "nsubj" and head.head.lemma_ == "be":
        for child in head.head.children:
            if child.dep_ == "attr" and child.pos_ == "NOUN":
                found += _described(doc, child)
    found += _before(doc, first)
    if not found:
        found += _after_comma(doc, last)
    if not found:
        found += _before_comma(doc, titled_from(doc, first)) or _before_body(doc, first)
    return [role for role in found if role.head]


def _before(doc: Doc, first: int) -> list[Role]:
    """ "Kremlin press secretary X", "political analyst X": the words that lead up to a name."""
    start = first
    while start > 0 and (
        doc[start - 1].pos_ in ("NOUN", "PROPN", "ADJ")
        or doc[start - 1].text in ("-", *_POSSESSIVE)
        or doc[start - 1].lower_ in ("retired", "former")
        or (
            doc[start - 1].text in "()"
            and start - 1 > 0
            and "retired" in (doc[start - 2].lower_, doc[start - 1].nbor(1).lower_)
        )
    ):
        start -= 1
        if doc[start].is_sent_start:
            break
    while first > start and doc[first - 1].lower_.rstrip(".") in nouns("address"):
        first -= 1
    words = [fold(token.text).rstrip(".") for token in doc[start:first]]
    if len(words) > 1 and words[-1] in _SEATS and any(map(is_role, words[:-1])):
        first, words = first - 1, words[:-1]
    if any(is_role(word) or word in titles() - nouns("address") for word in words):
        return [_role_text(doc, start, first)]
    return []


def _after_comma(doc: Doc, last: int) -> list[Role]:
    """ "X, a farmer in Y,": a role noun after a comma where the parser saw no apposition."""
    if last + 2 >= len(doc) or doc[last + 1].text != ",":
        return []
    end = last + 2
    while (
        end < len(doc)
        and end < last + 14
        and doc[end].text not in (",", ".", "”", '"', ";", "—", "–")
        and doc[end].pos_ not in ("VERB", "AUX")
        and doc[end].lower_ not in ("who", "which")
    ):
        end += 1
    if any(token.tag_ == "NNS" and is_role(token.lemma_) for token in doc[last + 2 : end]):
        return []
    role = _role_text(doc, last + 2, end)
    return [role] if role.words and is_role(role.head) else []


def _before_comma(doc: Doc, first: int) -> list[Role]:
    """ "Y's ambassador to Z, X,": a noun phrase with a role noun that a comma parts from the name."""
    if first < 3 or doc[first - 1].text != ",":
        return []
    start = first - 1
    while (
        start > 0
        and first - start < 12
        and not doc[start].is_sent_start
        and not (doc[start - 1].is_punct and doc[start - 1].text not in ("-", *_POSSESSIVE))
        and doc[start - 1].pos_ not in ("VERB", "AUX", "PRON", "SCONJ")
    ):
        start -= 1
    if doc[start].pos_ in ("ADP", "CCONJ"):
        return []
    role = _role_text(doc, start, first - 1)
    return [role] if is_role(role.head) and len(role.text.split()) <= LONGEST else []


def _before_body(doc: Doc, first: int) -> list[Role]:
    """ "Chairman of the Trade Committee X": a role and what it is of, with no comma before the name."""
    start = office_before(doc, first)
    if start is None:
        return []
    end = titled_from(doc, first)
    while start > doc[first].sent.start and doc[start - 1].pos_ in ("NOUN", "PROPN", "ADJ"):
        start -= 1
    return [_role_text(doc, start, end)]


def _described(doc: Doc, noun: Token, stop: int = 1_000_000) -> list[Role]:
    """The role that a noun heads, and those coordinated with it, up to token `stop`."""
    parts = [noun, *[child for child in noun.conjuncts if child.i > noun.i]]
    found = []
    for number, part in enumerate(parts):
        if not is_role(part.lemma_) and part.lower_ not in titles():
            continue
        end = min(part.right_edge.i + 1, max(stop, part.i + 1))
        if number + 1 < len(parts):
            end = min(end, parts[number + 1].left_edge.i)
        for position in range(part.i + 1, end):
            token = doc[position]
            if (
                token.text in (",", ";", "—", "–", "(")
                or token.lower_ in nouns("clause_openers")
                or token.dep_ in ("relcl", "acl")
            ):
                end = position
                break
        found.append(_role_text(doc, min(part.left_edge.i, part.i), end, part.lemma_.casefold()))
    return found


def _role_text(doc: Doc, start: int, end: int, head: str = "") -> Role:
    """The role that tokens `start` to `end` word: owner and state set apart from the text."""
    span = doc[start:end]
    words = [token.text for token in span if not token.is_space]
    role = role_of(words)
    start, end = _bare(doc, start, end)
    affiliation = country = None
    owner = next((i for i in range(start, end) if doc[i].text in _POSSESSIVE), None)
    if owner is not None and any(
        is_role(token.lemma_) for token in doc[start:owner] if token.text.islower() or token.nbor().lower_ == "of"
    ):
        owner = None  # "head of the Miners' League" belongs to nobody
    if owner is not None:
        proper = [token for token in doc[start:owner] if token.pos_ == "PROPN"]
        if proper:
            affiliation = re.sub(r"\s+", " ", doc[start:owner].text)
            state = any(token.ent_type_ in ("GPE", "LOC") for token in proper) and (head or role.head) in _NATIONAL
            if state or fold(affiliation) in _states():
                country = affiliation
        start, end = _bare(doc, owner + 1, end)
    while start < end - 1 and fold(doc[start].text) in demonyms():
        country = country or demonyms()[fold(doc[start].text)]
        start += 1
    joint = next((i for i in range(start + 1, end - 1) if doc[i].lower_ in _JOINING), None)
    organisation = next((e for e in doc.ents if e.label_ == "ORG" and start <= e.start and e.end <= end), None)
    office = organisation is not None and organisation.end == end - 1 and doc[end - 1].lower_ in _OFFICES
    if (
        organisation is not None
        and not office
        and not any(is_role(token.lower_) or token.lower_ in titles() for token in organisation)
    ):
        affiliation = affiliation or organisation.text
        if joint is not None and organisation.end == end and organisation.start - joint in (1, 2):
            end = joint
        elif organisation.start == start and organisation.end < end and len(doc[organisation.end : end].text) > 2:
            start = organisation.end
    text = re.sub(r"\s+", " ", doc[start:end].text).strip(" -,()")
    text = re.sub(r"\s*\((?:retired|ret\.?)\)?", " (retired)", text) if "(" in text else text
    affiliation = re.sub(r"^[Tt]he |['’]s$", "", affiliation) if affiliation else None
    return Role(head or role.head, role.words, text, affiliation, country)


def _bare(doc: Doc, start: int, end: int) -> tuple[int, int]:
    """The range without articles, determiners and marks at its edges."""
    while start < end and (doc[start].lower_ in nouns("leading") or doc[start].is_punct or doc[start].is_space):
        start += 1
    while end > start and (
        (doc[end - 1].is_punct and doc[end - 1].text != ")") or doc[end - 1].lower_ in nouns("leading")
    ):
        end -= 1
    return start, end


def best_role(roles: Sequence[Role]) -> Role | None:
    """The role to print: the first that is short enough and says more than one word, else the first."""
    fitting = [role for role in roles if role.text and len(role.text.split()) <= LONGEST]
    several = [role for role in fitting if len(role.text.split()) > 1 or role.affiliation]
    return several[0] if several else fitting[0] if fitting else None
