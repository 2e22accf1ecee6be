"""Turns of a transcript or an interview: `MAYOR: words`, `Ada Berg: words`, `Q: words`, and which of them only ask."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from stance.data import words
from stance.parse import Paragraph, Parsed
from stance.quotes.relation import Relation, merged, shared
from stance.schema import Span
from stance.speakers.names import titles
from stance.structure import TURN

SURE = 0.97
_PAIR = frozenset({"q", "a", "question", "answer"})
_ASKED = re.compile(r"\b(?:Has|Have|Had|Did|Do|Does|Will|Would|Can|Could|Should|Is|Are|Was|Were)\s+$")
_TALKING = frozenset({"i", "we", "you"})
_CLOSERS = "\"'”’»)]*_ "


class Turn(NamedTuple):
    """What one speaker says at a stretch: the label, and the words, none where they only ask.

    `head` is all up to the colon (or the full stop of "Q."), and `end` that of the labelled paragraph, questions included.
    """

    label: Span
    head: Span
    content: tuple[Span, ...]
    end: int

    def relation(self) -> Relation:
        """The turn as a relation whose cue is the mark that ends its label."""
        mark = Span(self.head.end - 1, self.head.end)
        return Relation(self.content, mark, self.label, SURE, "speech", "transcript", alone=SURE)


def find(parsed: Parsed, outlet: str | None = None) -> list[Turn]:
    """The turns of a document, none unless there are two.

    An interviewer is known by the label ("Q", the outlet's name or initials) or by asking in most turns. What such a
    person asks is no statement, and what is said beside the question is.

    Args:
        parsed: the document.
        outlet: who published it.
    """
    text = parsed.text
    labelled = {place: turn for place, paragraph in enumerate(parsed.paragraphs) if (turn := _turn(text, paragraph))}
    count = Counter(turn.label.of(text) for turn in labelled.values())
    sure = {label for label in count if _names(text, label, count)}
    known = sure | {label for label in count if sure and _introduced(text, label)}
    labelled = {place: turn for place, turn in labelled.items() if turn.label.of(text) in known}
    if len(labelled) < 2:
        return []
    count = Counter(turn.label.of(text) for turn in labelled.values())
    asking = _askers(text, list(labelled.values()), count, outlet)
    return [
        turn._replace(content=_stated(text, parsed.paragraphs[place], turn.content))
        if _key(turn.label.of(text), count) in asking
        else turn
        for place, turn in _run_on(parsed, labelled).items()
    ]


def outside(text: str, found: Sequence[Relation], spoken: Sequence[Turn]) -> list[Relation]:
    """Relations that read nothing out of a turn's label, and nobody's words out of a question: "Do you say he lied?".

    Args:
        text: the document.
        found: relations in any order.
        spoken: turns in text order.
    """
    starts = [turn.head.start for turn in spoken]

    def before(offset: int) -> Turn | None:
        place = bisect_right(starts, offset)
        return spoken[place - 1] if place else None

    def labels(span: Span | None) -> bool:
        turn = before(span.end - 1) if span else None
        return span is not None and turn is not None and turn.head.overlaps(span)

    def asks(relation: Relation) -> bool:
        turn = before(relation.content[0].start)
        if turn is None or relation.content[0].start >= turn.end or shared(relation.content, turn.content):
            return False
        if relation.source is None or relation.source.of(text).casefold() in _TALKING:
            return True
        return _ASKED.search(text, turn.head.end, relation.source.start) is not None  # "Has the minister denied it?"

    return [r for r in found if r.content and not labels(r.cue) and not labels(r.source) and not asks(r)]


def _turn(text: str, paragraph: Paragraph) -> Turn | None:
    match = TURN.match(text, paragraph.start, paragraph.end)
    if match is None or paragraph.kind not in ("body", "standfirst"):
        return None
    start, end = match.span("name")
    title, _, name = match["name"].partition(" ")
    if name and match["name"].isupper() and title.rstrip(".").casefold() in titles():
        start = end - len(name)  # "SEN. HOLLIS": in capitals a title is not told from a name
    return Turn(
        Span(start, end), Span(match.start(), match.end("mark")), (Span(match.end(), paragraph.end),), paragraph.end
    )


def _names(text: str, label: str, count: Counter[str]) -> bool:
    """Whether a label names who speaks: in capitals, or again and again by a name or as whoever asks and answers."""
    folded = label.casefold().rstrip(".")
    if label.endswith(".") and folded in _PAIR and "Q." not in count:  # "A. Berg and Sons", "A. First of all"
        return False
    if folded in _PAIR or folded in words("askers"):
        return count[label] > 1 or len({name.casefold().rstrip(".") for name in count} & _PAIR) > 1
    if folded in words("labels"):
        return False
    if label.isupper() and len(folded) > 1:
        return True
    if count[label] < 2 or len(folded) < 2:
        return False
    name = re.escape(label)  # one word that repeats is a name where it stands beside another in the text
    return " " in label or re.search(rf"\b[A-Z][\w.'’-]+ {name}\b|\b{name} [A-Z]\w+", text) is not None


def _introduced(text: str, label: str) -> bool:
    """Whether a full name stands somewhere without a colon too."""
    return " " in label and re.search(rf"\b{re.escape(label)}\b(?![*_]*:)", text) is not None


def _key(label: str, count: Counter[str]) -> str:
    """One key for the forms of a label: "Ada Berg" once and "AB" from then on."""
    letters = "".join(word[0] for word in label.split() if word[:1].isupper())
    return letters if len(letters) > 1 and letters in count else label.replace(".", "")


def _askers(text: str, found: Sequence[Turn], count: Counter[str], outlet: str | None) -> frozenset[str]:
    """Keys of the labels whose turns are an interviewer's."""
    own = [word for word in re.findall(r"\w+", outlet or "") if word[:1].isupper()]
    houses = {" ".join(own), "".join(word[0] for word in own), "".join(word[0] for word in own[1:]), outlet or ""}
    turns: dict[str, list[bool]] = {}
    for turn in found:
        asks = turn.content[-1].of(text).rstrip(_CLOSERS)[-1:] == "?"
        turns.setdefault(_key(turn.label.of(text), count), []).append(asks)
    known = {key for key in turns if key.casefold() in words("askers") or key in houses}
    most = {key for key, asks in turns.items() if len(asks) > 1 and 2 * sum(asks) > len(asks)}
    return frozenset(known or most)


def _run_on(parsed: Parsed, labelled: Mapping[int, Turn]) -> dict[int, Turn]:
    """Turns with the paragraphs up to the next turn, where somebody speaks twice and most paragraphs are turns."""
    first, last = min(labelled), max(labelled)
    again = len({turn.label.of(parsed.text) for turn in labelled.values()}) < len(labelled)
    if not again or last - first + 1 > 2 * len(labelled):
        return dict(labelled)
    result: dict[int, Turn] = {}
    held = first
    for place in range(first, last + 1):
        paragraph = parsed.paragraphs[place]
        if place in labelled:
            held = place
            result[place] = labelled[place]
        elif paragraph.kind == "body" and paragraph.doc[0].text not in ("(", "["):  # "(Laughter.)"
            longer = (*result[held].content, Span(paragraph.start, paragraph.end))
            result[held] = result[held]._replace(content=longer)
    return result


def _stated(text: str, paragraph: Paragraph, content: tuple[Span, ...]) -> tuple[Span, ...]:
    """The sentences of an interviewer's turn that are no questions."""
    said = [
        paragraph.span(sentence[0], sentence[-1])
        for sentence in paragraph.doc.sents
        if sentence.text.rstrip(_CLOSERS)[-1:] != "?"
    ]
    first = content[0].start
    kept = [Span(max(span.start, first), span.end) for span in said if span.end > first]
    return merged([*(span for span in kept if any(map(str.isalnum, span.of(text)))), *content[1:]], text)
