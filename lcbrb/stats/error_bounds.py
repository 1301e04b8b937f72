"""How many may be wrong at most, from a sample in which so many were: exact, one-sided."""

from __future__ import annotations

import math

from lcbrb.errors import UsageError
from lcbrb.stats._checks import check_share, check_whole
from lcbrb.stats._draws import LEVEL
from lcbrb.types import Estimate

OF_A_PROCESS = "clopper-pearson, one-sided"
OF_A_POPULATION = "hypergeometric, one-sided"


def error_rate_bound(
    errors: int, n: int, *, population: int | None = None, level: float = LEVEL
) -> Estimate:
    """A rate of errors with an exact upper bound that holds in `level` of all samples.

    Args:
        errors: found in the sample.
        n: how many were looked at.
        population: how many the sample was drawn from, at random and none twice: the bound is then
            of the rate in that population (the hypergeometric counterpart of Clopper and Pearson;
            Buonaccorsi 1987). None: the sample's members are independent draws of a process
            without end, and the bound is the one-sided one of Clopper and Pearson (1934).
        level: in how many of all samples the bound holds, in (0, 1).

    Returns:
        `value` is the rate in the sample; `high` the bound; `low` what is known for certain.

    Raises:
        UsageError: a number is not as above.
    """
    check_whole("n", n, at_least=1)
    check_whole("errors", errors, at_least=0)
    check_share("level", level)
    if errors > n:
        raise UsageError(f"there can't be more errors ({errors}) than were looked at ({n})")
    if population is None:
        low, high, method = 0.0, _process_bound(errors, n, level), OF_A_PROCESS
    else:
        check_whole("population", population, at_least=n)
        most = _most_in(population, errors, n, level)
        low, high, method = errors / population, most / population, OF_A_POPULATION
    return Estimate(
        value=errors / n, low=low, high=high, n=n, clusters=n, level=level, method=method
    )


def _process_bound(errors: int, n: int, level: float) -> float:
    """The rate at which so few errors or fewer come with a chance of 1 - level."""
    from scipy.special import betaincinv  # half a second

    return 1.0 if errors == n else float(betaincinv(errors + 1, n - errors, level))


def _most_in(population: int, errors: int, n: int, level: float) -> int:
    """The most errors that a population can hold without this sample being a rare one.

    The chance of finding so few falls as their number rises, so the number is found by halving.
    """
    least, most = errors, population - (n - errors)
    while least < most:
        middle = (least + most + 1) // 2
        if _chance_of_so_few(population, middle, errors, n) > 1.0 - level:
            least = middle
        else:
            most = middle - 1
    return least


def _chance_of_so_few(population: int, wrong: int, errors: int, n: int) -> float:
    """The chance of at most `errors` among `n` drawn, where `wrong` of the population are.

    As `scipy.stats.hypergeom` has it, which takes a second to load.
    """
    right = population - wrong
    fewest = max(0, n - right)
    whole = _log_choose(population, n)
    return math.fsum(
        math.exp(_log_choose(wrong, k) + _log_choose(right, n - k) - whole)
        for k in range(fewest, min(errors, wrong) + 1)
    )


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
