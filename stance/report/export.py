"""A comparison as plain tables and as charts in files of their own."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass, replace
from typing import Any

from stance.compare import Comparison, RunData, Voice, overview
from stance.compare.network import graphml
from stance.report import comparison_charts, people_charts, svg
from stance.report.evidence import index
from stance.report.view import role_of
from stance.schema import Estimate

Row = dict[str, Any]
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # the last four in full width


def tables(data: RunData, comparison: Comparison | None) -> dict[str, list[Row]]:
    """Every table of a comparison as rows of plain values, by name; estimates are spread over columns.

    `quotes` is the flat one: a row for each quotation and target (or none), with its text, place, speaker and labels.
    """
    shown = comparison if comparison is not None else overview(data)
    stance = [
        _flat(cell, skip=("quotes",)) | {"quote_ids": " ".join(i for ids in cell.quotes.values() for i in ids)}
        for cell in shown.cells
    ]
    vocabulary = [
        {"a": contrast.a, "b": contrast.b} | _flat(word) for contrast in shown.vocabulary for word in contrast.words
    ]
    text = {quote.id: quote.text for quote in data.quotes}
    claims = [_flat(claim) | {"text_a": text[claim.quote_a], "text_b": text[claim.quote_b]} for claim in shown.claims]
    return {
        "summary": _summary(shown),
        "groups": [_flat(group) for group in shown.groups],
        "stance": stance,
        "contrasts": [_flat(contrast) for contrast in shown.contrasts],
        "frames": [_flat(cell) for cell in shown.frames],
        "frame_contrasts": [_flat(contrast) for contrast in shown.frame_contrasts],
        "vocabulary": vocabulary,
        "claims": claims,
        "speakers": [_voice(voice, shown) for voice in shown.voices],
        "sides": [_flat(side) for side in shown.sides],
        "relays": [_flat(relay) for relay in shown.relays],
        "speaker_targets": [_flat(edge) for edge in shown.signed],
        "speaker_pairs": [_flat(edge) for edge in shown.pairs],
        "timeline": [_flat(point) for point in shown.timeline],
        "quotes": _quotes(data, shown),
    }


def _summary(comparison: Comparison) -> list[Row]:
    """The answer in words and what it rests on: a row for each item."""
    face, counted = comparison.facing, comparison.coverage
    items = [
        ("title", comparison.title),
        ("headline", comparison.headline),
        ("compared by", comparison.by),
        ("leading groups", " | ".join(comparison.leading)),
        ("why these", comparison.why),
        ("differ on", comparison.dispute),
        *((("facing quotes", f"{face.quote_a} {face.quote_b}"), ("why these quotes", face.words)) if face else ()),
        *((name, getattr(counted, name)) for name in ("documents", "quotes", "speakers", "grouped")),
        *((name.replace("_", " "), getattr(counted, name)) for name in ("stance_labels", "abstained")),
        *(("left out", line) for line in counted.left_out),
        *(("warning", line) for line in counted.warnings),
        ("seed", comparison.seed),
    ]
    return [{"item": item, "value": value} for item, value in items if value != ""]


def _voice(voice: Voice, comparison: Comparison) -> Row:
    """A speaker's row, with a column for each group in the groups' order."""
    counts = {group.name: voice.by_group.get(group.name, 0) for group in comparison.groups}
    return _flat(replace(voice, by_group=counts), skip=("quote_ids",))


def _quotes(data: RunData, comparison: Comparison) -> list[Row]:
    calls: dict[str, list[Any]] = {}
    frames: dict[str, Sequence[str]] = {}
    for label in data.labels:
        if label.task == "stance":
            calls.setdefault(label.quote_id, []).append(label)
        elif label.task == "frame":
            frames[label.quote_id] = label.labels
    rows: list[Row] = []
    numbers = index(data, comparison).numbers
    for quote in data.quotes:
        speaker = data.speakers.get(quote.speaker_id or "")
        relayer = data.speakers.get(quote.relayed_by or "")
        for label in calls.get(quote.id) or [None]:
            rows.append(
                {
                    "number": numbers[quote.id],
                    "quote_id": quote.id,
                    "document_id": quote.document_id,
                    "group": comparison.membership.get(quote.id) if comparison.by != "all" else None,
                    "heading": quote.heading,
                    "speaker": speaker.name if speaker else None,
                    "role": role_of(speaker) or None,
                    "relayed_by": relayer.name if relayer else quote.relayed_by,
                    "kind": quote.kind,
                    "start": quote.content[0].start if quote.content else None,
                    "end": quote.content[-1].end if quote.content else None,
                    "spans": " ".join(f"{start}:{end}" for start, end in quote.content),
                    "text": quote.text,
                    "target": label.target if label else None,
                    "stance": (label.label or "abstained") if label else None,
                    "score": round(label.scores.get(label.label, 0.0), 4) if label and label.label else None,
                    "frames": " ".join(frames.get(quote.id, ())),
                }
            )
    return rows


def _flat(record: Any, *, skip: Sequence[str] = ()) -> Row:
    row: Row = {}
    for name in record.__dataclass_fields__:
        if name in skip:
            continue
        value = getattr(record, name)
        if isinstance(value, Estimate) or (value is None and name in ("net",)):
            prefix = "" if name in ("net", "share", "difference") and name == "estimate" else f"{name}_"
            parts = asdict(value) if value else dict.fromkeys(Estimate.__dataclass_fields__)
            row[name] = _round(parts.pop("value"))
            row |= {prefix + key: _round(part) for key, part in parts.items()}
        elif isinstance(value, Mapping):
            row |= {f"{name}_{key}": _round(part) for key, part in value.items()}
        elif isinstance(value, tuple) and all(isinstance(part, float) for part in value) and value:
            row |= {f"{name}_{tag}": _round(part) for tag, part in zip(("ab", "ba"), value, strict=False)}
        elif isinstance(value, tuple):
            row[name] = " ".join(str(part) for part in value)
        elif not is_dataclass(value):
            row[name] = _round(value)
    return row


def _round(value: Any) -> Any:
    return round(value, 6) if isinstance(value, float) else value


def csv_text(rows: Sequence[Mapping[str, Any]]) -> str:
    """Rows as CSV (RFC 4180, UTF-8).

    Text that a spreadsheet would run as a formula (it starts with = + - or @, in full width too, or with a character that
    ends a cell or a line) gets an apostrophe in front: quotations are other people's words. Characters that control a
    terminal or that XML forbids are left out.
    """
    names = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_guarded(name) for name in names])
    writer.writerows([[_guarded(row.get(name)) for name in names] for row in rows])
    return out.getvalue()


def _guarded(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    text = svg.clean(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def charts(data: RunData, comparison: Comparison | None) -> dict[str, str]:
    """Every chart of a comparison by name, as SVG for a file of its own (light palette, of middle width)."""
    shown = comparison if comparison is not None else overview(data)
    targets = comparison_charts.ordered_targets(shown)[: comparison_charts.shown_targets(shown)]
    found = [comparison_charts.stance_bars(shown, targets)] if shown.cells else []
    pairs = [(c.a, c.b) for c in shown.frame_contrasts]
    found += [
        chart
        for i, (a, b) in enumerate(dict.fromkeys(pairs))
        if (chart := comparison_charts.frame_plot(shown, a, b, name=f"frames-{i + 1}"))
    ]
    found += [
        chart
        for i, contrast in enumerate(shown.vocabulary)
        if (chart := comparison_charts.vocabulary_plot(shown, contrast, name=f"words-{i + 1}"))
    ]
    makers = (people_charts.voice_bars, people_charts.heatmap, people_charts.network, people_charts.timeline_panels)
    found += [chart for maker in makers if (chart := maker(shown))]
    return {chart.name: svg.standalone(chart.middle) for chart in found}


def files(data: RunData, comparison: Comparison | None, *, charts_as: str = "svg") -> dict[str, bytes]:
    """Everything that goes beside a report, by path: tables/*.csv, charts/*.svg (or .png), networks/*.graphml.

    Raises:
        UsageError: png without the package that draws it.
    """
    shown = comparison if comparison is not None else overview(data)
    # The byte order mark lets spreadsheets read UTF-8.
    found = {
        f"tables/{name}.csv": csv_text(rows).encode("utf-8-sig") for name, rows in tables(data, shown).items() if rows
    }
    found |= {f"charts/{name}": picture for name, picture in chart_files(data, shown, charts_as).items()}
    return found | {f"networks/{name}.graphml": text.encode() for name, text in graphml(shown.signed).items()}


def chart_files(data: RunData, comparison: Comparison | None, kind: str = "svg") -> dict[str, bytes]:
    """`charts` as the content of files, by file name; `kind` is svg or png.

    Raises:
        UsageError: png without the package that draws it.
    """
    drawn = charts(data, comparison)
    if kind == "png":
        return {f"{name}.png": svg.png(picture) for name, picture in drawn.items()}
    return {f"{name}.svg": picture.encode() for name, picture in drawn.items()}
