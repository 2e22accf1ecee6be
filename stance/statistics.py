"""Intervals and tests for counts that come in clusters: quotations inside documents, documents inside outlets.

Quotations of one article are not independent of each other, so what is resampled and permuted here is always the
cluster, never the quotation. A rate is a ratio of sums, `sum(numerator) / sum(denominator)` over clusters: net stance
has favour minus against over labelled quotes, a frame's share has quotes with the frame over quotes judged.

References:
    Efron (1987), "Better bootstrap confidence intervals", JASA 82(397): BCa, which follows a skewed rate where the
    plain percentile interval misses it. Hesterberg (2015), "What teachers should know about the bootstrap", The
    American Statistician 69(4): the expanded percentile interval. Chung & Romano (2013), "Exact and asymptotically
    robust permutation tests", Annals of Statistics 41(2). Phipson & Smyth (2010), "Permutation p-values should never
    be zero", SAGMB 9(1). Benjamini & Hochberg (1995), JRSS B 57(1). Rao & Scott (1992), "A simple method for the
    analysis of clustered binary data", Biometrics 48(2). Zou & Donner (2008), "Construction of confidence limits about
    effect measures: a general approach", Statistics in Medicine 27(10). Monroe, Colaresi & Quinn (2008), "Fightin'
    words", Political Analysis 16(4).
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from functools import cache
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from stance.schema import Estimate

Array = NDArray[np.float64]

LEVEL = 0.95
DRAWS = 2000
PERMUTATIONS = 1999
MIN_CLUSTERS = 3
FEW_CLUSTERS = 10
_RIDGE = 1e-9
_CHUNK = 4_000_000
_NORMAL = NormalDist()


class Difference(NamedTuple):
    """A contrast of two rates: the estimate of `a - b` and the p value of no difference (`None`: not testable)."""

    estimate: Estimate
    p: float | None


class WordScores(NamedTuple):
    """Log-odds of each word for corpus a against corpus b, shape (words,), and the z score of each."""

    log_odds: Array
    z: Array


def generator(seed: int, *key: str) -> np.random.Generator:
    """A generator that depends on `seed` and `key` alone, so that one number never moves because another was added."""
    return np.random.default_rng([seed, zlib.crc32("\x1f".join(key).encode())])


def bootstrap_sums(columns: Array, rng: np.random.Generator, draws: int = DRAWS) -> Array:
    """Sums of `columns` (shape (clusters, k)) over clusters drawn with replacement, shape (draws, k)."""
    clusters = len(columns)
    per_chunk = max(1, _CHUNK // clusters)
    parts: list[Array] = []
    for start in range(0, draws, per_chunk):
        index = rng.integers(0, clusters, size=(min(per_chunk, draws - start), clusters))
        parts.append(np.stack([columns[:, k][index].sum(axis=1) for k in range(columns.shape[1])], axis=1))
    return np.concatenate(parts)


@cache
def _quadrature() -> tuple[Array, Array]:
    return np.polynomial.legendre.leggauss(40)


@cache
def t_quantile(probability: float, df: int) -> float:
    """Where Student's t distribution with `df` degrees of freedom has this probability below it.

    Newton's method on the integral of the density over the angle whose tangent is t / sqrt(df); from the normal quantile
    it never overshoots. `scipy.special.stdtrit` gives the same to at least 7 digits, but loading it takes a fifth of a
    second, more than all else that a comparison of one article does.
    """
    nodes, weights = _quadrature()
    top = math.exp(math.lgamma((df + 1) / 2) - math.lgamma(df / 2)) / math.sqrt(math.pi)
    angle = math.atan(_NORMAL.inv_cdf(probability) / math.sqrt(df))
    for _ in range(100):
        heights = top * np.cos(angle * (nodes + 1) / 2) ** (df - 1)
        below = 0.5 + angle / 2 * float(weights @ heights)
        step = (below - probability) / (top * math.cos(angle) ** (df - 1))
        angle -= step
        if abs(step) <= 1e-15:
            break
    return math.tan(angle) * math.sqrt(df)


def expanded_tail(clusters: int, level: float = LEVEL) -> float:
    """The tail probability that makes a percentile interval as wide as Student's t would (Hesterberg 2015).

    A plain percentile interval of n clusters is too narrow by sqrt((n - 1) / n) and uses normal quantiles.
    """
    quantile = t_quantile((1 - level) / 2, clusters - 1) * np.sqrt(clusters / (clusters - 1))
    return float(_NORMAL.cdf(quantile))


def _percentile(draws: Array, clusters: int, level: float) -> tuple[float, float]:
    tail = expanded_tail(clusters, level)
    low, high = np.quantile(draws[np.isfinite(draws)], [tail, 1 - tail])
    return float(low), float(high)


def _accelerated(draws: Array, columns: Array, level: float) -> tuple[float, float]:
    """The BCa interval of a ratio of sums (Efron 1987), expanded as the percentile interval is.

    Under `FEW_CLUSTERS` the correction is itself too unsure, and the expanded percentile interval is returned.
    """
    clusters = len(columns)
    if clusters < FEW_CLUSTERS:
        return _percentile(draws, clusters, level)
    total = columns.sum(axis=0)
    value = total[0] / total[1]
    below = (np.count_nonzero(draws < value) + np.count_nonzero(draws == value) / 2) / len(draws)
    bias = _NORMAL.inv_cdf(float(np.clip(below, 1 / len(draws), 1 - 1 / len(draws))))
    without = _ratios(total - columns)
    pull = without.mean() - without
    acceleration = float((pull**3).sum() / (6 * (pull**2).sum() ** 1.5))
    reach = _NORMAL.inv_cdf(expanded_tail(clusters, level))
    tails = []
    for z in (bias + reach, bias - reach):
        stretch = 1 - acceleration * z
        if stretch < 0.2:
            return _percentile(draws, clusters, level)
        tails.append(_NORMAL.cdf(bias + z / stretch))
    low, high = np.quantile(draws, tails)
    return float(low), float(high)


def _ratios(sums: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(sums[:, 0] / sums[:, 1], dtype=np.float64)


def _unanimous(rates: Array, bounds: tuple[float, float], level: float) -> tuple[float, float] | None:
    """The interval where all clusters agree, else `None`.

    Resampling identical clusters gives a width of zero, which pretends. If a share u of the population's clusters
    differed, all n would agree with probability (1 - u)^n: the exact binomial bound on u, with the differing
    clusters put at the far end of the scale.
    """
    rate = float(rates[0])
    if np.ptp(rates) > 1e-12:
        return None
    low, high = bounds
    tail = (1 - level) / (1 if rate in bounds else 2)
    differing = 1 - tail ** (1 / len(rates))
    return rate - differing * (rate - low), rate + differing * (high - rate)


def ratio_estimate(
    numerator: Sequence[float] | Array,
    denominator: Sequence[float] | Array,
    *,
    rng: np.random.Generator,
    bounds: tuple[float, float],
    unit: str = "document",
    draws: int = DRAWS,
    level: float = LEVEL,
) -> Estimate:
    """A rate with its interval by clustered bootstrap (BCa, expanded to Student's t).

    Args:
        numerator: shape (clusters,), the sum inside each cluster.
        denominator: shape (clusters,), quotations in each cluster; clusters with none are ignored.
        rng: the source of chance.
        bounds: the least and greatest value the rate can take.
        unit: what a cluster is, for `Estimate.method`.
        draws: bootstrap samples.
        level: of the interval.

    Returns:
        The estimate; its `low` and `high` are `None` under `MIN_CLUSTERS` clusters.

    Raises:
        ValueError: no cluster has any quotation.
    """
    columns = _columns(numerator, denominator)
    total = columns.sum(axis=0)
    if not len(columns):
        raise ValueError("no cluster has a quotation in it")
    value, n, clusters = float(total[0] / total[1]), round(float(total[1])), len(columns)
    if clusters < MIN_CLUSTERS:
        return Estimate(value, None, None, n, clusters, f"no interval: {clusters} {unit}(s), {MIN_CLUSTERS} needed")
    agreed = _unanimous(columns[:, 0] / columns[:, 1], bounds, level)
    if agreed is not None:
        return Estimate(value, *agreed, n, clusters, f"exact bound: all {clusters} {unit}s agree")
    low, high = _accelerated(_ratios(bootstrap_sums(columns, rng, draws)), columns, level)
    return Estimate(value, low, high, n, clusters, f"bootstrap over {clusters} {unit}s")


def difference_estimate(
    a: tuple[Array, Array],
    b: tuple[Array, Array],
    *,
    rng: np.random.Generator,
    bounds: tuple[float, float],
    unit: str = "document",
    draws: int = DRAWS,
    permutations: int = PERMUTATIONS,
    level: float = LEVEL,
) -> Difference:
    """The difference of two rates, with its interval and permutation p value.

    Args:
        a: numerator and denominator, each of shape (clusters,): the same clusters in the same order as in `b`, with
            zeros where a cluster holds no quotation of that group.
        b: the other group.
        rng: the source of chance.
        bounds: the least and greatest value a rate can take.
        unit: what a cluster is.
        draws: bootstrap samples. Clusters are drawn together where the groups share any, apart where they do not.
        permutations: random relabellings for the p value.
        level: of the interval.

    Returns:
        The difference; no interval and no p value where either group has fewer than `MIN_CLUSTERS` clusters.
    """
    an, ad, bn, bd = (np.asarray(column, dtype=np.float64) for column in (*a, *b))
    in_a, in_b = ad > 0, bd > 0
    clusters_a, clusters_b = int(in_a.sum()), int(in_b.sum())
    value = float(an.sum() / ad.sum() - bn.sum() / bd.sum())
    n, used = round(float(ad.sum() + bd.sum())), int((in_a | in_b).sum())
    fewest = min(clusters_a, clusters_b)
    if fewest < MIN_CLUSTERS:
        reason = f"no interval: {clusters_a} and {clusters_b} {unit}(s), {MIN_CLUSTERS} needed in each"
        return Difference(Estimate(value, None, None, n, used, reason), None)
    p = permutation_p((an, ad), (bn, bd), rng=rng, permutations=permutations)
    rates_a, rates_b = an[in_a] / ad[in_a], bn[in_b] / bd[in_b]
    if np.ptp(rates_a) <= 1e-12 or np.ptp(rates_b) <= 1e-12:
        one = ratio_estimate(an, ad, rng=rng, bounds=bounds, draws=draws, level=level)
        other = ratio_estimate(bn, bd, rng=rng, bounds=bounds, draws=draws, level=level)
        low, high = _recovered(one, other)
        return Difference(Estimate(value, low, high, n, used, f"from both groups' intervals, {used} {unit}s"), p)
    if bool((in_a & in_b).any()):
        keep = in_a | in_b
        sums = bootstrap_sums(np.stack([an, ad, bn, bd], axis=1)[keep], rng, draws)
        differences = _ratios(sums[:, :2]) - _ratios(sums[:, 2:])
        method = f"bootstrap over {used} {unit}s, both groups together"
    else:
        first = _ratios(bootstrap_sums(np.stack([an, ad], axis=1)[in_a], rng, draws))
        second = _ratios(bootstrap_sums(np.stack([bn, bd], axis=1)[in_b], rng, draws))
        differences = first - second
        method = f"bootstrap over {clusters_a} + {clusters_b} {unit}s"
    low, high = _percentile(differences, fewest, level)
    return Difference(Estimate(value, low, high, n, used, method), p)


def _recovered(a: Estimate, b: Estimate) -> tuple[float, float]:
    """An interval of a - b from the intervals of a and b (Zou & Donner 2008)."""
    assert a.low is not None and a.high is not None and b.low is not None and b.high is not None
    value = a.value - b.value
    low = value - np.hypot(a.value - a.low, b.high - b.value)
    high = value + np.hypot(a.high - a.value, b.value - b.low)
    return float(low), float(high)


def permutation_p(
    a: tuple[Array, Array], b: tuple[Array, Array], *, rng: np.random.Generator, permutations: int = PERMUTATIONS
) -> float:
    """Two-sided p value of equal rates, by relabelling whole clusters.

    A cluster that holds both groups swaps its two halves or not; clusters that hold one group share out the group
    names among themselves, as many of each as there were. The statistic is studentised with the cluster-robust
    standard error, which keeps the test right where the groups differ in size or spread (Chung & Romano 2013); the
    p value counts the data as one of the relabellings (Phipson & Smyth 2010).

    Args:
        a: numerator and denominator of each cluster, shape (clusters,) each; zeros where the group is absent.
        b: the same clusters, the other group.
        rng: the source of chance.
        permutations: random relabellings.
    """
    an, ad, bn, bd = (np.asarray(column, dtype=np.float64) for column in (*a, *b))
    used = (ad > 0) | (bd > 0)
    an, ad, bn, bd = an[used], ad[used], bn[used], bd[used]
    in_both, in_a = (ad > 0) & (bd > 0), ad > 0
    # Swapping turns column `own` into column `other`; sums over both halves are the same under any relabelling.
    own = np.stack([an, ad, an * an, an * ad, ad * ad, an * bd], axis=1)
    other = np.stack([bn, bd, bn * bn, bn * bd, bd * bd, bn * ad], axis=1)
    keep = np.empty((permutations + 1, len(an)), dtype=np.float64)
    keep[0] = 1.0
    keep[1:, in_both] = rng.integers(0, 2, size=(permutations, int(in_both.sum())))
    single = in_a[~in_both].astype(np.uint8)
    if len(single):
        keep[1:, ~in_both] = rng.permuted(np.tile(single, (permutations, 1)), axis=1) == single
    first = keep @ (own - other) + other.sum(axis=0)
    second = (own + other).sum(axis=0) - first
    ra, rb = first[:, 0] / first[:, 1], second[:, 0] / second[:, 1]
    spread_a = first[:, 2] - 2 * ra * first[:, 3] + ra**2 * first[:, 4]
    spread_b = second[:, 2] - 2 * rb * second[:, 3] + rb**2 * second[:, 4]
    shared = (an * bn).sum() - rb * first[:, 5] - ra * second[:, 5] + ra * rb * (ad * bd).sum()
    variance = spread_a / first[:, 1] ** 2 + spread_b / second[:, 1] ** 2 - 2 * shared / (first[:, 1] * second[:, 1])
    statistic = np.abs(ra - rb) / np.sqrt(np.maximum(variance, 0) + _RIDGE)
    return float(np.mean(statistic >= statistic[0] * (1 - 1e-9)))


def benjamini_hochberg(p_values: Sequence[float | None]) -> list[float | None]:
    """Adjusted p values (q) that control the false discovery rate over all those tested; `None` stays `None`."""
    tested = [i for i, p in enumerate(p_values) if p is not None]
    q_values: list[float | None] = [None] * len(p_values)
    if not tested:
        return q_values
    p = np.array([p_values[i] for i in tested], dtype=np.float64)
    order = np.argsort(p, kind="stable")
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    adjusted = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    for rank, position in enumerate(order):
        q_values[tested[int(position)]] = float(adjusted[rank])
    return q_values


def design_effect(numerator: Array, denominator: Array) -> float:
    """How many times the variance of a share exceeds that of independent quotations (Rao & Scott 1992), at least 1.

    Where the share is 0 or 1 the data say nothing about it; the value for clusters of like quotations is taken.
    """
    columns = _columns(numerator, denominator)
    k, n = columns[:, 0], columns[:, 1]
    total, clusters = float(n.sum()), len(n)
    share = float(k.sum()) / total
    if share in (0.0, 1.0) or clusters < 2:
        return float((n**2).sum() / total)
    clustered = clusters / (clusters - 1) * float(((k - share * n) ** 2).sum()) / total**2
    return max(1.0, clustered / (share * (1 - share) / total))


def log_odds_ratio(
    a: tuple[Array, Array], b: tuple[Array, Array], *, unit: str = "document", level: float = LEVEL
) -> Estimate:
    """Log-odds ratio of two shares, each half added (Haldane, Anscombe), with an interval that knows clusters.

    The standard error is Woolf's on counts divided by their design effect (Rao & Scott 1992), the quantile Student's
    with as many degrees of freedom as the smaller group has clusters, less one. Groups that share documents are
    treated as independent, which errs on the wide side when a document's halves move together.

    Args:
        a: counts with the property, counts judged; shape (clusters,) each, zeros where the group is absent.
        b: the other group.
        unit: what a cluster is.
        level: of the interval.
    """
    shrunk: list[float] = []
    raw: list[float] = []
    clusters: list[int] = []
    for numerator, denominator in (a, b):
        k, n = float(np.sum(numerator)), float(np.sum(denominator))
        effect = design_effect(numerator, denominator)
        shrunk += [k / effect + 0.5, (n - k) / effect + 0.5]
        raw += [k + 0.5, n - k + 0.5]
        clusters.append(int((np.asarray(denominator) > 0).sum()))
    value = float(np.log(raw[0] / raw[1]) - np.log(raw[2] / raw[3]))
    n_total = round(float(np.sum(a[1]) + np.sum(b[1])))
    used = int(((np.asarray(a[1]) > 0) | (np.asarray(b[1]) > 0)).sum())
    if min(clusters) < MIN_CLUSTERS:
        reason = f"no interval: {clusters[0]} and {clusters[1]} {unit}(s), {MIN_CLUSTERS} needed in each"
        return Estimate(value, None, None, n_total, used, reason)
    half = -t_quantile((1 - level) / 2, min(clusters) - 1) * float(np.sqrt(np.sum(1 / np.array(shrunk))))
    return Estimate(value, value - half, value + half, n_total, used, f"Woolf with design effect, {used} {unit}s")


def log_odds_dirichlet(counts_a: Array, counts_b: Array, prior: Array) -> WordScores:
    """Weighted log-odds ratio with an informative Dirichlet prior (Monroe, Colaresi & Quinn 2008, eqs. 15-22).

    Args:
        counts_a: occurrences of each word in corpus a, shape (words,).
        counts_b: the same words in corpus b.
        prior: pseudo-counts of each word, positive, shape (words,); its sum is how many words the prior weighs.
    """
    ya, yb = counts_a + prior, counts_b + prior
    log_odds = np.log(ya / (ya.sum() - ya)) - np.log(yb / (yb.sum() - yb))
    return WordScores(log_odds, log_odds / np.sqrt(1 / ya + 1 / yb))


def _columns(numerator: Sequence[float] | Array, denominator: Sequence[float] | Array) -> Array:
    columns = np.stack([np.asarray(numerator, dtype=np.float64), np.asarray(denominator, dtype=np.float64)], axis=1)
    return columns[columns[:, 1] > 0]
