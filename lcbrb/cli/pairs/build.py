"""What `lcbrb pairs build` does once its options are parsed."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

import typer

from evaluators import benchmark
from lcbrb import codec
from lcbrb.cli import tables
from lcbrb.cli.progress import progress
from lcbrb.engine.local import LocalExecutor
from lcbrb.errors import IncompleteRunError, UnknownNameError, UsageError
from lcbrb.grading.grader import Grader, VerdictSource
from lcbrb.pairs.build import Built, build_pairs, write_pairs
from lcbrb.pairs.labels import LabelRule
from lcbrb.pairs.pairing import PairingRule
from lcbrb.policies import open_policy
from lcbrb.policies.replay import merge
from lcbrb.protocols.benchmark import Benchmark
from lcbrb.protocols.policy import RecordedPolicy, Replayed
from lcbrb.runs.folder import open_run
from lcbrb.runs.record import benchmark_data, new_record
from lcbrb.sandbox.levels import sandbox_for
from lcbrb.types import RunKind, RunRecord

_NAMED_UNKNOWN = 3

E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """The command's options."""

    problems: str
    policies: tuple[str, ...]
    output: Path
    verdicts: str
    label_by: str
    across_samplers: bool
    per_problem: int
    seed: int
    isolation: str | None = None


def run_build(request: Request, *, as_json: bool) -> None:
    """Build, write, show.

    Raises:
        LcbrbError: an option or a file can't be used.
        IncompleteRunError: verdicts are missing by our own fault; pairs of the rest are written.
    """
    source = _choice(VerdictSource, request.verdicts, "kind of verdicts")
    rule = PairingRule(
        label_by=_choice(LabelRule, request.label_by, "label rule"),
        across_samplers=request.across_samplers,
        per_problem=request.per_problem,
        seed=request.seed,
    )
    if request.output.is_dir():
        raise UsageError(f"--output {request.output} is a folder: name a file in it")
    bench = benchmark(request.problems)
    replayed = _replay(request.policies, bench)
    record = _record(request, bench, replayed)
    sandbox, executor = sandbox_for(request.isolation), LocalExecutor()
    grader = Grader(benchmark=bench, sandbox=sandbox, executor=executor, source=source)
    folder = request.output.with_name(request.output.name.removesuffix(".jsonl") + ".run")
    began = time.perf_counter()
    with open_run(folder, record) as run:
        count = len(replayed.completions)
        with progress("grading", count, "completions") as advance:
            built = build_pairs(replayed.completions, grader, rule, run, lambda: advance(1))
        done = dataclasses.replace(
            run.record,
            estimates={f"pass@1/{name}": one for name, one in built.pass_rates.items()},
            counts={**built.statuses, "pairs": len(built.pairs)},
            wall_s=round(run.record.wall_s + time.perf_counter() - began, 3),
            complete=not built.harness_errors,
        )
        manifest = write_pairs(request.output, built, done)
        run.finish(done)
    if as_json:
        typer.echo(codec.encode_pretty(manifest), nl=False)
    else:
        tables.show_build(request.output, built, manifest)
        for note in manifest.notes:
            typer.echo(f"note: {note}")
    _complain(built)


def _choice(kind: type[E], name: str, what: str) -> E:
    try:
        return kind(name)
    except ValueError:
        raise UnknownNameError(what, name, [member.value for member in kind]) from None


def _replay(policies: Iterable[str], bench: Benchmark) -> Replayed:
    problems = bench.load()
    parts = []
    for text in policies:
        policy = open_policy(text)
        if not isinstance(policy, RecordedPolicy):
            raise UsageError(
                f"{text} samples anew, and pairs are built from recorded completions: sample "
                "with `lcbrb bench --out`, then use replay:FOLDER/samples.jsonl"
            )
        parts.append(policy.replay(problems))
    return merge(parts)


def _record(request: Request, bench: Benchmark, replayed: Replayed) -> RunRecord:
    config = dataclasses.asdict(request)
    config.pop("output")
    config.pop("isolation")  # it decides whether a program runs, never what its verdict is
    config["policies"] = list(request.policies)
    config["completions_sha256"] = codec.sha256_records(replayed.completions)
    notes = []
    if replayed.unknown:
        some = ", ".join(list(replayed.unknown)[:_NAMED_UNKNOWN])
        total = sum(replayed.unknown.values())
        notes.append(f"{total} completions answer no problem here and were left out ({some}, …)")
    answered = {completion.problem_id for completion in replayed.completions}
    return new_record(
        RunKind.PAIRS,
        " ".join(request.policies),
        benchmark_data(bench, bench.load(), len(answered), notes),
        config=config,
        seed=request.seed,
    )


def _complain(built: Built) -> None:
    if built.harness_errors:
        raise IncompleteRunError(
            f"{built.harness_errors} completions have no verdict because the runner failed; they "
            "are in no pair. Start the same command again to grade them once more"
        )
    if not built.pairs:
        typer.echo(
            "lcbrb: no pairs: no problem has both a superior and an inferior reasoning"
            " (of one sampler, unless --across-samplers)",
            err=True,
        )
