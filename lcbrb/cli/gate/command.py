"""`lcbrb gate`: is a candidate worse than its baseline?"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lcbrb.cli.options import AsJson
from lcbrb.cli.written_files import JUNIT, SUMMARY, Force, check_output

if TYPE_CHECKING:
    from lcbrb.gates import GateReport

STEP_SUMMARY = "GITHUB_STEP_SUMMARY"


def gate(
    baseline: Annotated[
        Path,
        typer.Argument(
            metavar="BASELINE",
            help="The reference: a run folder, or a folder of run folders (from bench or "
            "eval --out).",
        ),
    ],
    candidate: Annotated[
        Path | None,
        typer.Argument(metavar="CANDIDATE", help="The same for the model that is to be let in."),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="gate.toml: metrics, tolerances and directions for each benchmark, and problems "
            "in quarantine. Default: a drop of 2 points is tolerated.",
        ),
    ] = None,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Also write a JUnit XML report.")
    ] = None,
    summary: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Also write a Markdown summary. In GitHub Actions it goes to "
            "$GITHUB_STEP_SUMMARY anyway.",
        ),
    ] = None,
    allow: Annotated[
        str | None,
        typer.Option(
            metavar="WHAT[,WHAT]",
            help="Compare even if the two runs differ in: version, data, sampling, isolation, "
            "judge.",
        ),
    ] = None,
    calibrate: Annotated[
        bool,
        typer.Option(
            "--calibrate",
            help="Compare repeated runs of the baseline (the folders below BASELINE) with one "
            "another, to measure how often the gate fails when nothing has changed.",
        ),
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with code 5 if a check is inconclusive.")
    ] = False,
    force: Force = False,
    as_json: AsJson = False,
) -> None:
    """Compare a candidate with its baseline, paired by problem, and fail if it is worse.

    FAIL: the interval of the difference lies below zero and the drop exceeds the tolerance. PASS:
    the interval lies above minus the tolerance. Otherwise INCONCLUSIVE, with the smallest drop
    that could have been detected; MISSING if one side has no result. Intervals are adjusted for the
    number of checks.
    """
    import lcbrb
    from lcbrb import codec
    from lcbrb.cli.gate.output import show_calibration, show_gate
    from lcbrb.cli.terminal import say_document
    from lcbrb.errors import UsageError
    from lcbrb.gates import FAILED, exit_code

    allowed = allow.split(",") if allow else []
    if calibrate:
        if junit or summary:
            raise UsageError("--junit and --summary can't be used with --calibrate")
        repeats = [baseline] if candidate is None else [baseline, candidate]
        calibration = lcbrb.calibrate_gate(repeats, config=config, allow=allowed)
        if as_json:
            say_document(codec.encode_pretty(calibration))
        else:
            show_calibration(calibration)
        if (
            calibration.false_alarms.low is not None
            and calibration.false_alarms.low > calibration.alpha
        ):
            raise typer.Exit(FAILED)
        return
    if candidate is None:
        raise UsageError("name a CANDIDATE after the BASELINE, or use --calibrate")
    read = [baseline, candidate, *([config] if config else [])]
    for path, kind in ((junit, JUNIT), (summary, SUMMARY)):
        if path is not None:
            check_output(path, kind, inputs=read, force=force)
    report = lcbrb.gate(baseline, candidate, config=config, allow=allowed)
    if as_json:
        say_document(codec.encode_pretty(report))
    else:
        show_gate(report)
    _write(report, junit, summary, strict=strict)
    if code := exit_code(report, strict=strict):
        raise typer.Exit(code)


def _write(report: GateReport, junit: Path | None, summary: Path | None, *, strict: bool) -> None:
    """Reports in files, and what a GitHub job is told."""
    from lcbrb import codec
    from lcbrb.cli.terminal import say
    from lcbrb.gates.annotations import workflow_commands
    from lcbrb.gates.junit import junit as junit_xml
    from lcbrb.gates.markdown import markdown

    if junit:
        codec.write_text(junit, junit_xml(report, strict=strict))
    if summary:
        codec.write_text(summary, markdown(report))
    step = os.environ.get(STEP_SUMMARY)
    if step and (summary is None or Path(step).resolve() != summary.resolve()):
        with Path(step).open("a", encoding="utf-8") as file:  # other steps write to it as well
            file.write(markdown(report))
    if os.environ.get("GITHUB_ACTIONS") == "true":
        for line in workflow_commands(report, strict=strict):
            say(line, err=True)  # CI reads commands on either stream
