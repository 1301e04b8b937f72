"""What `lcbrb bench` does once its options are parsed."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import typer

from evaluators import benchmark
from evaluators.run import Judged, Part, judge_recorded
from lcbrb import codec
from lcbrb.agreement import Disagreement
from lcbrb.cli import bench_tables
from lcbrb.cli.progress import progress
from lcbrb.engine import LocalExecutor
from lcbrb.errors import IncompleteRunError, UsageError
from lcbrb.judging import Judge
from lcbrb.policies import POLICIES
from lcbrb.policies.replay import merge
from lcbrb.protocols import Replayed, Sandbox
from lcbrb.registry import parse_spec
from lcbrb.runs import safe_name
from lcbrb.sandbox.levels import sandbox_for
from lcbrb.types import JsonValue, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The command's options."""

    policies: tuple[str, ...]
    benchmarks: tuple[str, ...]
    limit: int | None
    seed: int
    out: Path | None
    isolation: str | None


def run_bench(request: Request, *, as_json: bool) -> None:
    """Judge, write, show.

    Raises:
        LcbrbError: an option or a file can't be used; nothing was judged then.
        IncompleteRunError: verdicts are missing by our own fault.
    """
    if not request.benchmarks:
        raise UsageError("--benchmark names none")
    if len(set(request.benchmarks)) < len(request.benchmarks):
        raise UsageError("a benchmark is given twice")
    parts = [
        Part(
            benchmark=benchmark(name),
            policies=request.policies,
            limit=request.limit,
            seed=request.seed,
        )
        for name in request.benchmarks
    ]
    replays = [_replay(part) for part in parts]
    sandbox = sandbox_for(request.isolation)
    with ExitStack() as stack:
        folder = request.out or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="lcbrb-"))
        )
        done = [
            _judge(part, replayed, sandbox, folder)
            for part, replayed in zip(parts, replays, strict=True)
        ]
    if as_json:
        typer.echo(json.dumps(_document(done), ensure_ascii=False, indent=2))
    else:
        for one in done:
            bench_tables.show_bench(one)
        if request.out is not None:
            typer.echo(f"run folders: {request.out}")
    _complain(done)


def _replay(part: Part) -> Replayed:
    """The completions of the part's problems; those of the benchmark's others are not unknown."""
    whole = part.benchmark.load()
    parsed = [parse_spec(text) for text in part.policies]
    replayed = merge([POLICIES.load(spec.kind)(spec).replay(whole) for spec in parsed])
    wanted = {problem.id for problem in part.problems()}
    completions = [one for one in replayed.completions if one.problem_id in wanted]
    if not completions:
        raise UsageError(f"no completion answers one of the {len(wanted)} problems drawn")
    return Replayed(completions=completions, unknown=replayed.unknown)


def _judge(part: Part, replayed: Replayed, sandbox: Sandbox, folder: Path) -> Judged:
    judge = Judge(benchmark=part.benchmark, sandbox=sandbox, executor=LocalExecutor())
    name = part.benchmark.name
    with progress(name, len(replayed.completions), "completions") as advance:
        return judge_recorded(part, replayed, judge, folder / safe_name(name), lambda: advance(1))


def _document(done: Sequence[Judged]) -> dict[str, JsonValue]:
    return {
        "records": [codec.to_dict(one.record) for one in done],
        "comparisons": [
            {"benchmark": one.record.benchmark, **codec.to_dict(comparison)}
            for one in done
            for comparison in one.comparisons
        ],
        "agreement": [
            {
                "benchmark": one.record.benchmark,
                "compared": one.agreement.compared,
                "counts": one.agreement.counts,
                "disagreements": [_disagreement(each) for each in one.agreement.disagreements],
            }
            for one in done
            if one.agreement.compared
        ],
    }


def _disagreement(each: Disagreement) -> dict[str, JsonValue]:
    completion, verdict = each.completion, each.verdict
    ours = {"base": verdict.base_status, "plus": verdict.plus_status}.get(each.kind)
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
        "ours": (ours or verdict.status).value,
        "our_detail": verdict.detail,
    }


def _complain(done: Sequence[Judged]) -> None:
    missing = sum(one.record.counts.get(Status.HARNESS_ERROR.value, 0) for one in done)
    if missing:
        raise IncompleteRunError(
            f"{missing} completions have no verdict because the runner failed; they are in no "
            "estimate. Start the same command again to judge them once more"
        )
