"""brat: a folder of standoff files, `NAME.txt` with `NAME.ann`, and `annotation.conf`.

Offsets are code points; brat knows discontinuous spans, and ends each stretch at a line end. Targets, codebooks, speakers
and ids are annotator notes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote as escape
from urllib.parse import unquote

from stance.errors import InputError
from stance.exchange.markup import ABSTAINED, RELATIONS, Mark, MarkKind, Markup, lines
from stance.schema import STANCES, Span
from stance.spelling import unknown

TYPES: Mapping[str, tuple[MarkKind, str]] = {
    "Direct": ("content", "direct"),
    "Indirect": ("content", "indirect"),
    "Mixed": ("content", "mixed"),
    "Cue": ("cue", ""),
    "Source": ("source", ""),
    **{label.capitalize(): ("stance", label) for label in (*STANCES, ABSTAINED)},
    "Frame": ("frame", ""),
}
_NAMES = {meaning: name for name, meaning in TYPES.items()}
_ARCS = {kind: name.title().replace("_", "") for kind, name in RELATIONS.items()}  # cue_of → CueOf
CONFIGURATION = "[entities]\n{entities}\n\n[relations]\n{relations}\n\n[attributes]\n\n[events]\n"


def write(markups: Iterable[Markup], path: Path) -> list[Path]:
    """Write the folder `path`."""
    path.mkdir(parents=True)
    written = [path / "annotation.conf"]
    quotes = "|".join(name for name, (kind, _) in TYPES.items() if kind == "content")
    spans = {"content": quotes, "cue": "Cue", "source": "Source", "frame": "Frame"}
    spans["stance"] = "|".join(name for name, (kind, _) in TYPES.items() if kind == "stance")
    arcs = [f"{_ARCS[kind]}\tArg1:{types}, Arg2:{quotes}" for kind, types in spans.items()]
    arcs.append("<OVERLAP>\tArg1:<ENTITY>, Arg2:<ENTITY>, <OVL-TYPE>:<ANY>")
    written[0].write_text(CONFIGURATION.format(entities="\n".join(TYPES), relations="\n".join(arcs)), encoding="utf-8")
    for markup in markups:
        name = escape(markup.document_id, safe=" ")
        for suffix, text in ((".txt", markup.text), (".ann", _standoff(markup))):
            file = path / (name + suffix)
            with file.open("w", encoding="utf-8", newline="") as handle:
                handle.write(text)
            written.append(file)
    return written


def _standoff(markup: Markup) -> str:
    out: list[str] = []
    number = {mark.id: f"T{at}" for at, mark in enumerate(markup.marks, 1)}
    arcs = 0
    for notes, mark in enumerate(markup.marks, 1):
        pieces = lines(mark.spans, markup.text)
        name = _NAMES[mark.kind, mark.value if mark.kind in ("content", "stance") else ""]
        places = ";".join(f"{piece.start} {piece.end}" for piece in pieces)
        out.append(f"{number[mark.id]}\t{name} {places}\t{' '.join(p.of(markup.text) for p in pieces)}")
        if note := _note(mark, markup):
            out.append(f"#{notes}\tAnnotatorNotes {number[mark.id]}\t{note}")
        if mark.of:
            arcs += 1
            out.append(f"R{arcs}\t{_ARCS[mark.kind]} Arg1:{number[mark.id]} Arg2:{number[mark.of]}\t")
    return "".join(line + "\n" for line in out)


def _note(mark: Mark, markup: Markup) -> str:
    """A target and a frame as plain words, so that an annotator can type them; the rest as JSON."""
    if mark.kind == "stance":
        return " ".join(mark.name.split())
    if mark.kind == "frame":
        return f"{mark.name}/{mark.value}"
    if mark.kind != "content":
        return ""
    fields = {"quote": mark.quote, "speaker": mark.speaker, "relayed_by": mark.relayed_by, "sample": mark.sample}
    return json.dumps({key: value for key, value in fields.items() if value}, ensure_ascii=False)


def read(path: Path) -> Iterator[Markup]:
    """Read a folder of standoff files.

    Raises:
        InputError: no such files, or one that is malformed.
    """
    files = sorted(path.glob("*.ann")) if path.is_dir() else []
    if not files:
        raise InputError(str(path), "no .ann files here; give the folder of a brat collection")
    for file in files:
        source = file.with_suffix(".txt")
        try:
            with source.open(encoding="utf-8", newline="") as handle:
                text = handle.read()
            rows = file.read_text(encoding="utf-8-sig").split("\n")  # a text may hold other characters that end lines
        except OSError as error:
            raise InputError(str(source), f"cannot be read ({error.strerror or error})") from None
        except UnicodeDecodeError:
            raise InputError(str(file), "it or its .txt is not UTF-8; save both as brat wrote them") from None
        bounds, notes, of = _entries(rows, text, file)
        strange = Counter(name for name, _ in bounds.values() if name not in TYPES)
        faults = [f"{many} of type {unknown(name, TYPES)}; left out" for name, many in strange.items()]
        yield Markup(unquote(file.stem), text, tuple(_marks(bounds, notes, of)), faults=tuple(faults))


Bounds = dict[str, tuple[str, tuple[Span, ...]]]  # by key: type and places


def _entries(rows: Iterable[str], text: str, file: Path) -> tuple[Bounds, dict[str, str], dict[str, str]]:
    """The marks of a file, their notes, and what each belongs to, by key."""
    bounds: Bounds = {}
    notes: dict[str, str] = {}
    of: dict[str, str] = {}
    for number, line in enumerate(rows, 1):
        try:
            key, _, rest = line.partition("\t")
            head, _, tail = rest.partition("\t")
            if key.startswith("T"):
                name, _, places = head.partition(" ")
                spans = tuple(Span(*map(int, place.split())) for place in places.split(";"))
                if any(not 0 <= span.start < span.end <= len(text) for span in spans):
                    raise ValueError("offsets outside the text")
                bounds[key] = (name, spans)
            elif key.startswith("#") and head.startswith("AnnotatorNotes "):
                notes[head.split()[1]] = tail
            elif key.startswith("R"):
                _, first, second = head.split()
                of[first.removeprefix("Arg1:")] = second.removeprefix("Arg2:")
        except (ValueError, TypeError, IndexError) as error:
            raise InputError(f"{file}:{number}", f"not a line of brat standoff ({error})") from None
    return bounds, notes, of


def _marks(bounds: Bounds, notes: Mapping[str, str], of: Mapping[str, str]) -> Iterator[Mark]:
    for key, (name, spans) in bounds.items():
        if name not in TYPES:
            continue
        kind, value = TYPES[name]
        note = notes.get(key, "")
        extra: dict[str, Any] = _fields(note) if kind == "content" else {}
        target = ""
        if kind == "stance":
            target = note.strip()
        elif kind == "frame":
            target, _, value = note.strip().rpartition("/")
        yield Mark(key, kind, spans, value, target, of=of.get(key), **extra)


def _fields(note: str) -> dict[str, str]:
    """The JSON of a content's note; a note that an annotator typed by hand names the speaker."""
    try:
        found = json.loads(note)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        return {"speaker": note.strip()}
    known = ("quote", "speaker", "relayed_by", "sample")
    return {key: str(found[key]) for key in known if found.get(key)}
