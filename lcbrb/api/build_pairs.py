"""`lcbrb.build_pairs`: completions to preference pairs of reasoning processes."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from evaluators import benchmark
from lcbrb import codec
from lcbrb.engine.local import LocalExecutor
from lcbrb.errors import IncompleteRunError, UnknownNameError, UsageError
from lcbrb.grading.grader import Grader, VerdictSource, recorded_verdict
from lcbrb.grading.isolation import marks, sandbox_to_grade
from lcbrb.pairs.build import Built, label_and_pair, write_pairs
from lcbrb.pairs.labels import LabelRule
from lcbrb.pairs.manifest import run_folder
from lcbrb.pairs.pairing import PairingRule
from lcbrb.policies import open_policy
from lcbrb.policies.replay import merge
from lcbrb.protocols.benchmark import Benchmark
from lcbrb.protocols.policy import RecordedPolicy, Replayed
from lcbrb.protocols.progress import SILENT, Progress
from lcbrb.runs.folder import open_run
from lcbrb.runs.record import benchmark_data, new_record
from lcbrb.types import JsonValue, Metric, PairManifest, PreferencePair, RunKind, RunRecord

E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True, kw_only=True)
class BuiltPairs:
    """Pairs that were built and written: `manifest` accounts for every completion."""

    path: Path
    built: Built
    manifest: PairManifest

    @property
    def pairs(self) -> Sequence[PreferencePair]:
        """The pairs, in the order of their problems."""
        return self.built.pairs

    def raise_if_incomplete(self) -> None:
        """Say what has no verdict by our own failure; it is in no pair.

        Raises:
            IncompleteRunError: something has none.
        """
        if self.built.harness_errors:
            raise IncompleteRunError(
                f"{self.built.harness_errors} completions have no verdict because the runner "
                "failed; they are in no pair. Start the same command again to grade them once more"
            )


def build_pairs(
    problems: str,
    policies: str | Sequence[str],
    out: Path | str,
    *,
    verdicts: str = "executed",
    label_by: str = "tests",
    across_samplers: bool = False,
    per_problem: int = 4,
    seed: int = 0,
    isolation: str | None = None,
    progress: Progress = SILENT,
) -> BuiltPairs:
    """Grade recorded completions, and pair those that pass with those that fail.

    Beside `out` it writes its manifest (``….manifest.json``) and a run folder (``….run``) with
    completions and verdicts, from which a stopped build goes on. The same input and seed give the
    same bytes.

    Args:
        problems: a benchmark's name or a file of problems, as in `lcbrb.bench`.
        policies: recorded completions, ``replay:PATH``.
        out: the file of pairs, JSONL.
        verdicts: ``executed``, or ``recorded``: the file's own where it has them.
        label_by: ``tests``, or ``tests+soundness``: by tests and by judgements of the reasoning.
        across_samplers: also pair samples of different samplers.
        per_problem: at most so many pairs of a problem; 0 for all.
        seed: decides which pairs a problem gives.
        isolation: the least level of isolation (`lcbrb doctor`) that programs may run at; None:
            one at which they can't read the tests (A or B).
        progress: is told how far the work is.

    Returns:
        The pairs. Where verdicts are missing by our own failure, pairs of the rest
        (`BuiltPairs.raise_if_incomplete`).

    Raises:
        LcbrbError: an option or a file can't be used.
    """
    output = Path(out).expanduser()
    specs = [policies] if isinstance(policies, str) else list(policies)
    source = _choice(VerdictSource, verdicts, "kind of verdicts")
    rule = PairingRule(
        label_by=_choice(LabelRule, label_by, "label rule"),
        across_samplers=across_samplers,
        per_problem=per_problem,
        seed=seed,
    )
    if output.is_dir():
        raise UsageError(f"--output {output} is a folder: name a file in it")
    bench = benchmark(problems)
    replayed = _replay(specs, bench)
    config: dict[str, JsonValue] = {
        "problems": problems,
        "policies": specs,
        "verdicts": verdicts,
        "label_by": label_by,
        "across_samplers": across_samplers,
        "per_problem": per_problem,
        "seed": seed,
        "completions_sha256": codec.sha256_records(replayed.completions),
    }
    runs = source is VerdictSource.EXECUTED or not all(map(recorded_verdict, replayed.completions))
    sandbox = sandbox_to_grade(bench if runs else None, isolation)
    if runs and (marked := marks(bench, sandbox.level)):  # else the level changes nothing
        config |= {"isolation": sandbox.level, **marked}
    grader = Grader(benchmark=bench, sandbox=sandbox, executor=LocalExecutor(), source=source)
    began = time.perf_counter()
    with open_run(run_folder(output), _record(output, bench, replayed, config, seed)) as run:
        with progress.bar("grading", len(replayed.completions), "completions") as advance:
            built = label_and_pair(replayed.completions, grader, rule, run, lambda: advance(1))
        done = dataclasses.replace(
            run.record,
            estimates={
                Metric.of("pass@1", sampler=name): rate for name, rate in built.pass_rates.items()
            },
            counts={**built.statuses, "pairs": len(built.pairs)},
            wall_s=round(run.record.wall_s + time.perf_counter() - began, 3),
            complete=not built.harness_errors,
        )
        manifest = write_pairs(output, built, done)
        run.finish(done)
    return BuiltPairs(path=output, built=built, manifest=manifest)


def _choice(kind: type[E], name: str, what: str) -> E:
    try:
        return kind(name)
    except ValueError:
        raise UnknownNameError(what, name, [member.value for member in kind]) from None


def _replay(specs: Sequence[str], bench: Benchmark) -> Replayed:
    problems = bench.load()
    parts = []
    for text in specs:
        policy = open_policy(text)
        if not isinstance(policy, RecordedPolicy):
            raise UsageError(
                f"{text} samples anew, and pairs are built from recorded completions: sample "
                "with `lcbrb bench --out`, then use replay:FOLDER/completions.jsonl"
            )
        parts.append(policy.replay(problems))
    return merge(parts)


def _record(
    output: Path, bench: Benchmark, replayed: Replayed, config: dict[str, JsonValue], seed: int
) -> RunRecord:
    answered = {completion.problem_id for completion in replayed.completions}
    return new_record(
        RunKind.PAIRS,
        output.stem,
        benchmark_data(bench, bench.load(), len(answered), replayed.notes),
        config=config,
        seed=seed,
    )
