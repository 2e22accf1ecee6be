"""The pairs on which an 8-bit model is held against full precision."""

import numpy as np
import pytest

from stance.classifiers.base import Pair
from stance.classifiers.calibration import softmax
from stance.training import tuned


def test_few_pairs_are_crossed_until_a_difference_of_half_a_percent_shows() -> None:
    few = [Pair(f"text {at}", f"claim {at}") for at in range(40)]
    probe = tuned.probe_of(few)
    assert len(probe) == tuned.MIN_PROBE
    assert len(set(probe)) == len(probe)
    assert probe[:40] == few
    assert {pair.hypothesis for pair in probe if pair.premise == "text 0"} == {f"claim {at}" for at in range(20)}
    assert len(tuned.probe_of(few[:3])) == 9


def test_many_pairs_are_taken_as_they_are() -> None:
    many = [Pair(f"text {at}", "claim") for at in range(tuned.PROBE + 5)]
    assert tuned.probe_of(many) == many[: tuned.PROBE]
    assert tuned.probe_of(many[: tuned.MIN_PROBE]) == many[: tuned.MIN_PROBE]
    assert tuned.probe_of([]) == []


def test_expected_agreement_foresees_what_few_pairs_do_not_show() -> None:
    generator = np.random.default_rng(0)

    def drawn(count: int) -> tuple[np.ndarray, np.ndarray]:
        logits = generator.normal(0, 3, (count, 3))
        shifted = logits + generator.normal(0, 0.02, (count, 3))
        return softmax(logits), softmax(shifted)

    reference, found = drawn(100_000)
    true = float((reference.argmax(axis=1) == found.argmax(axis=1)).mean())
    estimates = [tuned.same_labels(*drawn(800)) for _ in range(20)]
    counts = [float((a.argmax(axis=1) == b.argmax(axis=1)).mean()) for a, b in (drawn(800) for _ in range(20))]
    assert 0.99 < true < 0.999
    assert np.mean(estimates) == pytest.approx(true, abs=0.001)
    assert np.std(estimates) < np.std(counts)
    assert tuned.same_labels(reference[:800], reference[:800]) == 1.0
    tied = np.tile([0.4, 0.4, 0.2], (100, 1))
    assert tuned.same_labels(tied, tied) == 1.0
