"""What annotation tools share: marks on a text. From a run to marks, and from marks back to quotes and labels.

A mark is a labelled, possibly discontinuous range that belongs to another mark: cue, source, stance and frames to the
content of a quotation, a nested content to the one around it. Each tool's own module only writes and reads marks. What a
tool has no place for (sections, scores, confidence) comes back from the run that was exported.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, cast

from stance.errors import InputError
from stance.run import Run
from stance.schema import QUOTE_KINDS, STANCES, Document, Label, Quote, QuoteKind, Span, Speaker
from stance.spelling import unknown
from stance.text import slug

MarkKind = Literal["content", "cue", "source", "stance", "frame"]
ABSTAINED = "abstained"
RELATIONS: Mapping[str, str] = {
    "content": "within",
    "cue": "cue_of",
    "source": "source_of",
    "stance": "stance_of",
    "frame": "frame_of",
}
CONTINUES = "continues"
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark. Offsets are code points.

    Attributes:
        id: unique in the text.
        kind: what it is.
        spans: where, in text order.
        value: of a content direct, indirect or mixed; of a stance its label; of a frame its id.
        name: of a stance its target, of a frame its codebook.
        of: the mark it belongs to.
        quote: of a content, the id of its quotation in the run.
        speaker: of a content, who says it.
        relayed_by: of a content, who passes it on.
        sample: of a content, how it was drawn.
    """

    id: str
    kind: MarkKind
    spans: tuple[Span, ...]
    value: str = ""
    name: str = ""
    of: str | None = None
    quote: str | None = None
    speaker: str | None = None
    relayed_by: str | None = None
    sample: str | None = None


@dataclass(frozen=True, slots=True)
class Markup:
    """The marks of one text by one annotator (`None`: the program itself). `faults` are what a tool's reader had to leave out."""

    document_id: str
    text: str
    marks: tuple[Mark, ...]
    annotator: str | None = None
    title: str | None = None
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Coded:
    """What marks say, in the terms of the schema. `samples` is by quote id; `faults` are marks that say nothing."""

    document: Document
    quotes: tuple[Quote, ...]
    speakers: tuple[Speaker, ...]
    labels: tuple[Label, ...]
    annotator: str | None = None
    samples: Mapping[str, str] = field(default_factory=dict)
    faults: tuple[str, ...] = ()


def from_run(run: Run, *, samples: Mapping[str, str] | None = None, annotator: str | None = None) -> Iterable[Markup]:
    """The marks of each document.

    Args:
        run: a finished run.
        samples: the quotes to mark, with how each was drawn; all if `None`. Documents without any are left out.
        annotator: whose labels; `None` for those of the classifier.

    Yields:
        Markups in the order of the documents.
    """
    names = {speaker.id: speaker.name for speaker in run.speakers}
    labels: dict[str, list[Label]] = {}
    for label in run.labels:
        if label.annotator == annotator:
            labels.setdefault(label.quote_id, []).append(label)
    quotes: dict[str, list[Quote]] = {}
    for quote in run.quotes:
        if samples is None or quote.id in samples:
            quotes.setdefault(quote.document_id, []).append(quote)
    for document in run.documents:
        chosen = quotes.get(document.id, [])
        if not chosen and samples is not None:
            continue
        inside = {quote.id for quote in chosen}
        marks: list[Mark] = []
        for quote in chosen:
            marks += _marks(quote, labels.get(quote.id, []), names, inside, (samples or {}).get(quote.id))
        yield Markup(document.id, document.text, tuple(marks), annotator, document.title)


def _marks(
    quote: Quote, labels: Sequence[Label], names: Mapping[str, str], inside: set[str], sample: str | None
) -> list[Mark]:
    main = f"{quote.id}/content"
    marks = [
        Mark(
            main,
            "content",
            quote.content,
            value=quote.kind,
            of=f"{quote.parent_id}/content" if quote.parent_id in inside else None,
            quote=quote.id,
            speaker=names.get(quote.speaker_id or ""),
            relayed_by=names.get(quote.relayed_by or ""),
            sample=sample,
        )
    ]
    if quote.cue:
        marks.append(Mark(f"{quote.id}/cue", "cue", (quote.cue,), of=main))
    if quote.source:
        marks.append(Mark(f"{quote.id}/source", "source", (quote.source,), of=main))
    for number, label in enumerate(labels):
        if label.task == "stance":
            value = label.label or ABSTAINED
            marks.append(
                Mark(f"{quote.id}/stance/{number}", "stance", quote.content[:1], value, label.target or "", of=main)
            )
        else:
            marks += [
                Mark(
                    f"{quote.id}/frame/{number}/{frame}",
                    "frame",
                    quote.content[:1],
                    frame,
                    label.codebook or "",
                    of=main,
                )
                for frame in label.labels
            ]
    return marks


