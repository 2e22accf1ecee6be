"""Measure quotation extraction on PolNeAR dev: quality with a scorer, and documents per second on one core.

    python scripts/benchmark_quotes.py FOLDER --scorer score_quotes.py [--extractor rules] [--extractor both]

FOLDER holds polnear_dev.jsonl.gz (`{doc_id, text, quotes}`). The scorer is a file with `load`, `score` and the measures
described there; its subset `statements` is what people say or think, put in a clause or between marks. PolNeAR has no
nested attributions, so quotations inside quotations are left out of the main row and counted in the row `+ nested`.
Published tools' figures are on PolNeAR test and named as such. textacy is timed in the same run where it is installed.
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import json
import os
import time
from pathlib import Path
from typing import Any

from stance.quotes import EXTRACTORS, Extraction, extract
from stance.schema import Document

# direct F1, indirect F1, mixed F1, source head, end-to-end F1, documents per second on one core
ANCHORS = (
    ("textacy 0.13 (test)", 59.7, 1.1, 0.0, 87.1, 30.8, 4.2),
    ("sayswho (test)", 72.9, 0.4, 0.0, 87.2, 39.4, 2.4),
    ("BBC Citron, retrained (test)", 66.6, 59.7, 71.5, 90.3, 58.5, 1.4),
    ("GenderGapTracker (test)", 69.1, 70.2, 67.2, 87.4, 60.7, 3.7),
    ("GenderGapTracker (dev)", None, None, None, None, 56.5, None),
    ("GenderGapTracker + marks repaired (dev)", None, None, None, None, 66.6, None),
    ("GenderGapTracker + marks repaired (test)", 88.6, 70.2, 68.8, 91.5, 71.2, 3.7),
    ("BERT + marks repaired (test)", 92.7, 75.4, 89.2, 90.2, 75.0, None),
    ("two human annotators (test)", 99.0, 67.5, 95.0, 97.0, 79.4, None),
)


def row_of(document: dict[str, Any], found: Extraction, *, nested: bool) -> dict[str, Any]:
    """A prediction in the scorer's form."""
    names = {speaker.id: speaker.name for speaker in found.speakers}
    quotes = [
        {
            "content": [list(span) for span in quote.content],
            "cue": [list(quote.cue)] if quote.cue else None,
            "source": [list(quote.source)] if quote.source else None,
            "speaker": names.get(quote.speaker_id or ""),
            "type": quote.kind,
        }
        for quote in found.quotes
        if nested or quote.parent_id is None
    ]
    return {"doc_id": document["doc_id"], "quotes": quotes}


def one_core() -> None:
    """Bind the process to one core, where the system can."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})


def figures(result: dict[str, Any]) -> tuple[float, ...]:
    """The columns of the table out of the scorer's result."""
    kinds = [result[kind]["partial"]["f1"] for kind in ("direct", "indirect", "mixed")]
    return (*kinds, result["all"]["source_head_acc"], result["all"]["e2e"]["f1"])


def line(name: str, values: tuple[float | None, ...]) -> str:
    """One row of the table."""
    return f"| {name:42} | " + " | ".join(f"{value:6.1f}" if value is not None else "     –" for value in values) + " |"


def textacy_speed(documents: list[dict[str, Any]]) -> float | None:
    """Documents per second of CPU time of textacy's extractor with the same parser, or `None` without textacy."""
    if importlib.util.find_spec("textacy") is None:
        return None
    from textacy.extract import triples

    from stance.parse import pipeline

    nlp = pipeline()
    began, lost = time.process_time(), 0
    for document in documents:
        try:
            list(triples.direct_quotations(nlp(document["text"])))
        except ValueError:
            lost += 1
    seconds = time.process_time() - began
    print(f"textacy lost {lost} of {len(documents)} documents to an odd number of marks")
    return len(documents) / seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--scorer", type=Path, required=True, help="the scoring module's file")
    parser.add_argument("--extractor", action="append", choices=EXTRACTORS)
    parser.add_argument("--subset", default="statements")
    parser.add_argument("--out", type=Path, help="write predictions of the last extractor as JSON Lines")
    options = parser.parse_args()
    one_core()
    spec = importlib.util.spec_from_file_location("scorer", options.scorer)
    assert spec is not None
    assert spec.loader is not None
    scorer: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scorer)
    with gzip.open(options.folder / "polnear_dev.jsonl.gz", "rt", encoding="utf-8") as stream:
        documents: list[dict[str, Any]] = [json.loads(text) for text in stream]
    gold = {document["doc_id"]: document for document in documents}
    head = ("direct", "indir.", "mixed", "source", "E2E", "docs/s")
    print(f"| {'system':42} | " + " | ".join(f"{name:>6}" for name in head) + " |")
    print("|" + "-" * 44 + "|" + "|".join(["-" * 7 + ":"] * len(head)) + "|")
    rows: dict[str, Any] = {}
    for extractor in options.extractor or EXTRACTORS:
        extract(Document("warm", "“Yes,” Ana Brisco said."), extractor=extractor)
        began = time.process_time()
        found = {d["doc_id"]: extract(Document(str(d["doc_id"]), d["text"]), extractor=extractor) for d in documents}
        speed = len(documents) / (time.process_time() - began)
        for nested in (False, True):
            rows = {d["doc_id"]: row_of(d, found[d["doc_id"]], nested=nested) for d in documents}
            result = scorer.score(gold, rows, options.subset)
            name = f"stance {extractor}{' + nested' if nested else ''} (dev)"
            print(line(name, (*figures(result), None if nested else speed)), flush=True)
    for name, *values in ANCHORS:
        print(line(name, tuple(values)))
    other = textacy_speed(documents)
    if other is not None:
        print(line("textacy, timed here (dev)", (None, None, None, None, None, other)))
    if options.out:
        options.out.write_text("".join(json.dumps(row) + "\n" for row in rows.values()), encoding="utf-8")


if __name__ == "__main__":
    main()
