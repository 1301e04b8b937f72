"""The results of `lcbrb gate` as tables for people."""

from __future__ import annotations

from rich.text import Text

from lcbrb.cli.terminal import Table, console
from lcbrb.gates import Calibration, GateReport, check_text
from lcbrb.gates.report import CalibratedCheck
from lcbrb.stats.estimate_text import interval

_FLAKY = 5


def show_gate(report: GateReport) -> None:
    """A line on each check, what changed sides, and the verdict."""
    out = console()
    baseline, candidate = check_text.clean(report.baseline), check_text.clean(report.candidate)
    table = Table(title=f"{candidate} against {baseline}", title_justify="left")
    table.add_column("verdict", no_wrap=True)
    table.add_column("check", overflow="fold")
    for name in check_text.CELLS[2:]:
        table.add_column(Text("\n".join(name.split())), justify="right", no_wrap=True)
    for check in report.checks:
        _, _, *others = check_text.cells(check)
        table.add_row(check.verdict.value, check_text.name(check), *others)
    out.print(table)
    for check in report.checks:
        out.print(check_text.finding(check))
        for line in check_text.flips(check):
            out.print(f"  {line}")
        for note in check.notes:
            out.print(f"  note: {check_text.clean(note)}")
    for note in report.notes:
        out.print(f"note: {check_text.clean(note)}")
    out.print(check_text.method(report))
    for warning in check_text.too_small(report):
        out.print(warning)
    out.print(check_text.headline(report))


def show_calibration(calibration: Calibration) -> None:
    """A line on each check, the problems that change, and the rate of false alarms."""
    out = console()
    table = Table("check", "comparisons", "verdicts", title="A/A", title_justify="left")
    for name in ("largest drop", "detectable drop", "changing problems"):
        table.add_column(name, justify="right")
    for check in calibration.checks:
        verdicts = ", ".join(f"{count} {name}" for name, count in check.verdicts.items())
        drop = check.minimum_detectable_drop
        table.add_row(
            check_text.clean(f"{check.benchmark} {check.metric}"),
            str(check.comparisons),
            verdicts,
            check_text.points(check.largest_drop, sign=False),
            "-" if drop is None else check_text.points(drop, sign=False),
            str(len(check.flaky)),
        )
    out.print(table)
    for check in calibration.checks:
        if check.flaky:
            out.print(_flaky(check))
    for note in calibration.notes:
        out.print(check_text.clean(f"note: {note}"))
    rate = calibration.false_alarms
    repeats, alpha = len(calibration.repeats), f"alpha {100 * calibration.alpha:g}%"
    out.print(
        f"false alarms: {interval(rate)} of {rate.n} comparisons of {repeats} repeats, {alpha} "
        f"({rate.method}: {rate.clusters})"
    )


def _flaky(check: CalibratedCheck) -> str:
    shown = [f"{p.problem_id} ({p.changed} of {p.comparisons})" for p in check.flaky[:_FLAKY]]
    more = " …" if len(check.flaky) > _FLAKY else ""
    return check_text.clean(f"{check.benchmark} {check.metric} changes: {', '.join(shown)}{more}")
