"""Confident learning, checked against cleanlab 2.9 (reference values computed once)."""

from __future__ import annotations

import numpy as np

from stance.training.noise import confident_joint, suspects, thresholds

CLEANLAB_JOINT = [[7, 0, 2], [1, 12, 2], [0, 1, 13]]
CLEANLAB_RANKED = [37, 18, 24, 52, 56, 0]


def data():
    rng = np.random.default_rng(11)
    true = rng.integers(0, 3, 60)
    given = true.copy()
    flip = rng.choice(60, 9, replace=False)
    given[flip] = (given[flip] + 1 + rng.integers(0, 2, 9)) % 3
    p = rng.dirichlet([1, 1, 1], 60) * 0.5
    p[np.arange(60), true] += 0.5
    p = np.round(p / p.sum(axis=1, keepdims=True), 6)
    return p / p.sum(axis=1, keepdims=True), given, flip


def test_cleanlab_agrees() -> None:
    p, given, _ = data()
    assert confident_joint(p, given).tolist() == CLEANLAB_JOINT
    assert [one.row for one in suspects(p, given)] == CLEANLAB_RANKED


def test_what_was_flipped_is_found() -> None:
    p, given, flip = data()
    found = suspects(p, given)
    assert len({one.row for one in found} & set(flip.tolist())) >= 6
    assert all(one.given == given[one.row] != one.suggested for one in found)
    assert [one.margin for one in found] == sorted((one.margin for one in found), reverse=True)


def test_thresholds_are_mean_self_confidence() -> None:
    p = np.array([[0.9, 0.1], [0.7, 0.3], [0.2, 0.8]])
    assert thresholds(p, np.array([0, 0, 1])).tolist() == [0.8, 0.8]
    assert thresholds(p, np.array([0, 0, 0]))[1] == 1.0


def test_labels_that_fit_are_not_doubted() -> None:
    p = np.array([[0.9, 0.1], [0.8, 0.2], [0.2, 0.8]])
    assert suspects(p, [0, 0, 1]) == []
