"""What `lcbrb gate` does once its options are parsed."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from pathlib import Path

import typer
from rich.table import Table

from lcbrb import codec
from lcbrb.cli.tables import console, interval
from lcbrb.errors import UsageError
from lcbrb.gates import GateConfig, GateReport, compare_runs, exit_code, load_config, words
from lcbrb.gates.annotations import workflow_commands
from lcbrb.gates.calibrate import calibrate, find_repeats
from lcbrb.gates.compare import FAILED
from lcbrb.gates.config import parse_allow
from lcbrb.gates.junit import junit
from lcbrb.gates.markdown import markdown
from lcbrb.gates.report import CalibratedCheck, Calibration

STEP_SUMMARY = "GITHUB_STEP_SUMMARY"
_FLAKY = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The command's options."""

    baseline: Path
    candidate: Path | None
    config: Path | None
    junit: Path | None
    summary: Path | None
    allow: str | None
    strict: bool
    as_json: bool


def run_gate(request: Request) -> None:
    """Compare, show, write, and leave with the gate's exit code.

    Raises:
        LcbrbError: the records or an option can't be used.
    """
    if request.candidate is None:
        raise UsageError("a gate needs a CANDIDATE beside the BASELINE (or --calibrate)")
    report = compare_runs(request.baseline, request.candidate, _config(request))
    if request.as_json:
        typer.echo(codec.encode_pretty(report), nl=False)
    else:
        _show(report)
    _write(report, request)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for line in workflow_commands(report, strict=request.strict):
            typer.echo(line, err=True)  # CI reads commands on either stream
    if code := exit_code(report, strict=request.strict):
        raise typer.Exit(code)


def run_calibration(request: Request) -> None:
    """Compare repeats, show; leave with 1 where false alarms are more frequent than alpha.

    Raises:
        LcbrbError: the records or an option can't be used.
    """
    if request.junit or request.summary:
        raise UsageError("--junit and --summary go with a gate, not with --calibrate")
    paths = [request.baseline, *([request.candidate] if request.candidate else [])]
    found = calibrate(find_repeats(paths), _config(request))
    if request.as_json:
        typer.echo(codec.encode_pretty(found), nl=False)
    else:
        _show_calibration(found)
    low = found.false_alarms.low
    if low is not None and low > found.alpha:
        raise typer.Exit(FAILED)


def _config(request: Request) -> GateConfig:
    config = load_config(request.config)
    allowed = dict.fromkeys([*config.allow, *parse_allow(request.allow)])
    return dataclasses.replace(config, allow=tuple(allowed))


def _write(report: GateReport, request: Request) -> None:
    if request.junit:
        codec.write_text(request.junit, junit(report, strict=request.strict))
    if request.summary:
        codec.write_text(request.summary, markdown(report))
    step = os.environ.get(STEP_SUMMARY)
    if step and (request.summary is None or Path(step).resolve() != request.summary.resolve()):
        with Path(step).open("a", encoding="utf-8") as file:  # other steps write to it as well
            file.write(markdown(report))


def _show(report: GateReport) -> None:
    out = console()
    baseline, candidate = words.clean(report.baseline), words.clean(report.candidate)
    table = Table("verdict", title=f"{candidate} against {baseline}", title_justify="left")
    table.add_column("check", overflow="fold")
    table.add_column("both sides", justify="right")
    table.add_column("points", justify="right", no_wrap=True)
    for name in ("p (Holm)", "accepted", "could tell", "problems"):
        table.add_column(name, justify="right")
    for check in report.checks:
        table.add_row(
            check.verdict.value,
            words.name(check),
            f"{words.percent(check.baseline)}, {words.percent(check.candidate)}",
            words.difference(check),
            words.p_value(check.p_adjusted),
            words.tolerance(check),
            words.detectable(check),
            words.size(check),
        )
    out.print(table)
    for check in report.checks:
        out.print(words.clean(f"{words.name(check)}: {check.verdict}, {check.reason}"))
        for flips in (words.flips("worse", check.lost), words.flips("better", check.won)):
            if flips:
                out.print(f"  {flips}")
        for note in check.notes:
            out.print(words.clean(f"  note: {note}"))
    for note in report.notes:
        out.print(words.clean(f"note: {note}"))
    out.print(words.method(report))
    out.print(words.headline(report))


def _show_calibration(found: Calibration) -> None:
    out = console()
    table = Table("check", "comparisons", "verdicts", title="A/A", title_justify="left")
    for name in ("largest drop", "could tell", "changing problems"):
        table.add_column(name, justify="right")
    for check in found.checks:
        verdicts = ", ".join(f"{count} {name}" for name, count in check.verdicts.items())
        drop = check.minimum_detectable_drop
        table.add_row(
            words.clean(f"{check.benchmark} {check.metric}"),
            str(check.comparisons),
            verdicts,
            words.points(check.largest_drop, sign=False),
            "-" if drop is None else words.points(drop, sign=False),
            str(len(check.flaky)),
        )
    out.print(table)
    for check in found.checks:
        if check.flaky:
            out.print(_flaky(check))
    for note in found.notes:
        out.print(words.clean(f"note: {note}"))
    rate = found.false_alarms
    repeats, alpha = len(found.repeats), f"alpha {100 * found.alpha:g}%"
    out.print(
        f"false alarms: {interval(rate)} of {rate.n} comparisons of {repeats} repeats, {alpha} "
        f"({rate.method}: {rate.clusters})"
    )


def _flaky(check: CalibratedCheck) -> str:
    shown = [f"{p.problem_id} ({p.changed} of {p.comparisons})" for p in check.flaky[:_FLAKY]]
    more = " …" if len(check.flaky) > _FLAKY else ""
    return words.clean(f"{check.benchmark} {check.metric} changes: {', '.join(shown)}{more}")
