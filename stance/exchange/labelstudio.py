"""Label Studio: a JSON file of tasks with regions and relations, and the labelling configuration that shows them.

Offsets of text regions are UTF-16 code units. A discontinuous quotation is several `content` regions, each continuing the
first; a stance is a region of its own over the quotation, so that a quotation can take a stance toward several targets.
Annotators' work comes back from `annotations`. Where no task has any, the file is as it was exported, and `predictions` are read;
otherwise tasks without are not coded yet.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast
from xml.sax.saxutils import quoteattr

from stance.errors import InputError
from stance.exchange.markup import ABSTAINED, CONTINUES, RELATIONS, Mark, MarkKind, Markup
from stance.exchange.offsets import Offsets
from stance.schema import QUOTE_KINDS, STANCES, Span

COLORS = {"content": "#4c78a8", "cue": "#f58518", "source": "#54a24b", "stance": "#b279a2"}


def write(markups: Iterable[Markup], path: Path) -> list[Path]:
    """Write the tasks to `path` and the labelling configuration beside it, as `.xml`."""
    tasks = []
    frames: dict[str, None] = {}
    for markup in markups:
        tasks.append(_task(markup))
        frames.update(dict.fromkeys(f"{m.name}/{m.value}" for m in markup.marks if m.kind == "frame"))
    path.write_text(json.dumps(tasks, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    config = path.with_suffix(".xml")
    config.write_text(configuration(list(frames)), encoding="utf-8")
    return [path, config]


def _task(markup: Markup) -> dict[str, Any]:
    units = Offsets(markup.text)
    results: list[dict[str, Any]] = []
    relations: list[dict[str, Any]] = []
    frames: dict[str, list[str]] = {}
    for mark in markup.marks:
        if mark.kind == "frame" and mark.of:
            frames.setdefault(mark.of, []).append(f"{mark.name}/{mark.value}")
    for mark in markup.marks:
        if mark.kind == "frame":
            continue
        for number, span in enumerate(mark.spans):
            key = mark.id if number == 0 else f"{mark.id}/{number}"
            value = {"start": units.to_utf16(span.start), "end": units.to_utf16(span.end)}
            text = span.of(markup.text)
            results.append(_result(key, "span", "labels", {**value, "text": text, "labels": [mark.kind]}))
            if number:
                relations.append(_relation(key, mark.id, CONTINUES))
                continue
            if mark.quote:
                results[-1]["meta"] = {"text": [mark.quote]}
            results += _attributes(key, value, mark, frames.get(mark.id, []))
        if mark.of:
            relations.append(_relation(mark.id, mark.of, RELATIONS[mark.kind]))
    done = {"result": results + relations}
    data: dict[str, Any] = {"text": markup.text, "document_id": markup.document_id, "title": markup.title or ""}
    samples = {mark.quote: mark.sample for mark in markup.marks if mark.quote and mark.sample}
    if samples:
        data["sample"] = samples
    if markup.annotator:
        return {"data": data, "annotations": [{**done, "completed_by": markup.annotator}]}
    return {"data": data, "predictions": [{**done, "model_version": "stance"}]}


def _attributes(key: str, value: Mapping[str, int], mark: Mark, frames: Sequence[str]) -> Iterator[dict[str, Any]]:
    if mark.kind == "content":
        yield _result(key, "kind", "choices", {**value, "choices": [mark.value]})
        for name, text in (("speaker", mark.speaker), ("relayed_by", mark.relayed_by)):
            if text:
                yield _result(key, name, "textarea", {**value, "text": [text]})
        if frames:
            yield _result(key, "frames", "choices", {**value, "choices": list(frames)})
    elif mark.kind == "stance":
        yield _result(key, "stance", "choices", {**value, "choices": [mark.value]})
        yield _result(key, "target", "textarea", {**value, "text": [mark.name]})


def _result(key: str, name: str, kind: str, value: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": key, "from_name": name, "to_name": "text", "type": kind, "value": dict(value)}


def _relation(start: str, end: str, label: str) -> dict[str, Any]:
    return {"type": "relation", "from_id": start, "to_id": end, "direction": "right", "labels": [label]}


def configuration(frames: Sequence[str] = ()) -> str:
    """The labelling configuration: paste it under Settings > Labeling Interface > Code."""

    def choices(name: str, label: str, values: Iterable[str], extra: str = "") -> str:
        inner = "".join(f"\n    <Choice value={quoteattr(value)}/>" for value in values)
        return (
            f'  <Choices name="{name}" toName="text" perRegion="true" whenTagName="span" whenLabelValue="{label}" '
            f'showInline="true"{extra}>{inner}\n  </Choices>\n'
        )

    def area(name: str, label: str, hint: str) -> str:
        return (
            f'  <TextArea name="{name}" toName="text" perRegion="true" whenTagName="span" whenLabelValue="{label}" '
            f'maxSubmissions="1" editable="true" placeholder={quoteattr(hint)}/>\n'
        )

    labels = "".join(f'\n    <Label value="{name}" background="{color}"/>' for name, color in COLORS.items())
    relations = "".join(f'\n    <Relation value="{name}"/>' for name in (*RELATIONS.values(), CONTINUES))
    return (
        f'<View>\n  <Labels name="span" toName="text">{labels}\n  </Labels>\n  <Relations>{relations}\n  </Relations>\n'
        '  <Header value="$title"/>\n  <Text name="text" value="$text" granularity="character"/>\n'
        + choices("kind", "content", QUOTE_KINDS)
        + area("speaker", "content", "who says it")
        + area("relayed_by", "content", "who passes it on")
        + (choices("frames", "content", frames, ' choice="multiple"') if frames else "")
        + choices("stance", "stance", (*STANCES, ABSTAINED))
        + area("target", "stance", "toward whom or what")
        + "</View>\n"
    )


def read(path: Path) -> Iterator[Markup]:
    """Read the JSON that Label Studio exports (or imports); one markup for each annotator of each task.

    Raises:
        InputError: not such a file.
    """
    try:
        tasks = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(str(path), f"cannot be read ({error.strerror or error})") from None
    except ValueError as error:
        raise InputError(str(path), f"not JSON ({error}); choose the export format JSON in Label Studio") from None
    if not isinstance(tasks, list) or not all(_is_task(task) for task in tasks):
        raise InputError(str(path), "not a list of tasks with a text; choose the export format JSON in Label Studio")
    done = [[one for one in _full(task, "annotations") if not one.get("was_cancelled")] for task in tasks]
    coded = sum(map(bool, done))
    left = f"{len(tasks) - coded} of {len(tasks)} tasks have no annotation yet; left out"
    for number, (task, own) in enumerate(zip(tasks, done, strict=True), 1):
        for one in own or ([] if coded else _full(task, "predictions")[:1]):
            try:
                found = _markup(task["data"], one, path.stem, number)
            except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
                raise InputError(
                    f"{path}: task {number}", f"not as exported ({type(error).__name__}: {error})"
                ) from None
            if 0 < coded < len(tasks):
                found = replace(found, faults=(left,))
                coded = len(tasks)  # said once
            yield found


def _is_task(task: Any) -> bool:
    return isinstance(task, dict) and isinstance(task.get("data"), dict) and "text" in task["data"]


def _full(task: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """A task's annotations or predictions; some exports give their numbers alone."""
    return [one for one in task.get(name) or () if isinstance(one, Mapping)]


