"""A larger model for stance and entailment beside a smaller one for frames, which are many passes a quotation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from stance.classifiers import calibration
from stance.classifiers.base import Pair, Scorer, Scores


class RoutedScorer:
    """Scores frames with one model and everything else with another.

    `info` and temperatures are those of the main model; `frames` is the other one, whose thresholds frames are held to.
    """

    three_way = True

    def __init__(self, main: Scorer, frames: Scorer) -> None:
        self.main = main
        self.frames = frames
        self.info = main.info
        thresholds = calibration.of(frames).frame_threshold
        self.calibration = replace(calibration.of(main), frame_threshold=thresholds)

    def score(self, pairs: Sequence[Pair], *, task: str = "entailment") -> Scores:
        """Score `pairs`; see `stance.classifiers.base.Scorer`."""
        return (self.frames if task == "frame" else self.main).score(pairs, task=task)


def of_task(scorer: Scorer, task: str) -> Scorer:
    """The model that answers a task."""
    if not isinstance(scorer, RoutedScorer):
        return scorer
    return scorer.frames if task == "frame" else scorer.main
