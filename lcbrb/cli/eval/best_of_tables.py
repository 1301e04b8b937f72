"""The results of `lcbrb eval --best-of` as tables for people."""

from __future__ import annotations

from collections.abc import Sequence

from lcbrb.api.evaluate import BestOfReport
from lcbrb.cli.output import print_notes
from lcbrb.cli.tables import comparison_table, methods, model_table
from lcbrb.cli.terminal import Table, Terminal, console
from lcbrb.rewards.best_of.evaluation import BestOf
from lcbrb.rewards.best_of.figures import POOLED, RANDOM, WITHIN, best, gain, oracle
from lcbrb.stats.estimate_text import interval, points

_LEFT_OUT = "left_out_"
_CELL = 20  # "100.0% [91.0, 100.0]"
_SHARED = 2  # columns that are the same for every model: chance and the oracle


def show_best_of(report: BestOfReport, *, brief: bool = False) -> None:
    """The curves, what each model gains and how its scores go with verdicts, the comparisons.

    With `brief` the curves and the notes alone.
    """
    done, comparisons = report.results, report.comparisons
    if not done:
        return
    sample_set, selection = report.sample_set, report.selection
    out, counts = console(), done[0].record.counts
    part = "" if not done[0].record.partial else f" of {selection.total} (seed {selection.seed})"
    several = f", {counts['samplers']} samplers" * (counts["samplers"] > 1)
    out.print(
        f"{sample_set.name} ({sample_set.version}): {counts['samples']} samples{part} of "
        f"{counts['problems']} problems{several}"
    )
    left = [
        f"{count} {name.removeprefix(_LEFT_OUT).replace('_', ' ')}"
        for name, count in counts.items()
        if name.startswith(_LEFT_OUT)
    ]
    if left:
        out.print(f"left out: {', '.join(left)}")
    _show_curves(out, done)
    if not brief:
        out.print(_models(done))
    if comparisons and not brief:
        out.print(comparison_table(comparisons, f"paired comparisons at k = {done[0].ks[-1]}"))
    out.print("expected value over all subsets of k samples; equal scores share the choice")
    shown = [estimate for run in done for estimate in run.record.estimates.values()]
    shown += [comparison.difference for comparison in comparisons]
    out.print(f"intervals, clustered by problem: {methods(shown)}")
    one_sided = counts["groups_of_one_verdict"]
    out.print(
        f"Spearman correlation within problems leaves out {one_sided} of {counts['groups']} "
        "groups in which all samples pass or all fail"
    )
    print_notes(report.notes)


def _show_curves(out: Terminal, done: Sequence[BestOf]) -> None:
    """A row a k, a column a model; as many tables as it takes to fit the width."""
    shared = done[0].record.estimates
    at_once = max(1, out.width // (_CELL + 3) - _SHARED)
    for start in range(0, len(done), at_once):
        block = done[start : start + at_once]
        more = f" ({start + 1} to {start + len(block)})" if len(done) > at_once else ""
        table = Table("k", title=f"problems solved by the best of k{more}", title_justify="left")
        for name in ("chance", "oracle (pass@k)", *(run.record.subject for run in block)):
            table.add_column(name, justify="right", overflow="fold", min_width=_CELL)
        for k in done[0].ks:
            chosen = (run.record.estimates[best(k)] for run in block)
            cells = (shared[RANDOM], shared[oracle(k)], *chosen)
            table.add_row(str(k), *map(interval, cells))
        out.print(table)


def _models(done: Sequence[BestOf]) -> Table:
    k = done[0].ks[-1]
    heads = f"gain at k={k} [95%]", "within problems", "pooled", "unscored", "cut"
    table = model_table("points over chance, and Spearman correlation of score and verdict", *heads)
    for run in done:
        estimates, counts = run.record.estimates, run.record.counts
        table.add_row(
            run.record.subject,
            points(estimates.get(gain(k))),
            *(interval(estimates.get(of), "+.2f", scale=1, unit="") for of in (WITHIN, POOLED)),
            str(counts["unscored"]),
            str(counts["truncated"]),
        )
    return table
