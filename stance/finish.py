"""From the results of a run to its folder, in two passes over them: memory holds one document and a sample.

The first pass counts and learns who is who; the second one writes. A comparison and a report of a large run show a seeded
sample of its documents; the JSON Lines files always hold all of them.
"""

from __future__ import annotations

import hashlib
import heapq
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stance import manifest, records, run
from stance.errors import UsageError
from stance.loaders import Failure
from stance.pipeline import Analysis
from stance.speakers.across import Register

if TYPE_CHECKING:
    from stance.compare import Comparison

SAMPLE = 1000  # documents in the default comparison and the report
LISTED = 1000  # documents that the manifest lists one by one
SHOWN_FAILURES = 100
TIMES = ("started", "seconds")

Results = Callable[[], Iterable[Analysis | Failure]]


class NothingAnalysedError(UsageError):
    """Every input failed; `failures` says why (of the first hundred)."""

    def __init__(self, failures: Iterable[Failure]) -> None:
        self.failures = tuple(failures)
        super().__init__("; ".join(f"{f.source}: {f.reason}" for f in self.failures[:3]) or "no input")


@dataclass
class Survey:
    """What the first pass learns."""

    counts: dict[str, int] = field(default_factory=lambda: {"documents": 0, "failed": 0, "quotes": 0, "labels": 0})
    inputs: list[dict[str, str]] = field(default_factory=list)
    digest: str = ""
    people: Register = field(default_factory=Register)
    sample: frozenset[str] = frozenset()
    failures: list[Failure] = field(default_factory=list)


def survey(results: Iterable[Analysis | Failure], *, seed: int = 0) -> Survey:
    """Count, and learn who is who and which documents a sample shows."""
    found = Survey()
    digest = hashlib.sha256()
    chosen: list[tuple[int, str]] = []
    for result in results:
        if isinstance(result, Failure):
            found.counts["failed"] += 1
            found.failures += [result] if len(found.failures) < SHOWN_FAILURES else []
            continue
        document = result.document
        found.counts["documents"] += 1
        found.counts["quotes"] += len(result.quotes)
        found.counts["labels"] += len(result.labels)
        found.people.add(result.speakers)
        digest.update(f"{document.id}\t{document.sha256}\n".encode())
        if len(found.inputs) <= LISTED:
            found.inputs.append({"id": document.id, "sha256": document.sha256})
        # The documents whose hashes are least are a random sample, the same one wherever the run was made.
        key = (-_draw(seed, document.id), document.id)
        (heapq.heappush if len(chosen) < SAMPLE else heapq.heappushpop)(chosen, key)
    found.people.close()
    found.digest = digest.hexdigest()
    found.sample = frozenset(name for _, name in chosen)
    if len(found.inputs) > LISTED:
        found.inputs.clear()
    return found


def some(found: Survey) -> None:
    """Raise where there is no document.

    Raises:
        NothingAnalysedError: with what is wrong with the inputs.
    """
    if not found.counts["documents"]:
        raise NothingAnalysedError(found.failures)


def describe(facts: Mapping[str, Any], found: Survey, *, started: str, seconds: float) -> dict[str, Any]:
    """The manifest of a run, from what it was made with and what was counted."""
    return manifest.describe(
        facts,
        inputs=found.inputs,
        digest=found.digest,
        counts=found.counts,
        warnings=warnings(found.counts, facts["config"]["targets"]),
        started=started,
        seconds=seconds,
    )


def _draw(seed: int, name: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed}\0{name}".encode()).digest()[:8])


def warnings(counts: Mapping[str, int], targets: Iterable[str] = ()) -> list[str]:
    """What a reader of the results has to know."""
    found = []
    if counts["documents"] and not counts["quotes"]:
        found.append("no quotation was found in any document")
    elif counts["quotes"] and not counts["labels"]:
        names = ", ".join(targets)
        found.append("no quotation names a target" + (f" ({names})" if names else ""))
    if note := sampled(counts["documents"], min(counts["documents"], SAMPLE)):
        found.append(note)
    return found


