"""Replies to what their rewards are made of: graded in parallel, their reasoning scored.

Grading begins as soon as replies are there (`Assessor.begin`), in threads that wait for the
sandbox's processes, so it runs beside whatever the trainer does next: sampling the next part,
log-probabilities, and scoring, which is done when the result is asked for (`Assessor.finish`).

A failure of ours is no reward at all (`Assessment.outcome` None), never a zero.
"""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from lcbrb.engine.local import LocalExecutor, usable_cores
from lcbrb.errors import UsageError
from lcbrb.grading.grader import Grader
from lcbrb.grading.isolation import sandbox_to_grade
from lcbrb.grading.single_tests import pass_rate
from lcbrb.harness.completions import completed
from lcbrb.protocols.benchmark import Benchmark
from lcbrb.protocols.reward import Item
from lcbrb.protocols.sandbox import Sandbox
from lcbrb.replies.think_answer import ThinkAnswer, think_answer
from lcbrb.rewards.base import RewardModel
from lcbrb.rewards.scoring import score_items
from lcbrb.training.pgrpo.tasks import Task
from lcbrb.types import AnswerCheck, Completion, Generation, Status, StopReason, Verdict

_ATTEMPTS = 2  # of the grader's own two, where we failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a policy wrote. `truncated`: it was cut at its length."""

    text: str
    tokens: int = 0
    truncated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What a reply's rewards are made of.

    Attributes:
        parts: the reply's reasoning and answer.
        verdict: on the answer.
        pass_rate: the share of tests passed; None where it is not known.
        thinking: the score of the reasoning in [0, 1], 0 where there is none; None where it is not
            known: no reward model, or one that gave no score.
    """

    parts: ThinkAnswer
    verdict: Verdict
    pass_rate: float | None
    thinking: float | None

    @property
    def outcome(self) -> bool | None:
        """Whether all tests pass; None where we failed."""
        if self.verdict.status is Status.HARNESS_ERROR:
            return None
        return self.verdict.status is Status.PASSED


@dataclass(frozen=True, slots=True)
class _Graded:
    verdict: Verdict
    pass_rate: float | None


@dataclass(frozen=True, slots=True)
class Pending:
    """A reply whose grading has begun."""

    task: Task
    parts: ThinkAnswer
    graded: Future[_Graded]


class Assessor:
    """Grades and scores replies.

    Args:
        graders: by the name of the benchmark.
        reward_model: scores the reasoning; None: nobody does.
        soft: whether to count the tests that a failed program passes.
        workers: programs that are graded at once.
        closes: what is closed with it.
    """

    def __init__(
        self,
        graders: Mapping[str, Grader],
        reward_model: RewardModel | None = None,
        *,
        soft: bool = False,
        workers: int | None = None,
        closes: Iterable[Sandbox] = (),
    ) -> None:
        self._closes = tuple(closes)
        self._graders, self._soft = graders, soft
        self._model = reward_model
        self._to_share = share_of(reward_model) if reward_model else None
        self._pool = ThreadPoolExecutor(workers or usable_cores(), thread_name_prefix="grade")
        self._seconds = {"scoring_s": 0.0, "waiting_s": 0.0}

    @property
    def isolation(self) -> str:
        """The level at which programs run."""
        return next(iter(self._graders.values())).sandbox.level

    def begin(
        self, tasks: Sequence[Task], replies: Sequence[Reply], *, paid: bool = True
    ) -> list[Pending]:
        """Have replies graded; returns at once. Those that are not paid need an outcome alone."""
        soft = self._soft and paid
        return [self._begun(task, reply, soft) for task, reply in zip(tasks, replies, strict=True)]

    def finish(self, pending: Sequence[Pending], *, paid: bool = True) -> list[Assessment]:
        """Score the reasoning of replies that are paid, and wait for the verdicts on all.

        Raises:
            BadScoreError: the reward model gave a score that is no number.
            LcbrbError: whatever reward model or sandbox raise.
        """
        began = time.perf_counter()
        thinking = self._scored(pending) if paid else [None] * len(pending)
        scored = time.perf_counter()
        graded = [waiting.graded.result() for waiting in pending]
        self._seconds["scoring_s"] += scored - began
        self._seconds["waiting_s"] += time.perf_counter() - scored
        return [
            Assessment(
                parts=waiting.parts,
                verdict=grade.verdict,
                pass_rate=grade.pass_rate,
                thinking=score,
            )
            for waiting, score, grade in zip(pending, thinking, graded, strict=True)
        ]

    def seconds(self) -> dict[str, float]:
        """How long scoring took, and how long graders were waited for, since this was asked."""
        seconds, self._seconds = self._seconds, dict.fromkeys(self._seconds, 0.0)
        return seconds

    def assess(self, tasks: Sequence[Task], replies: Sequence[Reply]) -> list[Assessment]:
        """Both."""
        return self.finish(self.begin(tasks, replies))

    def close(self) -> None:
        """Start nothing more."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        for sandbox in self._closes:
            sandbox.close()

    def _begun(self, task: Task, reply: Reply, soft: bool) -> Pending:  # noqa: FBT001 - inside
        parts = think_answer(reply.text)
        if reply.truncated:  # what is cut has failed, and is no whole reasoning
            parts = ThinkAnswer(think=None, answer=None, well_formed=False)
            cut = Verdict(status=Status.TRUNCATED, detail="cut at its length")
            return Pending(task, parts, _known(_Graded(cut, 0.0)))
        if parts.answer is None:
            none = Verdict(status=Status.NO_ANSWER, detail="not one <answer>…</answer>")
            return Pending(task, parts, _known(_Graded(none, 0.0)))
        return Pending(task, parts, self._pool.submit(self._graded, task, parts.answer, soft))

    def _graded(self, task: Task, answer: str, soft: bool) -> _Graded:  # noqa: FBT001 - inside
        completion = _completion(task, answer)
        grader = self._graders[task.benchmark.name]
        for _ in range(_ATTEMPTS):
            verdict = grader.verdict(completion, task.problem)
            if verdict.status is not Status.HARNESS_ERROR:
                break
        if not soft:
            passed = verdict.status is Status.PASSED
            unknown = verdict.status is Status.HARNESS_ERROR
            return _Graded(verdict, None if unknown else float(passed))
        return _Graded(verdict, pass_rate(grader, completion, task.problem, verdict))

    def _scored(self, pending: Sequence[Pending]) -> list[float | None]:
        """Of each reply's reasoning; the prompt that a group shares is read once."""
        if self._model is None or self._to_share is None:
            return [None] * len(pending)
        items = {
            place: Item(prompt=waiting.task.problem.prompt, response=waiting.parts.think)
            for place, waiting in enumerate(pending)
            if waiting.parts.think
        }
        scores = dict(zip(items, score_items(self._model, list(items.values())), strict=True))
        shares: list[float | None] = []
        for place in range(len(pending)):
            score = scores.get(place) if place in items else 0.0
            asked = place in items and score is not None
            shares.append(self._to_share(score) if asked and score is not None else score)
        return shares


