"""Statistics against independent implementations and closed forms, and by a small simulation."""

from __future__ import annotations

import importlib.util
import sys
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import scipy.stats as st

from stance.statistics import (
    benjamini_hochberg,
    bootstrap_sums,
    design_effect,
    difference_estimate,
    expanded_tail,
    generator,
    log_odds_dirichlet,
    log_odds_ratio,
    permutation_p,
    ratio_estimate,
    t_quantile,
)

BOUNDS = (-1.0, 1.0)


def rng() -> np.random.Generator:
    return generator(7, "test")


def test_generators_depend_on_seed_and_key_alone():
    assert generator(1, "a", "b").random() == generator(1, "a", "b").random()
    assert generator(1, "a", "b").random() != generator(1, "ab").random()
    assert generator(1, "a").random() != generator(2, "a").random()


def test_quantiles_of_students_t_agree_with_scipy():
    for df, probability in product((1, 2, 3, 9, 40, 999, 10**5), (0.0005, 0.025, 0.05, 0.4, 0.5, 0.9)):
        assert t_quantile(probability, df) == pytest.approx(st.t.ppf(probability, df), rel=1e-7, abs=1e-12)


def test_expanded_tail_is_students_t_on_a_percentile_scale():
    for n in (3, 10, 40, 1000):
        wanted = st.norm.cdf(st.t.ppf(0.025, n - 1) * np.sqrt(n / (n - 1)))
        assert expanded_tail(n) == pytest.approx(wanted)
    assert expanded_tail(10**6) == pytest.approx(0.025, abs=1e-4)


def test_bootstrap_sums_have_the_moments_of_resampling():
    columns = np.array([[1.0, 2.0], [0.0, 3.0], [-2.0, 1.0], [4.0, 4.0]])
    sums = bootstrap_sums(columns, rng(), 20_000)
    assert sums.shape == (20_000, 2)
    assert sums.mean(axis=0) == pytest.approx(columns.sum(axis=0), abs=0.1)
    assert sums.var(axis=0) == pytest.approx(len(columns) * columns.var(axis=0), rel=0.05)


def test_interval_of_a_mean_agrees_with_student_t():
    values = np.random.default_rng(3).normal(0.1, 0.3, 60)
    found = ratio_estimate(values, np.ones(60), rng=rng(), bounds=BOUNDS, draws=20_000)
    low, high = st.t.interval(0.95, 59, values.mean(), st.sem(values))
    assert found.value == pytest.approx(values.mean())
    assert (found.low, found.high) == pytest.approx((low, high), abs=0.01)
    assert (found.n, found.clusters) == (60, 60)


def test_interval_agrees_with_scipy_bootstrap():
    data = np.random.default_rng(5)
    n = data.integers(1, 8, 200).astype(float)
    k = data.binomial(n.astype(int), 0.4).astype(float)
    k[:20] = n[:20]  # a heavy tail, so that BCa and the percentile interval part
    ours = ratio_estimate(k, n, rng=rng(), bounds=(0, 1), draws=9999)
    theirs = st.bootstrap(
        (k, n),
        lambda a, b, axis: a.sum(axis=axis) / b.sum(axis=axis),
        paired=True,
        vectorized=True,
        method="BCa",
        rng=np.random.default_rng(1),
    ).confidence_interval
    assert (ours.low, ours.high) == pytest.approx((theirs.low, theirs.high), abs=0.005)


def test_no_interval_under_three_clusters():
    found = ratio_estimate([3, -1], [4, 4], rng=rng(), bounds=BOUNDS)
    assert (found.value, found.low, found.high, found.n, found.clusters) == (0.25, None, None, 8, 2)
    assert "3 needed" in found.method


def test_clusters_without_quotations_are_no_clusters():
    found = ratio_estimate([1, 0, 0, 1], [2, 0, 0, 2], rng=rng(), bounds=BOUNDS)
    assert (found.clusters, found.low) == (2, None)
    with pytest.raises(ValueError, match="no cluster"):
        ratio_estimate([0, 0], [0, 0], rng=rng(), bounds=BOUNDS)


