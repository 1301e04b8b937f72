"""Tables of a model card: what a model is, and what was measured."""

from __future__ import annotations

from collections.abc import Mapping

from lcbrb.types import Estimate


def facts_table(facts: Mapping[str, object]) -> str:
    """Names and values as a Markdown table without a header's words."""
    rows = (f"| {name} | {value} |" for name, value in facts.items())
    return "\n".join(["| | |", "|---|---|", *rows])


def estimates_table(estimates: Mapping[str, Estimate]) -> str:
    """Estimates as a Markdown table: name, value, interval, n, method."""
    rows = (_row(name, value) for name, value in estimates.items())
    return "\n".join(["| | | 95% | n | method |", "|---|---|---|---|---|", *rows, ""])


def _row(name: str, value: Estimate) -> str:
    low, high = value.low, value.high
    interval = "none" if low is None or high is None else f"{low:.3f} to {high:.3f}"
    return f"| {name} | {value.value:.3f} | {interval} | {value.n} | {value.method} |"
