"""One flat table, CSV or Parquet: a row for each label of each quotation (and one for a quotation without labels).

Spans, scores and sets are JSON inside a cell, so that both formats hold the same. Texts of articles stay in the run: a table
comes back into the run that it was exported from.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from stance import loaders
from stance.errors import InputError
from stance.exchange.markup import ABSTAINED, Coded, speaker_of
from stance.labelled import Fault, lines
from stance.run import Run
from stance.schema import QUOTE_KINDS, STANCES, Document, Label, Quote, Span, Speaker, Task
from stance.spelling import nearest, unknown

QUOTE = ("quote_id", "document_id", "kind", "text", "speaker", "relayed_by", "heading", "confidence")
PLACES = ("content", "cue", "source")
PEOPLE = ("speaker_id", "speaker_kind", "speaker_role", "speaker_affiliation", "speaker_country", "speaker_side")
ARTICLE = ("title", "outlet", "author", "published", "url")
LABEL = ("task", "target", "label", "scores", "codebook", "classifier", "annotator", "windows")
TASKS = ("stance", "frame")
COLUMNS = (*QUOTE, *PLACES, "parent_id", "relayed_by_id", *PEOPLE, *ARTICLE, *LABEL, "sample")


def rows(run: Run, samples: Mapping[str, str] | None = None) -> Iterator[dict[str, Any]]:
    """The rows of the table, every cell a string, a number or `None`; frames are joined by `;`."""
    people = {speaker.id: speaker for speaker in run.speakers}
    documents = {document.id: document for document in run.documents}
    labels: dict[str, list[Label]] = {}
    for label in run.labels:
        labels.setdefault(label.quote_id, []).append(label)
    for quote in run.quotes:
        if samples is not None and quote.id not in samples:
            continue
        base = _quote_cells(quote, people, documents[quote.document_id])
        base["sample"] = (samples or {}).get(quote.id)
        for label in labels.get(quote.id) or [None]:  # type: ignore[list-item]
            row = base | (_label_cells(label) if label else {})
            yield {name: row.get(name) for name in COLUMNS}


def _quote_cells(quote: Quote, people: Mapping[str, Speaker], document: Document) -> dict[str, Any]:
    speaker, relay = people.get(quote.speaker_id or ""), people.get(quote.relayed_by or "")
    cells: dict[str, Any] = {
        "quote_id": quote.id,
        "document_id": quote.document_id,
        "kind": quote.kind,
        "text": quote.text,
        "speaker": speaker.name if speaker else None,
        "relayed_by": relay.name if relay else None,
        "heading": quote.heading,
        "confidence": round(quote.confidence, 4),
        "content": json.dumps([list(span) for span in quote.content]),
        "cue": json.dumps(list(quote.cue)) if quote.cue else None,
        "source": json.dumps(list(quote.source)) if quote.source else None,
        "parent_id": quote.parent_id,
        "speaker_id": quote.speaker_id,
        "relayed_by_id": quote.relayed_by,
    }
    if speaker:
        cells |= {name: getattr(speaker, name.removeprefix("speaker_")) for name in PEOPLE[1:]}
    return cells | {name: getattr(document, name) for name in ARTICLE}


def _label_cells(label: Label) -> dict[str, Any]:
    return {
        "task": label.task,
        "target": label.target,
        "label": ";".join(label.labels) if label.task == "frame" else label.label,
        "scores": json.dumps({name: round(value, 5) for name, value in label.scores.items()}, ensure_ascii=False),
        "codebook": label.codebook,
        "classifier": label.classifier,
        "annotator": label.annotator,
        "windows": label.windows,
    }


def write(table: Iterable[Mapping[str, Any]], path: Path, *, form: str) -> list[Path]:
    """Write rows as CSV (UTF-8, RFC 4180) or Parquet."""
    if form == "parquet":
        import pandas

        frame = pandas.DataFrame.from_records([dict(row) for row in table], columns=list(COLUMNS))
        frame["confidence"] = frame["confidence"].astype("Float64")
        frame["windows"] = frame["windows"].astype("Int64")
        for name in COLUMNS:
            if name not in ("confidence", "windows"):
                frame[name] = frame[name].astype("string")
        frame.to_parquet(path, index=False)
        return [path]
    import csv

    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows({key: "" if value is None else value for key, value in row.items()} for row in table)
    return [path]


def read(path: Path, run: Run, *, annotator: str | None = None) -> Iterator[Coded]:
    """Read such a table back, document by document, also one that a spreadsheet has saved.

    A quotation of the run is known by its id: columns that were taken out, and cells that a spreadsheet rewrites (confidence,
    scores, long texts), come from the run. A label that was changed loses the classifier's scores.

    Args:
        path: `.csv .tsv .parquet`.
        run: the run that was exported.
        annotator: whose labels those are that name no annotator; the classifier's otherwise.

    Raises:
        InputError: rows that lack what the table needs, contradict another, or whose document is not in the run; its `details`
            name each.
    """
    documents = {document.id: document for document in run.documents}
    people = {speaker.id: speaker for speaker in run.speakers}
    before = {quote.id: quote for quote in run.quotes}
    old_labels = {_key(label): label for label in run.labels}
    quotes: dict[str, dict[str, Quote]] = {}
    labels: dict[str, dict[Key, tuple[Label, int]]] = {}
    samples: dict[str, str] = {}
    faults: list[Fault] = []
    number = 0
    for number, row in enumerate(loaders.rows(path), 1):
        if isinstance(row, loaders.Failure):
            faults.append(Fault(row.source, 0, row.reason))
            continue
        cells = {key.strip(): None if value == "" else value for key, value in row.items()}
        if not any(value is not None for value in cells.values()):
            continue  # spreadsheets leave such rows at the end
        if "quote_id" not in cells:
            near = nearest("quote_id", cells)
            meant = f"is it {near!r}?" if near else f"there are {', '.join(list(cells)[:8])};"
            raise InputError(str(path), f"no column 'quote_id'; {meant} a table that stance export wrote is expected")
        try:
            if cells["quote_id"] is None:
                raise KeyError("quote_id")
            name, known = str(cells["quote_id"]), before.get(str(cells["quote_id"]))
            owner = str(cells.get("document_id") or (known.document_id if known else None))
            if owner not in documents:
                raise ValueError(f"document {owner!r} is not in the run; give the run that was exported")
            quote = _quote(cells, known, documents[owner], people)
            label = _label(cells, quote, known, old_labels, annotator)
            if label:
                own = labels.setdefault(owner, {})
                first, at = own.setdefault(_key(label), (label, number))
                if (first.label, set(first.labels)) != (label.label, set(label.labels)):
                    raise ValueError(f"another label of the same quotation and target than in row {at}; keep one")
        except (KeyError, TypeError, ValueError) as error:
            words = (
                f"no {error}; copy it from the table that was exported" if isinstance(error, KeyError) else str(error)
            )
            faults.append(Fault(str(path), number, words))
            continue
        quotes.setdefault(owner, {})[name] = quote
        if cells.get("sample"):
            samples[name] = str(cells["sample"])
    if faults:
        raise _unusable(path, faults, number)
    for owner, own_quotes in quotes.items():
        used = {key for quote in own_quotes.values() for key in (quote.speaker_id, quote.relayed_by) if key}
        yield Coded(
            documents[owner],
            tuple(own_quotes.values()),
            tuple(speaker for key, speaker in people.items() if key in used),
            tuple(label for label, _ in labels.get(owner, {}).values()),
            None,
            {name: samples[name] for name in own_quotes if name in samples},
        )


def _unusable(path: Path, faults: Sequence[Fault], rows: int) -> InputError:
    """The error for rows that cannot be read back: of one what is wrong with it, of several how many, with a line for each."""
    if len(faults) == 1:
        return InputError(faults[0].source, faults[0].reason)
    error = InputError(str(path), f"{len(faults)} of {rows} rows cannot be used; correct them")
    error.details = tuple(lines(faults))
    return error


Key = tuple[str | None, ...]


def _key(label: Label) -> Key:
    """What there can be one label for."""
    return (label.quote_id, label.task, label.target, label.codebook, label.annotator)


def _quote(cells: Mapping[str, Any], known: Quote | None, document: Document, people: dict[str, Speaker]) -> Quote:
    """The quotation of a row; `known` is the run's."""
    content = tuple(_spans(cells, "content")) or (known.content if known else ())
    if not content:
        raise KeyError("content")
    if any(not 0 <= span.start < span.end <= len(document.text) for span in content):
        raise ValueError(f"content {cells['content']} lies outside the text of {len(document.text)} characters")
    if known and known.content == content:
        text, confidence = known.text, known.confidence
    else:
        text, confidence = " ".join(span.of(document.text) for span in content), _number(cells.get("confidence"))
    kind = str(cells.get("kind") or (known.kind if known else "direct"))
    if kind not in QUOTE_KINDS:
        raise ValueError(f"kind {unknown(kind, QUOTE_KINDS)}")

    def place(name: str, old: Span | None) -> Span | None:
        return next(iter(_spans(cells, name)), None) if name in cells else old

    return Quote(
        id=str(cells["quote_id"]),
        document_id=document.id,
        kind=kind,
        text=text,
        content=content,
        cue=place("cue", known.cue if known else None),
        source=place("source", known.source if known else None),
        speaker_id=_person(cells, "speaker", "speaker_id", known.speaker_id if known else None, people),
        parent_id=cells.get("parent_id", known.parent_id if known else None),
        relayed_by=_person(cells, "relayed_by", "relayed_by_id", known.relayed_by if known else None, people),
        heading=known.heading if known and known.content == content else document.heading_at(content[0].start),
        confidence=confidence,
    )


