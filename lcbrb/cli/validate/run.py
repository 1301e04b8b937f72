"""What `lcbrb validate` does once its options are parsed."""

from __future__ import annotations

import json
from collections.abc import Sequence

import typer

from evaluators import benchmark
from lcbrb.cli.bench import tables as bench_tables
from lcbrb.cli.progress import progress
from lcbrb.cli.validate import tables as referral_tables
from lcbrb.engine.local import LocalExecutor
from lcbrb.errors import IncompleteRunError
from lcbrb.harness.run import Part
from lcbrb.sandbox.levels import sandbox_for
from lcbrb.types import JsonValue, Problem
from lcbrb.validation.gold import Checked, Outcome, check_golds, golds
from lcbrb.validation.peers import InstalledPeer, PeerSpec, peer_for
from lcbrb.validation.referee import Outcome as Side
from lcbrb.validation.referee import Referral, Tests, refer

AUDIT_FAILED = 1


def run_validation(
    name: str,
    *,
    against: str | None,
    limit: int | None,
    seed: int,
    isolation: str | None,
    as_json: bool,
) -> None:
    """Check, show, and leave with exit code 1 where a gold fails or a peer's verdict differs.

    Raises:
        LcbrbError: the benchmark can't be used, or has no golds; no such peer here.
        IncompleteRunError: verdicts are missing by our own fault, or by the peer's.
    """
    bench = benchmark(name)
    spec = None if against is None else peer_for(against, bench.name)
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
    referral = None if spec is None else _referred(spec, problems, found)
    if as_json:
        document = _document(bench.name, bench.version, sandbox.level, found)
        if referral is not None:
            document["against"] = _referral_document(referral)
        typer.echo(json.dumps(document, ensure_ascii=False, indent=2))
    else:
        bench_tables.show_validation(f"{bench.name} ({bench.version})", found)
        if referral is not None:
            referral_tables.show_referral(referral)
    _leave(found, referral)


def _referred(spec: PeerSpec, problems: Sequence[Problem], found: Sequence[Checked]) -> Referral:
    peer = InstalledPeer(spec)
    try:
        with progress(f"{peer.name} {peer.version}", len(found), "problems") as advance:
            return refer(peer, problems, found, LocalExecutor(), lambda: advance(1))
    finally:
        peer.close()


def _leave(found: Sequence[Checked], referral: Referral | None) -> None:
    lost = sum(one.outcome is Outcome.NO_VERDICT for one in found)
    if lost:
        raise IncompleteRunError(f"{lost} golds have no verdict because the runner failed")
    if any(one.outcome is Outcome.FAILS for one in found):
        raise typer.Exit(AUDIT_FAILED)
    if referral is None:
        return
    if referral.unexplained:
        raise typer.Exit(AUDIT_FAILED)
    missing = sum(one.outcome is Side.NO_VERDICT for one in referral.compared)
    if missing:
        raise IncompleteRunError(
            f"{missing} verdicts beside {referral.peer}'s are missing: one side came to none"
        )


def _document(
    name: str, version: str, level: str, found: Sequence[Checked]
) -> dict[str, JsonValue]:
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


def _referral_document(referral: Referral) -> JsonValue:
    return {
        "peer": referral.peer,
        "version": referral.version,
        "programs": referral.programs,
        "unexplained": referral.unexplained,
        "counts": {
            tests.value: {one.name.lower(): n for one, n in referral.counts(tests).items()}
            for tests in Tests
        },
        "named": [
            {
                "problem_id": one.problem_id,
                "copy": one.copy,
                "tests": one.tests.value,
                "outcome": one.outcome.name.lower(),
                "ours": one.ours.value,
                "our_detail": one.our_detail,
                "their_detail": one.theirs.detail,
                "explanation": one.explanation or None,
            }
            for one in referral.named
        ],
    }
