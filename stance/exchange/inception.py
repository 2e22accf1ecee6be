"""INCEpTION: a folder of UIMA CAS XMI files with their type system. Needs `pip install 'stance-analyser[inception]'`.

One span layer (`stance.Mark`) and one relation layer (`stance.Link`): import `TypeSystem.xml` under Settings > Layers, allow
overlap and crossing of sentences, then import the `.xmi` files as UIMA CAS XMI. UIMA counts UTF-16 code units, which cassis
converts. A discontinuous quotation is several marks, each continuing the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, cast
from urllib.parse import quote as escape
from urllib.parse import unquote

from stance.errors import InputError, UsageError
from stance.exchange.markup import CONTINUES, RELATIONS, Mark, MarkKind, Markup
from stance.schema import Span

MARK, LINK = "stance.Mark", "stance.Link"
FEATURES = ("kind", "value", "name", "quote", "speaker", "relayed_by", "sample", "key")


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
    written = [path / "TypeSystem.xml"]
    types.to_xml(written[0])
    for markup in markups:
        cas = cassis.Cas(typesystem=types)
        cas.sofa_string = markup.text
        cas.sofa_mime = "text/plain"
        heads: dict[str, Any] = {}
        arcs: list[tuple[Any, str, str]] = []
        for mark in markup.marks:
            for number, span in enumerate(mark.spans):
                fields = {name: getattr(mark, name) or None for name in FEATURES[1:-1]} if number == 0 else {}
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
    """Read a folder of `.xmi` files, unpacked from an export of INCEpTION (UIMA CAS XMI) or made by `write`.

    INCEpTION keeps each annotator's file as `DOCUMENT/ANNOTATOR.xmi`; a file beside `TypeSystem.xml` at the top is a document.

    Raises:
        InputError: no such files, or one that is malformed.
    """
    cassis = _cassis()
    files = sorted(path.rglob("*.xmi")) if path.is_dir() else []
    if not files:
        raise InputError(str(path), "no .xmi files here; unpack INCEpTION's export and give the folder")
    for file in files:
        system = next(
            (folder / "TypeSystem.xml" for folder in (file.parent, path) if (folder / "TypeSystem.xml").is_file()), None
        )
        if system is None:
            raise InputError(str(file), "no TypeSystem.xml beside it; keep the two together")
        try:
            with system.open("rb") as handle:
                types = cassis.load_typesystem(handle)
            with file.open("rb") as handle:
                cas = cassis.load_cas_from_xmi(handle, typesystem=types)
        except Exception as error:  # cassis raises what its XML parser raises
            raise InputError(str(file), f"not UIMA CAS XMI ({type(error).__name__}: {error})") from None
        nested = file.parent != path
        name = file.parent.name.removesuffix(".xmi").removesuffix(".txt") if nested else file.stem
        yield Markup(unquote(name), cas.sofa_string, tuple(_marks(cas)), file.stem if nested else None)


def _marks(cas: Any) -> Iterator[Mark]:
    every = list(cas.select(MARK))
    key = {id(one): one.key or f"new-{number}" for number, one in enumerate(every)}
    pieces: dict[str, list[Span]] = {}
    of: dict[str, str] = {}
    follows: set[int] = set()
    for link in cas.select(LINK):
        if link.label == CONTINUES:
            pieces.setdefault(key[id(link.Governor)], []).append(Span(link.Dependent.begin, link.Dependent.end))
            follows.add(id(link.Dependent))
        else:
            of[key[id(link.Dependent)]] = key[id(link.Governor)]
    for one in every:
        if id(one) in follows or one.kind not in RELATIONS:
            continue
        name = key[id(one)]
        spans = tuple(sorted([Span(one.begin, one.end), *pieces.get(name, [])]))
        yield Mark(
            name,
            cast(MarkKind, one.kind),
            spans,
            one.value or "",
            one.name or "",
            of.get(name),
            one.quote,
            one.speaker,
            one.relayed_by,
            one.sample,
        )
