"""One policy on one benchmark: its completions, recorded or sampled, graded and added up.

The run folder is written as work is done, so a run that was stopped goes on where it was.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import ClassVar

from lcbrb import codec
from lcbrb.errors import LcbrbError
from lcbrb.grading.agreement import Agreement, agreement
from lcbrb.grading.grader import Grader
from lcbrb.grading.isolation import marks
from lcbrb.harness.estimates import estimates
from lcbrb.harness.majority import answer_estimates
from lcbrb.harness.sampling import Live, Sampler, copies, graded_as_sampled, prompts_for, reasons
from lcbrb.models.overlap import Overlap, OverlapRule, overlap
from lcbrb.policies.replay import NothingRecordedError, merge
from lcbrb.protocols.benchmark import Benchmark
from lcbrb.protocols.policy import Policy, RecordedPolicy, Replayed
from lcbrb.protocols.progress import SILENT, Progress, Watch
from lcbrb.registry import attribute
from lcbrb.runs.folder import COMPLETIONS, Run, open_run
from lcbrb.runs.record import benchmark_data, new_record
from lcbrb.types import Completion, JsonValue, Problem, RunKind, RunRecord, Status, Verdict
from lcbrb.types.short_repr import ShortRepr


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A benchmark, or so many of its problems by a seeded draw, and who answers them.

    `subject` is the policy's name, `policies` are the specs that gave its completions. `trained_on`
    are the problems of the draw that it was trained on.
    """

    benchmark: Benchmark
    subject: str = ""
    policies: tuple[str, ...] = ()
    limit: int | None = None
    seed: int = 0
    trained_on: Overlap = field(default_factory=Overlap)

    def problems(self) -> Sequence[Problem]:
        """The problems, in the benchmark's order, without those that are left out of the draw."""
        drawn = whole = self.benchmark.load()
        if self.limit is not None and self.limit < len(whole):
            places = sorted(Random(self.seed).sample(range(len(whole)), self.limit))
            drawn = [whole[place] for place in places]
        if not self.trained_on.left_out:
            return drawn
        left_out = set(self.trained_on.ids)
        return [problem for problem in drawn if problem.id not in left_out]

    def replayed(self, policies: Iterable[RecordedPolicy]) -> tuple[Replayed, Replayed]:
        """All that recorded policies hold of the benchmark, and what is of these problems.

        Raises:
            NothingRecordedError: there is none.
        """
        problems = self.benchmark.load()
        whole = merge([policy.replay(problems) for policy in policies], problems)
        wanted = {problem.id for problem in self.problems()}
        drawn = [completion for completion in whole.completions if completion.problem_id in wanted]
        if not drawn:
            raise NothingRecordedError(
                f"no completion answers any of the {len(wanted)} problems drawn"
            )
        return whole, dataclasses.replace(whole, completions=drawn)

    def trained_by(self, policy: Policy, rule: OverlapRule) -> Part:
        """The same part, answered by a policy; what it was trained on is dealt with by the rule.

        Raises:
            UsageError: the rule refuses it, or leaves no problem.
            BadInputError: what the policy's folder says of its training is broken.
        """
        statements = [(problem.id, problem.prompt) for problem in self.problems()]
        shared = overlap(policy.trained_on, statements).under(rule, policy.id)
        return dataclasses.replace(
            self, subject=policy.id, policies=(policy.made_from,), trained_on=shared
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchResult(ShortRepr):
    """What one policy came to on one benchmark: its completions, and a verdict for each, in order.

    `path` is the run folder. `failure` is what ended the sampling before its end, if anything did.
    """

    SHOWN: ClassVar[tuple[str, ...]] = ("record", "verdicts", "path", "failure")

    record: RunRecord
    completions: Sequence[Completion]
    verdicts: Sequence[Verdict]
    agreement: Agreement
    path: Path
    failure: LcbrbError | None = None


def bench_recorded(
    part: Part,
    replayed: Replayed,
    grader: Grader,
    folder: Path,
    on_verdict: Callable[[], object] = lambda: None,
) -> BenchResult:
    """Grade completions, and write the run.

    A folder with an earlier start of the same run is taken up again.

    Raises:
        UsageError: the folder holds another run, or can't be written.
    """
    problems, completions = part.problems(), replayed.completions
    answered = {completion.problem_id for completion in completions}
    config = {"completions_sha256": codec.sha256_records(completions)}
    record = _record(part, grader, config, len(answered), notes=replayed.notes)
    with open_run(folder, record) as run:
        run.keep(completions, COMPLETIONS)
        verdicts = grader.grade(completions, problems, run, on_verdict)
        counts = {"unknown": sum(replayed.unknown.values())}
        graded = dataclasses.replace(run.record, counts=counts, complete=True)
        return finish(run, graded, part, completions, verdicts)


def bench_live(
    part: Part, live: Live, grader: Grader, folder: Path, progress: Progress = SILENT
) -> BenchResult:
    """Sample and grade, and write the run: as `bench_sampled`, unless the benchmark runs itself.

    Its `own_run` is then called with the other arguments, by name, and gives the result. A folder
    with an earlier start of the same run is taken up again.

    Raises:
        UsageError: the folder holds another run, or can't be written.
    """
    own_run = part.benchmark.own_run
    if own_run is not None:
        result: BenchResult = attribute(own_run)(
            part=part, live=live, folder=folder, progress=progress
        )
        return result
    with progress.sampling(part.benchmark.name, live.count(part.problems())) as watch:
        return bench_sampled(part, live, grader, folder, watch)


def bench_sampled(
    part: Part,
    live: Live,
    grader: Grader,
    folder: Path,
    watch: Watch | None = None,
) -> BenchResult:
    """Sample and grade at the same time, and write the run.

    As `bench_live`; `watch` is told of progress, from several threads.

    Returns:
        The run, not complete where samples are missing; `failure` says what ended the sampling.

    Raises:
        UsageError: the folder holds another run, or can't be written.
    """
    watch = watch or Watch()
    problems = part.problems()
    prompts = prompts_for(part.benchmark, problems, live.sampling.template)
    record = _record(part, grader, live.config(prompts), len(problems))
    record = dataclasses.replace(record, revision=live.policy.revision)
    with open_run(folder, record) as run:
        sampler = Sampler(
            live=live, run=run, problems=problems, prompts=prompts, on_sample=watch.on_sample
        )
        verdicts = graded_as_sampled(sampler, grader, watch.on_verdict)
        place = {problem.id: number for number, problem in enumerate(problems)}
        completions = sorted(
            sampler.completions, key=lambda row: (place[row.problem_id], row.sample_index)
        )
        unsampled = live.count(problems) - len(completions)
        notes = [*reasons(sampler.missing), *live.policy.notes]
        notes += copies(completions, live.sampling)
        graded = dataclasses.replace(
            run.record,
            counts={"unsampled": unsampled},
            notes=(*run.record.notes, *notes),
            complete=not unsampled,
        )
        in_order = [verdicts[completion.key] for completion in completions]
        result = finish(run, graded, part, completions, in_order)
    return dataclasses.replace(result, failure=sampler.failure)


def finish(
    run: Run,
    record: RunRecord,
    part: Part,
    completions: Sequence[Completion],
    verdicts: Sequence[Verdict],
) -> BenchResult:
    """Add a run up, and write its record.

    `record` has what no verdict says: its own estimates and counts, notes, whether it is complete
    if every completion has a verdict.
    """
    problems = part.problems()
    statuses = Counter(verdict.status.value for verdict in verdicts)
    done = dataclasses.replace(
        record,
        estimates={
            **record.estimates,
            **estimates(completions, verdicts, problems),
            **answer_estimates(part.benchmark, completions, verdicts),
        },
        counts={
            "completions": len(completions),
            "problems": len({completion.problem_id for completion in completions}),
            **part.trained_on.counts,
            **record.counts,
            **dict(sorted(statuses.items())),
        },
        wall_s=run.wall_s,
        complete=record.complete and not statuses[Status.HARNESS_ERROR.value],
    )
    run.finish(done)
    return BenchResult(
        record=done,
        completions=completions,
        verdicts=verdicts,
        agreement=agreement(completions, verdicts, problems),
        path=run.path,
    )


def _coverage_notes(part: Part, answered: int) -> tuple[str, ...]:
    """That only some of the problems asked for were answered, where that is so."""
    asked = len(part.problems())
    if answered >= asked:
        return ()
    sentence = f"{part.subject} answered {answered} of {asked} problems"
    return (f"{sentence}: its rates cover only these problems",)


def _record(
    part: Part,
    grader: Grader,
    config: Mapping[str, JsonValue],
    answered: int,
    notes: Sequence[str] = (),
) -> RunRecord:
    return new_record(
        RunKind.BENCH,
        part.subject,
        benchmark_data(
            part.benchmark,
            part.problems(),
            answered,
            (*part.trained_on.notes(part.subject), *notes, *_coverage_notes(part, answered)),
        ),
        config={
            "policies": list(part.policies),
            "limit": part.limit,
            "isolation": grader.sandbox.level,
            **marks(part.benchmark, grader.sandbox.level),
            **config,
        },
        seed=part.seed,
    )
