"""Estimates in words, as tables and pages show them."""

from __future__ import annotations

from lcbrb.types import Estimate


def interval(
    estimate: Estimate | None, form: str = ".1f", *, scale: int = 100, unit: str = "%"
) -> str:
    """``62.6% [56.1, 68.8]``, ``62.6% [no interval]``, or a dash where there is no estimate."""
    if estimate is None:
        return "-"
    value = f"{scale * estimate.value:{form}}{unit}"
    if estimate.low is None or estimate.high is None:
        return f"{value} [no interval]"
    return f"{value} [{scale * estimate.low:{form}}, {scale * estimate.high:{form}}]"


def points(estimate: Estimate | None) -> str:
    """A difference of shares in percentage points, with its interval."""
    return interval(estimate, "+.1f", unit="")
