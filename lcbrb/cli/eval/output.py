"""The results of `lcbrb eval`: a JSON document; accuracy and ranks, slices, audit, comparisons."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeAlias

from lcbrb import codec
from lcbrb.api.evaluate import BestOfReport, EvalReport
from lcbrb.api.evaluate_sets import SetsReport
from lcbrb.cli.eval.audit_tables import show_audit
from lcbrb.cli.eval.best_of_tables import show_best_of
from lcbrb.cli.output import print_notes
from lcbrb.cli.tables import comparison_table, methods, model_table
from lcbrb.cli.terminal import Table, Terminal, console
from lcbrb.rewards.metrics import accuracy, suites
from lcbrb.rewards.metrics.report import Report, to_json
from lcbrb.stats.estimate_text import interval
from lcbrb.stats.groups import DECISION
from lcbrb.types import Estimate, JsonValue, Metric

_ALL_COMPARISONS = 15  # of six models; beyond that, those with the best one are shown
#: takes a metric apart into the name and value of a part; both empty where it is of another kind
_PartOf: TypeAlias = Callable[[Metric], tuple[str, str]]
_CELL = 20  # "100.0% [91.0, 100.0]"


def document(report: EvalReport | SetsReport | BestOfReport) -> dict[str, JsonValue]:
    """Records, comparisons and what failed; of pairs also ranks and the audit.

    Of several sets of pairs such a document each (``sets``), and the means over them.
    """
    if isinstance(report, SetsReport):
        return {
            "sets": [
                {"name": set_report.report.pair_set.name, **document(set_report)}
                for set_report in report.reports
            ],
            "means": {name: codec.to_dict(mean) for name, mean in report.means.items()},
            "notes": list(report.notes),
        }
    if isinstance(report, EvalReport):
        compared = to_json(report.report)
    else:
        comparisons = [codec.to_dict(comparison) for comparison in report.comparisons]
        compared = {"decision": DECISION, "comparisons": comparisons}
    return {
        "records": [codec.to_dict(result.record) for result in report.results],
        **compared,
        "failures": [
            {"subject": failure.subject, "error": str(failure.error)} for failure in report.failures
        ],
        "notes": list(report.notes),
    }


def show(report: EvalReport | SetsReport | BestOfReport, *, brief: bool) -> None:
    """What a command found; `brief`: the scores and the notes alone."""
    if isinstance(report, SetsReport):
        show_sets(report, brief=brief)
    elif isinstance(report, EvalReport):
        show_evaluation(report, brief=brief)
    else:
        show_best_of(report, brief=brief)


def show_evaluation(evaluation: EvalReport, *, brief: bool = False) -> None:
    """Every table of a report, or the accuracies alone, and its notes."""
    if evaluation.results:
        _show_report(evaluation.report, brief=brief)
    print_notes(evaluation.notes)


def show_sets(sets: SetsReport, *, brief: bool = False) -> None:
    """The tables of each set of pairs, and the accuracies of all with their mean."""
    for report in sets.reports:
        show_evaluation(report, brief=brief)
    records = [
        {run.record.subject: run.record.estimates[accuracy.ACCURACY] for run in report.results}
        for report in sets.reports
    ]
    rows = [
        (report.report.pair_set.name, estimates)
        for report, estimates in zip(sets.reports, records, strict=True)
    ]
    rows.append((f"mean of {len(rows)} sets", sets.means))
    models = list(dict.fromkeys(name for _, estimates in rows for name in estimates))
    out = console()
    if not models:
        return
    at_once = max(1, (out.width - max(len(name) for name, _ in rows) - 14) // (_CELL + 3))
    for start in range(0, len(models), at_once):
        block = models[start : start + at_once]
        table = Table("pairs", title="accuracy by set", title_justify="left")
        table.add_column("n", justify="right", no_wrap=True)
        for name in block:
            table.add_column(name, justify="right", overflow="fold", min_width=_CELL)
        for name, estimates in rows:
            cells = [estimates.get(model) for model in block]
            table.add_row(name, _sizes(cells), *map(interval, cells))
        out.print(table)
    out.print(
        "every set has the same weight in the mean; a model that lacks a result on one set has "
        "no mean"
    )
    print_notes(sets.notes)


def _show_report(report: Report, *, brief: bool) -> None:
    out = console()
    whole = report.ranked[0].record.estimates[accuracy.ACCURACY]
    total, seed = report.selection.total, report.selection.seed
    part = "" if whole.n == total else f" of {total} (seed {seed})"
    name = f"{report.pair_set.name} ({report.pair_set.version})"
    out.print(f"{name}: {whole.n} pairs{part}, {whole.clusters} problems")
    out.print(_models(report))
    if len(report.ranked) > 1:
        out.print(
            "rank: 1 + models better beyond chance (paired tests, Holm, 0.05); "
            "those with a letter in common can't be told apart"
        )
    _show_parts(out, report, "scores of the benchmark's own", _suite_part)
    shown = [run.record.estimates[accuracy.ACCURACY] for run in report.ranked]
    if not brief:
        _show_parts(out, report, "accuracy by slice", _slice)
        show_audit(out, report)
        if report.comparisons:
            _show_comparisons(out, report)
        shown = [estimate for run in report.ranked for estimate in run.record.estimates.values()]
        shown += [comparison.difference for comparison in report.comparisons]
    out.print(f"a tie counts as half a win; intervals, clustered by problem: {methods(shown)}")


def _models(report: Report) -> Table:
    heads = "accuracy [95%]", "n", "ties", "truncated", "seconds", "pairs/s"
    table = model_table("accuracy", "rank", *heads)
    table.columns[1].justify = "left"
    for run, group in zip(report.ranked, report.groups, strict=True):
        record = run.record
        whole = record.estimates[accuracy.ACCURACY]
        rate = f"{run.fresh / run.seconds:.1f}" if run.fresh and run.seconds else "kept"
        table.add_row(
            record.subject,
            f"{group.rank} {group.letters}",
            interval(whole),
            str(whole.n),
            str(record.counts["ties"]),
            str(record.counts["truncated"]),
            f"{record.wall_s:.1f}",
            rate,
        )
    return table


def _slice(metric: Metric) -> tuple[str, str]:
    return metric.slices[0] if metric.name == accuracy.ACCURACY.name and metric.slices else ("", "")


def _suite_part(metric: Metric) -> tuple[str, str]:
    if metric.name == suites.SUITE:
        return metric.slices[0]
    return (
        (metric.name.removeprefix(suites.WHOLE), "")
        if metric.name.startswith(suites.WHOLE)
        else ("", "")
    )


def _show_parts(out: Terminal, report: Report, title: str, part_of: _PartOf) -> None:
    """A row a part, a column a model; as many tables as it takes to fit the width."""
    records = [run.record for run in report.ranked]
    keys = dict.fromkeys(key for record in records for key in record.estimates)
    parts = {key: part_of(key) for key in keys if part_of(key)[0]}
    if not parts:
        return
    names = max(len(name) for name, _ in parts.values())
    values = max(len("value"), *(len(value) for _, value in parts.values()))
    room = out.width - names - values - len("1000") - 10
    at_once = max(1, room // (_CELL + 3))
    for start in range(0, len(records), at_once):
        block = records[start : start + at_once]
        more = f" ({start + 1} to {start + len(block)})" if len(records) > at_once else ""
        table = Table("slice", "value", title=f"{title}{more}", title_justify="left")
        table.add_column("n", justify="right", no_wrap=True)
        for record in block:
            table.add_column(record.subject, justify="right", overflow="fold", min_width=_CELL)
        for key, (name, value) in parts.items():
            estimates = [record.estimates.get(key) for record in block]
            table.add_row(name, value, _sizes(estimates), *map(interval, estimates))
        out.print(table)


def _sizes(estimates: Iterable[Estimate | None]) -> str:
    return "/".join(
        str(n) for n in sorted({estimate.n for estimate in estimates if estimate is not None})
    )


def _show_comparisons(out: Terminal, report: Report) -> None:
    shown, note = list(report.comparisons), ""
    if len(shown) > _ALL_COMPARISONS:
        best = report.ranked[0].record.subject
        shown = [
            comparison for comparison in shown if best in {comparison.subject, comparison.baseline}
        ]
        note = f"with {best}; --json has all {len(report.comparisons)}"
    out.print(comparison_table(shown, "paired comparisons"))
    if note:
        out.print(f"comparisons: {note}; p (Holm) is adjusted for all of them")
