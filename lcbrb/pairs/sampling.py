"""A policy sampled problem by problem until each has enough of both kinds, or is given up.

All problems that are open are asked for some samples at a time (`FactoryConfig.at_once`); these are
graded while others come, judged where a judge is asked, and then each problem is looked at:

- it has *enough* where every wanted kind of pair has so many completions on both of its sides;
- it is *given up* after so many samples that leave one side of every kind that it lacks empty. With
  m samples of one kind alone, the other kind's rate is below 1 - 0.05^(1/m) with 95% confidence:
  11% after 25 samples, 31% after 8;
- it is *spent* where all its samples are drawn;
- it *waits* where a sample that was asked for is missing: the next start asks for it again.

What is decided depends on the samples alone, so a build that was stopped goes on to the same end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lcbrb.errors import IncompleteRunError, LcbrbError, UnansweredError
from lcbrb.grading.grader import Grader
from lcbrb.harness.sampling import (
    Live,
    Sampler,
    Wanted,
    copies,
    graded_as_sampled,
    prompts_for,
    reasons,
)
from lcbrb.judges.soundness import SoundnessJudge
from lcbrb.pairs.evidence import Evidence
from lcbrb.pairs.judging import ask_judge
from lcbrb.pairs.labels import Labelled
from lcbrb.pairs.pairing import supply
from lcbrb.protocols.progress import SILENT, Progress
from lcbrb.runs.folder import Run
from lcbrb.types import PairKind, Problem


class Stop(StrEnum):
    """Why a problem is not sampled any further."""

    ENOUGH = "enough"
    GIVEN_UP = "given_up"
    SPENT = "spent"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True, kw_only=True)
class StopRule:
    """When a problem is done; see the module. `give_up_after` 0: never before all are drawn."""

    n: int
    at_once: int
    enough: int
    give_up_after: int
    kinds: tuple[PairKind, ...]

    def decide(self, labelled: Sequence[Labelled], asked: int) -> Stop | None:
        """Why a problem stops after so many samples; None where it goes on."""
        lacking = [kind for kind in self.kinds if supply(labelled, kind) < self.enough]
        if not lacking:
            return Stop.ENOUGH
        if asked >= self.n:
            return Stop.SPENT
        hopeless = all(supply(labelled, kind) == 0 for kind in lacking)
        if self.give_up_after and asked >= self.give_up_after and hopeless:
            return Stop.GIVEN_UP
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What sampling, grading and judging need; `run` keeps what they give.

    `in_batches`: servers are asked by files, so what has no reply yet is no failure.
    """

    problems: Sequence[Problem]
    grader: Grader
    judge: SoundnessJudge | None
    run: Run
    progress: Progress = SILENT
    in_batches: bool = False

    def stopped_by(self, failures: Iterable[LcbrbError]) -> bool:
        """Whether one of them ends the work: not single replies that are missing, or in a batch."""
        passing = IncompleteRunError if self.in_batches else UnansweredError
        return any(not isinstance(failure, passing) for failure in failures)


def sample_until_enough(
    workshop: Workshop, live: Live, rule: StopRule, evidence: Evidence
) -> dict[str, Stop]:
    """Sample one policy; completions, verdicts and judgements go into the evidence.

    Returns:
        Why each problem stopped. It is shorter where the policy or the judge stopped answering,
        which is then in the evidence.
    """
    prompts = prompts_for(workshop.grader.benchmark, workshop.problems, live.sampling.template)
    sampler = Sampler(live=live, run=workshop.run, problems=workshop.problems, prompts=prompts)
    stops: dict[str, Stop] = {}
    still_open = list(workshop.problems)
    for start in range(0, rule.n, rule.at_once):
        indices = range(start, min(start + rule.at_once, rule.n))
        _draw(workshop, sampler, {problem.id: indices for problem in still_open}, evidence)
        if workshop.stopped_by(evidence.failures):
            break
        if workshop.judge is not None:
            ask_judge(workshop.judge, evidence, still_open, workshop.run, workshop.progress)
        for problem in still_open:
            absent = indices.stop - len(evidence.keys(problem.id, live.policy.id))
            evidence.missing += absent
            labelled = evidence.labelled(problem.id, live.policy.id)
            stop = Stop.WAITING if absent else rule.decide(labelled, indices.stop)
            if stop is not None:
                stops[problem.id] = stop
        still_open = [problem for problem in still_open if problem.id not in stops]
        if workshop.stopped_by(evidence.failures) or not still_open:
            break
    evidence.notes += [*reasons(sampler.missing), *live.policy.notes]
    evidence.notes += copies(sampler.completions, live.sampling)
    return stops


def _draw(workshop: Workshop, sampler: Sampler, wanted: Wanted, evidence: Evidence) -> None:
    """One round: samples with their verdicts."""
    before = len(sampler.completions)
    title = f"{workshop.grader.benchmark.name}, {len(wanted)} problems"
    total = sum(map(len, wanted.values()))
    with workshop.progress.sampling(title, total) as watch:
        sampler.on_sample = watch.on_sample
        verdicts = graded_as_sampled(
            sampler, workshop.grader, watch.on_verdict, wanted, evidence.verdicts
        )
    evidence.verdicts.update(verdicts)
    evidence.add(sampler.completions[before:])
    if sampler.failure is not None:
        evidence.failures.append(sampler.failure)
