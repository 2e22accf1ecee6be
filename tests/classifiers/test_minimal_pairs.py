"""A hundred minimal pairs: support and oppose, active and passive, negated, another target in the same sentence."""

import json
from pathlib import Path

import pytest

from stance.classifiers import load
from stance.classifiers.tasks import StanceItem, classify_stance

PAIRS = [json.loads(line) for line in (Path(__file__).parent / "minimal_pairs.jsonl").read_text("utf-8").splitlines()]


# What the shipped weights reach, less a margin; the aim is 170, and never the label of the other target.
RIGHT_OF_200 = {"embedded": 165, "embedded-large": 178}


@pytest.fixture(scope="module", params=sorted(RIGHT_OF_200))
def model(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def answers(model) -> list[tuple[str, str]]:
    """The likeliest label of each side of each pair."""
    items = [StanceItem(pair[side]["text"], pair[side]["target"], pair["speaker"]) for pair in PAIRS for side in "ab"]
    best = [max(result.scores, key=result.scores.__getitem__) for result in classify_stance(load(model), items)]
    return list(zip(best[::2], best[1::2], strict=True))


def test_there_are_a_hundred_in_four_kinds() -> None:
    assert len(PAIRS) == 100
    assert {pair["kind"] for pair in PAIRS} == {"support_oppose", "active_passive", "negated", "other_target"}


def test_no_fewer_are_right_than_the_shipped_weights_reach(answers, model) -> None:
    gold = [(pair["a"]["label"], pair["b"]["label"]) for pair in PAIRS]
    wrong = [
        (pair["id"], side, answer[at])
        for pair, answer, labels in zip(PAIRS, answers, gold, strict=True)
        for at, side in enumerate("ab")
        if answer[at] != labels[at]
    ]
    assert 2 * len(PAIRS) - len(wrong) >= RIGHT_OF_200[model], wrong


def test_no_target_gets_the_label_of_the_other(answers) -> None:
    swapped = [
        pair["id"]
        for pair, answer in zip(PAIRS, answers, strict=True)
        if pair["kind"] == "other_target" and answer == (pair["b"]["label"], pair["a"]["label"])
    ]
    assert not swapped
