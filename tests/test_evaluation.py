"""Evaluation measures, checked by hand and against scikit-learn and scipy."""

from __future__ import annotations

import numpy as np
import pytest

from stance import evaluation
from stance.schema import STANCES

# SemEval-2016 measure by hand: favor 2 of 3 found, 1 false alarm (F1 2/3); against 1 of 2 found, 1 false alarm (1/2)
GOLD = ["favor", "favor", "favor", "against", "against", "neutral"]
GIVEN = ["favor", "favor", "against", "against", "neutral", "favor"]


def sure(labels: list[str], confidence: float = 0.8) -> list[dict[str, float]]:
    rest = (1 - confidence) / 2
    return [{name: confidence if name == label else rest for name in STANCES} for label in labels]


@pytest.fixture(scope="module")
def drawn() -> tuple[list[str], list[dict[str, float]], list[str]]:
    rng = np.random.default_rng(2)
    table = rng.dirichlet([1.0, 0.8, 0.6], 300)
    gold = [STANCES[int(rng.choice(3, p=row))] for row in table]
    scores = [dict(zip(STANCES, map(float, row), strict=True)) for row in table]
    return gold, scores, [max(row, key=lambda name: row[name]) for row in scores]


def test_by_hand() -> None:
    found = evaluation.single(GOLD, sure(GIVEN), [*GIVEN[:5], None], labels=STANCES)
    assert found["n"] == 6
    assert found["accuracy"] == 0.5
    assert found["f1_favor_against"] == pytest.approx((2 / 3 + 1 / 2) / 2, abs=1e-4)
    assert found["macro_f1"] == pytest.approx((2 / 3 + 1 / 2 + 0) / 3, abs=1e-4)
    assert found["per_class"]["favor"] == {"precision": 0.6667, "recall": 0.6667, "f1": 0.6667, "support": 3}
    assert found["confusion"]["favor"] == {"favor": 2, "against": 1, "neutral": 0}
    assert found["coverage"] == pytest.approx(5 / 6, abs=1e-4)
    assert found["accuracy_when_labelled"] == 0.6
    assert found["calibration_error"] == pytest.approx(0.3, abs=0.35)


def test_scikit_learn_agrees(drawn) -> None:
    from sklearn import metrics

    gold, scores, given = drawn
    found = evaluation.single(gold, scores, given, labels=STANCES)
    assert found["accuracy"] == pytest.approx(metrics.accuracy_score(gold, given), abs=1e-4)
    assert found["macro_f1"] == pytest.approx(metrics.f1_score(gold, given, average="macro"), abs=1e-4)
    two = metrics.f1_score(gold, given, average="macro", labels=["favor", "against"])
    assert found["f1_favor_against"] == pytest.approx(two, abs=1e-4)
    matrix = metrics.confusion_matrix(gold, given, labels=list(STANCES))
    assert [list(row.values()) for row in found["confusion"].values()] == matrix.tolist()
    per_class = metrics.classification_report(gold, given, output_dict=True, zero_division=0)
    for label in STANCES:
        for ours, theirs in (("precision", "precision"), ("recall", "recall"), ("f1", "f1-score")):
            assert found["per_class"][label][ours] == pytest.approx(per_class[label][theirs], abs=1e-4)


def test_macro_f1_is_over_the_labels_that_occur() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    gold = ["favor", "against"] * 6
    right, wrong = sure(gold), sure(["favor"] * 12)
    calm = ["neutral", *gold[1:]]
    assert evaluation.single(gold, sure(calm), calm, labels=STANCES)["macro_f1"] == pytest.approx(
        metrics.f1_score(gold, calm, average="macro"), abs=1e-4
    )
    found = evaluation.single(gold, right, gold, labels=STANCES)
    assert (found["macro_f1"], found["macro_f1_interval"]) == (1.0, [1.0, 1.0])
    gap = evaluation.difference(gold, gold, ["favor"] * 12, labels=STANCES)["macro_f1_difference"]
    assert gap == pytest.approx(1 - evaluation.single(gold, wrong, gold, labels=STANCES)["macro_f1"], abs=1e-4)


def test_intervals_hold_the_value_and_repeat(drawn) -> None:
    gold, scores, given = drawn
    found = evaluation.single(gold, scores, given, labels=STANCES, seed=3)
    for key in ("accuracy", "macro_f1"):
        low, high = found[f"{key}_interval"]
        assert low < found[key] < high
    low, high = found["accuracy_interval"]
    # a normal approximation over 300 rows
    half = 1.96 * np.sqrt(found["accuracy"] * (1 - found["accuracy"]) / 300)
    assert high - low == pytest.approx(2 * half, rel=0.15)
    assert evaluation.single(gold, scores, given, labels=STANCES, seed=3) == found


