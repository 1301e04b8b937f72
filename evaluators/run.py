"""Drives any benchmark over recorded completions: verdicts, estimates, and an account of both.

The run folder is written as work is done, so a run that was stopped goes on where it was.
"""

from __future__ import annotations

import dataclasses
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from random import Random
from uuid import uuid4

from lcbrb import codec
from lcbrb.agreement import Agreement, agreement
from lcbrb.judging import Judge
from lcbrb.protocols import Benchmark, Replayed
from lcbrb.runs import COMPLETIONS, environment, now, open_run
from lcbrb.stats import holm, mean_pass_at_k, paired_difference
from lcbrb.types import (
    Comparison,
    Completion,
    Estimate,
    Problem,
    RunRecord,
    Status,
    Verdict,
)

KIND = "bench"
KS = (1, 5, 10, 25, 50, 100)
_NAMED_UNKNOWN = 3

#: of a verdict: the status that an estimate counts
StatusOf = Callable[[Verdict], Status | None]
Counts = dict[str, dict[str, list[bool]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A benchmark, or so many of its problems by a seeded draw, and the specs of who answers."""

    benchmark: Benchmark
    policies: tuple[str, ...] = ()
    limit: int | None = None
    seed: int = 0

    def problems(self) -> Sequence[Problem]:
        """The problems, in the benchmark's order."""
        whole = self.benchmark.load()
        if self.limit is None or self.limit >= len(whole):
            return whole
        drawn = sorted(Random(self.seed).sample(range(len(whole)), self.limit))
        return [whole[index] for index in drawn]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a run gave."""

    record: RunRecord
    agreement: Agreement
    comparisons: Sequence[Comparison]


def judge_recorded(
    part: Part,
    replayed: Replayed,
    judge: Judge,
    folder: Path,
    on_verdict: Callable[[], None] = lambda: None,
) -> Judged:
    """Judge completions, and write the run.

    Args:
        part: what they answer.
        replayed: the completions.
        judge: gives the verdicts; its benchmark is the part's.
        folder: the run folder; one with an earlier start of the same run is taken up again.
        on_verdict: called once a completion, for a progress bar.

    Raises:
        UsageError: the folder holds another run, or can't be written.
    """
    problems, completions = part.problems(), replayed.completions
    began = time.perf_counter()
    with open_run(folder, _record(part, replayed, judge)) as run:
        if not (run.path / COMPLETIONS).exists():
            codec.write_records(run.path / COMPLETIONS, completions)
        verdicts = judge.judge(completions, problems, run, on_verdict)
        statuses = Counter(verdict.status.value for verdict in verdicts)
        done = dataclasses.replace(
            run.record,
            estimates=estimates(completions, verdicts, problems),
            counts={
                "completions": len(completions),
                "problems": len({completion.problem_id for completion in completions}),
                "unknown": sum(replayed.unknown.values()),
                **dict(sorted(statuses.items())),
            },
            wall_s=round(run.record.wall_s + time.perf_counter() - began, 3),
            complete=not statuses[Status.HARNESS_ERROR.value],
        )
        run.finish(done)
    return Judged(
        record=done,
        agreement=agreement(completions, verdicts, problems),
        comparisons=compare(completions, verdicts),
    )


def _record(part: Part, replayed: Replayed, judge: Judge) -> RunRecord:
    problems = part.problems()
    notes = []
    if replayed.unknown:
        some = ", ".join(list(replayed.unknown)[:_NAMED_UNKNOWN])
        total = sum(replayed.unknown.values())
        notes.append(f"{total} completions answer no problem here and were left out ({some}, …)")
    answered = {completion.problem_id for completion in replayed.completions}
    whole = len(part.benchmark.load())
    return RunRecord(
        kind=KIND,
        run_id=uuid4().hex,
        subject=" ".join(part.policies),
        benchmark=part.benchmark.name,
        benchmark_version=part.benchmark.version,
        dataset_sha256=codec.sha256_records(problems),
        config={
            "policies": list(part.policies),
            "limit": part.limit,
            "isolation": judge.sandbox.level,
            "completions_sha256": codec.sha256_records(replayed.completions),
        },
        estimates={},
        counts={},
        seed=part.seed,
        started_at=now(),
        wall_s=0.0,
        environment=environment(),
        complete=False,
        partial=len(answered) < whole,
        coverage=len(answered) / whole,
        notes=tuple(notes),
    )


# --------------------------------------------------------------------------------- estimates


def estimates(
    completions: Sequence[Completion], verdicts: Sequence[Verdict], problems: Sequence[Problem]
) -> dict[str, Estimate]:
    """pass@k of each sampler over the problems that it answered.

    Keys: ``pass@K/SAMPLER``, with K up to the fewest samples of a problem; then pass@1 over parts,
    ``pass@1/SAMPLER/tests=base`` and ``plus`` where a benchmark tells them apart, and
    ``pass@1/SAMPLER/difficulty=…``. Failures of ours are left out.
    """
    difficulties = {problem.id: problem.difficulty for problem in problems}
    judged = [
        (completion, verdict)
        for completion, verdict in zip(completions, verdicts, strict=True)
        if verdict.status is not Status.HARNESS_ERROR
    ]
    found: dict[str, Estimate] = {}
    for sampler, counts in sorted(_counts(judged, lambda verdict: verdict.status).items()):
        fewest = min(map(len, counts.values()))
        for k in (k for k in KS if k <= fewest):
            found[f"pass@{k}/{sampler}"] = _pass_at(counts.values(), k)
        kinds = {difficulties[name] for name in counts}
        for kind in sorted(kind for kind in kinds if kind is not None and len(kinds) > 1):
            some = [passes for name, passes in counts.items() if difficulties[name] == kind]
            found[f"pass@1/{sampler}/difficulty={kind}"] = _pass_at(some, 1)
    for tests, status_of in _PARTS.items():
        for sampler, counts in sorted(_counts(judged, status_of).items()):
            found[f"pass@1/{sampler}/tests={tests}"] = _pass_at(counts.values(), 1)
    return found


_PARTS: dict[str, StatusOf] = {
    "base": lambda verdict: verdict.base_status,
    "plus": lambda verdict: verdict.plus_status,
}


def _counts(judged: Iterable[tuple[Completion, Verdict]], status_of: StatusOf) -> Counts:
    """Sampler to problem to whether each sample passes."""
    judged = list(judged)
    has_parts = {
        completion.policy_id for completion, verdict in judged if status_of(verdict) is not None
    }
    found: Counts = defaultdict(lambda: defaultdict(list))
    for completion, verdict in judged:
        if completion.policy_id in has_parts:  # no answer fails both kinds of tests
            status = status_of(verdict) or verdict.status
            found[completion.policy_id][completion.problem_id].append(status is Status.PASSED)
    return found


def _pass_at(counts: Iterable[Sequence[bool]], k: int) -> Estimate:
    return mean_pass_at_k([(len(passes), sum(passes)) for passes in counts], k=k)


def compare(completions: Sequence[Completion], verdicts: Sequence[Verdict]) -> list[Comparison]:
    """Every two samplers on the problems that both answered; p-values by Holm's method."""
    judged = [
        (completion, verdict)
        for completion, verdict in zip(completions, verdicts, strict=True)
        if verdict.status is not Status.HARNESS_ERROR
    ]
    shares = {
        sampler: {name: sum(passes) / len(passes) for name, passes in problems.items()}
        for sampler, problems in _counts(judged, lambda verdict: verdict.status).items()
    }
    results = []
    for baseline, subject in combinations(sorted(shares), 2):
        common = sorted(shares[baseline].keys() & shares[subject].keys())
        if common:
            a = [shares[subject][name] for name in common]
            b = [shares[baseline][name] for name in common]
            results.append((subject, baseline, paired_difference(a, b, common)))
    tested = [result.p_value for _, _, result in results if result.p_value is not None]
    adjusted = iter(holm(tested) if tested else ())
    return [
        Comparison(
            subject=subject,
            baseline=baseline,
            difference=result.estimate,
            p_value=result.p_value,
            p_adjusted=None if result.p_value is None else next(adjusted),
            method=result.method,
        )
        for subject, baseline, result in results
    ]
