"""Two models as one: frames go to the second."""

from __future__ import annotations

import json

import numpy as np

from stance import manifest
from stance.classifiers import load
from stance.classifiers.base import Pair, Scores
from stance.classifiers.calibration import Calibration
from stance.classifiers.routed import RoutedScorer, of_task
from stance.schema import ModelInfo
from tests.training.conftest import base_model


class Fixed:
    """Says one thing of every pair."""

    def __init__(self, name: str, column: int, calibration: Calibration) -> None:
        self.info = ModelInfo(name, "classifier", name)
        self.column = column
        self.calibration = calibration

    def score(self, pairs, *, task="entailment"):
        table = np.zeros((len(pairs), 3))
        table[:, self.column] = 1
        return Scores(table, np.ones(len(pairs), dtype=np.int64))


def test_frames_go_to_the_second_model_with_its_thresholds() -> None:
    large = Fixed("large", 0, Calibration(abstain_below={"stance": 0.4}, frame_threshold={"": 0.9}))
    small = Fixed("small", 2, Calibration(abstain_below={"stance": 0.1}, frame_threshold={"": 0.7}))
    both = RoutedScorer(large, small)
    pairs = [Pair("a", "b")]
    assert [both.score(pairs, task=task).probabilities[0].argmax() for task in ("stance", "entailment", "frame")] == [
        0,
        0,
        2,
    ]
    assert both.calibration.abstain_below == {"stance": 0.4}
    assert both.calibration.threshold("any") == 0.7
    assert of_task(both, "frame").info.name == "small"
    assert of_task(both, "stance").info.name == of_task(large, "frame").info.name == "large"


def test_a_folder_can_name_the_model_of_its_frames(tmp_path) -> None:
    folder = base_model(tmp_path / "larger")
    meta = json.loads((folder / "meta.json").read_text())
    (folder / "meta.json").write_text(json.dumps({**meta, "name": "larger", "frames": "embedded"}))
    scorer = load(str(folder))
    assert scorer.info.name == "larger"
    assert of_task(scorer, "frame").info.name == "embedded"


def test_a_run_names_both_models() -> None:
    from types import SimpleNamespace

    both = RoutedScorer(Fixed("large", 0, Calibration()), Fixed("small", 2, Calibration()))
    used = SimpleNamespace(settings=SimpleNamespace(extractor="rules"), scorer=both)
    assert [info.name for info in manifest.models(used)] == ["large", "small"]
    used.scorer = both.main
    assert [info.name for info in manifest.models(used)] == ["large"]
