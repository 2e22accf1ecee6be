"""Do the intervals cover and does the false discovery rate hold? Simulated corpora whose truth is known.

Documents differ in how many quotations they have and in how their quotations lean (Dirichlet around the truth, so that
quotations of one document are alike). Two groups are drawn from the same truth, in different documents ("apart") or in
the same ones ("together", where a document's lean moves both halves). Reported are the shares of 95 % intervals that
hold the truth and of p values at or under 0.05.

    python scripts/simulate_intervals.py --repeats 2000
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np

from stance.statistics import (
    Array,
    benjamini_hochberg,
    difference_estimate,
    generator,
    log_odds_ratio,
    permutation_p,
    ratio_estimate,
)

# favour, against, neutral; concentration (small: quotations of a document are alike); mean quotations a document
SCENES: dict[str, tuple[tuple[float, float, float], float, float]] = {
    "balanced": ((0.35, 0.35, 0.30), 3.0, 4.0),
    "leaning": ((0.15, 0.60, 0.25), 3.0, 4.0),
    "clustered": ((0.30, 0.40, 0.30), 0.8, 6.0),
    "uneven": ((0.30, 0.40, 0.30), 3.0, 4.0),
    "lopsided": ((0.05, 0.85, 0.10), 3.0, 4.0),
}


def documents(scene: str, clusters: int, rng: np.random.Generator) -> tuple[Array, Array, Array]:
    """Leans of documents, shape (clusters, 3), and sizes of the two halves, shape (clusters,) each."""
    truth, concentration, mean = SCENES[scene]
    leans = rng.dirichlet(np.array(truth) * concentration, size=clusters)
    if scene == "uneven":
        sizes = [rng.geometric(1 / mean, clusters), rng.geometric(1 / mean, clusters)]
    else:
        sizes = [1 + rng.poisson(mean - 1, clusters), 1 + rng.poisson(mean - 1, clusters)]
    return leans, sizes[0].astype(np.float64), sizes[1].astype(np.float64)


def counts(leans: Array, sizes: Array, rng: np.random.Generator) -> Array:
    """Favour, against and neutral quotations of each document, shape (clusters, 3)."""
    return rng.multinomial(sizes.astype(np.int64), leans).astype(np.float64)


def coverage(
    scene: str, *, clusters: int, repeats: int, seed: int, draws: int = 1000, permutations: int = 499
) -> dict[str, float]:
    """Shares of intervals that hold the truth, and of p values at or under 0.05, over `repeats` simulated corpora."""
    rng = generator(seed, scene, str(clusters))
    truth = SCENES[scene][0]
    net = truth[0] - truth[1]
    hits = dict.fromkeys(("net", "share", "difference", "together", "log_odds"), 0)
    false, false_together = 0, 0
    zeros = np.zeros(clusters)
    for _ in range(repeats):
        leans, n_a, n_b = documents(scene, clusters, rng)
        others, _, n_c = documents(scene, clusters, rng)
        a, b, c = counts(leans, n_a, rng), counts(leans, n_b, rng), counts(others, n_c, rng)
        one = ratio_estimate(a[:, 0] - a[:, 1], n_a, rng=rng, bounds=(-1, 1), draws=draws)
        hits["net"] += _holds(one.low, one.high, net)
        share = ratio_estimate(a[:, 0], n_a, rng=rng, bounds=(0, 1), draws=draws)
        hits["share"] += _holds(share.low, share.high, truth[0])
        first = (np.r_[a[:, 0] - a[:, 1], zeros], np.r_[n_a, zeros])
        second = (np.r_[zeros, c[:, 0] - c[:, 1]], np.r_[zeros, n_c])
        apart = difference_estimate(first, second, rng=rng, bounds=(-1, 1), draws=draws, permutations=permutations)
        hits["difference"] += _holds(apart.estimate.low, apart.estimate.high, 0.0)
        false += (apart.p or 0) <= 0.05
        together = difference_estimate(
            (a[:, 0] - a[:, 1], n_a),
            (b[:, 0] - b[:, 1], n_b),
            rng=rng,
            bounds=(-1, 1),
            draws=draws,
            permutations=permutations,
        )
        hits["together"] += _holds(together.estimate.low, together.estimate.high, 0.0)
        false_together += (together.p or 0) <= 0.05
        odds = log_odds_ratio((a[:, 0], n_a), (c[:, 0], n_c))
        hits["log_odds"] += _holds(odds.low, odds.high, 0.0)
    shares = {name: count / repeats for name, count in hits.items()}
    return shares | {"false_positives": false / repeats, "false_positives_together": false_together / repeats}


def _holds(low: float | None, high: float | None, truth: float) -> bool:
    return low is not None and high is not None and low - 1e-9 <= truth <= high + 1e-9


def false_discoveries(
    *, repeats: int, seed: int, contrasts: int = 20, real: int = 0, clusters: int = 20, permutations: int = 999
) -> dict[str, float]:
    """Many contrasts at once, `real` of them true: how often any is falsely called, and the mean false share (FDR)."""
    rng = generator(seed, "fdr", str(real))
    any_false, shares, found_real = 0, [], 0
    zeros = np.zeros(clusters)
    for _ in range(repeats):
        p_values: list[float] = []
        for i in range(contrasts):
            leans, n_a, n_b = documents("balanced", clusters, rng)
            others, _, _ = documents("leaning" if i < real else "balanced", clusters, rng)
            a, b = counts(leans, n_a, rng), counts(others, n_b, rng)
            first = (np.r_[a[:, 0] - a[:, 1], zeros], np.r_[n_a, zeros])
            second = (np.r_[zeros, b[:, 0] - b[:, 1]], np.r_[zeros, n_b])
            p_values.append(permutation_p(first, second, rng=rng, permutations=permutations))
        called = [i for i, q in enumerate(benjamini_hochberg(p_values)) if q is not None and q <= 0.05]
        wrong = sum(i >= real for i in called)
        any_false += wrong > 0
        found_real += len(called) - wrong
        shares.append(wrong / max(1, len(called)))
    return {
        "any_false": any_false / repeats,
        "fdr": float(np.mean(shares)),
        "power": found_real / (repeats * real) if real else float("nan"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeats", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--clusters", type=int, nargs="+", default=[20, 50])
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    arguments = parser.parse_args()
    start = time.perf_counter()
    for scene in SCENES:
        for clusters in arguments.clusters:
            row = coverage(scene, clusters=clusters, repeats=arguments.repeats, seed=arguments.seed)
            _show({"scene": scene, "clusters": clusters, **row}, as_json=arguments.json)
    for real in (0, 5):
        row = false_discoveries(repeats=max(50, arguments.repeats // 5), seed=arguments.seed, real=real)
        _show({"scene": "false discoveries", "real": real, **row}, as_json=arguments.json)
    print(f"{time.perf_counter() - start:.0f} s")


def _show(row: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(row))
    else:
        print(
            "  ".join(
                f"{key} {value:.3f}" if isinstance(value, float) else f"{key} {value}" for key, value in row.items()
            )
        )


if __name__ == "__main__":
    main()
