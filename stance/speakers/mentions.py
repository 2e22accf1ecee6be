"""Proper names in the text, and which of them are people: the entity tagger's word weighed with how each name acts."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from stance.parse import Paragraph, Parsed
from stance.quotes.lexicon import cue_of
from stance.speakers.gender import is_given_name
from stance.speakers.names import fold, titles, tokens_of
from stance.speakers.nominal import is_role, nouns

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token
    from spacy.tokens import Span as Tokens

LABELS = ("PERSON", "ORG", "GPE", "NORP", "FAC", "LOC")
_EDGES = " \t\"'“”‘’()[],.;:—–-"
_BODY = frozenset({"NOUN", "PROPN", "ADJ", "DET", "PART", "ADP"})
_SUBJECTS = ("nsubj", "nsubjpass")
_FIRM = re.compile(r"\b[A-Z][\w’'-]+(?:(?:, | )[A-Z][\w’'-]+){0,3} (?:& [A-Z][\w’'-]+)+")  # "Pell, Marsh & Co"
_POSSESSIVE = ("'s", "’s", "'", "’")
_VOTES = {"PERSON": 2, "ORG": -1, "GPE": -2, "LOC": -2, "FAC": -2, "NORP": -3, "": 0}


@dataclass(frozen=True, slots=True)
class Mention:
    """A proper name in the text: offsets into the document, the words, the entity label (or `""`), a title before it.

    `headline` is set where most words are capitalised and a name's edges cannot be trusted.
    """

    start: int
    end: int
    text: str
    label: str
    title: str
    headline: bool = False

    @property
    def tokens(self) -> tuple[str, ...]:
        """Folded words without titles."""
        return tokens_of(self.text)

    @property
    def is_lone(self) -> bool:
        """Whether the name is one word, a hyphenated one too, as a surname on its second mention."""
        return " " not in self.text

    @property
    def is_person(self) -> bool:
        """Whether the name is taken for a person's."""
        return self.label == "PERSON"


def mentions_of(parsed: Parsed) -> list[list[Mention]]:
    """The proper names of each paragraph in text order, labelled by all that the document shows of each."""
    found = [names_in(paragraph) for paragraph in parsed.paragraphs]
    known = {m.text.split()[-1] for mentions in found for m in mentions if m.is_person and len(m.tokens) > 1}
    found = [
        sorted([*mentions, *_opening(paragraph, mentions, known)], key=lambda mention: mention.start)
        for paragraph, mentions in zip(parsed.paragraphs, found, strict=True)
    ]
    votes: Counter[tuple[str, ...]] = Counter()
    lone: Counter[str] = Counter()
    doubted: set[tuple[str, ...]] = set()
    strong: set[tuple[str, ...]] = set()
    for paragraph, mentions in zip(parsed.paragraphs, found, strict=True):
        for mention in mentions:
            if mention.headline:
                continue
            score = evidence(paragraph, mention)
            votes[mention.tokens] += score
            if score - _VOTES[mention.label] >= 2 or is_given_name(mention.tokens[0] if mention.tokens else ""):
                strong.add(mention.tokens)
            elif mention.label not in ("PERSON", "") or score < _VOTES[mention.label]:
                doubted.add(mention.tokens)
            if mention.is_lone and mention.tokens:
                lone[mention.tokens[-1]] += score
    places = {m.tokens[0] for mentions in found for m in mentions if m.label == "GPE" and len(m.tokens) == 1}
    surnames: dict[str, int] = {}
    for tokens in votes:
        if len(tokens) > 1 and tokens[0] in places and not is_given_name(tokens[0]):
            votes[tokens] -= 3  # "Norvia Atomic", of Norvia
    for tokens, score in votes.items():
        if len(tokens) > 1:
            surnames[tokens[-1]] = max(score, surnames.get(tokens[-1], -9))
    for tokens in doubted - strong:
        if len(tokens) == 1 and surnames.get(tokens[0], -9) < 2:
            votes[tokens] = min(votes[tokens], -1)
    return [[_label(mention, votes, lone, surnames) for mention in mentions] for mentions in found]


def _label(mention: Mention, votes: Counter[tuple[str, ...]], lone: Counter[str], surnames: dict[str, int]) -> Mention:
    tokens = mention.tokens
    if not tokens:
        return mention
    score = votes[tokens]
    if not mention.is_lone:
        score += max(0, min(3, lone[tokens[-1]]))
    elif surnames.get(tokens[-1], -9) >= 2:
        score += 3
    if (mention.label == "PERSON" and score < 0) or (mention.label != "PERSON" and score >= 2):
        return replace(mention, label="PERSON" if score >= 2 else "ORG")
    return mention


