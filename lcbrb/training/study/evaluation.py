"""What a policy is worth on problems held out: programs run in the sandbox, reasonings checked."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from lcbrb.engine.local import LocalExecutor
from lcbrb.errors import IncompleteRunError
from lcbrb.grading.grader import Grader
from lcbrb.protocols.benchmark import Benchmark
from lcbrb.protocols.reward import Item
from lcbrb.protocols.sandbox import Sandbox
from lcbrb.replies.extract import program_in
from lcbrb.replies.think_answer import think_answer
from lcbrb.rewards.base import RewardModel
from lcbrb.training.study.results import Measured
from lcbrb.training.study.sampling import SmallPolicy
from lcbrb.training.study.traces import read, soundness
from lcbrb.types import Completion, Problem, Status

_SEED = 0  # of the draws that policies are compared by


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A reply, graded."""

    problem: Problem
    text: str
    reasoning: str
    well_formed: bool
    passed: bool

    @property
    def soundness(self) -> float:
        """Of its reasoning; 0 of a reply without one."""
        return soundness(self.problem.prompt, self.reasoning)


@dataclass(frozen=True, kw_only=True)
class Grading:
    """Grades replies in the sandbox; the same program for the same problem is run once."""

    benchmark: Benchmark
    sandbox: Sandbox
    _kept: dict[tuple[str, str], bool] = field(default_factory=dict, init=False, repr=False)

    def samples(self, problems: Sequence[Problem], replies: Sequence[str]) -> list[Sample]:
        """Each reply to its problem, graded; one out of its format has no reasoning.

        Raises:
            IncompleteRunError: the sandbox failed on a program, again and again.
        """
        parts = [think_answer(reply) for reply in replies]
        programs = [program_in(part.answer or "") or "" for part in parts]
        keys = [(problem.id, program) for problem, program in zip(problems, programs, strict=True)]
        self._grade({problem.id: problem for problem in problems}, keys)
        return [
            Sample(
                problem=problem,
                text=reply,
                reasoning=part.think or "",
                well_formed=part.well_formed,
                passed=self._kept[key],
            )
            for problem, reply, part, key in zip(problems, replies, parts, keys, strict=True)
        ]

    def _grade(self, problems: dict[str, Problem], keys: Sequence[tuple[str, str]]) -> None:
        missing = [key for key in dict.fromkeys(keys) if key not in self._kept]
        completions = []
        for number, (name, program) in enumerate(missing):
            if program:
                completions.append(
                    Completion(
                        problem_id=name,
                        policy_id="study",
                        sample_index=number,
                        text=program,
                        solution=program,
                    )
                )
            else:
                self._kept[name, program] = False
        grader = Grader(
            benchmark=self.benchmark, sandbox=self.sandbox, executor=LocalExecutor(workers=1)
        )
        for completion, verdict in grader.verdicts(completions, problems):
            if verdict.status is Status.HARNESS_ERROR:
                raise IncompleteRunError(
                    f"a program of {completion.problem_id} could not be graded: {verdict.detail}. "
                    "Run the same command again"
                )
            key = (completion.problem_id, completion.solution or "")
            self._kept[key] = verdict.status is Status.PASSED


def measure(
    policy: SmallPolicy,
    grading: Grading,
    problems: Sequence[Problem],
    *,
    samples: int,
    thinking: RewardModel | None = None,
) -> tuple[Measured, list[Sample]]:
    """Sample, grade and read a policy's replies to problems held out.

    Each problem is asked `samples` times at temperature 1, and once greedily, with the same seed
    whichever policy it is; scores of `thinking` are told too.

    Returns:
        The figures, and the samples at temperature 1.
    """
    began = time.perf_counter()
    prompts = [problem.prompt for problem in problems]
    drawn = grading.samples([*problems] * samples, policy.replies(prompts * samples, seed=_SEED))
    greedy = grading.samples(problems, policy.replies(prompts, seed=_SEED, greedy=True))
    figures = summarised(drawn, greedy, len(problems), thinking)
    return dataclasses.replace(figures, wall_s=round(time.perf_counter() - began, 1)), drawn


def summarised(
    samples: Sequence[Sample],
    greedy: Sequence[Sample],
    problems: int,
    thinking: RewardModel | None = None,
) -> Measured:
    """Samples, all problems' first ones first, as the figures that are kept."""
    right, sound = [0] * problems, [0] * problems
    for number, sample in enumerate(samples):
        if sample.passed:
            right[number % problems] += 1
            sound[number % problems] += round(1000 * sample.soundness)
    readings = [read(sample.reasoning) for sample in samples]
    items = max(1, sum(len(reading.items) for reading in readings))
    passed, failed = ([s for s in samples if s.passed is wanted] for wanted in (True, False))
    return Measured(
        samples=len(samples) // problems,
        right=tuple(right),
        sound=tuple(sound),
        greedy=tuple(int(sample.passed) for sample in greedy),
        soundness_of_wrong=_mean([sample.soundness for sample in failed]),
        well_formed=_mean([float(sample.well_formed) for sample in samples]) or 0.0,
        words=_mean([float(len(sample.reasoning.split())) for sample in samples]) or 0.0,
        verbose=round(sum(reading.verbose for reading in readings) / items, 4),
        waved=round(sum(reading.waved for reading in readings) / items, 4),
        thinking_right=_scored(thinking, passed),
        thinking_wrong=_scored(thinking, failed),
        wall_s=0.0,
    )


def _scored(thinking: RewardModel | None, samples: Sequence[Sample]) -> float | None:
    if thinking is None:
        return None
    items = [Item(prompt=s.problem.prompt, response=s.reasoning) for s in samples]
    return _mean(thinking.score(items))


def _mean(values: Sequence[float]) -> float | None:
    return round(sum(values) / len(values), 4) if values else None
