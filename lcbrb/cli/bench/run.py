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
from evaluators.lm_eval.run import bench_task
from evaluators.lm_eval.task import HarnessTask
from lcbrb import codec
from lcbrb.cli.bench import tables as bench_tables
from lcbrb.cli.bench.config import read_config
from lcbrb.cli.bench.progress import watching
from lcbrb.cli.executors import Executors, executors_for
from lcbrb.cli.progress import progress
from lcbrb.errors import IncompleteRunError, UsageError
from lcbrb.grading.agreement import Disagreement
from lcbrb.grading.grader import Grader
from lcbrb.grading.remote import recipe_for
from lcbrb.harness.run import BenchResult, Part, bench_recorded, bench_sampled
from lcbrb.harness.sampling import Live
from lcbrb.policies import open_policy
from lcbrb.policies.cache import Cached
from lcbrb.policies.replay import merge
from lcbrb.policies.replicas import replicated
from lcbrb.protocols.policy import Policy, RecordedPolicy, Replayed
from lcbrb.protocols.sandbox import Sandbox
from lcbrb.runs.folder import safe_name
from lcbrb.sandbox.levels import sandbox_for
from lcbrb.types import JsonValue, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The command's options."""

    policies: tuple[str, ...]
    benchmarks: tuple[str, ...]
    samples: int | None
    limit: int | None
    seed: int
    config: tuple[str, ...]
    out: Path | None
    isolation: str | None
    executor: str = "local"


def run_bench(request: Request, *, as_json: bool) -> None:
    """Sample, grade, write, show.

    Raises:
        LcbrbError: an option or a file can't be used; nothing was graded then.
        IncompleteRunError: verdicts or samples are missing by our own fault or a server's.
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
    executors = executors_for(request.executor)
    found = _answering(request, executors)
    if not isinstance(found, Live) and any(isinstance(one.benchmark, HarnessTask) for one in parts):
        raise UsageError("lm-eval judges what it asks itself: it takes no recorded completions")
    answers = [found if isinstance(found, Live) else _replay(part, found) for part in parts]
    sandbox = sandbox_for(request.isolation)
    done: list[BenchResult] = []
    with ExitStack() as stack:
        folder = request.out or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="lcbrb-"))
        )
        for text, part, answer in zip(request.benchmarks, parts, answers, strict=True):
            grader = _grader_for(text, part, sandbox, executors)
            done.append(_bench(part, answer, grader, folder))
            if done[-1].failure is not None:  # who does not answer here answers nowhere
                break
    if as_json:
        typer.echo(json.dumps(_document(done), ensure_ascii=False, indent=2))
    else:
        for one in done:
            if one.record.counts["completions"]:
                bench_tables.show_bench(one)
        if request.out is not None:
            typer.echo(f"run folders: {request.out}")
    _complain(done)


def _answering(request: Request, executors: Executors) -> Live | list[RecordedPolicy]:
    """The policies of the request: all live, or all recorded.

    Raises:
        UsageError: some of each, or an option that recorded completions have no use for.
    """
    opened = [open_policy(text) for text in request.policies]
    recorded = [policy for policy in opened if isinstance(policy, RecordedPolicy)]
    policies = [policy for policy in opened if isinstance(policy, Policy)]
    if recorded and policies:
        raise UsageError("recorded completions and live policies don't go into one run")
    if policies:
        config = read_config(request.config)
        if executors.distributed:
            policies = [replicated(policy, executors.models()) for policy in policies]
        if config.cache:
            policies = [Cached(policy=policy) for policy in policies]
        live = Live(policies=policies, sampling=config.sampling(request.samples or 1, request.seed))
        live.check()
        return live
    if request.samples is not None or request.config:
        raise UsageError("-n and --config say how to sample: replay takes what its files hold")
    return recorded


def _replay(part: Part, policies: Sequence[RecordedPolicy]) -> Replayed:
    """The completions of the part's problems; those of the benchmark's others are not unknown."""
    whole = part.benchmark.load()
    replayed = merge([policy.replay(whole) for policy in policies])
    wanted = {problem.id for problem in part.problems()}
    completions = [one for one in replayed.completions if one.problem_id in wanted]
    if not completions:
        raise UsageError(f"no completion answers one of the {len(wanted)} problems drawn")
    return Replayed(completions=completions, unknown=replayed.unknown)


def _grader_for(text: str, part: Part, sandbox: Sandbox, executors: Executors) -> Grader:
    recipe = (
        recipe_for(text, part.benchmark, sandbox.level, opener="evaluators:benchmark")
        if executors.distributed
        else None
    )
    return Grader(
        benchmark=part.benchmark, sandbox=sandbox, executor=executors.grading(), recipe=recipe
    )


def _bench(part: Part, answers: Replayed | Live, grader: Grader, folder: Path) -> BenchResult:
    name = part.benchmark.name
    folder /= safe_name(name)
    if isinstance(part.benchmark, HarnessTask) and isinstance(answers, Live):
        with progress(name, None, "answers") as advance:
            return bench_task(part, answers, folder, lambda: advance(1))
    if isinstance(answers, Live):
        with watching(name, answers.count(part.problems())) as watch:
            return bench_sampled(part, answers, grader, folder, watch)
    with progress(name, len(answers.completions), "completions") as advance:
        return bench_recorded(part, answers, grader, folder, lambda: advance(1))


def _document(done: Sequence[BenchResult]) -> dict[str, JsonValue]:
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


def _complain(done: Sequence[BenchResult]) -> None:
    for one in done:
        if one.failure is not None:
            raise one.failure
    unsampled = sum(one.record.counts.get("unsampled", 0) for one in done)
    if unsampled:
        why = next((note for one in done for note in one.record.notes if "missing" in note), "")
        raise IncompleteRunError(
            f"{unsampled} samples were not given and are in no estimate ({why}). Start the same "
            "command again to ask for them once more"
        )
    missing = sum(one.record.counts.get(Status.HARNESS_ERROR.value, 0) for one in done)
    if missing:
        raise IncompleteRunError(
            f"{missing} completions have no verdict because the runner failed; they are in no "
            "estimate. Start the same command again to grade them once more"
        )