def names_in(paragraph: Paragraph) -> list[Mention]:
    """Named entities of one paragraph, mended, and runs of capitalised words that the entity tagger passed over."""
    doc = paragraph.doc
    headline = is_headline(paragraph)
    taken = [False] * len(doc)
    found: list[Mention] = []
    for match in _FIRM.finditer(doc.text):
        firm = doc.char_span(*match.span(), alignment_mode="expand")
        mention = _mention(paragraph, firm.start, firm.end, "ORG", headline) if firm is not None else None
        if firm is not None and mention is not None:
            found.append(mention)
            taken[firm.start : firm.end] = [True] * len(firm)
    for ent in doc.ents:
        if ent.label_ not in LABELS or any(taken[ent.start : ent.end]):
            continue
        first, last = _whole(doc, ent.start, _joined(ent))
        if ent.label_ == "PERSON" and not headline and (first, last) == (ent.start, ent.end):
            first, last = _grown(ent)
        for start, end, label in _parted(doc, first, last, ent.label_):
            mention = _mention(paragraph, start, end, label, headline)
            if mention is not None:
                found.append(mention)
        for i in range(first, last):
            taken[i] = True
    for first, last in _runs(doc, taken):
        mention = _mention(paragraph, *_whole(doc, first, last), "", headline)
        if mention is not None:
            found.append(mention)
    return sorted(found, key=lambda mention: mention.start)


def _opening(paragraph: Paragraph, known: Sequence[Mention], surnames: Set[str]) -> list[Mention]:
    """Surnames that open a sentence and that the tagger takes for common words: "Rind said", "Fields’ campaign"."""
    doc = paragraph.doc
    found: list[Mention] = []
    if is_headline(paragraph):
        return found
    for token in doc:
        start = paragraph.start + token.idx
        if token.text not in surnames or not token.is_sent_start:
            continue
        after = doc[token.i + 1] if token.i + 1 < len(doc) else None
        owns = after is not None and (after.tag_ == "POS" or after.text in _POSSESSIVE)
        if not owns and token.dep_ not in (*_SUBJECTS, "ROOT"):
            continue
        if all(not mention.start <= start < mention.end for mention in known):
            found.append(Mention(start, start + len(token.text), token.text, "", ""))
    return found


def _parted(doc: Doc, first: int, last: int, label: str) -> list[tuple[int, int, str]]:
    """An organisation's entity cut at its comma where two or three words follow: "the Chamber of Trade, Ada Berg"."""
    comma = next((i for i in range(first, last) if doc[i].text == ","), None)
    if comma is None or label == "PERSON" or not 2 <= last - comma - 1 <= 3:
        return [(first, last, label)]
    if any(
        fold(token.text) in nouns("organisations") or not token.text[0].isupper() for token in doc[comma + 1 : last]
    ):
        return [(first, last, label)]
    return [(first, comma, label), (comma + 1, last, "")]


def is_headline(paragraph: Paragraph) -> bool:
    """Whether most of a paragraph's longer words are capitalised, as in a headline in title case."""
    longer = [token.text for token in paragraph.doc if len(token.text) > 3 and token.is_alpha]
    return len(longer) > 3 and sum(word[0].isupper() for word in longer) > 0.7 * len(longer)


def _grown(ent: Tokens) -> tuple[int, int]:
    """A person's entity widened to a whole run of proper nouns: "Ganz" in "Leopold Ganz"."""
    doc, first, last = ent.doc, ent.start, ent.end
    while (
        first > 0
        and doc[first - 1].pos_ == "PROPN"
        and doc[first - 1].ent_type_ == ""
        and doc[first - 1].dep_ in ("compound", "flat")
        and is_given_name(fold(doc[first - 1].text))
    ):
        first -= 1
    while (
        last < len(doc) and doc[last].pos_ == "PROPN" and doc[last].ent_type_ == "" and doc[last - 1].head == doc[last]
    ):
        last += 1
    return first, last


def _joined(ent: Tokens) -> int:
    """The end of a person's entity with the next one where both are parts of one name: "Ada" and "Berg-Venn"."""
    end: int = ent.end
    after = next((other for other in ent.doc.ents if other.start == end), None)
    if after is not None and ent.label_ == after.label_ == "PERSON" and after.start <= ent[-1].head.i < after.end:
        end = after.end
    return end


def _whole(doc: Doc, first: int, last: int) -> tuple[int, int]:
    """A range of tokens with the rest of hyphenated names at its edges: "Aldous" in "Fergus Aldous-Bright"."""
    while _hyphen(doc, last) and not doc[last + 1].ent_type_:
        last += 2
    while _hyphen(doc, first - 1) and not doc[first - 2].ent_type_:
        first -= 2
    return first, last