@pytest.mark.parametrize("clusters", [3, 10, 30])
def test_unanimous_clusters_get_the_exact_binomial_bound_not_a_width_of_zero(clusters: int):
    found = ratio_estimate([-2.0] * clusters, [2.0] * clusters, rng=rng(), bounds=BOUNDS)
    differing = st.binomtest(0, clusters).proportion_ci(0.90, method="exact").high
    assert found.low == -1
    assert found.high == pytest.approx(-1 + 2 * differing)
    all_neutral = ratio_estimate([0.0] * clusters, [2.0] * clusters, rng=rng(), bounds=BOUNDS)
    differing = st.binomtest(0, clusters).proportion_ci(0.95, method="exact").high
    assert (all_neutral.low, all_neutral.high) == pytest.approx((-differing, differing))


def apart(a: list[float], b: list[float]) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Two groups in clusters of one quotation each, none shared."""
    values = np.array([*a, *b])
    in_a = np.array([1.0] * len(a) + [0.0] * len(b))
    return (values * in_a, in_a), (values * (1 - in_a), 1 - in_a)


def test_permutation_p_is_the_exact_test_when_every_relabelling_is_counted():
    a, b = [1.0, 1.0, 0.0, 1.0], [-1.0, 0.0, -1.0, -1.0, 0.0]
    found = permutation_p(*apart(a, b), rng=rng(), permutations=40_000)

    def statistic(x, y, axis):
        spread = ((x - x.mean(axis=axis, keepdims=True)) ** 2).sum(axis=axis) / x.shape[axis] ** 2
        spread = spread + ((y - y.mean(axis=axis, keepdims=True)) ** 2).sum(axis=axis) / y.shape[axis] ** 2
        return np.abs(x.mean(axis=axis) - y.mean(axis=axis)) / np.sqrt(spread + 1e-9)

    exact = st.permutation_test((a, b), statistic, vectorized=True, alternative="greater", n_resamples=np.inf)
    assert found == pytest.approx(exact.pvalue, abs=0.006)


def test_permutation_of_clusters_that_hold_both_groups_flips_signs():
    a, b = np.array([1.0, 1, 1, 0, 1, 1]), np.array([0.0, -1, 0, 0, -1, 1])
    ones = np.ones(6)
    found = permutation_p((a, ones), (b, ones), rng=rng(), permutations=40_000)
    statistics = []
    for flips in product((1, -1), repeat=6):
        d = (a - b) * np.array(flips)
        x, y = np.where(np.array(flips) == 1, a, b), np.where(np.array(flips) == 1, b, a)
        residual = (x - x.mean()) / 6 - (y - y.mean()) / 6
        statistics.append(abs(d.mean()) / np.sqrt((residual**2).sum() + 1e-9))
    exact = np.mean(np.array(statistics) >= statistics[0] * (1 - 1e-9))
    assert found == pytest.approx(exact, abs=0.006)


def test_permutation_p_is_never_zero_and_is_one_without_a_difference():
    strong = apart([1.0] * 12, [-1.0] * 12)
    assert permutation_p(*strong, rng=rng(), permutations=199) == pytest.approx(1 / 200)
    same = apart([1.0] * 5, [1.0] * 5)
    assert permutation_p(*same, rng=rng(), permutations=199) == 1


def test_difference_of_disjoint_groups_agrees_with_welch():
    data = np.random.default_rng(11)
    a, b = list(data.normal(0.3, 0.4, 50)), list(data.normal(0.0, 0.2, 40))
    found = difference_estimate(*apart(a, b), rng=rng(), bounds=BOUNDS, draws=20_000)
    theirs = st.ttest_ind(a, b, equal_var=False)
    low, high = theirs.confidence_interval()
    assert found.estimate.value == pytest.approx(np.mean(a) - np.mean(b))
    assert (found.estimate.low, found.estimate.high) == pytest.approx((low, high), abs=0.012)
    assert found.p == pytest.approx(theirs.pvalue, abs=0.01)
    assert "50 + 40" in found.estimate.method


def test_groups_in_the_same_documents_are_drawn_together():
    data = np.random.default_rng(2)
    base = data.normal(0, 0.5, 40)  # what is in an article moves both its halves
    a, b, ones = base + 0.1, base + data.normal(0, 0.05, 40), np.ones(40)
    found = difference_estimate((a, ones), (b, ones), rng=rng(), bounds=BOUNDS)
    theirs = st.ttest_rel(a, b).confidence_interval()
    assert (found.estimate.low, found.estimate.high) == pytest.approx((theirs.low, theirs.high), abs=0.01)
    assert "both groups together" in found.estimate.method


def test_difference_says_when_there_is_too_little():
    found = difference_estimate(*apart([1.0, 1.0], [-1.0] * 9), rng=rng(), bounds=BOUNDS)
    assert (found.estimate.value, found.estimate.low, found.p) == (2.0, None, None)
    assert "2 and 9" in found.estimate.method


def test_difference_of_unanimous_groups_keeps_a_width():
    found = difference_estimate(*apart([1.0] * 8, [-1.0] * 8), rng=rng(), bounds=BOUNDS)
    assert found.estimate.high == 2
    assert 1 < found.estimate.low < 1.9


def test_benjamini_hochberg_agrees_with_scipy_and_passes_over_what_was_not_tested():
    p = np.random.default_rng(0).random(25) ** 2
    assert benjamini_hochberg(list(p)) == pytest.approx(st.false_discovery_control(p))
    assert benjamini_hochberg([0.04, None, 0.01]) == [0.04, None, 0.02]
    assert benjamini_hochberg([None]) == [None]


def test_log_odds_ratio_is_woolfs_where_quotations_are_independent():
    k, n = np.array([1.0] * 12 + [0.0] * 18), np.ones(30)
    other = np.array([1.0] * 5 + [0.0] * 25)
    found = log_odds_ratio((k, n), (other, n))
    table = np.array([[12.5, 18.5], [5.5, 25.5]])
    assert found.value == pytest.approx(np.log(table[0, 0] * table[1, 1] / table[0, 1] / table[1, 0]))
    # A sample's own variance makes the design effect n / (n - 1) here, close to 1.
    half = st.t.ppf(0.975, 29) * np.sqrt((1 / table).sum())
    assert (found.high - found.low) / 2 == pytest.approx(half, rel=0.03)


def test_design_effect_of_like_quotations_is_their_number():
    n = np.full(40, 5.0)
    k = np.where(np.arange(40) % 2 == 0, 5.0, 0.0)
    assert design_effect(k, n) == pytest.approx(5 * 40 / 39)
    assert design_effect(np.zeros(40), n) == 5
    assert design_effect(np.full(40, 2.0), n) == 1


def test_log_odds_widens_when_quotations_hang_together():
    n = np.full(20, 4.0)
    together = np.where(np.arange(20) % 2 == 0, 4.0, 0.0)
    spread = np.full(20, 2.0)
    wide, tight = log_odds_ratio((together, n), (spread, n)), log_odds_ratio((spread, n), (spread, n))
    assert wide.value == tight.value
    assert wide.high - wide.low > 1.4 * (tight.high - tight.low)
    two = np.where(np.arange(20) < 2, 4.0, 0.0)
    assert log_odds_ratio((two, two), (n, n)).low is None


def test_log_odds_dirichlet_against_the_paper_written_out():
    a, b, prior = np.array([10.0, 0, 5]), np.array([2.0, 7, 5]), np.array([1.0, 0.5, 2.0])
    found = log_odds_dirichlet(a, b, prior)
    for w in range(3):
        odds = [(y[w] + prior[w]) / (y.sum() + prior.sum() - y[w] - prior[w]) for y in (a, b)]
        delta = np.log(odds[0]) - np.log(odds[1])
        variance = 1 / (a[w] + prior[w]) + 1 / (b[w] + prior[w])
        assert found.log_odds[w] == pytest.approx(delta)
        assert found.z[w] == pytest.approx(delta / np.sqrt(variance))
    turned = log_odds_dirichlet(b, a, prior)
    assert turned.z == pytest.approx(-found.z)


def test_a_small_simulation_keeps_its_promises():
    """The full one is scripts/simulate_intervals.py; this catches a broken formula, not a percent."""
    path = Path(__file__).parents[1] / "scripts" / "simulate_intervals.py"
    spec = importlib.util.spec_from_file_location("simulate_intervals", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["simulate_intervals"] = module
    spec.loader.exec_module(module)
    found = module.coverage("balanced", clusters=25, repeats=250, seed=1, draws=500, permutations=199)
    assert 0.90 <= found["net"] <= 0.985
    assert 0.90 <= found["difference"] <= 0.99
    assert 0.90 <= found["log_odds"] <= 0.995
    assert found["false_positives"] <= 0.09
    assert module.false_discoveries(repeats=60, seed=1, permutations=199)["any_false"] <= 0.15
