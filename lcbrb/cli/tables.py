"""Results as tables for people."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping

import typer
from rich.console import Console
from rich.table import Table

from lcbrb.types import Comparison, Estimate

_PLAIN_WIDTH = 120  # where stdout is no terminal, the table must not fold at 80
NAME_WIDTH = 34  # of a model's name; longer ones fold


def console() -> Console:
    """stdout, wide enough for the tables where it is a file or a pipe. Markup is never read."""
    width = None if sys.stdout.isatty() else _PLAIN_WIDTH
    return Console(width=width, markup=False, highlight=False)


def interval(estimate: Estimate) -> str:
    """``62.6% [56.1, 68.8]``, or the value alone where there is no interval."""
    value = f"{100 * estimate.value:.1f}%"
    if estimate.low is None or estimate.high is None:
        return f"{value} [no interval]"
    return f"{value} [{100 * estimate.low:.1f}, {100 * estimate.high:.1f}]"


def points(estimate: Estimate) -> str:
    """A difference of shares in percentage points, with its interval."""
    value = f"{100 * estimate.value:+.1f}"
    if estimate.low is None or estimate.high is None:
        return f"{value} [no interval]"
    return f"{value} [{100 * estimate.low:+.1f}, {100 * estimate.high:+.1f}]"


def methods(estimates: Iterable[Estimate]) -> str:
    """How the intervals were made: each method once, in the order of the estimates.

    What a bootstrap says behind the number of its resamples is for the record alone.
    """
    named = dict.fromkeys(re.sub(r"( resamples),.*", r"\1", one.method) for one in estimates)
    return "; ".join(named)


def p_value(value: float | None) -> str:
    """``0.032``, or a dash where there is none."""
    if value is None:
        return "-"
    return "<0.001" if value < 0.001 else f"{value:.3f}"  # noqa: PLR2004 - as papers print it


def comparison_table(comparisons: Iterable[Comparison], title: str) -> Table:
    """Differences in points, with p-values before and after Holm's adjustment."""
    table = Table(title=title, title_justify="left")
    table.add_column("comparison", overflow="fold")
    for name in ("points [95%]", "p", "p (Holm)"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("test")
    for one in comparisons:
        table.add_row(
            f"{one.subject} - {one.baseline}",
            points(one.difference),
            p_value(one.p_value),
            p_value(one.p_adjusted),
            one.method,
        )
    return table


def show_groups(groups: Mapping[str, Mapping[str, str]], *, as_json: bool) -> None:
    """Lines of text under headings, or one JSON document."""
    if as_json:
        typer.echo(json.dumps(groups, indent=2, ensure_ascii=False))
        return
    for group, lines in groups.items():
        typer.echo(group)
        for name, text in lines.items():
            typer.echo(f"  {name:<15}{text}")


def agreement_table(counts: Mapping[str, int]) -> Table:
    """How often our verdicts and recorded ones were what."""
    table = Table("verdicts", "n", title="agreement with recorded verdicts")
    for name, count in counts.items():
        table.add_row(name, str(count))
    return table
