"""How much faster several worker processes are, and whether they write the same bytes.

    python scripts/benchmark_jobs.py --documents 60 --jobs 1 2
    python scripts/benchmark_jobs.py --documents 120 --jobs 1 2 --engine ray     # pip install 'stance-analyser[ray]'

Each run is a command of its own, models loaded and report written, over the articles of `synthetic.py`. The ratio is to
the first number of jobs. With Ray all runs share one cluster on this machine, whose start does not count.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def contents(folder: Path) -> dict[str, str]:
    """The files of a run, times left out."""
    found = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())}
    found["run.json"] = json.dumps({**json.loads(found["run.json"]), "started": 0, "seconds": 0})
    return found


def environment(engine: str, workers: int) -> dict[str, str]:
    """The environment of a run; for Ray it names a cluster that is started here and ends with this process."""
    if engine != "ray":
        return dict(os.environ)
    import ray

    started = ray.init(num_cpus=workers, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR)
    return {**os.environ, "RAY_ADDRESS": started.address_info["address"]}


def main() -> None:
    import synthetic

    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--documents", type=int, default=60)
    parser.add_argument("--paragraphs", type=int, default=12, help="of an article")
    parser.add_argument("--jobs", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--repeats", type=int, default=1, help="the fastest counts")
    parser.add_argument("--engine", choices=["local", "ray"], default="local")
    parser.add_argument("options", nargs="*", help="further options of stance analyze, after --")
    given = parser.parse_args()
    surroundings = environment(given.engine, max(given.jobs))
    with tempfile.TemporaryDirectory() as place:
        source = Path(place) / "articles.jsonl"
        synthetic.write(source, given.documents, length=given.paragraphs)
        first: tuple[float, dict[str, str]] | None = None
        print("jobs  seconds  ratio  same bytes")
        for jobs in given.jobs:
            out = Path(place) / f"run-{jobs}"
            times = []
            for _ in range(given.repeats):
                command = ["analyze", str(source), "-o", str(out), "--overwrite", "--quiet", "--jobs", str(jobs)]
                clock = time.monotonic()
                subprocess.run(
                    [sys.executable, "-m", "stance", *command, "--engine", given.engine, *given.options],
                    check=True,
                    env=surroundings,
                    stdout=subprocess.DEVNULL,
                )
                times.append(time.monotonic() - clock)
            best, found = min(times), contents(out)
            first = first or (best, found)
            print(f"{jobs:4}  {best:7.1f}  {first[0] / best:5.2f}  {'yes' if found == first[1] else 'NO'}", flush=True)


if __name__ == "__main__":
    main()
