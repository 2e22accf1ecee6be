"""The head's arithmetic."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import check_grad

from stance.training import head


@pytest.fixture(scope="module")
def drawn():
    rng = np.random.default_rng(5)
    features = rng.normal(size=(240, 12))
    gold = rng.integers(0, 3, 240)
    z = rng.normal(size=(240, 3)) + 0.7 * np.eye(3)[gold]
    features[:, :3] += 1.5 * np.eye(3)[gold]
    return z, features, gold


def test_without_features_it_is_the_zero_shot_answer_rescaled(drawn) -> None:
    z, features, gold = drawn
    found = head.fit_stance(z, features, gold, penalty=None, balanced=False)
    assert not found.weight.any()
    assert np.abs(found.bias).max() < 0.5
    assert found.logits(z, features) == pytest.approx(found.scale * z + found.bias)


def test_a_large_penalty_changes_nothing_a_small_one_learns(drawn) -> None:
    z, features, gold = drawn
    accuracy = {}
    for penalty in (1e6, 0.01):
        found = head.fit_stance(z[:160], features[:160], gold[:160], penalty=penalty, balanced=True)
        accuracy[penalty] = (found.logits(z[160:], features[160:]).argmax(axis=1) == gold[160:]).mean()
    zero = (z[160:].argmax(axis=1) == gold[160:]).mean()
    assert accuracy[1e6] == pytest.approx(zero, abs=0.04)
    assert accuracy[0.01] > zero + 0.1


def test_scaling_of_features_does_not_matter(drawn) -> None:
    z, features, gold = drawn
    one = head.fit_stance(z, features, gold, penalty=0.1, balanced=True).logits(z, features)
    other = head.fit_stance(z, 7 * features + 3, gold, penalty=0.1, balanced=True).logits(z, 7 * features + 3)
    assert other == pytest.approx(one, abs=1e-3)


@pytest.mark.parametrize("kind", ["stance", "frame"])
def test_gradients(kind, drawn, monkeypatch) -> None:
    z, features, gold = (part[:30] for part in drawn)
    errors = []

    def probe(loss, start):
        point = np.random.default_rng(1).normal(size=len(start)) / 3
        errors.append(check_grad(lambda x: loss(x)[0], lambda x: loss(x)[1], point) / len(start))
        return point

    monkeypatch.setattr(head, "_minimise", probe)
    if kind == "stance":
        head.fit_stance(z, features, gold, penalty=0.1, balanced=True)
    else:
        label = np.arange(30) % 2
        head.fit_frames(z, features, (gold == 0).astype(int), label, labels=2, penalty=0.1, balanced=True)
    assert errors[0] < 1e-6


def test_frames_learn_what_is_shared_and_what_is_not() -> None:
    rng = np.random.default_rng(6)
    features = rng.normal(size=(400, 10))
    label = np.arange(400) % 2
    z = rng.normal(size=(400, 3))
    logit = features[:, 0] + np.where(label == 0, features[:, 1], -features[:, 1]) + head.odds(z)
    gold = (rng.random(400) < 1 / (1 + np.exp(-2 * logit))).astype(int)
    found = head.fit_frames(z, features, gold, label, labels=2, penalty=0.003, balanced=False)
    assert found.shared[0] > 2 * abs(found.shared[1])
    assert found.own[0, 1] > 0 > found.own[1, 1]
    given = found.log_odds(head.odds(z), features, label) > 0
    assert (given == gold).mean() > 0.8


def test_cross_validation_chooses_by_what_it_holds_out(drawn) -> None:
    z, features, gold = drawn
    rows = [list(range(at, 240, 4)) for at in range(4)]
    weights = np.ones(240)

    def run(x):
        return head.cross_validate(
            rows,
            lambda at, penalty: head.fit_stance(z[at], x[at], gold[at], penalty=penalty, balanced=False),
            lambda fitted, at: fitted.logits(z[at], x[at]),
            lambda logits: head.log_loss(logits, gold, weights),
        )

    chosen = run(features)
    likeliest = max(chosen.shares, key=lambda penalty: chosen.shares[penalty])
    assert likeliest < 3
    assert sum(chosen.shares.values()) == pytest.approx(1)
    assert chosen.logits.shape == (240, 3)
    assert chosen.losses[str(likeliest)] == min(chosen.losses.values()) < chosen.losses["3.0"]
    noise = np.random.default_rng(9).normal(size=(240, 12))
    shares = run(noise).shares
    assert sum(share for penalty, share in shares.items() if penalty >= 1) > 0.5


def test_the_cautious_bias_follows_the_rows_part_of_the_way() -> None:
    rng = np.random.default_rng(3)
    z = rng.normal(size=(600, 3))
    drawn_from = np.exp(1.5 * z + np.array([0.0, 0.0, 1.2]))
    gold = np.array([rng.choice(3, p=row / row.sum()) for row in drawn_from])
    shifts = []
    for rows in (12, 60, 600):
        found = head.fit_stance(z[:rows], z[:rows], gold[:rows], penalty=None, balanced=False)
        shifts.append(found.bias[2] - found.bias[:2].mean())
    assert 0 < shifts[0] < shifts[1] < shifts[2] < 1.0


def test_fewer_rows_than_features_have_the_same_solution(drawn, monkeypatch) -> None:
    z, features, gold = (part[:9] for part in drawn)  # 9 rows of 12 features
    quick = head.fit_stance(z, features, gold, penalty=0.1, balanced=True)
    monkeypatch.setattr(head, "_turned", lambda x: (x, np.eye(x.shape[1])))
    plain = head.fit_stance(z, features, gold, penalty=0.1, balanced=True)
    assert quick.weight == pytest.approx(plain.weight, abs=1e-3)
    assert quick.bias == pytest.approx(plain.bias, abs=1e-3)


def test_evidence_is_in_standard_errors() -> None:
    gold = np.array([0, 1, 2] * 30)
    rng = np.random.default_rng(4)
    old = rng.normal(size=(90, 3))
    better = old + 0.5 * np.eye(3)[gold]
    ones = np.ones(90)
    assert head.evidence(better, old, gold, ones) > 5
    assert head.evidence(old, better, gold, ones) < -5
    assert abs(head.evidence(old + rng.normal(size=(90, 3)) / 10, old, gold, ones)) < 3
    assert head.evidence(old, old, gold, ones) == 0


def test_rows_of_one_document_are_one_witness() -> None:
    gold = np.array([0, 1, 2] * 30)
    rng = np.random.default_rng(4)
    old = rng.normal(size=(90, 3))
    ones = np.ones(90)
    noise = rng.normal(size=9)[np.arange(90) // 10]  # the same for all rows of a document
    new = old + (0.3 + noise)[:, None] * np.eye(3)[gold]
    clustered = head.evidence(new, old, gold, ones, np.arange(90) // 10)
    assert 0 < clustered < 0.7 * head.evidence(new, old, gold, ones)
    better = old + 0.5 * np.eye(3)[gold]
    assert head.evidence(better, old, gold, ones, np.arange(90) // 45) < 0.5 * head.evidence(better, old, gold, ones)


def test_more_rows_need_less_evidence() -> None:
    assert head.needed(24) == 2
    assert head.needed(96) == pytest.approx(1)
    assert head.needed(6) > 2


def test_an_average_of_heads_averages_their_logits(drawn) -> None:
    z, features, gold = drawn
    one, other = (head.fit_stance(z, features, gold, penalty=penalty, balanced=True) for penalty in (1.0, 0.01))
    found = head.average([one, other], [0.25, 0.75]).logits(z, features)
    assert found == pytest.approx(0.25 * one.logits(z, features) + 0.75 * other.logits(z, features))


def test_class_weights() -> None:
    gold = np.array([0, 0, 0, 1])
    assert head.class_weights(gold, 3, balanced=False).tolist() == [1, 1, 1, 1]
    weights = head.class_weights(gold, 3, balanced=True)
    assert weights[:3].sum() == pytest.approx(weights[3])
    assert weights.mean() == pytest.approx(1)
