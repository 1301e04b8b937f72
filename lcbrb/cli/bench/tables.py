"""The results of `lcbrb bench` and `lcbrb validate` as tables for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.table import Table

from lcbrb.cli.tables import console, interval, methods, p_value, points
from lcbrb.grading.agreement import Disagreement
from lcbrb.harness.run import BenchResult
from lcbrb.types import Comparison, Estimate
from lcbrb.validation.gold import Checked, Outcome

_SHOWN = 20
_DETAIL = 160
_NOT_STATUSES = frozenset({"completions", "problems", "unknown", "unsampled"})


def show_bench(graded: BenchResult) -> None:
    """Pass rates, statuses, comparisons of samplers, and agreement with recorded verdicts."""
    out, record = console(), graded.record
    part = f", {100 * record.coverage:.1f}% of the benchmark" if record.partial else ""
    out.print(
        f"{record.benchmark} ({record.benchmark_version}): {record.counts['completions']} "
        f"completions of {record.counts['problems']} problems{part}"
    )
    out.print(_rates(record.estimates))
    out.print(f"intervals: {methods(record.estimates.values())}")
    out.print(_statuses(graded))
    if graded.comparisons:
        out.print(_comparisons(graded.comparisons))
    if graded.agreement.compared:
        agreed = Table("verdicts", "n", title="agreement with recorded verdicts")
        for name, count in graded.agreement.counts.items():
            agreed.add_row(name, str(count))
        out.print(agreed)
        out.print(*disagreements(graded.agreement.disagreements), sep="\n")
    for note in record.notes:
        out.print(f"note: {note}")


def _rates(estimates: dict[str, Estimate]) -> Table:
    table = Table("pass@k", "[95%]", "samples", "problems", title="pass rates")
    for key, estimate in estimates.items():
        table.add_row(key, interval(estimate), str(estimate.n), str(estimate.clusters))
    return table


def _statuses(graded: BenchResult) -> Table:
    """How often each verdict was given, to each policy where there are several."""
    counts = {name: n for name, n in graded.record.counts.items() if name not in _NOT_STATUSES}
    policies = sorted(graded.statuses) if len(graded.statuses) > 1 else []
    heads = [*policies, "all"] if policies else ["n"]
    table = Table("verdict", *heads, title="verdicts", title_justify="left")
    for name, count in counts.items():
        each = [str(graded.statuses[policy].get(name, 0)) for policy in policies]
        table.add_row(name, *each, str(count))
    return table


def _comparisons(comparisons: Sequence[Comparison]) -> Table:
    table = Table("comparison", "points [95%]", "p (Holm)", "test", title="paired comparisons")
    for one in comparisons:
        name = f"{one.subject} - {one.baseline}"
        table.add_row(name, points(one.difference), p_value(one.p_adjusted), one.method)
    return table


def disagreements(found: Sequence[Disagreement]) -> Iterable[str]:
    """One line on each, the first twenty; `--json` has them all."""
    for one in found[:_SHOWN]:
        completion, verdict = one.completion, one.verdict
        theirs = "pass" if one.recorded_passed else "fail"
        detail = " ".join(verdict.detail.split())[:_DETAIL]
        said = completion.recorded.detail[:_DETAIL] if completion.recorded else ""
        yield (
            f"{completion.problem_id} #{completion.sample_index} {completion.policy_id} "
            f"({one.kind}): theirs {theirs}{f' [{said}]' if said else ''}, "
            f"ours {verdict.status} [{detail}]"
        )
    if len(found) > _SHOWN:
        yield f"... and {len(found) - _SHOWN} more, all in --json"


def show_validation(name: str, checked: Sequence[Checked]) -> None:
    """How many golds pass and how many are told from a mutant, and the others by name."""
    out = console()
    table = Table(name, "n", title="gold solutions")
    for outcome in Outcome:
        table.add_row(outcome.value, str(sum(one.outcome is outcome for one in checked)))
    out.print(table)
    for one in checked:
        if one.outcome is not Outcome.GOOD:
            detail = " ".join(one.detail.split())[:_DETAIL]
            out.print(f"{one.problem_id}: {one.outcome} {detail}".rstrip())
