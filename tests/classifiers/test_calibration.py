import numpy as np
import pytest

from stance.classifiers.calibration import (
    Calibration,
    expected_calibration_error,
    fit_abstention,
    fit_temperature,
    of,
    softmax,
)


def test_softmax_is_stable() -> None:
    assert softmax(np.array([[1000.0, 1000.0]])) == pytest.approx(np.array([[0.5, 0.5]]))


def test_temperature_cools_an_overconfident_model() -> None:
    generator = np.random.default_rng(0)
    gold = generator.integers(0, 3, 4000)
    honest = np.log(np.full((4000, 3), 0.15))
    honest[np.arange(4000), np.where(generator.random(4000) < 0.7, gold, (gold + 1) % 3)] = np.log(0.7)
    assert fit_temperature(honest * 3, gold) == pytest.approx(3, rel=0.15)


def test_expected_calibration_error() -> None:
    confidence = np.full(1000, 0.8)
    correct = np.arange(1000) % 5 != 0
    assert expected_calibration_error(confidence, correct) == pytest.approx(0, abs=0.01)
    assert expected_calibration_error(confidence, ~correct) == pytest.approx(0.6, abs=0.01)


def test_abstention_holds_an_error_rate() -> None:
    confidence = np.linspace(1, 0, 1000)
    correct = np.arange(1000) % 100 > np.arange(1000) // 20
    threshold, coverage = fit_abstention(confidence, correct, error_rate=0.1)
    given = confidence >= threshold
    assert (~correct[given]).mean() <= 0.1
    assert given.mean() == pytest.approx(coverage)
    assert fit_abstention(confidence, np.zeros(1000, bool), error_rate=0.1) == (1.0, 0.0)


def test_defaults_leave_scores_as_they_are() -> None:
    assert Calibration.from_meta({}).threshold("any") == 0.5
    assert Calibration(frame_threshold={"": 0.3, "b": 0.6}).threshold("b") == 0.6
    assert Calibration(frame_threshold={"": 0.3}).threshold("new") == 0.3
    assert of(object()) == Calibration()
