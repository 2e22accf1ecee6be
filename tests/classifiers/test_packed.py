"""Weights in 4 bits."""

from __future__ import annotations

import numpy as np
import pytest

from stance.classifiers import packed

WEIGHTS = {
    "bert.embeddings.word_embeddings.weight": (50, 64),
    "bert.encoder.layer.0.attention.self.query.weight": (96, 64),
    "bert.encoder.layer.0.attention.self.query.bias": (96,),
    "classifier.weight": (3, 64),
}


@pytest.fixture
def weights():
    random = np.random.default_rng(0)
    return {name: random.normal(size=shape).astype(np.float32) for name, shape in WEIGHTS.items()}


def test_what_is_unpacked_is_near_what_was_packed(weights, tmp_path) -> None:
    packed.write(weights, tmp_path)
    found = packed.read(tmp_path)
    assert found.keys() == weights.keys()
    error = {name: float(np.sqrt(np.mean((found[name] - weights[name]) ** 2))) for name in weights}  # deviation is 1
    query = "bert.encoder.layer.0.attention.self.query.weight"
    assert error.pop("bert.embeddings.word_embeddings.weight") < 0.02
    assert 0.02 < error.pop(query) < 0.09  # rounding to sixteen even steps over ±3 deviations gives about 0.12
    assert max(error.values()) < 1e-3


def test_a_matrix_takes_four_and_a_half_bits_a_weight(weights) -> None:
    name = "bert.encoder.layer.0.attention.self.query.weight"
    parts = packed.pack({name: weights[name]})
    assert sum(part.nbytes for part in parts.values()) * 8 == pytest.approx(4.5 * weights[name].size)


def test_sixteen_even_steps_are_kept_exactly() -> None:
    steps = np.tile(np.arange(-8, 8, dtype=np.float32), (4, 4)) * 0.25
    name = "encoder.layer.3.output.dense.weight"
    assert np.array_equal(packed.unpack(packed.pack({name: steps}))[name], steps)


def test_zeros_stay_zeros() -> None:
    name = "encoder.layer.3.output.dense.weight"
    assert not packed.unpack(packed.pack({name: np.zeros((2, 32), np.float32)}))[name].any()


def test_no_file_grows_beyond_the_limit(weights, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(packed, "FILE_SIZE", 5000)
    names = packed.write(weights, tmp_path)
    assert len(names) > 1
    assert packed.read(tmp_path).keys() == weights.keys()


def test_errors_are_made_up_for_in_what_the_matrix_is_multiplied_with() -> None:
    random = np.random.default_rng(1)
    seen = random.normal(size=(400, 8)) @ random.normal(size=(8, 64)) + 0.1 * random.normal(size=(400, 64))
    inputs = seen.astype(np.float32)
    weight = random.normal(size=(48, 64)).astype(np.float32)
    name = "encoder.layer.3.output.dense.weight"

    def missed(moments):
        found = packed.unpack(packed.pack({name: weight}, moments))[name]
        return float(np.mean((inputs @ (found - weight).T) ** 2))

    assert missed({name: inputs.T @ inputs}) < missed(None) / 2
