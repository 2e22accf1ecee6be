"""Kill a run with SIGKILL at random moments, resume it each time, and compare its bytes with an undisturbed run's.

    python scripts/kill_test.py --documents 200 --kills 20

A moment is drawn anew each time, between the start of the process and the end of the run. Prints where each kill fell:
while the models load, among the documents (and after how many), or while the folder is written.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path


def command(source: Path, out: Path, options: list[str]) -> list[str]:
    """The command line of a run."""
    return [sys.executable, "-m", "stance", "analyze", str(source), "-o", str(out), "--quiet", *options]


def state(out: Path, count: int) -> tuple[str, int]:
    """How far a killed run had come."""
    if (out / "run.json").is_file():
        return "in its place", count
    journal = out.with_name(f"{out.name}.partial") / "journal.jsonl"
    lines = journal.read_bytes().count(b"\n") if journal.is_file() else 0
    writing = (journal.parent / "documents.jsonl").exists()
    return ("writing the folder" if writing else "documents" if lines else "loading", lines)


def main() -> None:
    import synthetic
    from benchmark_jobs import contents

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--documents", type=int, default=200)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=1)
    given = parser.parse_args()
    options = ["--extractor", "rules", "--frames", "none", "--jobs", str(given.jobs)]
    draw = random.Random(given.seed)
    moments: Counter[str] = Counter()
    bad = runs = 0
    with tempfile.TemporaryDirectory() as place:
        source, whole = Path(place) / "articles.jsonl", Path(place) / "whole"
        synthetic.write(source, given.documents)
        clock = time.monotonic()
        subprocess.run(command(source, whole, options), check=True, stdout=subprocess.DEVNULL)
        length = time.monotonic() - clock
        print(f"{given.documents} documents, undisturbed {length:.0f} s", flush=True)
        expected = contents(whole)
        left = given.kills
        while left:
            out, runs = Path(place) / f"run-{runs}", runs + 1
            at, status = 0, 0
            while True:
                # What is left of the run, start included, is its part of the time it takes undisturbed.
                wait = draw.uniform(0, length * (1.05 - 0.9 * at / given.documents))
                run = subprocess.Popen(command(source, out, options), stdout=subprocess.DEVNULL)
                try:
                    status = run.wait(wait if left else None)
                    break
                except subprocess.TimeoutExpired:
                    run.kill()
                    run.wait()
                    left -= 1
                    moment, at = state(out, given.documents)
                    moments[moment] += 1
                    print(f"killed after {wait:6.1f} s: {moment}, {at} documents in the journal", flush=True)
                    if moment == "in its place" and not out.with_name(f"{out.name}.lock").exists():
                        break  # nothing was left to do
            same = status == 0 and contents(out) == expected
            stray = [path.name for path in out.parent.glob(f"{out.name}.*")]
            bad += not same or bool(stray)
            print(f"finished: {'the same bytes' if same else 'OTHER BYTES'}, {len(stray)} stray files", flush=True)
    where = ", ".join(f"{count} {name}" for name, count in moments.most_common())
    print(f"{given.kills} kills ({where}) over {runs} runs: {bad} faults")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
