"""The development sets that the embedded classifier is measured on, and what is measured on each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from classifier_data import Row, held_out, project_rows, read
from numpy.typing import NDArray

from stance.classifiers.base import Pair, Scorer
from stance.classifiers.tasks import FrameItem, StanceItem, classify_frames, classify_stance
from stance.codebook import Codebook
from stance.codebook import load as load_codebook
from stance.schema import ENTAILMENTS, STANCES

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class DevSet:
    """One set: `measure` is macro_f1, accuracy, f1_favor_against or micro_f1; `goal` what it should reach."""

    name: str
    task: str
    measure: str
    rows: tuple[Row, ...]
    goal: float | None = None
    anchor: str = ""
    codebook: Codebook | None = None


@dataclass(frozen=True)
class Predicted:
    """Probabilities of shape (n, labels) and gold: label indices (n,), or a 0/1 table (n, labels) for frames."""

    probabilities: NDArray[np.float64]
    gold: NDArray[np.int64]


def dev_sets(data: Path, project: Path, *, limit: int | None = None) -> list[DevSet]:
    """All sets, each cut to its first `limit` rows after a fixed shuffle."""

    def take(rows: Sequence[Row]) -> tuple[Row, ...]:
        order = np.random.default_rng(7).permutation(len(rows))
        return tuple(rows[int(at)] for at in order[: limit or len(rows)])

    def public(source: str, keep: Callable[[Row], bool]) -> tuple[Row, ...]:
        return take([row for row in read(data, source) if keep(row)])

    def cut(source: str) -> tuple[Row, ...]:
        return take([row for row in read(data, source) if held_out(source, row)])

    def split(*names: str) -> Callable[[Row], bool]:
        return lambda row: row["split"] in names

    mnli = "MiniLM-L6 on all of MNLI 0.81"
    sets = [
        DevSet("MNLI-m", "entailment", "accuracy", public("nli/mnli_partial", split("dev_matched")), 0.76, mnli),
        DevSet("SNLI (cut)", "entailment", "accuracy", cut("nli/snli_devtest"), 0.80, "deberta-v3-base 0.92"),
        DevSet("LingNLI", "entailment", "accuracy", public("nli/lingnli", split("dev"))),
        *(
            DevSet(f"ANLI {r}", "entailment", "accuracy", public("nli/anli_dev", split(f"dev_{r}")))
            for r in ("r1", "r2", "r3")
        ),
        DevSet(
            "NewsMTSC", "stance", "macro_f1", public("stance/newsmtsc", split("dev_rw", "dev_mt")), 0.72, "GRU-TSC 0.83"
        ),
        DevSet("VAST", "stance", "macro_f1", public("stance/vast", split("dev")), 0.68, "JointCL 0.72, TATA 0.77"),
        DevSet(
            "VAST, topics not in training",
            "stance",
            "macro_f1",
            public("stance/vast", lambda row: row["split"] == "dev" and row.get("seen") == 0),
            None,
            "zero-shot: JointCL 0.72, TATA 0.77",
        ),
        DevSet(
            "SemEval-16 (cut)", "stance", "f1_favor_against", cut("stance/semeval2016_t6"), 0.66, "Chain of Stance 0.80"
        ),
        # zero-shot proper for the larger classifier: tweets as in SemEval-16, from sets of which it saw nothing
        *(
            DevSet(name, "stance", "f1_favor_against", public(f"stance/{source}", split("train")))
            for name, source in (
                ("COVID-19 tweets", "covid19_stance"),
                ("election tweets", "multitarget_2016"),
            )
        ),
        DevSet("RUW", "stance", "macro_f1", public("stance/ruw_russia_ukraine", split("dev")), 0.64),
        DevSet("DSE", "stance", "macro_f1", public("stance/dse_directed", split("dev")), 0.58),
    ]
    frames = load_codebook("policy_frames")
    for name in ("held_out", "dev"):
        rows = project_rows(project, name)
        if rows:
            quotes = list({row["text"]: row for row in rows}.values())
            sets.append(DevSet(f"project {name}", "stance", "macro_f1", take(rows), 0.78))
            sets.append(
                DevSet(f"project {name} frames", "frame", "micro_f1", take(_labelled(quotes)), 0.60, codebook=frames)
            )
    for name, source in (("CCF (cut)", "frames/ccf_climate_sentences_en"), ("GVFC (cut)", "frames/gvfc_headlines")):
        rows = [row for row in cut(source) if row.get("relevant", 1)]
        sets.append(DevSet(name, "frame", "micro_f1", tuple(rows), codebook=_book(source)))
    news = take([row for row in read(data, "topics/ag_news") if row["split"] == "train"])[:1500]
    book = Codebook.model_validate({"name": "ag_news", "multi_label": False, "labels": _AG_NEWS})
    anchor = "bart-large-mnli 0.69, GLiClass large 0.75 (F1)"
    return [*sets, DevSet("AG News zero-shot", "topic", "accuracy", news, 0.70, anchor, book)]


_AG_NEWS = [
    {"id": "World", "name": "world news"},
    {"id": "Sports", "name": "sports"},
    {"id": "Business", "name": "business"},
    {"id": "Science and technology", "name": "science and technology"},
]


def _labelled(rows: Sequence[Row]) -> list[Row]:
    return [{**row, "labels": row["frames"]} for row in rows if row.get("frames")]


def _book(source: str) -> Codebook:
    config = yaml.safe_load((ROOT / "configs" / "train_classifier.yaml").read_text(encoding="utf-8"))
    labels = [{"id": name, **entry} for name, entry in config["definitions"][source].items()]
    return Codebook.model_validate({"name": source.split("/")[1], "multi_label": True, "labels": labels})


def predict(scorer: Scorer, dev: DevSet) -> Predicted:
    """Run a scorer over a set through the same functions as the tool does."""
    rows = dev.rows
    if dev.task == "entailment":
        scores = scorer.score([Pair(row["premise"], row["hypothesis"]) for row in rows], task="entailment")
        return Predicted(scores.probabilities, np.array([ENTAILMENTS.index(row["label"]) for row in rows]))
    if dev.task == "stance":
        if rows and "holder" in rows[0]:
            # directed sets: whose view is asked stands in the text, so only the hypothesis names the holder
            pairs = [Pair(row["text"], f"{row['holder']} supports {row['target']}.") for row in rows]
            table = scorer.score(pairs, task="stance").probabilities[:, [0, 2, 1]]
        else:
            items = [StanceItem(row["text"], row["target"], row.get("speaker"), row.get("context")) for row in rows]
            table = _table([result.scores for result in classify_stance(scorer, items)], STANCES)
        return Predicted(table, np.array([STANCES.index(row["label"]) for row in rows]))
    assert dev.codebook is not None
    ids = dev.codebook.ids
    texts = [FrameItem(row["text"], context=row.get("context")) for row in rows]
    table = _table([result.scores for result in classify_frames(scorer, texts, dev.codebook)], ids)
    if dev.task == "topic":
        return Predicted(table, np.array([ids.index(row["labels"][0]) for row in rows]))
    return Predicted(table, np.array([[int(name in row["labels"]) for name in ids] for row in rows]))


def _table(scores: Sequence[dict[str, float]], names: Sequence[str]) -> NDArray[np.float64]:
    return np.array([[row[name] for name in names] for row in scores])


def measure(
    dev: DevSet, predicted: Predicted, threshold: float | NDArray[np.float64] = 0.5, *, seed: int = 1
) -> dict[str, Any]:
    """The set's figure with a 95 % bootstrap interval over its rows.

    Args:
        dev: what to measure.
        predicted: from `predict`.
        threshold: for multi-label sets, one or one a label.
        seed: of the bootstrap.
    """
    generator = np.random.default_rng(seed)
    if dev.measure == "micro_f1":
        chosen = (predicted.probabilities >= threshold).astype(np.int64)
        hit, size = (chosen * predicted.gold).sum(axis=1), chosen.sum(axis=1) + predicted.gold.sum(axis=1)
        draws = generator.integers(0, len(hit), (1000, len(hit)))
        values = 2 * hit[draws].sum(axis=1) / np.maximum(size[draws].sum(axis=1), 1)
        value = 2 * hit.sum() / max(size.sum(), 1)
    else:
        k = predicted.probabilities.shape[1]
        cells = np.zeros((k, k))
        np.add.at(cells, (predicted.gold, predicted.probabilities.argmax(axis=1)), 1)
        n = int(cells.sum())
        tables = generator.multinomial(n, (cells / n).ravel(), 1000).reshape(-1, k, k)
        values = np.array([_of_table(table, dev.measure) for table in tables])
        value = _of_table(cells, dev.measure)
    low, high = np.percentile(values, [2.5, 97.5])
    return {
        "value": round(float(value), 4),
        "low": round(float(low), 4),
        "high": round(float(high), 4),
        "n": len(dev.rows),
    }


def _of_table(cells: NDArray[Any], name: str) -> float:
    """Accuracy, macro-F1 or the mean F1 of favor and against, from a confusion table (gold, predicted)."""
    hit = np.diag(cells)
    if name == "accuracy":
        return float(hit.sum() / cells.sum())
    f1 = 2 * hit / np.maximum(cells.sum(axis=0) + cells.sum(axis=1), 1e-9)
    return float(f1[:2].mean() if name == "f1_favor_against" else f1.mean())
