"""Numbers as the study's page writes them."""

from __future__ import annotations

from lcbrb.types import Estimate

NONE = "-"  # no value


def percent(value: float | None) -> str:
    """A share as a percentage."""
    return NONE if value is None else f"{100 * value:.1f}"


def share(estimate: Estimate | None) -> str:
    """An estimate as a percentage, with its interval."""
    if estimate is None:
        return NONE
    if estimate.low is None or estimate.high is None:
        return percent(estimate.value)
    return f"{percent(estimate.value)} [{percent(estimate.low)}, {percent(estimate.high)}]"


def points(estimate: Estimate) -> str:
    """A difference in points, with its interval."""
    if estimate.low is None or estimate.high is None:
        return f"{100 * estimate.value:+.1f}"
    return f"{100 * estimate.value:+.1f} [{100 * estimate.low:+.1f}, {100 * estimate.high:+.1f}]"
