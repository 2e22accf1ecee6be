"""The script that writes the embedded model's folder."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from stance.classifiers.base import Pair
from stance.classifiers.embedded import EmbeddedScorer
from stance.classifiers.hub import HubScorer
from tests.training.conftest import base_model

SCRIPT = Path(__file__).parents[2] / "scripts" / "export_classifier.py"
PAIRS = [
    Pair("we says it is fine and good", "the speaker supports the treaty."),
    Pair("awful", "the quote is about war."),
]


@pytest.mark.parametrize("eight_bit", [frozenset(), frozenset({"embedding", "qkv", "attention_out", "up", "down"})])
def test_what_is_exported_answers_as_torch_does(eight_bit, tmp_path) -> None:
    source = base_model(tmp_path / "trained")
    runpy.run_path(str(SCRIPT))["export"](source, tmp_path / "out", quantise=eight_bit)
    ours = EmbeddedScorer(tmp_path / "out").score(PAIRS).probabilities
    assert ours == pytest.approx(HubScorer(str(source)).score(PAIRS).probabilities, abs=0.2 if eight_bit else 1e-3)