def _hyphen(doc: Sequence[Token], at: int) -> bool:
    """Whether a token is a hyphen between two capitalised parts of a word."""
    if not 0 < at < len(doc) - 1 or doc[at].text not in ("-", "‑"):
        return False
    sides = doc[at - 1], doc[at + 1]
    return not (sides[0].whitespace_ or doc[at].whitespace_) and all(token.text[0].isupper() for token in sides)


def _runs(doc: Sequence[Token], taken: Sequence[bool]) -> list[tuple[int, int]]:
    """Runs of one to five capitalised words outside entities, a sentence's first common word left out."""
    runs: list[tuple[int, int]] = []
    i = 0
    while i < len(doc):
        if taken[i] or not _names(doc[i]):
            i += 1
            continue
        first = i
        while i < len(doc) and not taken[i] and (_names(doc[i]) or (i > first and _links(doc, i))):
            i += 1
        last = i
        while doc[last - 1].lower_ in nouns("particles") and not doc[last - 1].text[0].isupper():
            last -= 1
        if sum(not _hyphen(doc, place) for place in range(first, last)) <= 5:
            runs.append((first, last))
    return runs


def _links(doc: Sequence[Token], at: int) -> bool:
    return doc[at].lower_ in nouns("particles") or _hyphen(doc, at)


def _names(token: Token) -> bool:
    text = token.text
    if not text[:1].isupper() or (len(text) < 2 and not text.isupper()) or not any(ch.islower() for ch in text[1:]):
        return False
    if token.is_sent_start or token.i == 0:
        return token.pos_ == "PROPN" and not token.is_stop
    return token.pos_ in ("PROPN", "NOUN", "ADJ", "VERB", "X", "ADV") and not token.is_stop


def _mention(paragraph: Paragraph, first: int, last: int, label: str, headline: bool) -> Mention | None:
    doc = paragraph.doc
    while last > first and (doc[last - 1].text in _POSSESSIVE or doc[last - 1].is_punct or doc[last - 1].is_space):
        last -= 1
    while last > first + 2 and doc[last - 1].lower_ in nouns("postnominals"):
        last -= 1
    while first < last and (doc[first].is_punct or doc[first].is_space or doc[first].lower_ == "the"):
        first += 1
    title = ""
    personal = label in ("PERSON", "") or (first < last and _title(doc[first]) in nouns("courtesy"))
    while personal and first < last - 1 and _is_rank(doc[first]):
        if _title(doc[first]) in titles():
            title = _title(doc[first])
        first += 1
    if first >= last or not any(token.text[:1].isupper() for token in doc[first:last]):
        return None
    if personal and first and doc[first - 1].lower_ == "of" and not is_given_name(fold(doc[first].text)):
        named = (place for place in range(first + 1, last - 1) if is_given_name(fold(doc[place].text)))
        first = next(named, first)  # "Minister of Foreign Affairs Ada Berg"
    before = first - 1
    while before > 0 and (doc[before].text in (")", "(") or doc[before].lower_ == "retired"):
        before -= 1
    if before > 0 and doc[before].text == "." and _title(doc[before - 1]) in titles():  # "MS. BERG", "Hon. Berg"
        before -= 1
    if before >= 0 and not title and _title(doc[before]) in (titles() if personal else nouns("courtesy")):
        title = _title(doc[before])
    span = doc[first:last]
    text = re.sub(r"\s+", " ", span.text).strip(_EDGES)
    if not text or (label == "" and _title(doc[first]) in titles() and last - first == 1):
        return None
    if personal and _title(doc[last - 1]) in nouns("offices") and not is_given_name(fold(doc[first].text)):
        return None  # "Foreign Minister" before a name
    start = paragraph.start + span.start_char
    return Mention(start, paragraph.start + span.end_char, text, label, title, headline)


def _title(token: Token) -> str:
    return str(token.lower_).rstrip(".")


def titled_from(doc: Sequence[Token], first: int) -> int:
    """Where the titles before a name that begins at `first` begin: "Hon." in "the chairman, Hon. Ada Berg"."""
    while first > 1 and (
        _title(doc[first - 1]) in titles() or (doc[first - 1].text == "." and _title(doc[first - 2]) in titles())
    ):
        first -= 1
    return first


def office_before(doc: Sequence[Token], first: int) -> int | None:
    """The role noun that, with what it is of, leads up to a name without a comma: "chairman of the Trade Committee X"."""
    end = titled_from(doc, first)
    for i in range(end - 1, max(0, end - 12), -1):
        if doc[i].pos_ == "ADP" and is_role(doc[i - 1].lower_):
            return i - 1 if i < end - 1 and doc[end - 1].text[0].isupper() else None
        if doc[i].pos_ not in _BODY or is_role(doc[i].lemma_) or _title(doc[i]) in titles():
            return None
    return None


