"""The results of `lcbrb bench`, as tables for people and as a JSON document."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import chain, islice

from lcbrb import codec
from lcbrb.api.bench import BenchReport
from lcbrb.cli.tables import agreement_table, comparison_table, methods
from lcbrb.cli.terminal import Table, Terminal, console
from lcbrb.grading.agreement import Disagreement
from lcbrb.harness.run import BenchResult
from lcbrb.models.overlap import COUNTED, LEFT_OUT
from lcbrb.stats.estimate_text import interval
from lcbrb.stats.groups import DECISION
from lcbrb.types import Comparison, JsonValue, Status

_SHOWN = 20
_DETAIL = 160
_NOT_STATUSES = frozenset({"completions", "problems", "unknown", "unsampled", COUNTED, LEFT_OUT})


def document(report: BenchReport) -> dict[str, JsonValue]:
    """Records, comparisons by benchmark, and every difference from recorded verdicts."""
    return {
        "records": [codec.to_dict(result.record) for result in report.results],
        "decision": DECISION,
        "comparisons": [
            {"benchmark": name, **codec.to_dict(comparison)}
            for name, comparisons in report.comparisons().items()
            for comparison in comparisons
        ],
        "agreement": [
            {
                "benchmark": result.record.benchmark,
                "subject": result.record.subject,
                "compared": result.agreement.compared,
                "counts": result.agreement.counts,
                "disagreements": [_plain(each) for each in result.agreement.disagreements],
            }
            for result in report.results
            if result.agreement.compared
        ],
        "notes": list(report.notes),
    }


def _plain(each: Disagreement) -> dict[str, JsonValue]:
    completion, verdict = each.completion, each.verdict
    ours = each.ours
    recorded = completion.recorded
    return {
        "problem_id": completion.problem_id,
        "policy_id": completion.policy_id,
        "sample_index": completion.sample_index,
        "file": recorded.file if recorded else None,
        "row": recorded.row if recorded else None,
        "tests": each.kind,
        "theirs": "pass" if each.recorded_passed else "fail",
        "their_detail": recorded.detail if recorded else "",
        "ours": ours.value,
        "our_detail": verdict.detail,
    }


def show_bench(report: BenchReport, *, brief: bool = False) -> None:
    """For each benchmark: rates, statuses, comparisons, agreement with recorded verdicts.

    With `brief` rates and notes alone.
    """
    out, comparisons = console(), report.comparisons()
    for name, results in report.by_benchmark().items():
        if not any(result.record.counts["completions"] for result in results):
            continue
        for result in results:
            out.print(_headline(result, several=len(results) > 1))
        out.print(_rates(results))
        estimates = [
            estimate for result in results for estimate in result.record.estimates.values()
        ]
        out.print(f"intervals: {methods(estimates)}")
        if not brief:
            _show_more(out, results, comparisons[name])
        for note in dict.fromkeys(note for result in results for note in result.record.notes):
            out.print(f"note: {note}")
    for note in report.notes:
        out.print(f"note: {note}")


def _show_more(
    out: Terminal, results: Sequence[BenchResult], comparisons: Sequence[Comparison]
) -> None:
    out.print(_statuses(results))
    if comparisons:
        out.print(comparison_table(comparisons, "paired comparisons"))
    counts: Counter[str] = Counter()
    for result in results:
        counts.update(result.agreement.counts)
    if counts:
        out.print(agreement_table(counts))
        out.print(*disagreements(results), sep="\n")


def _headline(result: BenchResult, *, several: bool) -> str:
    record = result.record
    part = f", {100 * record.coverage:.1f}% of the benchmark" if record.partial else ""
    who = f" by {record.subject}" if several else ""
    return (
        f"{record.benchmark} ({record.benchmark_version}): {record.counts['completions']} "
        f"completions of {record.counts['problems']} problems{who}{part}"
    )


def _rates(results: Sequence[BenchResult]) -> Table:
    table = Table(title="pass rates")
    table.add_column("policy", overflow="fold")
    for head in ("metric", "[95%]", "samples", "problems"):
        table.add_column(head, no_wrap=True)
    for result in results:
        for metric, estimate in result.record.estimates.items():
            sizes = str(estimate.n), str(estimate.clusters)
            table.add_row(result.record.subject, str(metric), interval(estimate), *sizes)
    return table


def _statuses(results: Sequence[BenchResult]) -> Table:
    """How often each verdict was given: to each policy, and to all where there are several."""
    policies = [result.record.subject for result in results]
    heads = [*policies, "all"] if len(policies) > 1 else ["n"]
    table = Table(title="verdicts", title_justify="left")
    table.add_column("verdict", no_wrap=True)
    for head in heads:
        table.add_column(head, overflow="fold")
    names = dict.fromkeys(name for result in results for name in result.record.counts)
    for name in sorted(set(names) - _NOT_STATUSES):
        counts = [result.record.counts.get(name, 0) for result in results]
        table.add_row(name, *map(str, counts), *([str(sum(counts))] if len(counts) > 1 else []))
    return table


def disagreements(results: Sequence[BenchResult]) -> Iterable[str]:
    """One line on each, the first twenty; `--json` has them all."""
    rows = list(chain.from_iterable(result.agreement.disagreements for result in results))
    for each in islice(rows, _SHOWN):
        completion, verdict = each.completion, each.verdict
        theirs = "pass" if each.recorded_passed else "fail"
        # where these tests pass, the verdict's detail is of the others
        why = "" if each.ours is Status.PASSED else " ".join(verdict.detail.split())[:_DETAIL]
        said = completion.recorded.detail[:_DETAIL] if completion.recorded else ""
        yield (
            f"{completion.problem_id} #{completion.sample_index} {completion.policy_id} "
            f"({each.kind}): theirs {theirs}{f' [{said}]' if said else ''}, "
            f"ours {each.ours}{f' [{why}]' if why else ''}"
        )
    if len(rows) > _SHOWN:
        yield f"... and {len(rows) - _SHOWN} more, all in --json"