def _person(
    cells: Mapping[str, Any], column: str, identity: str, before: str | None, people: dict[str, Speaker]
) -> str | None:
    """Who is named: by the name, which a coder may have corrected; the id tells apart people of one name."""
    if column not in cells:
        return before
    name, key = cells[column], cells.get(identity) or before
    if name is not None and key and key not in people:
        people[key] = Speaker(key, str(name))
    return speaker_of(None if name is None else str(name), key, people)


def _spans(cells: Mapping[str, Any], name: str) -> Iterator[Span]:
    """The spans of a cell, `[start, end]` or a list of these."""
    if cells.get(name) is None:
        return
    try:
        found = json.loads(str(cells[name]))
        for start, end in found if isinstance(found[0], list) else [found]:
            yield Span(int(start), int(end))
    except (ValueError, TypeError, IndexError, KeyError):
        raise ValueError(f"{name} {cells[name]!r} is no span; it must read [start, end]") from None


def _number(value: Any) -> float:
    """A number, also with a decimal comma."""
    try:
        return float(str(value or 0).replace(",", "."))
    except ValueError:
        return 0.0


def _label(
    cells: Mapping[str, Any],
    quote: Quote,
    known: Quote | None,
    before: Mapping[Key, Label],
    annotator: str | None,
) -> Label | None:
    """The label of a row: the run's own where it says the same, with the classifier's scores, else what a coder wrote."""
    task, value = cells.get("task"), cells.get("label")
    if task is None:
        if value is not None:
            raise ValueError("a label, but no task; write stance or frame into the column `task`")
        return None
    if task not in TASKS:
        raise ValueError(f"task {unknown(str(task), TASKS)}")
    target = cells.get("target")
    coder = cells.get("annotator") or annotator
    said = Label(quote.id, quote.document_id, cast(Task, task), {}, codebook=cells.get("codebook"), annotator=coder)
    if task == "stance":
        if target is None or not str(target).strip():
            raise ValueError("no target; write what the stance is toward into the column `target`")
        decided = None if value in (None, ABSTAINED) else str(value).strip()
        if decided is not None and decided not in STANCES:
            raise ValueError(f"label {unknown(decided, STANCES)} (empty: left open)")
        said = replace(said, target=str(target), label=decided, scores={decided: 1.0} if decided else {})
    else:
        names = tuple(part.strip() for part in str(value or "").split(";") if part.strip())
        said = replace(said, labels=names, scores=dict.fromkeys(names, 1.0))
    old = before.get(_key(said))
    if old and (old.label, set(old.labels)) == (said.label, set(said.labels)):
        return old
    if known is None and said.annotator is None and cells.get("scores"):  # a row of a quotation that the run has not
        scores, windows = json.loads(str(cells["scores"])), int(_number(cells.get("windows"))) or 1
        return replace(said, scores=scores, classifier=cells.get("classifier"), windows=windows)
    return said
