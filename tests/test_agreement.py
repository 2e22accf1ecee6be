"""Agreement against published worked examples and independent implementations."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from stance.agreement import alpha, by_label, cohen, fleiss, interval, masi, nominal, percent, summary


def units(*columns: str) -> list[dict[str, str]]:
    """One string a coder, one character a unit, `.` where it was not coded."""
    return [{str(c): code for c, code in enumerate(unit) if code != "."} for unit in zip(*columns, strict=True)]


def table(rows: Sequence[Sequence[int]]) -> list[dict[str, str]]:
    """Units from counts a category, as tables of Fleiss' kappa are printed."""
    return [
        dict(enumerate(str(category) for category, count in enumerate(row) for _ in range(count)))  # type: ignore[misc]
        for row in rows
    ]


def crossed(rows: Sequence[Sequence[int]]) -> list[dict[str, str]]:
    """Units of two coders from their cross table."""
    return [
        {"a": str(i), "b": str(j)} for i, row in enumerate(rows) for j, count in enumerate(row) for _ in range(count)
    ]


# Krippendorff (2011), "Computing Krippendorff's Alpha-Reliability", sections A, B and C/D.
BINARY = units("0100000010", "1110010000")
TWO = units("aabbdcccedda", "babbbcccEddd".lower())
MISSING = units("123321412...", "1233224125.3", ".3332342251.", "1233244125 1.".replace(" ", ""))


@pytest.mark.parametrize(("data", "expected"), [(BINARY, 0.095), (TWO, 0.692), (MISSING, 0.743)])
def test_alpha_of_krippendorffs_examples(data, expected) -> None:
    assert alpha(data) == pytest.approx(expected, abs=5e-4)


def test_fleiss_kappa_of_a_worked_example() -> None:
    # 10 subjects, 14 raters, 5 categories: the worked example of Wikipedia's article on Fleiss' kappa
    rows = [
        [0, 0, 0, 0, 14], [0, 2, 6, 4, 2], [0, 0, 3, 5, 6], [0, 3, 9, 2, 0], [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0], [3, 2, 6, 3, 0], [2, 5, 3, 2, 2], [6, 5, 2, 1, 0], [0, 2, 2, 3, 7],
    ]  # fmt: skip
    assert fleiss(table(rows)) == pytest.approx(0.210, abs=5e-4)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([[20, 5], [10, 15]], 0.4),  # Wikipedia's article on Cohen's kappa
        ([[45, 15], [25, 15]], 0.1304),  # the same, two tables of equal agreement
        ([[25, 35], [5, 35]], 0.2593),
        ([[88, 10, 2], [14, 40, 6], [18, 10, 12]], 0.4915),  # observed .70, by chance .41
    ],
)
def test_cohens_kappa_of_worked_examples(rows, expected) -> None:
    assert cohen(crossed(rows), "a", "b") == pytest.approx(expected, abs=5e-5)


# Four coders of 40 units; reference values computed once with `krippendorff` 0.9 and `nltk` 3.10.
RATINGS = (
    "f.fa aaa. nff. f.aa .ana .nnn ..f. .fan .a.n .aaa nnan an.a .n.. f.aa .aaa aff. aanf .fff nna. f.ff "
    "nf.a nnnn a... nnna ..fn ..ff aa.a an.n ...a aaaa ffnf aaaa nnan aa.a ffaa f.an nnnn a.na f.aa .ff."
)
CODED = [{str(c): code for c, code in enumerate(unit) if code != "."} for unit in RATINGS.split()]


def test_alpha_of_an_independent_implementation() -> None:
    assert alpha(CODED) == pytest.approx(0.3431791221826809, abs=1e-12)


def test_kappa_and_agreement_of_an_independent_implementation() -> None:
    both = [unit for unit in CODED if "0" in unit and "1" in unit]
    assert cohen(both, "0", "1") == pytest.approx(0.5922746781115878, abs=1e-12)
    assert percent([{c: u[c] for c in "01"} for u in both]) == pytest.approx(0.7368421052631579, abs=1e-12)


