"""The script that writes the embedded model's folder."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from stance.classifiers import load, packed
from stance.classifiers.base import Pair
from stance.classifiers.embedded import EmbeddedScorer
from stance.classifiers.hub import HubScorer
from stance.errors import ModelError
from tests.training.conftest import base_model

SCRIPT = Path(__file__).parents[2] / "scripts" / "export_classifier.py"
PAIRS = [
    Pair("we says it is fine and good", "the speaker supports the treaty."),
    Pair("awful", "the quote is about war."),
]


@pytest.mark.parametrize("mpnet", [False, True])
@pytest.mark.parametrize("eight_bit", [frozenset(), frozenset({"embedding", "qkv", "attention_out", "up", "down"})])
def test_what_is_exported_answers_as_torch_does(eight_bit, mpnet, tmp_path) -> None:
    source = base_model(tmp_path / "trained", mpnet=mpnet)
    runpy.run_path(str(SCRIPT))["export"](source, tmp_path / "out", quantise=eight_bit)
    ours = EmbeddedScorer(tmp_path / "out").score(PAIRS).probabilities
    assert ours == pytest.approx(HubScorer(str(source)).score(PAIRS).probabilities, abs=0.2 if eight_bit else 1e-3)


def test_a_packed_model_answers_nearly_as_torch_does(tmp_path) -> None:
    source = base_model(tmp_path / "trained", mpnet=True)
    runpy.run_path(str(SCRIPT))["export"](source, tmp_path / "out", quantise=frozenset(), name="larger", as_packed=True)
    files = {path.name for path in (tmp_path / "out").iterdir()}
    assert "packed1.safetensors" in files
    assert not files & {"model.onnx", "model.safetensors"}
    scorer = load(str(tmp_path / "out"))
    assert scorer.info.name == "larger"
    assert scorer.score(PAIRS).probabilities == pytest.approx(
        HubScorer(str(source)).score(PAIRS).probabilities, abs=0.2
    )


def test_a_damaged_part_of_a_packed_model_is_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(packed, "FILE_SIZE", 4000)
    source = base_model(tmp_path / "trained")
    runpy.run_path(str(SCRIPT))["export"](source, tmp_path / "out", quantise=frozenset(), as_packed=True)
    load(str(tmp_path / "out"))
    (tmp_path / "out" / "packed2.safetensors").write_bytes(b"damaged")
    with pytest.raises(ModelError, match=r"packed2\.safetensors: sha256"):
        load(str(tmp_path / "out"))
