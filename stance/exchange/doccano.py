"""doccano: JSON Lines of a project of sequence labelling with relations (allow overlapping spans in its settings).

Offsets are UTF-16 code units. Entities carry a label alone, so a stance reads `against > NATO` and a frame
`frame > policy_frames/economic`; speakers and ids travel as metadata, matched by place when the file comes back.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from stance.errors import InputError
from stance.exchange.markup import ABSTAINED, CONTINUES, RELATIONS, Mark, MarkKind, Markup
from stance.exchange.offsets import Offsets
from stance.schema import QUOTE_KINDS, STANCES, Span
from stance.spelling import unknown

ARROW = " > "


def write(markups: Iterable[Markup], path: Path) -> list[Path]:
    """Write one line a document."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for markup in markups:
            file.write(json.dumps(_row(markup), ensure_ascii=False) + "\n")
    return [path]


def _row(markup: Markup) -> dict[str, Any]:
    units = Offsets(markup.text)
    number = {mark.id: at for at, mark in enumerate(markup.marks, 1)}
    entities: list[dict[str, Any]] = []
    relations: list[dict[str, Any]] = []
    extra = len(number)
    for mark in markup.marks:
        for at, span in enumerate(mark.spans):
            key = number[mark.id] if at == 0 else (extra := extra + 1)
            place = {"start_offset": units.to_utf16(span.start), "end_offset": units.to_utf16(span.end)}
            entities.append({"id": key, "label": _label(mark), **place})
            if at:
                relations.append({"from_id": key, "to_id": number[mark.id], "type": CONTINUES})
        if mark.of:
            relations.append({"from_id": number[mark.id], "to_id": number[mark.of], "type": RELATIONS[mark.kind]})
    for key, relation in enumerate(relations, 1):
        relation["id"] = key
    quotes = [
        {
            "id": mark.quote,
            "content": [[units.to_utf16(span.start), units.to_utf16(span.end)] for span in mark.spans],
            "speaker": mark.speaker,
            "relayed_by": mark.relayed_by,
            "sample": mark.sample,
        }
        for mark in markup.marks
        if mark.kind == "content"
    ]
    meta = {"document_id": markup.document_id, "title": markup.title, "annotator": markup.annotator, "quotes": quotes}
    return {"text": markup.text, "entities": entities, "relations": relations, **meta}


def _label(mark: Mark) -> str:
    if mark.kind == "content":
        return mark.value
    if mark.kind == "stance":
        return f"{mark.value}{ARROW}{mark.name}"
    return f"frame{ARROW}{mark.name}/{mark.value}" if mark.kind == "frame" else mark.kind


def read(path: Path) -> Iterator[Markup]:
    """Read what doccano exports as JSONL(Relation), or what `write` wrote.

    Raises:
        InputError: not such a file.
    """
    from stance import loaders

    for number, row in enumerate(loaders.rows(path), 1):
        if isinstance(row, loaders.Failure):
            raise InputError(row.source, row.reason)
        try:
            yield _markup(row, f"{path.stem}-{row.get('id', number)}")
        except (KeyError, TypeError, ValueError) as error:
            raise InputError(
                f"{path}: row {number}",
                f"not a row of doccano ({type(error).__name__}: {error}); export it as JSONL with relations",
            ) from None


def _markup(row: Mapping[str, Any], fallback: str) -> Markup:
    text = str(row["text"])
    units = Offsets(text)
    of: dict[str, str] = {}
    continues: dict[str, str] = {}
    for relation in row.get("relations", ()):
        table = continues if relation["type"] == CONTINUES else of
        table[str(relation["from_id"])] = str(relation["to_id"])
    entities = {str(entity["id"]): entity for entity in row["entities"]}
    spans = {
        key: Span(units.from_utf16(int(one["start_offset"])), units.from_utf16(int(one["end_offset"])))
        for key, one in entities.items()
    }
    known = {
        tuple(Span(units.from_utf16(start), units.from_utf16(end)) for start, end in quote["content"]): quote
        for quote in row.get("quotes") or ()
    }
    marks = []
    strange: Counter[str] = Counter()
    for key, entity in entities.items():
        if key in continues:
            continue
        places = tuple(sorted([spans[key], *(spans[piece] for piece, head in continues.items() if head == key)]))
        kind, value, name = _meaning(str(entity["label"]))
        if kind is None:
            strange[str(entity["label"])] += 1
            continue
        quote = known.get(places, {}) if kind == "content" else {}
        marks.append(
            Mark(
                key,
                kind,
                places,
                value,
                name,
                of=of.get(key),
                quote=quote.get("id"),
                speaker=quote.get("speaker"),
                relayed_by=quote.get("relayed_by"),
                sample=quote.get("sample"),
            )
        )
    known_labels = (*QUOTE_KINDS, "cue", "source", *(f"{value}{ARROW}TARGET" for value in (*STANCES, ABSTAINED)))
    faults = [f"{many} labelled {unknown(name, known_labels)}; left out" for name, many in strange.items()]
    name = str(row.get("document_id") or fallback)
    return Markup(name, text, tuple(marks), row.get("annotator"), row.get("title"), tuple(faults))


def _meaning(label: str) -> tuple[MarkKind | None, str, str]:
    """Kind, value and name of an entity's label; kind `None` for labels that are not ours."""
    head, arrow, tail = label.partition(ARROW)
    if not arrow:
        if head in QUOTE_KINDS:
            return "content", head, ""
        return ("cue", "", "") if head == "cue" else ("source", "", "") if head == "source" else (None, "", "")
    if head == "frame":
        codebook, _, name = tail.rpartition("/")
        return "frame", name, codebook
    return ("stance", head, tail) if head in (*STANCES, ABSTAINED) else (None, "", "")
