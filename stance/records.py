"""Records of the schema to the JSON rows of a run folder, and back; the order of keys is fixed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from stance.schema import Document, Label, Quote, Section, Span, Speaker

Row = dict[str, Any]
_DOCUMENT_FIELDS = ("title", "outlet", "author", "published", "language", "url", "sha256")


def quote_row(quote: Quote, speakers: Mapping[str, Speaker]) -> Row:
    """The contract's row of a quotation; `speakers` maps ids to speakers of the same document or run."""
    speaker = speakers.get(quote.speaker_id or "")
    relay = speakers.get(quote.relayed_by or "")
    return {
        "id": quote.id,
        "document_id": quote.document_id,
        "kind": quote.kind,
        "text": quote.text,
        "content": [list(span) for span in quote.content],
        "cue": list(quote.cue) if quote.cue else None,
        "source": list(quote.source) if quote.source else None,
        "speaker": {"id": speaker.id, "name": speaker.name, "kind": speaker.kind} if speaker else None,
        "relayed_by": relay.name if relay else None,
        "parent_id": quote.parent_id,
        "heading": quote.heading,
        "confidence": round(quote.confidence, 4),
    }


def quote_from(row: Mapping[str, Any], ids_by_name: Mapping[str, str]) -> Quote:
    """A quotation from its row; `ids_by_name` finds the id of the relaying speaker, whom the row names."""
    return Quote(
        id=row["id"],
        document_id=row["document_id"],
        kind=row["kind"],
        text=row["text"],
        content=tuple(Span(*span) for span in row["content"]),
        cue=Span(*row["cue"]) if row.get("cue") else None,
        source=Span(*row["source"]) if row.get("source") else None,
        speaker_id=row["speaker"]["id"] if row.get("speaker") else None,
        parent_id=row.get("parent_id"),
        relayed_by=ids_by_name.get(row.get("relayed_by") or ""),
        heading=row.get("heading"),
        confidence=row.get("confidence", 1.0),
    )


def speaker_row(speaker: Speaker) -> Row:
    """A speaker as a flat row."""
    return asdict(speaker) | {"aliases": list(speaker.aliases)}


def speaker_from(row: Mapping[str, Any]) -> Speaker:
    """A speaker from its row."""
    return Speaker(**{**row, "aliases": tuple(row.get("aliases", ()))})


def label_row(label: Label) -> Row:
    """The contract's row of a label: stance with its target, or frames with all their scores."""
    row: Row = {"quote_id": label.quote_id, "document_id": label.document_id, "task": label.task}
    if label.task == "frame":
        row["labels"] = list(label.labels)
    else:
        row |= {"target": label.target, "label": label.label}
    row["scores"] = {name: round(value, 5) for name, value in label.scores.items()}
    row |= {name: value for name in ("codebook", "classifier", "annotator") if (value := getattr(label, name))}
    return row | ({"windows": label.windows} if label.windows > 1 else {})


def label_from(row: Mapping[str, Any]) -> Label:
    """A label from its row."""
    return Label(**{**row, "labels": tuple(row.get("labels", ()))})


def document_row(document: Document) -> Row:
    """A document with its text and sections."""
    row: Row = {"id": document.id}
    row |= {name: getattr(document, name) for name in _DOCUMENT_FIELDS}
    row["meta"] = dict(sorted(document.meta.items()))
    row["sections"] = [{"kind": s.kind, "span": list(s.span), "heading": s.heading} for s in document.sections]
    row["text"] = document.text
    return row


def document_from(row: Mapping[str, Any]) -> Document:
    """A document from its row."""
    sections = tuple(Section(s["kind"], Span(*s["span"]), s["heading"]) for s in row["sections"])
    return Document(
        id=row["id"],
        text=row["text"],
        sections=sections,
        meta=row.get("meta", {}),
        **{name: row[name] for name in _DOCUMENT_FIELDS},
    )