def _is_rank(token: Token) -> bool:
    """A word that stands before a name and is no part of it: "Minister", "Democrat", "Crooked"."""
    if _title(token) in titles():
        return True
    return (is_role(token.lower_) or token.tag_ in ("JJ", "VBN", "VBD")) and not is_given_name(token.lower_)


def evidence(paragraph: Paragraph, mention: Mention) -> int:
    """How strongly one occurrence of a name speaks for a person (above 0) or against one (below)."""
    span = paragraph.doc.char_span(
        mention.start - paragraph.start, mention.end - paragraph.start, alignment_mode="expand"
    )
    if span is None or not len(span):
        return 0
    doc, head, first, last = paragraph.doc, span.root, span[0].i, span[-1].i
    score = _VOTES[mention.label]
    words = [fold(token.text) for token in span]
    if any(word in nouns("organisations") or word in nouns("places") for word in words):
        score -= 3
    if len(words) > 1 and (words[-1] in nouns("firms") or "&" in span.text):
        score -= 3
    if span[-1].text.isupper() and len(span[-1].text) > 1:
        score -= 1
    if span[-1].tag_ == "NNPS" or (head.dep_ == "pobj" and fold(head.head.head.text) in nouns("organisations")):
        score -= 3
    if mention.title in nouns("courtesy"):
        score += 4
    elif mention.title:
        score += 2
    if first > 0 and doc[first - 1].lower_ == "the":
        score -= 3
    if len(span) > 1 and is_given_name(words[0]):
        score += 1
    if head.dep_ in ("nsubj", "nsubjpass"):
        verb = head.head
        cue = cue_of(verb)
        score += 2 if verb.lemma_.lower() in nouns("personal_verbs") else 1 if cue is not None else 0
        score += 3 if cue is not None and _says_of_oneself(verb, head) else 0
    elif head.dep_ == "pobj" and head.head.lower_ in ("in", "at", "near", "into", "across", "inside", "outside"):
        score -= 1
    if last + 2 < len(doc) and doc[last + 1].text == "," and doc[last + 2].lower_ == "who":
        score += 2
    score += _beside(doc, first, last, head)
    if first > 2 and doc[first - 1].text == "," and last + 1 < len(doc) and doc[last + 1].text in (",", "(", "—", "–"):
        for token in reversed(doc[max(span.sent.start, first - 12) : first - 1]):
            if token.is_punct or token.pos_ in ("VERB", "AUX"):
                break
            if token.tag_ == "NN" and is_role(token.lemma_) and token.lemma_.casefold() not in nouns("either"):
                return score + 2
    return score


def _says_of_oneself(verb: Token, name: Token) -> bool:
    """Whether "he" or "she" is the subject of what a name says: "Berg said she was pleased"."""
    clauses = (child for child in verb.children if child.dep_ == "ccomp" and child.i > name.i)
    return any(
        word.lower_ in ("he", "she") and word.dep_ in _SUBJECTS for clause in clauses for word in clause.children
    )


def _beside(doc: Sequence[Token], first: int, last: int, head: Token) -> int:
    """Role nouns before a name or in apposition to it speak for a person, nouns of institutions against."""
    score = 0
    if first > 0 and doc[first - 1].pos_ in ("NOUN", "PROPN") and doc[first - 1].text[0].islower():
        before = doc[first - 1].lemma_.casefold()
        score += 2 if is_role(before) and before not in nouns("organisations") | nouns("either") else 0
        score -= 2 if before in nouns("organisations") or before in nouns("places") else 0
    score += 2 if office_before(doc, first) is not None else 0
    # "a foreman called Ada Berg", "a Croatian named Ada Berg"
    if first > 1 and doc[first - 1].lower_ in ("called", "named"):
        score += 3 if is_role(doc[first - 2].lemma_) or doc[first - 2].ent_type_ == "NORP" else 0
    beside = [child for child in head.children if child.dep_ == "appos"]
    beside += [head.head] if head.dep_ == "appos" else []
    for noun in beside:
        if noun.tag_ == "NN":
            score += 2 if is_role(noun.lemma_) and noun.lemma_.casefold() not in nouns("either") else 0
            score -= 2 if noun.lemma_.casefold() in nouns("organisations") else 0
    if not beside and last + 2 < len(doc) and doc[last + 1].text == ",":
        for token in doc[last + 2 : last + 7]:
            if token.is_punct or token.pos_ in ("VERB", "AUX"):
                break
            if token.tag_ == "NN" and is_role(token.lemma_):
                return score + 2
    return score