def _markup(data: Mapping[str, Any], done: Mapping[str, Any], stem: str, number: int) -> Markup:
    text = str(data["text"])
    units = Offsets(text)
    regions: dict[str, dict[str, Any]] = {}
    of: dict[str, str] = {}
    continues: dict[str, str] = {}
    for result in done.get("result", []):
        if result["type"] == "relation":
            table = continues if CONTINUES in result.get("labels", []) else of
            table[result["from_id"]] = result["to_id"]
            continue
        region = regions.setdefault(result["id"], {"meta": {}})
        value = result["value"]
        if result["type"] == "labels":
            region["span"] = Span(units.from_utf16(int(value["start"])), units.from_utf16(int(value["end"])))
            region["label"] = value["labels"][0]
            region["meta"] = result.get("meta", {})
        elif result["type"] == "choices":
            name = result["from_name"]
            if value["choices"]:
                region[name] = value["choices"] if name == "frames" else value["choices"][0]
        else:
            written = value["text"]
            region[result["from_name"]] = written if isinstance(written, str) else " ".join(written)
    return Markup(
        str(data.get("document_id") or f"{stem}-{data.get('id', number)}"),
        text,
        tuple(_marks(regions, of, continues, data.get("sample") or {})),
        _annotator(done),
        data.get("title") or None,
    )


def _marks(
    regions: Mapping[str, dict[str, Any]],
    of: Mapping[str, str],
    continues: Mapping[str, str],
    samples: Mapping[str, str],
) -> Iterator[Mark]:
    pieces: dict[str, list[Span]] = {}
    for key, head in continues.items():
        if "span" in regions.get(key, {}):
            pieces.setdefault(head, []).append(regions[key]["span"])
    for key, region in regions.items():
        if key in continues or "span" not in region:
            continue
        kind = str(region["label"])
        if kind not in RELATIONS:
            continue
        spans = tuple(sorted([region["span"], *pieces.get(key, [])]))
        value = {"content": region.get("kind", "direct"), "stance": region.get("stance", ABSTAINED)}
        quote = next(iter(region["meta"].get("text", [])), None) if kind == "content" else None
        yield Mark(
            key,
            cast(MarkKind, kind),
            spans,
            value=str(value.get(kind, "")),
            name=str(region.get("target", "")).strip() if kind == "stance" else "",
            of=of.get(key),
            quote=quote,
            speaker=region.get("speaker"),
            relayed_by=region.get("relayed_by"),
            sample=samples.get(quote or ""),
        )
        for frame in region.get("frames", ()):
            codebook, _, name = str(frame).rpartition("/")
            yield Mark(f"{key}/frame/{frame}", "frame", spans[:1], name, codebook, of=key)


def _annotator(done: Mapping[str, Any]) -> str | None:
    if "completed_by" not in done:
        return None
    by = done["completed_by"]
    return str(by.get("email") or by.get("id")) if isinstance(by, Mapping) else str(by)
