"""Results as tables for people."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from lcbrb.pairs.build import Built
from lcbrb.protocols import PairSet
from lcbrb.rewards import accuracy
from lcbrb.rewards.evaluation import Evaluated, Selection
from lcbrb.types import Comparison, Estimate, PairManifest

_PLAIN_WIDTH = 120  # where stdout is no terminal, the table must not fold at 80


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


def show_evaluation(
    pair_set: PairSet,
    selection: Selection,
    done: Sequence[Evaluated],
    comparisons: Sequence[Comparison],
) -> None:
    """The table of models, the slices, and the comparisons."""
    out = console()
    ranked = sorted(done, key=lambda one: -one.record.estimates[accuracy.ACCURACY].value)
    if not ranked:
        return
    whole = ranked[0].record.estimates[accuracy.ACCURACY]
    part = "" if whole.n == selection.total else f" of {selection.total} (seed {selection.seed})"
    name = f"{pair_set.name} ({pair_set.version})"
    out.print(f"{name}: {whole.n} pairs{part}, {whole.clusters} problems")
    out.print(_models(ranked))
    slices = _slices(ranked)
    if slices.row_count:
        out.print(slices)
    if comparisons:
        out.print(_comparisons(comparisons))
    out.print(f"intervals: {whole.method}, clustered by problem; a tie counts as half a win")


def _models(ranked: Sequence[Evaluated]) -> Table:
    table = Table("reward model", title="accuracy", title_justify="left")
    for name in ("accuracy [95%]", "n", "problems", "ties", "truncated", "seconds", "pairs/s"):
        table.add_column(name, justify="right")
    for one in ranked:
        record = one.record
        whole = record.estimates[accuracy.ACCURACY]
        rate = f"{one.fresh / one.seconds:.1f}" if one.fresh and one.seconds else "kept"
        table.add_row(
            record.subject,
            interval(whole),
            str(whole.n),
            str(whole.clusters),
            str(record.counts["ties"]),
            str(record.counts["truncated"]),
            f"{record.wall_s:.1f}",
            rate,
        )
    return table


def _slices(ranked: Sequence[Evaluated]) -> Table:
    table = Table("slice", "value", "n", title="accuracy by slice", title_justify="left")
    for one in ranked:
        table.add_column(one.record.subject, justify="right")
    keys = list(dict.fromkeys(key for one in ranked for key in one.record.estimates))
    for key in keys:
        name, value = accuracy.slice_of(key)
        found = [one.record.estimates.get(key) for one in ranked]
        sizes = sorted({estimate.n for estimate in found if estimate is not None})
        if name:
            cells = ["-" if estimate is None else interval(estimate) for estimate in found]
            table.add_row(name, value, "/".join(map(str, sizes)), *cells)
    return table


def _comparisons(comparisons: Sequence[Comparison]) -> Table:
    table = Table("comparison", title="paired comparisons", title_justify="left")
    for name in ("points [95%]", "p", "p (Holm)"):
        table.add_column(name, justify="right")
    table.add_column("test")
    for one in comparisons:
        table.add_row(
            f"{one.subject} - {one.baseline}",
            points(one.difference),
            _p_value(one.p_value),
            _p_value(one.p_adjusted),
            one.method,
        )
    return table


def _p_value(value: float | None) -> str:
    if value is None:
        return "-"
    return "<0.001" if value < 0.001 else f"{value:.3f}"  # noqa: PLR2004 - as papers print it


def show_build(output: Path, built: Built, manifest: PairManifest) -> None:
    """What became of the completions, the pass rates, the agreement, and the pairs."""
    out = console()
    account = Table("completions", "", title="verdicts and labels", title_justify="left")
    account.columns[1].justify = "right"
    for group, counted in (("verdict", built.statuses), ("label", built.labels)):
        for name, count in counted.items():
            account.add_row(f"{group}: {name}", str(count))
    out.print(account)
    rates = Table("sampler", "pass@1 [95%]", "samples", "problems", title="pass rates")
    for sampler, estimate in built.pass_rates.items():
        rates.add_row(sampler, interval(estimate), str(estimate.n), str(estimate.clusters))
    out.print(rates)
    if built.agreement.compared:
        agreed = Table("verdicts", "n", title="agreement with recorded verdicts")
        for name, count in built.agreement.counts.items():
            agreed.add_row(name, str(count))
        out.print(agreed)
    across = manifest.counts["across_samplers"]
    out.print(
        f"{manifest.pairs} pairs of {manifest.problems} problems "
        f"({manifest.counts['same_sampler']} of one sampler, {across} across samplers) -> {output}"
    )
