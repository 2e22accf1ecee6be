"""How good are labels: accuracy, F1, calibration, coverage when abstaining, by target and by source, with intervals.

Measures as the field reports them: macro-F1 over favor, against and neutral; F1 averaged over favor and against
(SemEval-2016 task 6, Mohammad et al. 2016); expected calibration error; micro-F1 for sets of frames.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DRAWS = 1000
MIN_ROWS_OF_PART = 10  # a target or source with fewer rows is counted, but gets no figure of its own
MEASURES = (  # of one number, in the order in which a reader is shown them
    "accuracy",
    "macro_f1",
    "micro_f1",
    "f1_favor_against",
    "exact",
    "calibration_error",
    "coverage",
    "accuracy_when_labelled",
)


def single(
    gold: Sequence[str],
    scores: Sequence[Mapping[str, float]],
    predicted: Sequence[str | None],
    *,
    labels: Sequence[str],
    parts: Mapping[str, Sequence[str]] | None = None,
    seed: int = 0,
) -> dict[str, Any]:
    """Measures of a task with one label a row (stance, entailment).

    Args:
        gold: the true labels, length n.
        scores: probabilities by label, length n. The likeliest label counts for accuracy and F1, abstention or not.
        predicted: the labels given, `None` where the model abstained, length n.
        labels: all labels, in the order to report.
        parts: further breakdowns by name (`target`, `source`), each of length n.
        seed: of the bootstrap over rows.

    Returns:
        A dictionary ready for JSON. Macro-F1 is over the labels that occur in the truth or in the answers. Intervals
        are 95 %, percentile bootstrap over rows.

    Raises:
        ValueError: no rows, or lengths differ.
    """
    import numpy as np

    from stance.classifiers.calibration import expected_calibration_error

    if not gold or not len(gold) == len(scores) == len(predicted):
        raise ValueError("gold, scores and predicted must have the same length, at least 1")
    index = {label: at for at, label in enumerate(labels)}
    table = np.array([[row.get(label, 0.0) for label in labels] for row in scores])
    truth = np.array([index[label] for label in gold])
    best = table.argmax(axis=1)
    matrix = confusion(truth, best, len(labels))
    rng = np.random.default_rng(seed)
    draws = [confusion(truth[at], best[at], len(labels)) for at in rng.integers(0, len(truth), (DRAWS, len(truth)))]
    decided = np.array([label is not None for label in predicted])
    right = best == truth
    result: dict[str, Any] = {
        "n": len(gold),
        "accuracy": _rounded(right.mean()),
        "accuracy_interval": _interval([np.trace(m) / m.sum() for m in draws]),
        "macro_f1": _rounded(_macro_f1(matrix)),
        "macro_f1_interval": _interval([_macro_f1(m) for m in draws]),
        "per_class": _per_class(matrix, labels),
        "confusion": {
            row: {column: int(matrix[i, j]) for j, column in enumerate(labels)} for i, row in enumerate(labels)
        },
        "calibration_error": _rounded(expected_calibration_error(table.max(axis=1), right)),
        "reliability": reliability(table.max(axis=1), right),
        "coverage": _rounded(decided.mean()),
        "accuracy_when_labelled": _rounded(right[decided].mean()) if decided.any() else None,
        "accuracy_by_coverage": risk_curve(table.max(axis=1), right),
    }
    if {"favor", "against"} <= set(labels):
        result["f1_favor_against"] = _rounded(_f1(matrix)[[index["favor"], index["against"]]].mean())
    for name, values in (parts or {}).items():
        result[f"by_{name}"] = _by_part(values, truth, best, labels)
    return result


def sets(
    gold: Sequence[Sequence[str]],
    predicted: Sequence[Sequence[str]],
    *,
    labels: Sequence[str],
    scores: Sequence[Mapping[str, float]] | None = None,
    parts: Mapping[str, Sequence[str]] | None = None,
    seed: int = 0,
) -> dict[str, Any]:
    """Measures of a task with a set of labels a row (frames).

    Args:
        gold: the true sets, length n.
        predicted: the sets given, length n.
        labels: all labels.
        scores: probability of each label, length n; gives the calibration error over all (row, label) decisions.
        parts: further breakdowns by name (`source`), each of length n.
        seed: of the bootstrap over rows.

    Returns:
        A dictionary ready for JSON: micro- and macro-F1, per label precision, recall, F1, share of rows exactly right.
        Macro-F1 is over the labels that occur in the truth or in the answers. Intervals are 95 %, percentile
        bootstrap over rows.

    Raises:
        ValueError: no rows, or lengths differ.
    """
    import numpy as np

    from stance.classifiers.calibration import expected_calibration_error

    if not gold or len(gold) != len(predicted):
        raise ValueError("gold and predicted must have the same length, at least 1")
    truth = np.array([[label in row for label in labels] for row in gold])
    given = np.array([[label in row for label in labels] for row in predicted])
    rng = np.random.default_rng(seed)
    resampled = rng.integers(0, len(truth), (DRAWS, len(truth)))
    per_label = {}
    for at, label in enumerate(labels):
        hit, said, there = (truth[:, at] & given[:, at]).sum(), given[:, at].sum(), truth[:, at].sum()
        per_label[label] = _prf(int(hit), int(said), int(there))
    exact = (truth == given).all(axis=1)
    result: dict[str, Any] = {
        "n": len(gold),
        "micro_f1": _rounded(_micro(truth, given)),
        "micro_f1_interval": _interval([_micro(truth[at], given[at]) for at in resampled]),
        "macro_f1": _rounded(_macro(truth, given)),
        "macro_f1_interval": _interval([_macro(truth[at], given[at]) for at in resampled]),
        "exact": _rounded(exact.mean()),
        "exact_interval": _interval([exact[at].mean() for at in resampled]),
        "per_label": per_label,
    }
    if scores is not None:
        table = np.array([[row.get(label, 0.0) for label in labels] for row in scores])
        sure, right = np.maximum(table, 1 - table).ravel(), ((table >= 0.5) == truth).ravel()
        result["calibration_error"] = _rounded(expected_calibration_error(sure, right))
        result["reliability"] = reliability(sure, right)
    for name, values in (parts or {}).items():
        names = np.array([str(value) for value in values])
        result[f"by_{name}"] = {
            part: {"n": int(at.sum())}
            | ({"micro_f1": _rounded(_micro(truth[at], given[at]))} if at.sum() >= MIN_ROWS_OF_PART else {})
            for part in sorted(set(names.tolist()))
            if (at := names == part).any()
        }
    return result


def difference(
    gold: Sequence[str], one: Sequence[str], other: Sequence[str], *, labels: Sequence[str], seed: int = 0
) -> dict[str, Any]:
    """Two models on the same rows: the difference of their macro-F1 with a paired bootstrap interval over rows.

    Args:
        gold: the true labels, length n.
        one: the first model's likeliest labels, length n.
        other: the second model's.
        labels: all labels.
        seed: of the bootstrap.
    """
    import numpy as np

    index = {label: at for at, label in enumerate(labels)}
    truth, first, second = (np.array([index[label] for label in column]) for column in (gold, one, other))

    def gap(at: NDArray[np.int64]) -> float:
        a, b = (_macro_f1(confusion(truth[at], given[at], len(labels))) for given in (first, second))
        return a - b

    rng = np.random.default_rng(seed)
    every = np.arange(len(truth))
    return {
        "macro_f1_difference": _rounded(gap(every)),
        "macro_f1_difference_interval": _interval([gap(at) for at in rng.integers(0, len(truth), (DRAWS, len(truth)))]),
    }


def confusion(truth: NDArray[np.int64], given: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """Counts of shape (size, size): rows are the truth, columns what was given."""
    import numpy as np

    return np.bincount(truth * size + given, minlength=size * size).reshape(size, size)


def reliability(confidence: NDArray[np.float64], right: NDArray[np.bool_], bins: int = 10) -> list[dict[str, float]]:
    """The reliability diagram: for each bin of confidence its rows, mean confidence and accuracy."""
    import numpy as np

    at = np.minimum((confidence * bins).astype(int), bins - 1)
    return [
        {
            "from": b / bins,
            "n": int((at == b).sum()),
            "confidence": _rounded(confidence[at == b].mean()),
            "accuracy": _rounded(right[at == b].mean()),
        }
        for b in range(bins)
        if (at == b).any()
    ]


def risk_curve(confidence: NDArray[np.float64], right: NDArray[np.bool_]) -> dict[str, float]:
    """Accuracy over the most confident share of the rows, from a tenth to all."""
    import numpy as np

    order = np.argsort(-confidence, kind="stable")
    running = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    return {
        f"{share / 10:.1f}": _rounded(running[max(0, round(len(order) * share / 10) - 1)]) for share in range(1, 11)
    }


def mcnemar(gold: Sequence[str], one: Sequence[str | None], other: Sequence[str | None]) -> dict[str, float]:
    """Two models on the same rows: exact McNemar test on the rows that only one of them has right (McNemar 1947)."""
    from scipy.stats import binomtest

    only_one = sum(a == g != b for g, a, b in zip(gold, one, other, strict=True))
    only_other = sum(b == g != a for g, a, b in zip(gold, one, other, strict=True))
    n = only_one + only_other
    return {
        "only_first_right": only_one,
        "only_second_right": only_other,
        "p": _rounded(binomtest(only_one, n).pvalue) if n else 1.0,
    }


def _f1(matrix: NDArray[np.int64]) -> NDArray[np.float64]:
    import numpy as np

    hit = np.diag(matrix).astype(float)
    total = matrix.sum(axis=0) + matrix.sum(axis=1)
    return np.asarray(np.divide(2 * hit, total, out=np.zeros_like(hit), where=total > 0))


def _macro_f1(matrix: NDArray[np.int64]) -> float:
    return _mean_f1(matrix.diagonal(), matrix.sum(axis=0) + matrix.sum(axis=1))


def _micro(truth: NDArray[np.bool_], given: NDArray[np.bool_]) -> float:
    total = truth.sum() + given.sum()
    return float(2 * (truth & given).sum() / total) if total else 0.0


def _macro(truth: NDArray[np.bool_], given: NDArray[np.bool_]) -> float:
    return _mean_f1((truth & given).sum(axis=0), truth.sum(axis=0) + given.sum(axis=0))


def _mean_f1(hit: NDArray[np.int64], total: NDArray[np.int64]) -> float:
    """F1 averaged over the labels that occur in the truth or in the answers, as scikit-learn does."""
    occur = total > 0
    return float((2 * hit[occur] / total[occur]).mean()) if occur.any() else 0.0


def _per_class(matrix: NDArray[np.int64], labels: Sequence[str]) -> dict[str, dict[str, float]]:
    return {
        label: _prf(int(matrix[i, i]), int(matrix[:, i].sum()), int(matrix[i].sum())) for i, label in enumerate(labels)
    }


def _prf(hit: int, said: int, there: int) -> dict[str, float]:
    precision, recall = hit / said if said else 0.0, hit / there if there else 0.0
    f1 = 2 * hit / (said + there) if said + there else 0.0
    return {"precision": _rounded(precision), "recall": _rounded(recall), "f1": _rounded(f1), "support": there}


def _by_part(
    values: Sequence[str], truth: NDArray[np.int64], best: NDArray[np.int64], labels: Sequence[str]
) -> dict[str, Any]:
    import numpy as np

    found = {}
    names = np.array([str(value) for value in values])
    for name in sorted(set(names.tolist())):
        at = names == name
        part: dict[str, Any] = {"n": int(at.sum())}
        if part["n"] >= MIN_ROWS_OF_PART:
            matrix = confusion(truth[at], best[at], len(labels))
            part |= {
                "accuracy": _rounded(np.trace(matrix) / matrix.sum()),
                "macro_f1": _rounded(_macro_f1(matrix)),
            }
        found[name] = part
    return found


def _interval(draws: Sequence[float]) -> list[float]:
    import numpy as np

    low, high = np.percentile(draws, [2.5, 97.5])
    return [_rounded(low), _rounded(high)]


def _rounded(value: Any) -> float:
    return round(float(value), 4)