def _completion(task: Task, answer: str) -> Completion:
    """What stands between the answer's tags: a program, or for maths the answer, boxed or not."""
    given = Generation(text=answer, stop_reason=StopReason.END)
    completion = completed(task.problem, task.prompt, "policy", 0, given)
    if completion.solution is None and isinstance(task.problem.check, AnswerCheck) and answer:
        return dataclasses.replace(completion, solution=answer)
    return completion


def _known(graded: _Graded) -> Future[_Graded]:
    future: Future[_Graded] = Future()
    future.set_result(graded)
    return future


def share_of(model: RewardModel) -> Callable[[float], float]:
    """How a model's score becomes a thinking reward in [0, 1].

    A logit goes through a sigmoid; a score with bounds is taken from them to 0 and 1.

    Raises:
        UsageError: the model's scores are neither.
    """
    if model.logits:
        return _sigmoid
    low, high = model.bounds
    if math.isfinite(low) and math.isfinite(high) and low < high:
        return lambda score: min(max((score - low) / (high - low), 0.0), 1.0)
    raise UsageError(
        f"{model.id} scores from {low} to {high}: a thinking reward must be in [0, 1], so use a "
        "model whose score is a logit (a scalar head) or bounded (a judge, a process reward "
        "model)"
    )


def _sigmoid(logit: float) -> float:
    return 1.0 / (1.0 + math.exp(-logit)) if logit >= 0 else 1.0 - _sigmoid(-logit)


def new_assessor(  # noqa: PLR0913 - who judges, and by what means
    benchmarks: Sequence[Benchmark],
    reward_model: RewardModel | None,
    *,
    soft: bool = False,
    isolation: str | None = None,
    sandbox: Sandbox | None = None,
    workers: int | None = None,
) -> Assessor:
    """An assessor with the best sandbox here; whoever asks for it closes it.

    A sandbox that is given is not closed; workers are as many as there are cores where not given.

    Raises:
        SetupError: no isolation as good is live.
        UsageError: the reward model's scores have no scale.
    """
    graders = {
        benchmark.name: Grader(
            benchmark=benchmark,
            sandbox=sandbox or sandbox_to_grade(benchmark, isolation),
            executor=LocalExecutor(),
        )
        for benchmark in benchmarks
    }
    own = [] if sandbox else [grader.sandbox for grader in graders.values()]
    return Assessor(graders, reward_model, soft=soft, workers=workers, closes=own)


@contextmanager
def assessor_for(
    benchmarks: Sequence[Benchmark], reward_model: RewardModel | None, **how: Any
) -> Iterator[Assessor]:
    """As `new_assessor`, closed at the end."""
    assessor = new_assessor(benchmarks, reward_model, **how)
    try:
        yield assessor
    finally:
        assessor.close()
