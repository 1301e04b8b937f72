"""`lcbrb gate`: is a candidate worse than its baseline?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def gate(
    baseline: Annotated[
        Path,
        typer.Argument(
            metavar="BASELINE", help="A run folder, or a folder of run folders (bench, eval --out)."
        ),
    ],
    candidate: Annotated[
        Path | None,
        typer.Argument(metavar="CANDIDATE", help="The same, of what is to be let in."),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="gate.toml: metrics, tolerances and directions by benchmark, quarantine. "
            "Without: a drop of 2 points is accepted.",
        ),
    ] = None,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a JUnit XML report, too.")
    ] = None,
    summary: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Write a Markdown summary, too (and to $GITHUB_STEP_SUMMARY)."
        ),
    ] = None,
    allow: Annotated[
        str | None,
        typer.Option(
            metavar="WHAT[,WHAT]",
            help="Compare though the records differ in: version, data, sampling.",
        ),
    ] = None,
    calibrate: Annotated[
        bool,
        typer.Option(
            "--calibrate",
            help="Compare repeats of a baseline, the folders below BASELINE, with one another: "
            "how often does the gate fail where nothing changed?",
        ),
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="End with 5 where a check is inconclusive.")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document instead of a table.")
    ] = False,
) -> None:
    """Hold a candidate against its baseline, paired by problem, and fail where it is worse.

    FAIL: the interval of the difference lies below zero and the drop exceeds the tolerance.
    PASS: the interval lies above minus the tolerance. Else INCONCLUSIVE, with the drop that could
    have been told; MISSING where a side has no result. Intervals are adjusted over all checks.
    """
    from lcbrb.cli.gate.run import Request, run_calibration, run_gate

    request = Request(
        baseline=baseline,
        candidate=candidate,
        config=config,
        junit=junit,
        summary=summary,
        allow=allow,
        strict=strict,
        as_json=as_json,
    )
    if calibrate:
        run_calibration(request)
    else:
        run_gate(request)
