import numpy as np
import pytest

from stance import codebook
from stance.classifiers.base import Pair, Scores
from stance.classifiers.calibration import Calibration
from stance.classifiers.tasks import (
    FrameItem,
    StanceItem,
    classify_entailment,
    classify_frames,
    classify_stance,
    premise,
)
from stance.schema import ModelInfo


class Told:
    """A scorer that answers by a word of the hypothesis, and remembers what it was asked."""

    info = ModelInfo("told", "classifier", "")

    def __init__(self, answers, *, three_way=True, calibration=None, windows=1) -> None:
        self.answers, self.three_way, self.windows = answers, three_way, windows
        self.calibration = calibration or Calibration()
        self.asked: list[tuple[Pair, str]] = []

    def score(self, pairs, *, task="entailment"):
        self.asked += [(pair, task) for pair in pairs]
        rows = [next(v for k, v in self.answers.items() if k in pair.hypothesis) for pair in pairs]
        return Scores(np.array(rows, dtype=float), np.full(len(pairs), self.windows))


@pytest.mark.parametrize(
    ("kwargs", "expected"),
    [
        ({}, "It is over."),
        ({"speaker": "Maren Holt"}, "Maren Holt: It is over."),
        ({"speaker": "Maren Holt", "context": "Talks failed."}, "Talks failed. Maren Holt: It is over."),
        ({"context": " Talks\nfailed. "}, "Talks failed. It is over."),
    ],
)
def test_premise(kwargs, expected) -> None:
    assert premise("It is\n over.", **kwargs) == expected


@pytest.mark.parametrize(
    ("row", "label"),
    [([0.8, 0.1, 0.1], "favor"), ([0.1, 0.1, 0.8], "against"), ([0.1, 0.8, 0.1], "neutral")],
)
def test_stance_is_read_off_one_hypothesis(row, label) -> None:
    told = Told({"supports": row})
    (result,) = classify_stance(told, [StanceItem("It is over.", "the treaty.", "maren Holt")])
    assert result.label == label
    assert set(result.scores) == {"favor", "against", "neutral"}
    assert sum(result.scores.values()) == pytest.approx(1)
    assert told.asked == [(Pair("maren Holt: It is over.", "Maren Holt supports the treaty."), "stance")]


def test_an_unnamed_speaker() -> None:
    told = Told({"": [1, 0, 0]})
    classify_stance(told, [StanceItem("It is over.", "NATO")])
    assert told.asked[0][0].hypothesis == "The speaker supports NATO."


def test_hypotheses_of_against_are_read_the_other_way_round() -> None:
    book = codebook.parse(
        "name: s\nmulti_label: false\nlabels:\n"
        "  - {name: favor, hypotheses: ['{speaker} backs {target}']}\n"
        "  - {name: against, hypotheses: ['{speaker} attacks {target}']}\n  - name: neutral\n"
    )
    told = Told({"backs": [0.1, 0.3, 0.6], "attacks": [0.8, 0.1, 0.1]})
    (result,) = classify_stance(told, [StanceItem("t", "x")], book)
    assert result.label == "against"
    assert result.scores == pytest.approx({"favor": 0.1, "against": 0.7, "neutral": 0.2})


@pytest.mark.parametrize(
    ("support", "oppose", "label"), [(0.9, 0.1, "favor"), (0.1, 0.9, "against"), (0.1, 0.1, "neutral")]
)
def test_a_two_way_model_is_asked_for_and_against(support, oppose, label) -> None:
    told = Told({"supports": [support, 1 - support, 0], "opposes": [oppose, 1 - oppose, 0]}, three_way=False)
    (result,) = classify_stance(told, [StanceItem("t", "x")])
    assert result.label == label
    assert sum(result.scores.values()) == pytest.approx(1)


def test_abstention_is_none_and_not_neutral() -> None:
    told = Told({"": [0.4, 0.3, 0.3]}, calibration=Calibration(abstain_below={"stance": 0.5}), windows=3)
    (result,) = classify_stance(told, [StanceItem("t", "x")])
    assert result.label is None
    assert result.scores["favor"] == pytest.approx(0.4)
    assert result.windows == 3


def test_results_come_in_order_and_none_for_none() -> None:
    told = Told({"NATO": [0.9, 0.05, 0.05], "Iran": [0.05, 0.05, 0.9]})
    items = [StanceItem("t", "Iran"), StanceItem("t", "NATO"), StanceItem("t", "Iran")]
    assert [result.label for result in classify_stance(told, items)] == ["against", "favor", "against"]
    assert classify_stance(told, []) == []
    assert classify_frames(told, [], codebook.load("stance")) == []
    assert classify_entailment(told, []) == []


BOOK = "name: b\nmulti_label: {multi}\nlabels: [war, money, faith]\n"
ANSWERS = {"war": [0.9, 0.05, 0.05], "money": [0.6, 0.3, 0.1], "faith": [0.1, 0.8, 0.1]}


def test_several_frames_likeliest_first() -> None:
    (result,) = classify_frames(Told(ANSWERS), [FrameItem("t")], codebook.parse(BOOK.format(multi="true")))
    assert result.labels == ("war", "money")
    assert result.scores == pytest.approx({"war": 0.9, "money": 0.6, "faith": 0.1})


def test_one_label_of_a_single_label_codebook() -> None:
    (result,) = classify_frames(Told(ANSWERS), [FrameItem("t")], codebook.parse(BOOK.format(multi="false")))
    assert result.labels == ("war",)
    assert sum(result.scores.values()) == pytest.approx(1, abs=1e-5)


def test_thresholds_label_before_codebook_before_model() -> None:
    calibrated = Calibration(frame_threshold={"b": 0.7})
    told = Told(ANSWERS, calibration=calibrated)
    plain = codebook.parse(BOOK.format(multi="true"))
    assert classify_frames(told, [FrameItem("t")], plain)[0].labels == ("war",)
    own = codebook.parse("name: b\nthreshold: 0.05\nlabels: [war, money, {name: faith, threshold: 0.2}]\n")
    assert classify_frames(told, [FrameItem("t")], own)[0].labels == ("war", "money")


def test_hypotheses_of_a_label_are_averaged() -> None:
    book = codebook.parse("name: b\nlabels: [{name: x, hypotheses: [about war, about money]}, faith]\n")
    (result,) = classify_frames(Told(ANSWERS), [FrameItem("t")], book)
    assert result.scores["x"] == pytest.approx(0.75)


def test_entailment() -> None:
    told = Told({"": [0.1, 0.2, 0.7]})
    (result,) = classify_entailment(told, [Pair("p", "h")])
    assert result.label == "contradiction"
    assert result.scores == pytest.approx({"entailment": 0.1, "neutral": 0.2, "contradiction": 0.7})
