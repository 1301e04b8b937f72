"""What `lcbrb validate` does once its options are parsed."""

from __future__ import annotations

import json
from collections.abc import Sequence

import typer

from evaluators import benchmark
from evaluators.gold import Checked, Outcome, check_golds, golds
from evaluators.run import Part
from lcbrb.cli import bench_tables
from lcbrb.cli.progress import progress
from lcbrb.engine import LocalExecutor
from lcbrb.errors import IncompleteRunError
from lcbrb.sandbox.levels import sandbox_for
from lcbrb.types import JsonValue

AUDIT_FAILED = 1


def run_validation(
    name: str, *, limit: int | None, seed: int, isolation: str | None, as_json: bool
) -> None:
    """Check, show, and leave with exit code 1 where a gold fails.

    Raises:
        LcbrbError: the benchmark can't be used, or has no golds.
        IncompleteRunError: golds have no verdict by our own fault.
    """
    bench = benchmark(name)
    problems = Part(benchmark=bench, limit=limit, seed=seed).problems()
    count = len(golds(bench, problems))
    sandbox = sandbox_for(isolation)
    found = []
    with progress(bench.name, count, "golds") as advance:
        for checked in check_golds(bench, problems, sandbox, LocalExecutor()):
            found.append(checked)
            advance(1)
    order = {problem.id: place for place, problem in enumerate(problems)}
    found.sort(key=lambda one: order[one.problem_id])
    if as_json:
        document = _document(bench.name, bench.version, sandbox.level, found)
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        bench_tables.show_validation(f"{bench.name} ({bench.version})", found)
    lost = sum(one.outcome is Outcome.NO_VERDICT for one in found)
    if lost:
        raise IncompleteRunError(f"{lost} golds have no verdict because the runner failed")
    if any(one.outcome is Outcome.FAILS for one in found):
        raise typer.Exit(AUDIT_FAILED)


def _document(name: str, version: str, level: str, found: Sequence[Checked]) -> JsonValue:
    return {
        "benchmark": name,
        "benchmark_version": version,
        "isolation": level,
        "golds": len(found),
        "counts": {one.name.lower(): sum(c.outcome is one for c in found) for one in Outcome},
        "named": [
            {
                "problem_id": one.problem_id,
                "outcome": one.outcome.name.lower(),
                "status": one.verdict.status.value,
                "detail": one.detail,
                "tried": one.tried,
            }
            for one in found
            if one.outcome is not Outcome.GOOD
        ],
    }
