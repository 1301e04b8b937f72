"""Results as tables for people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from lcbrb.cli.terminal import Table
from lcbrb.stats.estimate_text import points
from lcbrb.stats.groups import DECISION, p_text
from lcbrb.types import Comparison, Estimate

_NAME_WIDTH = 34  # of a model's name; longer ones fold


def methods(estimates: Iterable[Estimate]) -> str:
    """How the intervals were made: each method once, in the order of the estimates.

    What a bootstrap says behind the number of its resamples is for the record alone.
    """
    named = dict.fromkeys(
        re.sub(r"( resamples),.*", r"\1", estimate.method) for estimate in estimates
    )
    return "; ".join(named)


def model_table(title: str, *heads: str) -> Table:
    """An empty table: a reward model a row, its numbers to the right."""
    table = Table(title=title, title_justify="left")
    table.add_column("reward model", overflow="fold", max_width=_NAME_WIDTH)
    for head in heads:
        table.add_column(head, justify="right", no_wrap=True)
    return table


def comparison_table(comparisons: Iterable[Comparison], title: str) -> Table:
    """Differences in points, with p-values before and after Holm's adjustment, and what decides."""
    table = Table(title=title, title_justify="left", caption=DECISION, caption_justify="left")
    table.add_column("comparison", overflow="fold")
    for name in ("points [95%]", "p", "p (Holm)"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("test")
    for comparison in comparisons:
        table.add_row(
            f"{comparison.subject} - {comparison.baseline}",
            points(comparison.difference),
            p_text(comparison.p_value),
            p_text(comparison.p_adjusted),
            comparison.method,
        )
    return table


def agreement_table(counts: Mapping[str, int]) -> Table:
    """How often our verdicts and recorded ones were what."""
    table = Table("verdicts", "n", title="agreement with the recorded verdicts")
    for name, count in counts.items():
        table.add_row(name, str(count))
    return table