def to_coded(markup: Markup, run: Run | None = None) -> Coded:
    """Quotes and labels from marks.

    Args:
        markup: as read from a tool.
        run: the run that was exported: gives what the tool has no place for, and the ids of quotes it forgot.

    Returns:
        Quotes in text order of their appearance among the marks. A quotation that is unchanged comes back equal.
    """
    document = _document(markup, run)
    known = {quote.id: quote for quote in run.quotes if quote.document_id == document.id} if run else {}
    people = {speaker.id: speaker for speaker in run.speakers} if run else {}
    contents = [mark for mark in markup.marks if mark.kind == "content" and mark.spans and not _fault(mark)]
    ids = _quote_ids(contents, known, document)
    parts: dict[str, dict[str, list[Mark]]] = {}
    faults = [f"{markup.document_id}: {fault}" for fault in markup.faults]
    for mark in markup.marks:
        owner = mark.of if mark.of in ids else _nearest(mark, contents)
        if reason := "no quotation is near it" if owner is None else _fault(mark):
            faults.append(f"{markup.document_id}: {mark.kind} at {mark.spans[0].start}: {reason}; left out")
        elif mark.kind != "content" and owner:
            parts.setdefault(owner, {}).setdefault(mark.kind, []).append(mark)
    for own in parts.values():
        own["stance"], conflicts = _agreeing(own.get("stance", []))
        faults += [f"{markup.document_id}: {conflict}" for conflict in conflicts]
    quotes: list[Quote] = []
    labels: list[Label] = []
    old_labels: dict[str, list[Label]] = {}
    for label in run.labels if run else ():
        old_labels.setdefault(label.quote_id, []).append(label)
    for mark in contents:
        own = parts.get(mark.id, {})
        quote = _quote(mark, own, ids, known, document, people)
        quotes.append(quote)
        labels += _labels(quote, own, old_labels.get(quote.id, []), markup.annotator)
    used = {name for quote in quotes for name in (quote.speaker_id, quote.relayed_by) if name}
    return Coded(
        document,
        tuple(quotes),
        tuple(people[name] for name in people if name in used),
        tuple(labels),
        markup.annotator,
        {ids[mark.id]: mark.sample for mark in contents if mark.sample},
        tuple(faults),
    )


def _fault(mark: Mark) -> str | None:
    """What keeps a mark from saying anything."""
    if mark.kind == "stance":
        if mark.value not in (*STANCES, ABSTAINED):
            return unknown(mark.value, (*STANCES, ABSTAINED))
        return None if mark.name.strip() else "it names no target"
    if mark.kind == "frame":
        return None if mark.value else "it names no frame"
    return unknown(mark.value, QUOTE_KINDS) if mark.kind == "content" and mark.value not in QUOTE_KINDS else None


def _agreeing(stances: Sequence[Mark]) -> tuple[list[Mark], list[str]]:
    """The stances of one quotation without those that contradict each other, and a line for each of these."""
    said: dict[str, dict[str, Mark]] = {}
    for mark in stances:
        said.setdefault(mark.name, {})[mark.value] = mark
    faults = [
        f"stance at {next(iter(values.values())).spans[0].start}: {' and '.join(values)} toward {name!r}; keep one; left out"
        for name, values in said.items()
        if len(values) > 1
    ]
    return [mark for mark in stances if len(said[mark.name]) == 1], faults


def _nearest(mark: Mark, contents: Sequence[Mark]) -> str | None:
    """The quotation that a mark without a relation belongs to: the smallest it overlaps, else the nearest."""

    def distance(content: Mark) -> tuple[int, int]:
        gap = min(max(a.start - b.end, b.start - a.end, -1) for a in mark.spans for b in content.spans)
        return max(gap, -1), content.spans[-1].end - content.spans[0].start

    return min(contents, key=distance).id if contents else None


def legible(text: str) -> str:
    """A text as XML can hold it: control characters, which it forbids, become U+FFFD, so that offsets stay."""
    return _FORBIDDEN.sub("\ufffd", text)


def _document(markup: Markup, run: Run | None) -> Document:
    """The run's document of that id, else the only one of that text (files are renamed); a new one where there is no run."""
    if run is None:
        return Document(markup.document_id, markup.text, title=markup.title)
    named = [document for document in run.documents if document.id == markup.document_id]
    same = [document for document in named or run.documents if legible(document.text) == legible(markup.text)]
    if len(same) == 1:
        return same[0]
    reason = "its text differs from the run's" if named else "the run has no such document"
    raise InputError(markup.document_id, f"{reason}; import into the run that was exported")


def lines(spans: Iterable[Span], text: str) -> tuple[Span, ...]:
    """Spans cut at line ends, as tools need that mark inside a line."""
    found: list[Span] = []
    for span in spans:
        start = span.start
        for piece in span.of(text).splitlines(keepends=True):
            end = start + len(piece.rstrip("\r\n"))
            if end > start:
                found.append(Span(start, end))
            start += len(piece)
    return tuple(found)


