"""To annotation tools and tables, and back.

files = exchange.write(run, "labelstudio", path)
coded = exchange.read("labelstudio", path, run)
run = exchange.merge(run, coded)          # or exchange.labelled_rows(coded, task="stance")
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from stance import run as runs
from stance.errors import InputError, UsageError
from stance.exchange import markup as marking
from stance.exchange.markup import Coded
from stance.run import Run
from stance.schema import Document, Label, Quote

ANNOTATION = ("labelstudio", "doccano", "brat", "inception")
TABLES = ("csv", "parquet")
TOOLS = (*ANNOTATION, *TABLES)
FOLDERS = ("brat", "inception")


def write(
    run: Run, tool: str, path: str | Path, *, samples: Mapping[str, str] | None = None, annotator: str | None = None
) -> list[Path]:
    """Write a run in a tool's format.

    Args:
        run: a finished run.
        tool: one of `TOOLS`.
        path: a file; for `FOLDERS` a folder that does not exist yet.
        samples: the quotes to write, with how each was drawn (`sample.draw`); all if `None`.
        annotator: whose labels to show in an annotation tool; `None` for the classifier's. Tables hold all.

    Returns:
        The files written.

    Raises:
        UsageError: the place is taken or cannot be written.
    """
    path = Path(path)
    if path.is_dir() or (tool in FOLDERS and path.exists()):
        kind = "a new folder" if tool in FOLDERS else "a file"
        raise UsageError(f"-o {path}: is taken; --to {tool} writes {kind}")
    if path.is_file() and path.stat().st_size:  # it may hold what a coder has done since
        raise UsageError(
            f"-o {path}: is there already, perhaps with somebody's codes; choose another name or remove it"
        )
    if not path.absolute().parent.is_dir():
        raise UsageError(f"-o {path}: no folder {path.absolute().parent}; make it first")
    try:
        if tool in TABLES:
            from stance.exchange import tables

            return tables.write(tables.rows(run, samples), path, form=tool)
        module = import_module(f"stance.exchange.{tool}")
        written: list[Path] = module.write(marking.from_run(run, samples=samples, annotator=annotator), path)
    except OSError as error:
        raise UsageError(f"-o {path}: cannot be written ({error.strerror or error})") from None
    return written


def read(tool: str, path: str | Path, run: Run | None = None, *, annotator: str | None = None) -> list[Coded]:
    """Read a tool's export.

    Args:
        tool: one of `TOOLS`.
        path: a file, or a folder for `FOLDERS`.
        run: the run that was exported; tables need it, annotation tools lose less with it.
        annotator: who coded, where the file does not say.

    Returns:
        What each annotator says about each document.

    Raises:
        InputError: the file is not of this tool, or its texts are not those of the run.
        UsageError: a table without its run.
    """
    path = Path(path)
    if not path.exists():
        raise UsageError(f"{path}: no such file or folder; check the spelling and the folder you are in")
    if tool in TABLES:
        from stance.exchange import tables

        if run is None:
            raise UsageError(f"--from {tool} needs --run RUN: a table does not hold the articles' texts")
        found = list(tables.read(path, run, annotator=annotator))
        if not found:
            raise InputError(str(path), f"holds no rows; was it written by stance export --to {tool}?")
        return found
    module = import_module(f"stance.exchange.{tool}")
    coded = []
    for markup in module.read(path):
        named = replace(markup, annotator=markup.annotator or annotator)
        coded.append(marking.to_coded(named, run))
    if not coded:
        raise InputError(str(path), "holds no documents")
    return coded


def merge(run: Run | None, coded: Sequence[Coded], *, drop_missing: bool = False) -> Run:
    """A run with what annotators say.

    Quotes are those of a document's first annotator. Labels of an annotator stand beside the classifier's; what comes
    back without an annotator's name replaces the classifier's.

    Args:
        run: the run that was exported; without it a new one is made of the texts.
        coded: from `read`.
        drop_missing: whether quotes of these documents that do not come back are dropped; they stay otherwise, since
            a sample may have been exported.
    """
    first: dict[str, Coded] = {}
    for one in coded:
        first.setdefault(one.document.id, one)
    documents = list(run.documents) if run else [_structured(one.document) for one in first.values()]
    old_quotes = _grouped(run.quotes if run else (), lambda quote: quote.document_id)
    old_labels = _grouped(run.labels if run else (), lambda label: label.quote_id)
    people = {speaker.id: speaker for speaker in run.speakers} if run else {}
    for one in coded:
        people |= {speaker.id: speaker for speaker in one.speakers if speaker.id not in people}
    quotes: list[Quote] = []
    labels: list[Label] = []
    for document in documents:
        before = old_quotes.get(document.id, [])
        now = first.get(document.id)
        chosen = _quotes(before, now, drop_missing=drop_missing) if now else before
        quotes += chosen
        said = [label for one in coded if one.document.id == document.id for label in one.labels]
        returned = {quote.id for one in coded if one.document.id == document.id for quote in one.quotes}
        for quote in chosen:
            labels += _joined(
                old_labels.get(quote.id, []), [la for la in said if la.quote_id == quote.id], quote.id in returned
            )
    used = {key for quote in quotes for key in (quote.speaker_id, quote.relayed_by) if key}
    speakers = [speaker for speaker in people.values() if speaker.id in used or (run and speaker in run.speakers)]
    return runs.build(documents, quotes, speakers, labels, run.errors if run else (), run.manifest if run else {})


def _structured(document: Document) -> Document:
    from stance import loaders

    return loaders.from_text(document.text, id=document.id, meta={"title": document.title})


def _grouped(items: Iterable[Any], key: Any) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return found


def _quotes(before: Sequence[Quote], now: Coded, *, drop_missing: bool) -> list[Quote]:
    returned = {quote.id: quote for quote in now.quotes}
    kept = [returned.get(quote.id, quote) for quote in before if quote.id in returned or not drop_missing]
    old = {quote.id for quote in before}
    new = sorted((quote for quote in now.quotes if quote.id not in old), key=lambda quote: quote.content)
    return kept + new


def _joined(before: Sequence[Label], said: Sequence[Label], returned: bool) -> list[Label]:
    """Old and new labels of one quotation: an annotator's new labels replace that annotator's old ones."""
    if not returned:
        return list(before)
    speaking = {label.annotator for label in said}
    fresh = {_key(label): label for label in said}
    kept = [fresh.pop(_key(label), None) or (label if label.annotator not in speaking else None) for label in before]
    return [label for label in kept if label] + list(fresh.values())


def _key(label: Label) -> tuple[str | None, ...]:
    return (label.task, label.target, label.codebook, label.annotator)


def labelled_rows(coded: Iterable[Coded], *, task: str) -> Iterator[dict[str, Any]]:
    """The rows that `finetune`, `evaluate` and `agree` read, one a label; abstentions keep `label` null.

    Args:
        coded: from `read`.
        task: stance or frame.
    """
    from stance.context import stance_context

    for one in coded:
        quotes = {quote.id: quote for quote in one.quotes}
        names = {speaker.id: speaker.name for speaker in one.speakers}
        for label in one.labels:
            quote = quotes.get(label.quote_id)
            if label.task != task or quote is None:
                continue
            row: dict[str, Any] = {"id": quote.id, "document_id": one.document.id, "text": quote.text}
            row |= (
                {"target": label.target, "label": label.label} if task == "stance" else {"labels": list(label.labels)}
            )
            extra = {
                "codebook": label.codebook,
                "speaker": names.get(quote.speaker_id or ""),
                "context": stance_context(one.document, quote),
                "outlet": one.document.outlet,
                "annotator": label.annotator or one.annotator,
                "sample": one.samples.get(quote.id),
            }
            yield row | {name: value for name, value in extra.items() if value}
