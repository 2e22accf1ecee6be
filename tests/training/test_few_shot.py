"""When the head stays at the zero-shot answer, and when labelled rows move it away."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from stance.classifiers.base import Pair
from stance.schema import STANCES
from stance.training import few_shot
from stance.training.arguments import Arguments
from stance.training.data import Example
from stance.training.pairs import LabelledPair

GOLD = {"favor": 0, "neutral": 1, "against": 2}


def encoded(meant: Any, rows: int, seed: int = 0) -> tuple[few_shot.Encoded, list[Example]]:
    """Rows for which the base model's answer is `meant` of the label, nine times of ten; its logits are a view of φ."""
    rng = np.random.default_rng(seed)
    labels = [STANCES[at % 3] for at in range(rows)]
    gold = np.array([GOLD[label] for label in labels])
    says = np.where(rng.random(rows) < 0.85, np.array([meant[at] for at in gold]), rng.integers(0, 3, rows))
    features = 0.5 * rng.normal(size=(rows, 40)) + 2 * np.eye(3, 40)[says]
    pairs = [LabelledPair(Pair(f"text {at}", "h"), int(one), at, 0) for at, one in enumerate(gold)]
    examples = [Example(f"text {at}", "", f"d{at}", "x", label) for at, label in enumerate(labels)]
    return few_shot.Encoded(tuple(pairs), 1.5 * features[:, :3], features.astype(np.float32)), examples


@pytest.mark.parametrize("seed", range(4))
def test_where_the_base_is_right_few_rows_leave_it_alone(seed) -> None:
    data, examples = encoded([0, 1, 2], 24, seed)
    fitted = few_shot.fit_stance(data, examples, Arguments())
    unseen, _ = encoded([0, 1, 2], 600, 90)
    given = fitted.head.logits(unseen.z, unseen.features).argmax(axis=1)
    assert (given == unseen.z.argmax(axis=1)).mean() > 0.9


def test_features_that_say_nothing_are_left_out() -> None:
    data, examples = encoded([0, 1, 2], 24)
    noise = np.random.default_rng(1).normal(size=data.features.shape).astype(np.float32)
    fitted = few_shot.fit_stance(replace(data, features=noise), examples, Arguments())
    assert fitted.chosen.shares == {None: 1.0}
    assert not fitted.head.weight.any()


def test_where_labels_mean_something_else_few_rows_say_so() -> None:
    data, examples = encoded([2, 0, 1], 24)
    fitted = few_shot.fit_stance(data, examples, Arguments())
    assert fitted.head.weight.any()
    unseen, _ = encoded([2, 0, 1], 600, 90)
    zero = (unseen.z.argmax(axis=1) == unseen.gold).mean()
    new = (fitted.head.logits(unseen.z, unseen.features).argmax(axis=1) == unseen.gold).mean()
    assert zero < 0.3 < 0.5 < new
