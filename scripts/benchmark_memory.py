"""Peak memory of runs of different sizes, each in a process of its own: it must not grow with the corpus.

    python scripts/benchmark_memory.py 1000 10000

Prints, for each number of documents, the peak resident memory (VmHWM) of the whole run, its comparison and report
included, in MB, and the time it took. The articles are those of `synthetic.py`; the model is the embedded one.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

CHILD = """
import json, sys, time
from pathlib import Path
from stance import api
from stance.pipeline import Settings
source, out, options = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
options = {key: tuple(value) if isinstance(value, list) else value for key, value in options.items()}
clock = time.monotonic()
done = api.execute([source], Settings(**options), out=out)
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
print(json.dumps({"mb": int(peak.split()[1]) / 1024, "seconds": time.monotonic() - clock,
                  "counts": done.run.manifest["counts"]}))
"""


def measure(count: int, options: dict[str, object], *, length: int, seed: int) -> dict[str, float]:
    """One run over `count` documents."""
    import synthetic

    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "articles.jsonl"
        synthetic.write(source, count, length=length, seed=seed)
        command = [sys.executable, "-c", CHILD, str(source), f"{folder}/run", json.dumps(options)]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
        size = (Path(folder) / "run" / "report.html").stat().st_size / 1e6
    found = json.loads(done.stdout.splitlines()[-1])
    return {"mb": found["mb"], "seconds": found["seconds"], "quotes": found["counts"]["quotes"], "report": size}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("counts", type=int, nargs="+", help="numbers of documents")
    parser.add_argument("--extractor", default="rules")
    parser.add_argument("--frames", nargs="*", default=[], help="codebooks; none by default")
    parser.add_argument("--targets", nargs="*", default=[], help="found by default")
    parser.add_argument("--paragraphs", type=int, default=3, help="of an article")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    options = {"extractor": given.extractor, "frames": given.frames, "targets": given.targets}
    print("documents  quotes     peak MB  report MB  seconds")
    first = None
    for count in given.counts:
        found = measure(count, options, length=given.paragraphs, seed=given.seed)
        first = first or found["mb"]
        print(
            f"{count:9,}  {found['quotes']:6,.0f}  {found['mb']:10.0f}  {found['report']:9.1f}  {found['seconds']:7.0f}"
            f"   {found['mb'] / first - 1:+.1%}",
            flush=True,
        )


if __name__ == "__main__":
    main()
