"""The pairs on which an 8-bit model is held against full precision."""

from stance.classifiers.base import Pair
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
