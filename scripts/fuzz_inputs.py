"""Feed random, mutated and broken files to the loaders: documents or named failures come out, soon, and memory stays.

    python scripts/fuzz_inputs.py --documents 3000 --seed 0
    python scripts/fuzz_inputs.py --documents 60 --seed 1 --quotes       # documents through the rules extractor too

Files of every kind are made (by hypothesis) from articles of corpora/, odd characters, markup, and cut, flipped or repeated
bytes. For each: nothing but documents and `Failure`s with one-line reasons; sections lie inside the text, in order; the
text can be written as UTF-8; no more than --limit seconds of CPU time a file. With --quotes, quotations of the first
documents of each file are looked for too; one that takes longer than --limit is stopped and is a fault. Stops at the
first fault with the file that causes it. At the end the last files are read several times over, to see that memory does
not grow.
"""

from __future__ import annotations

import argparse
import gc
import gzip
import io
import json
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from stance import loaders, pipeline
from stance.schema import Document

ARTICLES = Path(__file__).resolve().parent.parent / "corpora" / "articles"
PIECES = (
    *"“”\"'«»,;|\t<>&{}[]\\%#:\0\r\n\u00a0\u200b\u2028\u202e\u0301🙂İ",
    *("\n\n", "\r\n", "<p>", "</p>", "<div>", "<!--", "<script>", "<h1>", "&amp;", "{\\rtf1 ", "\\par ", "\\u8220?"),
    *("\ud800", "---\n", "# ", "text", "id,text\n", '{"text": "', '"}\n', "null", "1e999", " said Ada Brink. "),
    *("End of Document\n", "1 of 2 DOCUMENTS\n", "LENGTH: 12 words\n", "Body\n", "LOAD-DATE: March 3, 2014\n"),
    *("HD\n", "TD\n", "812 words\n", "3 March 2014\n", "Document QPOST00020140303ea330003v\n", "Die Regierung hat "),
)
SUFFIXES = (".txt", ".md", ".html", ".jsonl", ".csv", ".tsv", ".parquet", ".rtf", ".docx", ".pdf", "")
KEPT = 500
QUOTED = 10  # documents of a file whose quotations are looked for; a table may have thousands
ROUNDS = 6
PACKINGS = ("", "", "", ".gz", ".zst")


def contents() -> st.SearchStrategy[str]:
    """Stretches of articles, pieces and random text, joined."""
    texts = [loaders.from_file(path).text for path in sorted(ARTICLES.iterdir()) if path.suffix in loaders.ARTICLES]
    stretch = st.builds(
        lambda text, at, size: text[at : at + size], st.sampled_from(texts), st.integers(0, 3000), st.integers(0, 1500)
    )
    repeated = st.builds(lambda piece, times: piece * times, st.sampled_from(PIECES), st.sampled_from((1, 3, 50, 3000)))
    return st.lists(st.one_of(stretch, stretch, repeated, st.text(max_size=40)), min_size=1, max_size=12).map("".join)