def sampled(documents: int, shown: int) -> str:
    """The sentence that says that a comparison shows a sample; empty where it shows everything."""
    if shown >= documents:
        return ""
    return (
        f"comparison.json and report.html show a random sample of {shown:,} of the {documents:,} documents; "
        "`stance compare` counts all of them"
    )


def write(folder: Path, results: Results, found: Survey, described: Mapping[str, Any]) -> run.Run:
    """Write every file of a run into a folder, `run.json` last.

    Args:
        folder: where; files of the same name are replaced.
        results: gives the results from the first one, in the order of the input.
        found: what `survey` learnt from the same results.
        described: the manifest.

    Returns:
        The run as far as its comparison and report show it: all of a small one.
    """
    shown = run.from_joined(list(_write_rows(folder, results(), found)), manifest=described)
    write_reports(folder, shown)
    text = json.dumps(described, ensure_ascii=False, indent=2) + "\n"
    whole = folder / "run.json"
    partial = folder / ".run.json"
    _write_text(partial, text)
    partial.replace(whole)
    return shown


def _write_rows(folder: Path, results: Iterable[Analysis | Failure], found: Survey) -> Iterator[Analysis]:
    """Write the rows; yields the analyses of the sample."""
    from stance.store import dumps

    written: set[int] = set()
    with ExitStack() as stack:
        files = {
            name: stack.enter_context((folder / f"{name}.jsonl").open("w", encoding="utf-8", newline="\n"))
            for name in ("documents", "quotes", "speakers", "labels", "errors")
        }

        def put(name: str, rows: Iterable[Mapping[str, Any]]) -> None:
            files[name].writelines(dumps(row) + "\n" for row in rows)

        for result in results:
            if isinstance(result, Failure):
                put("errors", [asdict(result)])
                continue
            analysis = run.with_canonical(result, found.people.canonical(result.speakers))
            by_id = {speaker.id: speaker for speaker in analysis.speakers}
            put("documents", [records.document_row(analysis.document)])
            put("quotes", (records.quote_row(quote, by_id) for quote in analysis.quotes))
            put("labels", (records.label_row(label) for label in analysis.labels))
            for name, speaker in by_id.items():
                at = found.people.number(name)
                if at is None or at not in written:
                    put("speakers", [records.speaker_row(speaker)])
                    written |= {at} if at is not None else set()
            if result.document.id in found.sample:
                yield analysis
        for file in files.values():
            file.flush()
            os.fsync(file.fileno())


def _write_text(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def write_reports(folder: Path, shown: run.Run) -> None:
    """The default comparison, the report, and Parquet files if asked for."""
    from stance.compare import overview
    from stance.report import render_html

    # A report is part of what two equal runs share to the byte, so it does not know when it was made.
    timeless = replace(shown, manifest={key: value for key, value in shown.manifest.items() if key not in TIMES})
    comparison = shown.default_comparison
    _write_text(
        folder / "comparison.json",
        json.dumps(comparison.to_json() if comparison else None, ensure_ascii=False, indent=1) + "\n",
    )
    data = timeless.data
    _write_text(folder / "report.html", render_html(data, comparison or _noted(overview(data), timeless)))
    if shown.manifest.get("config", {}).get("parquet"):
        from stance import parquet

        parquet.write(folder)


def default_comparison(shown: run.Run) -> Comparison | None:
    """The comparison that a run shows unasked: `None` where everything is one group.

    One article: by side if a roster gives sides, else section, else speaker. Several: by side, else outlet.
    """
    seed = int(shown.manifest.get("seed", 0))
    for by in ("side", "section", "speaker") if len(shown.documents) == 1 else ("side", "outlet"):
        try:
            return _noted(shown.compare(by, seed=seed), shown)
        except UsageError:
            continue
    return None


def _noted(comparison: Comparison, shown: run.Run) -> Comparison:
    """The comparison, saying so where it is one of a sample."""
    note = sampled(int(shown.manifest.get("counts", {}).get("documents", 0)), len(shown.documents))
    if not note or len(shown.documents) != SAMPLE:
        return comparison
    coverage = replace(comparison.coverage, warnings=(*comparison.coverage.warnings, note))
    return replace(comparison, coverage=coverage)
