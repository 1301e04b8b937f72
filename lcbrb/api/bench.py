"""`lcbrb.bench`: how many problems of a benchmark a policy solves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from evaluators import benchmark as open_benchmark
from lcbrb.config import build
from lcbrb.engine.executors import executors_for
from lcbrb.errors import IncompleteRunError, UsageError
from lcbrb.grading.grader import Grader
from lcbrb.grading.isolation import sandbox_to_grade
from lcbrb.grading.remote import grader_on
from lcbrb.harness.config import BenchConfig
from lcbrb.harness.estimates import compare
from lcbrb.harness.run import BenchResult, Part, bench_live, bench_recorded
from lcbrb.harness.sampling import Live, lives
from lcbrb.models.overlap import OverlapRule
from lcbrb.policies import open_policies
from lcbrb.policies.replay import NothingRecordedError
from lcbrb.protocols.policy import RecordedPolicy, Replayed
from lcbrb.protocols.progress import SILENT, Progress
from lcbrb.runs.folder import kept_in, safe_name
from lcbrb.types import Comparison, Status
from lcbrb.types.short_repr import ShortRepr

Answers = Replayed | Live
Work = dict[str, list[tuple[Part, Answers]]]  # by subject


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchReport(ShortRepr):
    """Every policy on every benchmark; `notes` are for the user.

    `results` are in the order of the benchmarks, then of the policies; a run that stopped early has
    fewer.
    """

    results: tuple[BenchResult, ...]
    notes: tuple[str, ...] = ()

    def by_benchmark(self) -> dict[str, list[BenchResult]]:
        """The results of each benchmark, by its name."""
        grouped: dict[str, list[BenchResult]] = {}
        for result in self.results:
            grouped.setdefault(result.record.benchmark, []).append(result)
        return grouped

    def comparisons(self) -> dict[str, list[Comparison]]:
        """By benchmark: every two policies on the problems that both answered.

        The interval of the difference is clustered by problem, p-values are adjusted by Holm's
        method within a benchmark.
        """
        return {
            name: compare({r.record.subject: (r.completions, r.verdicts) for r in results})
            for name, results in self.by_benchmark().items()
        }

    def raise_if_incomplete(self) -> None:
        """Raise an error if a failed server or runner left results missing.

        Raises:
            LcbrbError: what ended the sampling before its end.
            IncompleteRunError: samples or verdicts are missing.
        """
        for result in self.results:
            if result.failure is not None:
                raise result.failure
        records = [result.record for result in self.results]
        if unsampled := sum(record.counts.get("unsampled", 0) for record in records):
            notes = [note for record in records for note in record.notes if "missing" in note]
            raise IncompleteRunError(
                f"{unsampled} samples are missing and left out of all estimates "
                f"({next(iter(notes), '')}). Run the same command again to request them"
            )
        lost = sum(record.counts.get(Status.HARNESS_ERROR.value, 0) for record in records)
        if lost:
            raise IncompleteRunError(
                f"{lost} completions have no verdict because the runner failed, and are left out "
                "of all estimates. Run the same command again to grade them"
            )


def bench(
    policies: str | Sequence[str],
    benchmarks: str | Sequence[str],
    *,
    n: int | None = None,
    limit: int | None = None,
    seed: int = 0,
    config: Mapping[str, Any] | None = None,
    out: Path | str | None = None,
    isolation: str | None = None,
    overlap: str = OverlapRule.DECLARE,
    executor: str = "local",
    progress: Progress = SILENT,
) -> BenchReport:
    """Sample policies on benchmarks, grade what they give, and estimate pass@k.

    Grading runs while the model samples. Call it again with the same `out` to resume a stopped run.
    Completions are cached: the same model, prompt and settings are never sampled twice.

    Args:
        policies: specs (``hf:ORG/NAME@REVISION``, ``openai:MODEL@URL``, ``replay:FILE``…); either
            all are sampled, or all are recorded completions, which are then evaluated by the model
            that wrote them.
        benchmarks: names (``humaneval+``, ``livecodebench@v6?since=2024-08-01``) or problem files.
        n: samples per problem; default 1.
        limit: use only this many problems, drawn at random.
        seed: for the draw and for sampling.
        config: settings of `lcbrb.harness.config.BenchConfig` by name (``{"temperature": 0.6}``).
        out: folder for the results of each policy and benchmark: ``out/BENCHMARK`` for one policy,
            ``out/POLICY/BENCHMARK`` for several. If not given, nothing is kept.
        isolation: the lowest level of isolation (see `lcbrb doctor`) at which programs may run;
            None: a level at which they can't read the tests (A or B).
        overlap: what to do about problems that a policy was trained on, according to its folder:
            ``declare`` them in the record, ``refuse`` to evaluate, or ``leave-out`` (exclude them
            from the score).
        executor: ``local``, or ``ray`` for the cluster of RAY_ADDRESS.
        progress: receives the progress of the work.

    Returns:
        A result for each policy and benchmark. Where a server or the runner failed, the results
        are incomplete and say so (`BenchReport.raise_if_incomplete`).

    Raises:
        LcbrbError: a spec, an option or a file can't be used; nothing was graded then.
    """
    specs = [policies] if isinstance(policies, str) else list(policies)
    names = [benchmarks] if isinstance(benchmarks, str) else list(benchmarks)
    if not names:
        raise UsageError("--benchmark names none")
    if len(set(names)) < len(names):
        raise UsageError("a benchmark is given twice")
    rule = OverlapRule.named(overlap)
    executors = executors_for(executor, progress.say)
    settings = build(BenchConfig, config or {}, "bench")
    live, recorded = open_policies(specs)
    if recorded and (n is not None or config):
        raise UsageError(
            "-n and --config set how to sample, but replay reads completions that exist already: "
            "leave them out"
        )
    # what takes data from the network or the disk comes after what is told at once
    parts = [Part(benchmark=open_benchmark(name), limit=limit, seed=seed) for name in names]
    work, notes = _recorded(specs, recorded, parts) if recorded else ({}, [])
    for asked in lives(live, settings, n or 1, seed, executors):
        work[asked.policy.id] = [(part.trained_by(asked.policy, rule), asked) for part in parts]
    used = {part.benchmark.name for own in work.values() for part, _ in own}
    graders = {}
    for name, part in zip(names, parts, strict=True):
        if part.benchmark.name in used:
            sandbox = sandbox_to_grade(part.benchmark, isolation)
            graders[part.benchmark.name] = grader_on(executors, name, part.benchmark, sandbox)
    with kept_in(out) as folder:
        results = _run(work, graders, folder, progress)
    return BenchReport(results=tuple(results), notes=tuple(notes))


def _recorded(
    specs: Sequence[str], policies: Sequence[RecordedPolicy], parts: Sequence[Part]
) -> tuple[Work, list[str]]:
    """The completions of each sampler that the files name, and notes on those without any."""
    work: Work = {}
    notes = []
    unanswered: list[NothingRecordedError] = []
    for part in parts:
        part.benchmark.check_gradable()
        try:
            whole, drawn = part.replayed(policies)
        except NothingRecordedError as error:
            unanswered.append(error)
            notes.append(f"{part.benchmark.name} was left out: {error}")
            continue
        for sampler in dict.fromkeys(completion.policy_id for completion in whole.completions):
            own = [row for row in drawn.completions if row.policy_id == sampler]
            if not own:
                name = part.benchmark.name
                notes.append(f"{sampler} has no completion of any problem drawn from {name}")
                continue
            answers = Replayed(completions=own, unknown=whole.unknown)
            own_part = replace(part, subject=sampler, policies=tuple(specs))
            work.setdefault(sampler, []).append((own_part, answers))
    if not work:
        raise unanswered[0]
    return work, notes


def _run(
    work: Work, graders: Mapping[str, Grader], folder: Path, progress: Progress
) -> list[BenchResult]:
    """Every policy on its benchmarks; one that does not answer on one is not asked for the next."""
    done: list[BenchResult] = []
    for subject, parts in work.items():
        below = folder / safe_name(subject) if len(work) > 1 else folder
        for part, answers in parts:
            name = part.benchmark.name
            result = _bench(part, answers, graders[name], below / safe_name(name), progress)
            done.append(result)
            if result.failure is not None:
                break
    order = list(graders)
    return sorted(done, key=lambda result: order.index(result.record.benchmark))


def _bench(
    part: Part, answers: Answers, grader: Grader, folder: Path, progress: Progress
) -> BenchResult:
    if isinstance(answers, Live):
        return bench_live(part, answers, grader, folder, progress)
    with progress.bar(part.benchmark.name, len(answers.completions), "completions") as advance:
        return bench_recorded(part, answers, grader, folder, lambda: advance(1))