def wrapped(text: str, suffix: str, form: int) -> bytes:
    """The text as a file of a kind, well formed for even `form`, raw for odd."""
    raw = text.encode("utf-8", "surrogatepass")
    if form % 2:
        return raw
    if suffix == ".html":
        paragraphs = "".join(f"<p>{line}</p>" for line in text.split("\n"))
        return f"<html><head><title>T</title></head><body><article>{paragraphs}</article></body></html>".encode(
            "utf-8", "surrogatepass"
        )
    lines = [line for line in text.split("\n") if line]
    if suffix == ".jsonl":
        return "".join(json.dumps({"text": line, "n": number}) + "\n" for number, line in enumerate(lines)).encode()
    if suffix in (".csv", ".tsv"):
        rows = "".join('"' + line.replace('"', '""') + '"\n' for line in lines)
        return ("text\n" + rows).encode("utf-8", "surrogatepass")
    if suffix == ".parquet":
        import pyarrow as arrow
        from pyarrow import parquet

        data = io.BytesIO()
        clean = [line.encode("utf-8", "replace").decode() for line in lines]
        parquet.write_table(arrow.table({"text": clean}), data)
        return data.getvalue()
    if suffix == ".rtf":
        return b"{\\rtf1\\ansi " + raw.replace(b"\n", b"\\par\n") + b"}"
    if suffix == ".docx":
        import docx

        made = docx.Document()
        for line in lines[:60]:
            made.add_paragraph("".join(c for c in line if c.isprintable() and c not in "\ufffe\uffff"))
        data = io.BytesIO()
        made.save(data)
        return data.getvalue()
    if suffix == ".pdf":
        import pypdf

        writer, data = pypdf.PdfWriter(), io.BytesIO()
        writer.add_blank_page(200, 200)
        writer.add_metadata({"/Title": "T"})
        writer.write(data)
        return data.getvalue()
    return text.encode(("utf-8", "utf-16", "cp1252", "utf-8-sig")[form // 2 % 4], "replace")


def damaged(data: bytes, how: int, place: int) -> bytes:
    """The bytes as they are, cut, with a byte flipped, or with a stretch taken out."""
    at = place % (len(data) + 1)
    if how == 1:
        return data[:at]
    if how == 2 and at < len(data):
        return data[:at] + bytes([data[at] ^ (1 << place % 8)]) + data[at + 1 :]
    return data[:at] + data[at + 50 :] if how == 3 else data


def packed(data: bytes, packing: str) -> bytes:
    if packing == ".zst":
        import zstandard

        compressed: bytes = zstandard.ZstdCompressor().compress(data)
        return compressed
    return gzip.compress(data, 1) if packing else data


@contextmanager
def at_most(limit: float) -> Iterator[None]:
    """Stop what takes more than `limit` seconds of CPU time (where the system has such alarms)."""
    if not hasattr(signal, "SIGPROF"):
        yield
        return

    def late(*_: object) -> None:
        raise TimeoutError(f"the quotations of one document take more than {limit:g} s")

    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, limit)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def check(path: Path, toolkit: pipeline.Toolkit | None = None, limit: float = 0) -> Counter[str]:
    """Read a file and judge what comes out; with a toolkit look for quotations, at most `limit` seconds a document."""
    counts: Counter[str] = Counter()
    for item in loaders.read(loaders.find_sources([str(path)]), any_language=False):
        if isinstance(item, loaders.Failure):
            counts["failures"] += 1
            assert item.reason, "a failure without reason"
            assert "\n" not in item.reason, f"a reason of several lines: {item.reason!r}"
            continue
        counts["documents"] += 1
        _judge(item)
        if toolkit and counts["quoted"] < QUOTED:
            counts["quoted"] += 1
            with at_most(limit):
                counts["quotes"] += len(pipeline.attribute(item, toolkit).quotes)
    assert counts, "neither a document nor a failure"
    return counts


def _judge(document: Document) -> None:
    document.text.encode("utf-8")
    assert "\0" not in document.text
    assert any(character.isalpha() for character in document.text)
    at = 0
    for section in document.sections:
        assert at <= section.span.start < section.span.end <= len(document.text), f"{section.span} out of place"
        at = section.span.end


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=3000, help="files to make")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--limit",
        type=float,
        default=10,
        help="seconds of CPU time to read one file, and for one document's quotations",
    )
    parser.add_argument(
        "--quotes", action="store_true", help=f"find quotations of {QUOTED} documents a file too (rules)"
    )
    parser.add_argument("--shrink", action="store_true", help="after a fault, look for a smaller file that causes it")
    options = parser.parse_args()
    chosen = pipeline.Settings(extractor="rules")
    toolkit = pipeline.prepare(chosen, classify=False) if options.quotes else None
    counts: Counter[str] = Counter()
    times: list[float] = []
    memory: list[int] = []
    process = psutil.Process()
    folder = tempfile.TemporaryDirectory()

    @seed(options.seed)
    @settings(
        max_examples=options.documents,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink) if options.shrink else (Phase.generate,),
    )
    @given(
        contents(),
        st.sampled_from(SUFFIXES),
        st.integers(0, 7),
        st.sampled_from(PACKINGS),
        st.integers(0, 5),
        st.integers(0, 10**6),
    )
    def run(text: str, suffix: str, form: int, packing: str, how: int, place: int) -> None:
        packing = packing if suffix and suffix not in (".parquet", *loaders.OFFICE) else ""
        number = len(times) % KEPT
        for old in Path(folder.name).glob(f"{number:03d}_*"):
            old.unlink()
        path = Path(folder.name) / f"{number:03d}_{suffix}{packing}"
        path.write_bytes(damaged(packed(wrapped(text, suffix, form), packing), how, place))
        started = time.process_time()
        found = check(path, toolkit, options.limit)
        times.append(time.process_time() - started)
        counts.update(found)
        counts[f"files{suffix or ' without suffix'}"] += 1
        assert times[-1] <= options.limit * (1 + found["quoted"]), f"{times[-1]:.1f} s"

    with folder:
        run()
        # The generator keeps what it has made; what the loaders keep shows when the same files are read again and again.
        for _ in range(ROUNDS):
            for path in sorted(Path(folder.name).iterdir()):
                check(path)
            gc.collect()
            memory.append(process.memory_info().rss)
    report(options, counts, times, memory)
    return 0


def report(options: Any, counts: Counter[str], times: list[float], memory: list[int]) -> None:
    """Print what was read, how long it took, and how memory went."""
    ordered = sorted(times)
    print(f"{len(times)} files, seed {options.seed}: no fault")
    print(", ".join(f"{name} {count}" for name, count in sorted(counts.items())))
    print(f"CPU time of a file: median {ordered[len(ordered) // 2]:.3f} s, longest {ordered[-1]:.2f} s")
    rounds = ", ".join(f"{size / 2**20:.0f}" for size in memory)
    print(f"memory (RSS, MB) after each of {ROUNDS} times over the last {min(KEPT, len(times))} files: {rounds}")


if __name__ == "__main__":
    sys.exit(main())