def test_calibration_of_probabilities_that_are_true(drawn) -> None:
    gold, scores, given = drawn
    found = evaluation.single(gold, scores, given, labels=STANCES)
    assert found["calibration_error"] < 0.08
    over = [{k: v**4 for k, v in row.items()} for row in scores]
    over = [{k: v / sum(row.values()) for k, v in row.items()} for row in over]
    assert evaluation.single(gold, over, given, labels=STANCES)["calibration_error"] > 0.15
    assert sum(part["n"] for part in found["reliability"]) == 300
    for part in found["reliability"]:
        assert part["from"] <= part["confidence"] <= part["from"] + 0.1 + 1e-6


def test_coverage_against_accuracy(drawn) -> None:
    gold, scores, given = drawn
    curve = evaluation.single(gold, scores, given, labels=STANCES)["accuracy_by_coverage"]
    assert list(curve) == [f"{tenth / 10:.1f}" for tenth in range(1, 11)]
    assert curve["0.3"] > curve["1.0"]


def test_parts(drawn) -> None:
    gold, scores, given = drawn
    targets = ["NATO"] * 150 + ["the treaty"] * 145 + ["x"] * 5
    found = evaluation.single(gold, scores, given, labels=STANCES, parts={"target": targets})["by_target"]
    right = [a == b for a, b in zip(gold, given, strict=True)]
    assert found["NATO"]["accuracy"] == pytest.approx(np.mean(right[:150]), abs=1e-4)
    assert found["x"] == {"n": 5}  # too few rows for a figure


@pytest.mark.parametrize("rows", [([], [], []), (["favor"], [], [None])])
def test_lengths(rows) -> None:
    with pytest.raises(ValueError, match="same length"):
        evaluation.single(*rows, labels=STANCES)


def test_sets_agree_with_scikit_learn() -> None:
    from sklearn import metrics

    rng = np.random.default_rng(4)
    labels = ["economic", "morality", "security", "never"]
    table = rng.random((120, 4)) * [1, 1, 1, 0.3]
    truth = rng.random((120, 4)) < table
    truth[:, 3] = False
    gold = [[name for name, yes in zip(labels, row, strict=True) if yes] for row in truth]
    given = [[name for name, p in zip(labels, row, strict=True) if p >= 0.5] for row in table]
    scores = [dict(zip(labels, map(float, row), strict=True)) for row in table]
    found = evaluation.sets(gold, given, labels=labels, scores=scores, parts={"source": ["a"] * 115 + ["b"] * 5})
    predicted = table >= 0.5
    assert found["micro_f1"] == pytest.approx(metrics.f1_score(truth, predicted, average="micro"), abs=1e-4)
    macro = metrics.f1_score(truth[:, :3], predicted[:, :3], average="macro")
    assert found["macro_f1"] == pytest.approx(macro, abs=1e-4)
    assert found["exact"] == pytest.approx(metrics.accuracy_score(truth, predicted), abs=1e-4)
    assert found["calibration_error"] < 0.1
    assert found["by_source"]["b"] == {"n": 5}
    for key in ("micro_f1", "macro_f1", "exact"):
        assert found[f"{key}_interval"][0] <= found[key] <= found[f"{key}_interval"][1]


def test_sets_with_nothing_in_them() -> None:
    found = evaluation.sets([[], []], [[], []], labels=["a"])
    assert (found["micro_f1"], found["exact"]) == (0.0, 1.0)


def test_mcnemar() -> None:
    # 101 and 59 discordant rows: exact two-sided binomial
    gold = ["favor"] * 200
    one = ["favor"] * 101 + ["against"] * 59 + ["favor"] * 40
    other = ["against"] * 101 + ["favor"] * 59 + ["favor"] * 40
    found = evaluation.mcnemar(gold, one, other)
    assert (found["only_first_right"], found["only_second_right"]) == (101, 59)
    assert found["p"] == pytest.approx(0.0011, abs=1e-4)
    assert evaluation.mcnemar(gold, one, one)["p"] == 1.0


def test_difference_is_paired(drawn) -> None:
    gold, _, given = drawn
    worse = ["neutral" if at % 5 == 0 else label for at, label in enumerate(given)]
    found = evaluation.difference(gold, given, worse, labels=STANCES)
    low, high = found["macro_f1_difference_interval"]
    assert low < found["macro_f1_difference"] < high
    same = evaluation.difference(gold, given, given, labels=STANCES)
    assert same == {"macro_f1_difference": 0.0, "macro_f1_difference_interval": [0.0, 0.0]}
