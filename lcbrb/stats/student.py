"""Quantiles of Student's t, without SciPy."""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

from lcbrb.errors import UsageError
from lcbrb.stats._checks import check_share, check_whole

_NORMAL_FROM = 10_000_000  # degrees of freedom beyond which t and normal agree to 7 digits
_TERMS = 500
_TINY = 1e-300
_CONVERGED = 1e-15


@lru_cache(maxsize=1024)
def t_quantile(share: float, freedom: int) -> float:
    """The value that a t variable stays below with probability `share`.

    Args:
        share: in (0, 1).
        freedom: degrees of freedom, at least 1.

    Raises:
        UsageError: an argument is not as above.
    """
    check_share("share", share)
    check_whole("freedom", freedom, at_least=1)
    if freedom >= _NORMAL_FROM:
        return NormalDist().inv_cdf(share)
    tail = min(share, 1.0 - share)
    low, high = 0.0, 1.0
    while _upper_tail(high, freedom) > tail:
        low, high = high, 2.0 * high
        if math.isinf(high):
            raise UsageError(f"share {share!r} lies too far in the tail")
    while high - low > 1e-14 * high:
        middle = (low + high) / 2.0
        if middle in {low, high}:
            break
        low, high = (middle, high) if _upper_tail(middle, freedom) > tail else (low, middle)
    quantile = (low + high) / 2.0
    return math.copysign(quantile, share - 0.5) if tail < 0.5 else 0.0  # noqa: PLR2004 - the median


def _upper_tail(value: float, freedom: int) -> float:
    """P(T > value) for a value of 0 or more: half of I_x(freedom / 2, 1 / 2)."""
    x = freedom / (freedom + value * value)
    return 0.5 * _incomplete_beta(freedom / 2.0, 0.5, x)


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """The regularised I_x(a, b), by its continued fraction (DLMF 8.17.22, Lentz's method)."""
    if x <= 0.0:
        return 0.0
    if x >= 1.0:
        return 1.0
    if x > (a + 1.0) / (a + b + 2.0):  # the fraction converges fast on the other side only
        return 1.0 - _incomplete_beta(b, a, 1.0 - x)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    )
    value, c, d = 1.0, 1.0, 0.0
    for term in range(_TERMS):
        half = term // 2
        if term == 0:
            numerator = 1.0
        elif term % 2:
            numerator = -(a + half) * (a + b + half) * x / ((a + 2 * half) * (a + 2 * half + 1))
        else:
            numerator = half * (b - half) * x / ((a + 2 * half - 1) * (a + 2 * half))
        d = 1.0 / _away_from_zero(1.0 + numerator * d)
        c = _away_from_zero(1.0 + numerator / c)
        value *= c * d
        if term and abs(c * d - 1.0) < _CONVERGED:
            break
    return front * (value - 1.0) / a


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY
