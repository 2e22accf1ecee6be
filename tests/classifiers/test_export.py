"""The script that writes the embedded model's folder."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from stance.classifiers import load, packed
from stance.classifiers.base import Pair
from stance.classifiers.embedded import EmbeddedScorer
from stance.classifiers.hub import HubScorer
from stance.errors import ModelError
from stance.sessions import open_session
from stance.training import onnx_graph
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


def test_large_numbers_that_go_apart_leave_the_others_their_steps(tmp_path) -> None:
    source = base_model(tmp_path / "trained", mpnet=True)
    weights = load_file(source / "model.safetensors")
    layer = "mpnet.encoder.layer.0"
    weights[f"{layer}.intermediate.dense.bias"][5] = 300
    weights[f"{layer}.output.dense.weight"][:, 5] /= 300
    config = json.loads((source / "config.json").read_text())
    feed = {"input_ids": np.array([[2, 7, 8, 30, 31, 3, 3, 6, 7, 3]])}

    def logits(parts, outliers=None):
        graph = onnx_graph.build(weights, config, frozenset(parts), outliers=outliers)
        return open_session(graph.SerializeToString()).run(["logits"], feed)[0]

    exact = logits(())
    together, apart = (np.abs(logits(("down",), one) - exact).max() for one in (None, {"layer0.down": [5]}))
    assert apart < together / 5
