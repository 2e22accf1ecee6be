"""INCEpTION: a folder of UIMA CAS XMI files with their type system. Needs `pip install 'stance-analyser[inception]'`.

One span layer (`stance.Mark`) and one relation layer (`stance.Link`): import `TypeSystem.xml` under Settings > Layers, allow
overlap and crossing of sentences, then import the `.xmi` files as UIMA CAS XMI. UIMA counts UTF-16 code units, which cassis
converts. A discontinuous quotation is several marks, each continuing the first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Any, cast
from urllib.parse import quote as escape
from urllib.parse import unquote

from stance.errors import InputError, UsageError
from stance.exchange.markup import ABSTAINED, CONTINUES, RELATIONS, Mark, MarkKind, Markup, legible
from stance.schema import Span
from stance.spelling import unknown

MARK, LINK = "stance.Mark", "stance.Link"
FEATURES = ("kind", "value", "name", "quote", "speaker", "relayed_by", "sample", "key")
TYPES = "TypeSystem.xml"
INITIAL = "INITIAL_CAS"  # a document as it was imported, beside its annotators' files


def _cassis() -> Any:
    try:
        import cassis
    except ImportError:
        raise UsageError("INCEpTION's format needs dkpro-cassis; pip install 'stance-analyser[inception]'") from None
    return cassis


def type_system() -> Any:
    """The two layers as a UIMA type system."""
    cassis = _cassis()
    types = cassis.TypeSystem()
    mark = types.create_type(
        name=MARK, supertypeName="uima.tcas.Annotation", description="Quotation, cue, source, stance, frame"
    )
    for feature in FEATURES:
        types.create_feature(domainType=mark, name=feature, rangeType="uima.cas.String")
    link = types.create_type(name=LINK, supertypeName="uima.tcas.Annotation", description="What a mark belongs to")
    types.create_feature(domainType=link, name="Governor", rangeType=mark)
    types.create_feature(domainType=link, name="Dependent", rangeType=mark)
    types.create_feature(domainType=link, name="label", rangeType="uima.cas.String")
    return types


def write(markups: Iterable[Markup], path: Path) -> list[Path]:
    """Write the folder `path`."""
    cassis = _cassis()
    types = type_system()
    mark_type, link_type = types.get_type(MARK), types.get_type(LINK)
    path.mkdir(parents=True)
    written = [path / TYPES]
    types.to_xml(written[0])
    for markup in markups:
        cas = cassis.Cas(typesystem=types)
        cas.sofa_string = legible(markup.text)
        cas.sofa_mime = "text/plain"
        heads: dict[str, Any] = {}
        arcs: list[tuple[Any, str, str]] = []
        for mark in markup.marks:
            for number, span in enumerate(mark.spans):
                fields = (
                    {name: legible(getattr(mark, name) or "") or None for name in FEATURES[1:-1]} if number == 0 else {}
                )
                one = mark_type(begin=span.start, end=span.end, kind=mark.kind, key=mark.id, **fields)
                cas.add(one)
                if number == 0:
                    heads[mark.id] = one
                else:
                    arcs.append((one, mark.id, CONTINUES))
            if mark.of:
                arcs.append((heads[mark.id], mark.of, RELATIONS[mark.kind]))
        for one, owner, label in arcs:
            cas.add(link_type(begin=one.begin, end=one.end, Governor=heads[owner], Dependent=one, label=label))
        file = path / (escape(markup.document_id, safe=" ") + ".xmi")
        cas.to_xmi(file, pretty_print=False)
        written.append(file)
    return written


def read(path: Path) -> Iterator[Markup]:
    """Read `.xmi` files: an export of INCEpTION (UIMA CAS XMI), zipped as it comes or unpacked, or a folder made by `write`.

    INCEpTION keeps each annotator's file as `DOCUMENT/ANNOTATOR.xmi`, in a project's export as `DOCUMENT/ANNOTATOR.zip`; a file
    beside `TypeSystem.xml` at the top is a document. What was imported (`INITIAL_CAS`) is read where nobody annotated.

    Raises:
        InputError: no such files, or one that is malformed.
    """
    cassis = _cassis()
    files = dict(_files(path))
    found = sorted(name for name in files if name[-1].endswith(".xmi"))
    coded = {name[:-1] for name in found if _stem(name[-1]) != INITIAL}
    if not found:
        raise InputError(str(path), "no .xmi files here; give INCEpTION's export, format UIMA CAS XMI")
    for name in found:
        where = "/".join((str(path), *name))
        nested = len(name) > 1
        annotator = _stem(name[-1]) if nested else None
        if annotator == INITIAL:
            if name[:-1] in coded:
                continue
            annotator = None
        system = next((files[(*name[:at], TYPES)] for at in (-1, 0) if (*name[:at], TYPES) in files), None)
        system = system or files.get((*name[:-1], _stem(name[-1]), TYPES))
        if system is None:
            raise InputError(where, f"no {TYPES} beside it; keep the two together")
        try:
            types = cassis.load_typesystem(BytesIO(system()))
            cas = cassis.load_cas_from_xmi(BytesIO(files[name]()), typesystem=types)
            marks, faults = _marks(cas)
        except Exception as error:  # cassis raises what its XML parser raises
            raise InputError(where, f"not UIMA CAS XMI ({type(error).__name__}: {error})") from None
        document = name[-2].removesuffix(".xmi").removesuffix(".txt") if nested else _stem(name[-1])
        yield Markup(unquote(document), cas.sofa_string, marks, annotator, faults=faults)


def _stem(name: str) -> str:
    return name.removesuffix(".xmi")


def _files(path: Path) -> Iterator[tuple[tuple[str, ...], Callable[[], bytes]]]:
    """The files of a folder or an archive, by their parts, each with how to read it; archives in it are opened.

    An archive of one `.xmi` stands for that file: `DOCUMENT/ANNOTATOR.zip` is `DOCUMENT/ANNOTATOR.xmi` and its types.
    """
    if path.is_dir():
        for file in sorted(path.rglob("*")):
            name = file.relative_to(path).parts
            if not file.is_file():
                continue
            if file.suffix == ".zip":
                yield from _packed(file.read_bytes(), name, str(file))
            elif file.suffix == ".xmi" or file.name == TYPES:
                yield name, file.read_bytes
    elif path.is_file():
        yield from _packed(path.read_bytes(), (), str(path))


def _packed(data: bytes, within: tuple[str, ...], where: str) -> Iterator[tuple[tuple[str, ...], Callable[[], bytes]]]:
    import zipfile

    try:
        archive = zipfile.ZipFile(BytesIO(data))
    except zipfile.BadZipFile:
        raise InputError(where, "not a .zip archive; give INCEpTION's export, format UIMA CAS XMI") from None
    for entry in archive.namelist():
        name = PurePosixPath(entry).parts
        get = partial(archive.read, entry)
        if not within:
            if entry.endswith(".zip"):
                yield from _packed(get(), name, f"{where}/{entry}")
            elif entry.endswith(".xmi") or name[-1:] == (TYPES,):
                yield name, get
        elif entry.endswith(".xmi"):
            yield (*within[:-1], within[-1].removesuffix(".zip") + ".xmi"), get
        elif name[-1:] == (TYPES,):
            yield (*within[:-1], within[-1].removesuffix(".zip"), TYPES), get


def _marks(cas: Any) -> tuple[tuple[Mark, ...], tuple[str, ...]]:
    """The marks of a document, and a line for those that say nothing."""
    every = list(cas.select(MARK)) if cas.typesystem.contains_type(MARK) else []
    links = list(cas.select(LINK)) if cas.typesystem.contains_type(LINK) else []
    key = {id(one): one.key or f"new-{number}" for number, one in enumerate(every)}
    pieces: dict[str, list[Span]] = {}
    of: dict[str, str] = {}
    follows: set[int] = set()
    for link in links:
        if link.Governor is None or link.Dependent is None:
            continue
        if link.label == CONTINUES:
            pieces.setdefault(key[id(link.Governor)], []).append(Span(link.Dependent.begin, link.Dependent.end))
            follows.add(id(link.Dependent))
        else:
            of[key[id(link.Dependent)]] = key[id(link.Governor)]
    heads = [one for one in every if id(one) not in follows]
    strange = Counter(str(one.kind or "") for one in heads if one.kind not in RELATIONS)
    marks = [
        Mark(
            key[id(one)],
            cast(MarkKind, one.kind),
            tuple(sorted([Span(one.begin, one.end), *pieces.get(key[id(one)], [])])),
            one.value or ("direct" if one.kind == "content" else ABSTAINED if one.kind == "stance" else ""),
            one.name or "",
            of.get(key[id(one)]),
            one.quote,
            one.speaker,
            one.relayed_by,
            one.sample,
        )
        for one in heads
        if one.kind in RELATIONS
    ]
    return tuple(marks), tuple(f"{many} of kind {unknown(name, RELATIONS)}; left out" for name, many in strange.items())