def _quote_ids(contents: Sequence[Mark], known: Mapping[str, Quote], document: Document) -> dict[str, str]:
    """The quote id of each content mark: its own, else that of the run's quote at the same place, else a new one."""
    by_place = {lines(quote.content, document.text): quote.id for quote in known.values()}
    found: dict[str, str] = {}
    taken: set[str] = set()
    for mark in contents:
        name = mark.quote or by_place.get(lines(mark.spans, document.text))
        if name and name not in taken:
            found[mark.id] = name
            taken.add(name)
    number = 0
    for mark in contents:
        if mark.id not in found:
            new = ""
            while not new or new in taken or new in known:
                number += 1
                new = f"{document.id}-m{number:03d}"
            found[mark.id] = new
            taken.add(new)
    return found


def _quote(
    mark: Mark,
    own: Mapping[str, Sequence[Mark]],
    ids: Mapping[str, str],
    known: Mapping[str, Quote],
    document: Document,
    people: dict[str, Speaker],
) -> Quote:
    name = ids[mark.id]
    old = known.get(name)
    content = mark.spans
    if old and lines(old.content, document.text) == lines(content, document.text):
        content = old.content
    text = old.text if old and old.content == content else " ".join(span.of(document.text) for span in content)
    parent = ids.get(mark.of or "")
    if parent is None and old and old.parent_id and old.parent_id not in ids.values():
        parent = old.parent_id  # the quotation around it was not part of the export

    def place(kind: str, before: Span | None) -> Span | None:
        marks = own.get(kind)
        if not marks:
            return None
        spans = marks[0].spans
        whole = Span(spans[0].start, spans[-1].end)
        return before if before and lines((before,), document.text) == lines(spans, document.text) else whole

    changed = Quote(
        id=name,
        document_id=document.id,
        kind=cast(QuoteKind, mark.value),
        text=text,
        content=content,
        cue=place("cue", old.cue if old else None),
        source=place("source", old.source if old else None),
        speaker_id=speaker_of(mark.speaker, old.speaker_id if old else None, people),
        parent_id=parent,
        relayed_by=speaker_of(mark.relayed_by, old.relayed_by if old else None, people),
        heading=document.heading_at(content[0].start) if not old or old.content != content else old.heading,
        confidence=1.0,
    )
    return old if old and replace(changed, confidence=old.confidence) == old else changed


def speaker_of(name: str | None, before: str | None, people: dict[str, Speaker]) -> str | None:
    """The id of a named speaker: as before if the name is the same, else one of that name, else a new one."""
    if not name or not name.strip():
        return None
    if before and before in people and people[before].name == name:
        return before
    found = next((key for key, speaker in people.items() if speaker.name == name), None)
    if found is None:
        found = slug(name)
        people[found] = Speaker(found, name)
    return found


def _labels(
    quote: Quote, own: Mapping[str, Sequence[Mark]], before: Sequence[Label], annotator: str | None
) -> list[Label]:
    """The labels that marks give a quotation; one that equals the run's comes back with its scores."""
    written = {_words(label.target or ""): label.target or "" for label in before if label.task == "stance"}
    stances = {written.get(_words(mark.name), mark.name): mark.value for mark in own.get("stance", ())}
    frames: dict[str, list[str]] = {}
    for mark in own.get("frame", ()):
        frames.setdefault(mark.name, []).append(mark.value)
    found: list[Label] = []
    own_codes = [label for label in before if label.annotator == annotator]
    asked = {(label.task, label.target, label.codebook) for label in own_codes}
    # What the classifier was asked and the annotator has seen is an answer too, even where nothing is marked.
    shown = [la for la in before if la.annotator is None and (la.task, la.target, la.codebook) not in asked]
    for label in own_codes if annotator is None else own_codes + shown:
        mine = label.annotator == annotator
        if label.task == "stance" and label.target in stances:
            value = stances.pop(label.target)
            same = mine and (label.label or ABSTAINED) == value
            found.append(label if same else _stance(quote, label.target, value, annotator))
        elif label.task == "frame":
            given = frames.pop(label.codebook or "", [])
            same = mine and set(given) == set(label.labels)
            found.append(label if same else _frames(quote, given, label.codebook, annotator))
    found += [_stance(quote, target, value, annotator) for target, value in stances.items()]
    found += [_frames(quote, given, codebook or None, annotator) for codebook, given in frames.items()]
    unique = {(label.task, label.target, label.codebook): label for label in found}
    return list(unique.values())


def _words(name: str) -> str:
    """A name with single spaces, as tools of one line an entry keep it."""
    return " ".join(name.split())


def _stance(quote: Quote, target: str, value: str, annotator: str | None) -> Label:
    decided = None if value == ABSTAINED else value
    scores = {decided: 1.0} if decided else {}
    return Label(quote.id, quote.document_id, "stance", scores, target=target, label=decided, annotator=annotator)


def _frames(quote: Quote, given: Sequence[str], codebook: str | None, annotator: str | None) -> Label:
    return Label(
        quote.id,
        quote.document_id,
        "frame",
        dict.fromkeys(given, 1.0),
        labels=tuple(given),
        codebook=codebook,
        annotator=annotator,
    )