# 25 units of three coders, each a set of e(conomy), m(orality), c(onflict), s(ecurity); reference from nltk's
# AnnotationTask with the same distance.
FRAMES = (
    "c/s/- cems/e/cem e/e/m ces/cem/es cs/cs/s ce/c/s cs/cs/es cm/em/m ms/s/es -/-/- ce/ce/ce -/-/- e/s/cs "
    "cems/ems/ems ms/ms/s cm/m/- -/-/c em/m/m s/s/cs e/-/- ce/cem/ce m/cms/cm cem/-/ce ms/ems/ms cem/ce/s"
)
SETS = [{str(c): frozenset(code.strip("-")) for c, code in enumerate(unit.split("/"))} for unit in FRAMES.split()]


def test_alpha_of_sets() -> None:
    assert alpha(SETS, masi) == pytest.approx(0.2994194520015543, abs=1e-12)
    assert alpha(SETS) == pytest.approx(0.2047674872997265, abs=1e-12)


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        ("", "", 0),
        ("ab", "ab", 0),
        ("ab", "abcd", 1 - 1 / 2 * 2 / 3),  # one holds the other (Passonneau 2006)
        ("abc", "bcd", 1 - 1 / 2 * 1 / 3),  # they overlap
        ("ab", "cd", 1),
        ("", "a", 1),
    ],
)
def test_masi(a, b, expected) -> None:
    assert masi(frozenset(a), frozenset(b)) == pytest.approx(expected)
    assert masi(frozenset(b), frozenset(a)) == pytest.approx(expected)


def test_nltk_agrees_on_the_spot() -> None:
    nltk = pytest.importorskip("nltk.metrics.agreement")
    task = nltk.AnnotationTask([(c, str(i), code) for i, unit in enumerate(SETS) for c, code in unit.items()], masi)
    assert alpha(SETS, masi) == pytest.approx(task.alpha())
    full = [unit for unit in CODED if len(unit) == 4]
    task = nltk.AnnotationTask([(c, str(i), code) for i, unit in enumerate(full) for c, code in unit.items()])
    assert alpha(full) == pytest.approx(task.alpha())


@pytest.mark.parametrize("measure", [alpha, percent, fleiss])
def test_edges(measure) -> None:
    assert measure([]) is None
    assert measure([{"a": "x"}, {"b": "y"}]) is None  # nobody coded the same thing
    assert measure([{"a": "x", "b": "x"}] * 3) == (1 if measure is percent else None)  # chance gives one code too
    assert measure([{"a": "x", "b": "x"}, {"a": "y", "b": "y"}]) == 1
    assert measure([{"a": "x", "b": "y"}]) <= 0


def test_kappa_edges() -> None:
    assert cohen([{"a": "x"}], "a", "b") is None
    assert cohen([{"a": "x", "b": "x"}], "a", "b") is None
    assert cohen([{"a": "x", "b": "x"}, {"a": "y", "b": "y"}], "a", "b") == 1


def test_no_interval_where_many_draws_are_of_one_code() -> None:
    rare = [{"a": "x", "b": "x"}] * 11 + [{"a": "x", "b": "y"}]
    assert alpha(rare) == pytest.approx(0)
    assert interval(rare, alpha) is None  # a third of the draws lack the one unit that differs
    assert interval(rare, percent) is not None


def test_a_coders_gap_is_no_code() -> None:
    assert alpha([*TWO, {"0": "a"}, {}]) == alpha(TWO)


def test_intervals() -> None:
    low, high = interval(CODED, alpha, seed=1) or (0, 0)
    assert low < alpha(CODED) < high
    assert interval(CODED, alpha, seed=1) == (low, high)
    assert interval(CODED[:9], alpha) is None
    assert interval([{"a": "x"}] * 20, alpha) is None


def test_summary() -> None:
    found = summary(CODED)
    assert (found["units"], found["coders"]) == (40, ["0", "1", "2", "3"])
    assert found["alpha_interval"][0] < found["alpha"] < found["alpha_interval"][1]
    assert found["percent_interval"][0] < found["percent"] < found["percent_interval"][1]
    assert set(found["cohen_kappa"]) == {"0 / 1", "0 / 2", "0 / 3", "1 / 2", "1 / 3", "2 / 3"}
    assert "fleiss_kappa" not in summary(SETS, distance=masi)


def test_by_label() -> None:
    data = units("ffaann", "ffanan")
    assert by_label(data, ["f", "a"])["f"] == 1
    assert by_label(data, ["f", "a"])["a"] < 1
    assert set(by_label(SETS, ["e", "z"])) == {"e", "z"}
    assert nominal("a", "b") == 1
