"""One flat table, CSV or Parquet: a row for each label of each quotation (and one for a quotation without labels).

Spans, scores and sets are JSON inside a cell, so that both formats hold the same. Texts of articles stay in the run: a table
comes back into the run that it was exported from.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from stance import loaders
from stance.errors import InputError
from stance.exchange.markup import Coded
from stance.run import Run
from stance.schema import Document, Label, Quote, Span, Speaker

QUOTE = ("quote_id", "document_id", "kind", "text", "speaker", "relayed_by", "heading", "confidence")
PLACES = ("content", "cue", "source")
PEOPLE = ("speaker_id", "speaker_kind", "speaker_role", "speaker_affiliation", "speaker_country", "speaker_side")
ARTICLE = ("title", "outlet", "author", "published", "url")
LABEL = ("task", "target", "label", "scores", "codebook", "classifier", "annotator", "windows")
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


def read(path: Path, run: Run) -> Iterator[Coded]:
    """Read such a table back, document by document.

    Raises:
        InputError: a row that lacks what the table needs, or whose document is not in the run.
    """
    documents = {document.id: document for document in run.documents}
    people = {speaker.id: speaker for speaker in run.speakers}
    quotes: dict[str, dict[str, Quote]] = {}
    labels: dict[str, list[Label]] = {}
    samples: dict[str, str] = {}
    for number, row in enumerate(loaders.rows(path), 1):
        if isinstance(row, loaders.Failure):
            raise InputError(row.source, row.reason)
        cells = {key: None if value == "" else value for key, value in row.items()}
        try:
            name, owner = str(cells["quote_id"]), str(cells["document_id"])
            quote = _quote(cells)
            label = _label(cells) if cells.get("task") else None
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"{path}: row {number}", f"not a row of this table ({type(error).__name__}: {error})"
            ) from None
        if owner not in documents:
            raise InputError(
                f"{path}: row {number}", f"document {owner!r} is not in the run; give the run that was exported"
            )
        if quote.speaker_id and quote.speaker_id not in people:
            people[quote.speaker_id] = Speaker(quote.speaker_id, str(cells.get("speaker") or quote.speaker_id))
        quotes.setdefault(owner, {})[name] = quote
        if label:
            labels.setdefault(owner, []).append(label)
        if cells.get("sample"):
            samples[name] = str(cells["sample"])
    for owner, own in quotes.items():
        used = {key for quote in own.values() for key in (quote.speaker_id, quote.relayed_by) if key}
        yield Coded(
            documents[owner],
            tuple(own.values()),
            tuple(speaker for key, speaker in people.items() if key in used),
            tuple(labels.get(owner, ())),
            None,
            {name: samples[name] for name in own if name in samples},
        )


def _quote(cells: Mapping[str, Any]) -> Quote:
    cue, source = cells.get("cue"), cells.get("source")
    return Quote(
        id=str(cells["quote_id"]),
        document_id=str(cells["document_id"]),
        kind=cells["kind"],
        text=str(cells["text"]),
        content=tuple(Span(*span) for span in json.loads(str(cells["content"]))),
        cue=Span(*json.loads(cue)) if cue else None,
        source=Span(*json.loads(source)) if source else None,
        speaker_id=cells.get("speaker_id"),
        parent_id=cells.get("parent_id"),
        relayed_by=cells.get("relayed_by_id"),
        heading=cells.get("heading"),
        confidence=float(cells.get("confidence") or 0.0),
    )


def _label(cells: Mapping[str, Any]) -> Label:
    frame = cells["task"] == "frame"
    value = cells.get("label")
    return Label(
        quote_id=str(cells["quote_id"]),
        document_id=str(cells["document_id"]),
        task=cells["task"],
        scores=json.loads(cells.get("scores") or "{}"),
        target=None if frame else cells.get("target"),
        label=None if frame else value,
        labels=tuple(part.strip() for part in str(value or "").split(";") if part.strip()) if frame else (),
        codebook=cells.get("codebook"),
        classifier=cells.get("classifier"),
        annotator=cells.get("annotator"),
        windows=int(cells.get("windows") or 1),
    )
