"""Inter-coder agreement: Krippendorff's alpha, Cohen's and Fleiss' kappa, percent agreement, with bootstrap intervals.

Alpha after Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", for any number of coders and missing codes; nominal
distance for single labels, MASI (Passonneau 2006) for sets of frames.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Mapping, Sequence
from itertools import combinations
from typing import Any

Units = Sequence[Mapping[str, Hashable]]  # for each unit: coder → code; a coder who did not code it is absent
Distance = Callable[[Any, Any], float]
DRAWS = 1000
DEFINED = 0.95  # share of the draws that must have a value


def nominal(a: Hashable, b: Hashable) -> float:
    """0 for equal codes, else 1."""
    return float(a != b)


def masi(a: frozenset[str], b: frozenset[str]) -> float:
    """Distance of two sets: 1 - Jaccard × monotonicity (1 equal, 2/3 one holds the other, 1/3 overlap, 0 disjoint)."""
    if not a and not b:
        return 0.0
    shared, union = len(a & b), len(a | b)
    monotone = 1.0 if a == b else 2 / 3 if a <= b or b <= a else 1 / 3 if shared else 0.0
    return 1.0 - shared / union * monotone


def alpha(units: Units, distance: Distance = nominal) -> float | None:
    """Krippendorff's alpha; `None` where it is undefined: no unit has two codes, or all codes are one, which chance gives too.

    Args:
        units: the codes of each unit by coder.
        distance: between two codes, 0 for equal ones.
    """
    observed, expected = _pairs(units), Counter[Any]()
    paired = [codes for codes in observed if len(codes) > 1]
    if not paired:
        return None
    disagreement = 0.0
    for codes in paired:
        expected.update(codes)
        disagreement += sum(2 * distance(a, b) for a, b in combinations(codes, 2)) / (len(codes) - 1)
    n = sum(expected.values())
    chance = sum(2 * distance(a, b) * expected[a] * expected[b] for a, b in combinations(expected, 2)) / (n - 1)
    return None if chance == 0 else 1.0 - disagreement / chance


def _pairs(units: Units) -> list[list[Any]]:
    return [list(unit.values()) for unit in units]


def cohen(units: Units, one: str, other: str) -> float | None:
    """Cohen's kappa of two coders over the units that both coded (Cohen 1960).

    `None` where there are none, or both give all of them the same code.
    """
    both = [(unit[one], unit[other]) for unit in units if one in unit and other in unit]
    if not both:
        return None
    agree = sum(a == b for a, b in both) / len(both)
    first, second = Counter(a for a, _ in both), Counter(b for _, b in both)
    chance = sum(first[code] * second[code] for code in first) / len(both) ** 2
    return None if chance == 1 else (agree - chance) / (1 - chance)


def fleiss(units: Units) -> float | None:
    """Fleiss' kappa over the units that have the most codes a unit has (Fleiss 1971).

    `None` with fewer than two coders, or where all codes are the same.
    """
    most = max((len(unit) for unit in units), default=0)
    whole = [Counter(unit.values()) for unit in units if len(unit) == most]
    if most < 2:
        return None
    agree = sum((sum(n * n for n in unit.values()) - most) / (most * (most - 1)) for unit in whole) / len(whole)
    totals: Counter[Any] = Counter()
    for unit in whole:
        totals.update(unit)
    chance = sum((n / (len(whole) * most)) ** 2 for n in totals.values())
    return None if chance == 1 else (agree - chance) / (1 - chance)


def percent(units: Units) -> float | None:
    """Share of pairs of codes on the same unit that are equal; `None` where there are no pairs."""
    pairs = [a == b for codes in _pairs(units) for a, b in combinations(codes, 2)]
    return sum(pairs) / len(pairs) if pairs else None


def interval(
    units: Units, measure: Callable[[Units], float | None], *, seed: int = 0, draws: int = DRAWS
) -> tuple[float, float] | None:
    """95 % percentile bootstrap over units.

    `None` with fewer than ten units, or where a draw in twenty has no value, since all its codes are the same: what is left would
    be too narrow.
    """
    import numpy as np

    if len(units) < 10:
        return None
    rng = np.random.default_rng(seed)
    found = [measure([units[i] for i in at]) for at in rng.integers(0, len(units), (draws, len(units)))]
    values = [value for value in found if value is not None]
    if len(values) < DEFINED * draws:
        return None
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def bounded(units: Units, measure: Callable[[Units], float | None], *, seed: int = 0) -> list[float] | None:
    """`interval` as it goes into JSON; fewer draws where there are many units."""
    found = interval(units, measure, seed=seed, draws=min(DRAWS, 200_000 // max(len(units), 1) + 100))
    return [round(bound, 4) for bound in found] if found else None


def summary(units: Units, *, distance: Distance = nominal, seed: int = 0) -> dict[str, Any]:
    """All measures of one set of units, ready for JSON, each with its interval.

    Kappas are for single labels: with a distance other than `nominal` they are left out.
    """
    coders = sorted({coder for unit in units for coder in unit})

    def bounds(measure: Callable[[Units], float | None]) -> list[float] | None:
        return bounded(units, measure, seed=seed)

    result: dict[str, Any] = {
        "units": len(units),
        "units_coded_twice": sum(len(unit) > 1 for unit in units),
        "coders": coders,
        "alpha": _rounded(alpha(units, distance)),
        "alpha_interval": bounds(lambda some: alpha(some, distance)),
        "percent": _rounded(percent(units)),
        "percent_interval": bounds(percent),
    }
    if result["alpha"] is None and result["units_coded_twice"]:
        codes: set[Any] = {code for unit in units if len(unit) > 1 for code in unit.values()}
        only = next(repr(one) if isinstance(one, str) else " + ".join(sorted(one)) or "no frame" for one in codes)
        result["undefined"] = (
            f"every code is {only}, which chance alone would give too; report percent agreement, or code units that vary"
        )
    if distance is nominal:
        pairs = list(combinations(coders, 2))
        result["fleiss_kappa"] = _rounded(fleiss(units))
        result["fleiss_kappa_interval"] = bounds(fleiss)
        result["cohen_kappa"] = {f"{a} / {b}": _rounded(cohen(units, a, b)) for a, b in pairs}
        result["cohen_kappa_interval"] = {
            f"{a} / {b}": bounds(lambda some, a=a, b=b: cohen(some, a, b))  # type: ignore[misc]
            for a, b in pairs
        }
    return result


def by_label(units: Units, labels: Sequence[str]) -> dict[str, float | None]:
    """Alpha for each label against all others; frame sets are split into yes or no for the label."""
    return {label: _rounded(alpha(_split(units, label))) for label in labels}


def by_label_interval(units: Units, labels: Sequence[str], *, seed: int = 0) -> dict[str, list[float] | None]:
    """The intervals of `by_label`."""
    return {label: bounded(_split(units, label), alpha, seed=seed) for label in labels}


def _split(units: Units, label: str) -> list[dict[str, bool]]:
    """Codes as yes or no for one label."""

    def holds(code: Any) -> bool:
        return label in code if isinstance(code, frozenset) else code == label

    return [{coder: holds(code) for coder, code in unit.items()} for unit in units]


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
