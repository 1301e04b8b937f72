"""How many may be wrong at most: by hand, against statsmodels, and covering as often as it says."""

from math import comb

import pytest
from statsmodels.stats.proportion import proportion_confint

from lcbrb.errors import UsageError
from lcbrb.stats import error_rate_bound


@pytest.mark.parametrize(
    ("errors", "n", "population", "high"),
    [
        # nothing wrong in 59: 0.95 ** 59 is just below 0.05
        (0, 59, None, 1 - 0.05 ** (1 / 59)),
        (3, 3, None, 1.0),
        # 5 of 10 looked at, none wrong: were 3 wrong, that had a chance of C(7,5)/C(10,5) = 21/252;
        # were 4, of 6/252 < 0.05
        (0, 5, 10, 0.3),
        # all looked at: what was found is all there is
        (2, 10, 10, 0.2),
        (0, 1, 1, 0.0),
    ],
)
def test_by_hand(errors, n, population, high):
    estimate = error_rate_bound(errors, n, population=population)
    assert estimate.high == pytest.approx(high)
    assert estimate.value == errors / n
    assert estimate.low == (errors / population if population else 0.0)


def test_one_side_of_statsmodels_exact_interval():
    for errors, n in ((0, 7), (1, 60), (5, 60), (59, 60), (12, 1000)):
        _, upper = proportion_confint(errors, n, alpha=0.1, method="beta")
        assert error_rate_bound(errors, n).high == pytest.approx(upper, abs=1e-9)
        # a population without end is a process
        many = error_rate_bound(errors, n, population=10**7)
        assert many.high == pytest.approx(upper, abs=1e-5)


def test_in_a_population_it_covers_as_often_as_it_says():
    population, n = 40, 12
    bounds = [
        round(error_rate_bound(k, n, population=population).high * population) for k in range(n + 1)
    ]
    for wrong in range(population + 1):
        covered = sum(
            comb(wrong, k) * comb(population - wrong, n - k)
            for k in range(n + 1)
            if bounds[k] >= wrong
        )
        assert covered / comb(population, n) >= 0.95
    assert bounds == sorted(bounds)
    # and no smaller bound would do: one less, and this many wrong ones are missed too often
    for k, most in enumerate(bounds[:-1]):
        so_few = sum(comb(most, j) * comb(population - most, n - j) for j in range(k + 1))
        assert so_few / comb(population, n) > 0.05


@pytest.mark.parametrize(
    ("errors", "n", "population", "level"),
    [
        (0, 0, None, 0.95),
        (-1, 3, None, 0.95),
        (4, 3, None, 0.95),
        (0, 5, 4, 0.95),
        (0, 5, None, 1.0),
    ],
)
def test_what_is_no_sample_is_refused(errors, n, population, level):
    with pytest.raises(UsageError):
        error_rate_bound(errors, n, population=population, level=level)
