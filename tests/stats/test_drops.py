"""One-sided tests, their intervals, and planning: by hand, against scipy, and by simulation."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings, strategies as st
from observed import sd_between

from lcbrb import stats
from lcbrb.errors import UsageError
from lcbrb.stats import drops
from lcbrb.types import Estimate

few = settings(max_examples=60)
shares = st.integers(-4, 4).map(lambda n: n / 4)
some_differences = st.lists(shares, min_size=2, max_size=9)


def labels(values: list[float]) -> list[str]:
    return [f"p{i:04d}" for i in range(len(values))]


def test_of(values: list[float]) -> float:
    p_value = stats.drop_test(values, labels(values)).p_value
    assert p_value is not None
    return p_value


test_of.__test__ = False  # type: ignore[attr-defined]


def interval(values: list[float], alpha: float = 0.05) -> Estimate:
    return stats.drop_interval(
        values, labels(values), test_of(values), alpha=alpha, alpha_low=alpha
    )


# ----------------------------------------------------------------------------------- the test


@few
@given(some_differences)
def test_p_is_the_share_of_all_sign_patterns_with_as_low_a_total(values: list[float]) -> None:
    patterns = itertools.product([1, -1], repeat=len(values))
    totals = [
        math.fsum(sign * abs(v) for sign, v in zip(signs, values, strict=True))
        for signs in patterns
    ]
    expected = np.mean([total <= math.fsum(values) + 1e-9 for total in totals])
    assert test_of(values) == pytest.approx(expected)


@pytest.mark.parametrize(("lost", "won"), [(5, 0), (6, 1), (20, 10), (43, 9), (0, 4), (300, 250)])
def test_one_sample_a_problem_is_mcnemars_exact_test(lost: int, won: int) -> None:
    values = [-1.0] * lost + [1.0] * won + [0.0] * 50
    expected = scipy.stats.binomtest(won, lost + won, 0.5, alternative="less").pvalue
    assert test_of(values) == pytest.approx(expected)


def test_sums_without_a_common_unit_are_drawn_and_come_near_the_exact_ones() -> None:
    rng = np.random.default_rng(5)
    values = (rng.random(30) - 0.6).tolist()
    found = stats.drop_test(values, labels(values))
    assert found.method == "sign flips over problems, 10000 drawn, one-sided"
    rounded = stats.drop_test([round(v, 3) for v in values], labels(values))
    assert rounded.method == "sign flips over problems, exact, one-sided"
    assert found.p_value == pytest.approx(rounded.p_value, abs=0.01)


def test_pairs_of_one_problem_flip_together() -> None:
    together = stats.drop_test([-1.0] * 6, ["p"] * 3 + ["q"] * 3)
    assert together.p_value == 0.25
    assert stats.drop_test([-1.0] * 6, labels([0.0] * 6)).p_value == 2**-6


def test_one_problem_has_no_test_and_no_interval() -> None:
    assert stats.drop_test([-1.0, -1.0], ["p", "p"]).p_value is None
    found = stats.drop_interval([-1.0, -1.0], ["p", "p"], None, alpha=0.05, alpha_low=0.05)
    assert (found.low, found.high, found.value) == (None, None, -1.0)
    assert stats.minimum_detectable_drop([-1.0, -1.0], ["p", "p"], alpha=0.05) is None


@few
@given(some_differences, st.randoms(use_true_random=False))
def test_the_order_of_observations_does_not_matter(values, shuffler) -> None:  # type: ignore[no-untyped-def]
    names = [f"p{i % 4}" for i in range(len(values))]
    rows = list(zip(values, names, strict=True))
    shuffler.shuffle(rows)
    again, renamed = [v for v, _ in rows], [n for _, n in rows]
    assert stats.drop_test(values, names) == stats.drop_test(again, renamed)
    first = stats.drop_interval(values, names, 0.5, alpha=0.05, alpha_low=0.05)
    assert first == stats.drop_interval(again, renamed, 0.5, alpha=0.05, alpha_low=0.05)


# ------------------------------------------------------------------------------- the interval


@few
@given(some_differences, st.floats(0.001, 0.4))
def test_the_interval_encloses_the_mean_and_excludes_zero_only_with_the_test(
    values: list[float], alpha: float
) -> None:
    found = interval(values, alpha)
    assert found.low is not None
    assert found.high is not None
    assert -1.0 <= found.low <= found.value + 1e-12
    assert found.value - 1e-12 <= found.high <= 1.0
    if found.high < 0.0:
        assert test_of(values) <= alpha
    wider = interval(values, alpha / 10)
    assert wider.low is not None
    assert wider.low <= found.low + 1e-9


def test_with_plain_losses_the_lower_end_is_wilsons_with_t_for_z() -> None:
    values = [-1.0] * 7 + [0.0] * 93
    t = scipy.stats.t.ppf(0.95, 99)
    level = 2.0 * scipy.stats.norm.cdf(t) - 1.0
    # Wilson's variance has n below, the sample's n - 1: they agree to that much
    expected = stats.wilson(7, 100, level).high
    assert interval(values).low == pytest.approx(-expected, rel=5e-3)


def test_the_lower_end_solves_its_equation() -> None:
    rng = np.random.default_rng(3)
    values, names = rng.choice([-1.0, -0.5, 0.0, 0.0, 0.5], 60), [f"p{i // 3}" for i in range(60)]
    found = stats.drop_interval(values, names, 0.5, alpha=0.05, alpha_low=0.05)
    mean, theta, sd = found.value, found.low, sd_between(values, names)
    lost = (mean - theta) / (1 + mean)
    variance = (1 - lost) * (sd**2 + (mean - theta) ** 2) + lost * (1 + theta) ** 2
    t = scipy.stats.t.ppf(0.95, 19)
    assert (mean - theta) ** 2 == pytest.approx(t**2 * variance / 20)
    assert found.high == pytest.approx(max(0.0, mean + t * sd / math.sqrt(20)))


def test_identical_results_leave_the_rule_of_three() -> None:
    found = interval([0.0] * 164)
    unseen = 1 - 0.05 ** (1 / 164)
    assert (found.low, found.high) == pytest.approx((-unseen, unseen))
    assert found.method == "rule of three over problems: no variation"


def test_problems_with_many_pairs_leave_more_unseen() -> None:
    alike = stats.drop_interval(
        [0.0] * 100, [i // 10 for i in range(100)], 1.0, alpha=0.05, alpha_low=0.05
    )
    uneven = stats.drop_interval(
        [0.0] * 100, [i // 10 if i < 19 else 5 for i in range(100)], 1.0, alpha=0.05, alpha_low=0.05
    )
    assert alike.low == pytest.approx(-(1 - 0.05 ** (1 / 10)))
    assert uneven.low is not None
    assert uneven.low < -0.8


def test_few_that_differ_do_not_give_a_drop() -> None:
    for lost in range(1, 5):  # 2 ** -4 is above 0.05
        assert interval([-1.0] * lost + [0.0] * 100).high >= 0.0
    assert interval([-1.0] * 5 + [0.0] * 100).high < 0.0


@pytest.mark.parametrize("values", [[0.0, 1.5], [], [math.nan, 0.0], ["a"]])
def test_what_is_no_difference_of_shares_is_refused(values: list[float]) -> None:
    with pytest.raises(UsageError):
        stats.drop_test(values, labels(values))


@pytest.mark.parametrize("alpha", [0.0, 0.5, -1.0, math.nan])
def test_an_error_rate_that_leaves_no_interval_is_refused(alpha: float) -> None:
    with pytest.raises(UsageError, match="alpha"):
        stats.drop_interval([0.0, 1.0], ["a", "b"], 0.5, alpha=alpha, alpha_low=alpha)


def test_a_lower_end_seldom_lies_above_the_truth() -> None:
    """Rare losses, where the percentile bootstrap and t fail: at most 5% of the time (binomial)."""
    rng, problems, rounds, drop = np.random.default_rng(11), 150, 600, 0.03
    missed = sum(
        interval((-1.0 * (rng.random(problems) < drop)).tolist()).low > -drop for _ in range(rounds)
    )
    assert missed <= scipy.stats.binom.ppf(0.999, rounds, 0.05)


# ------------------------------------------------------------------------------------ planning


def test_a_drop_that_needs_more_problems_than_there_are_is_none() -> None:
    assert stats.minimum_detectable_drop([0.0] * 4, "abcd", alpha=0.05) is None
    assert stats.minimum_detectable_drop([0.0] * 5, "abcde", alpha=0.05) is not None


def test_where_nothing_differs_the_drop_still_brings_the_losses_that_the_test_needs() -> None:
    for alpha in (0.05, 0.0125, 0.001):
        values = [0.0] * 164
        drop = stats.minimum_detectable_drop(values, labels(values), alpha=alpha)
        assert drop is not None
        needed = math.ceil(-math.log2(alpha))
        assert 0.8 <= 1 - scipy.stats.binom.cdf(needed - 1, 164, drop) < 0.97


def test_more_problems_tell_smaller_drops_and_a_tolerance_larger_ones() -> None:
    rng = np.random.default_rng(7)
    values = rng.choice([-1.0, 0.0, 0.0, 1.0], 1600).tolist()
    small = stats.minimum_detectable_drop(values[:400], labels(values[:400]), alpha=0.05)
    large = stats.minimum_detectable_drop(values, labels(values), alpha=0.05)
    tolerant = stats.minimum_detectable_drop(values, labels(values), alpha=0.05, tolerance=0.1)
    assert small is not None
    assert large is not None
    assert tolerant is not None
    assert small / large == pytest.approx(2.0, rel=0.2)
    assert 0.1 < tolerant < 0.1 + large


@pytest.mark.parametrize("power", [0.0, 1.0])
def test_a_power_that_no_test_has_is_refused(power: float) -> None:
    with pytest.raises(UsageError):
        stats.minimum_detectable_drop([0.0, 1.0], "ab", alpha=0.05, power=power)


def test_the_lattice_is_found_and_refused_where_there_is_none() -> None:
    assert drops.on_lattice(np.array([0.5, -1.5])) == [1, -3]
    assert drops.on_lattice(np.array([1 / 3, -0.7])) == [10, -21]
    assert drops.on_lattice(np.array([math.pi - 3])) is None
