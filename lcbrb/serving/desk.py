"""What the server works with: graders of its benchmarks, a reward model, and how much it takes."""

from __future__ import annotations

import itertools
import math
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from operator import attrgetter

from lcbrb.engine.local import LocalExecutor
from lcbrb.errors import LcbrbError, UnknownNameError, UsageError
from lcbrb.grading.grader import Grader
from lcbrb.grading.problem_set import ProblemSet
from lcbrb.harness.completions import completed
from lcbrb.protocols.reward import Item
from lcbrb.protocols.sandbox import Execution, Program, Sandbox
from lcbrb.rewards.base import RewardModel
from lcbrb.serving.requests import GradeItem, GradeRequest
from lcbrb.serving.scorer import Scorer, Scores
from lcbrb.serving.stream import Stream
from lcbrb.types import Completion, Generation, Limits, Problem, SampleKey, Verdict

_PACE_S = 30.0  # over which the pace of the work is looked at
_KEY = attrgetter("key")  # of a completion
_LONGEST_S = 60  # that anybody is told to wait


class BusyError(LcbrbError):
    """There is no room now; `after_s` says when there may be."""

    def __init__(self, after_s: int) -> None:
        super().__init__(f"busy: try again in {after_s} s")
        self.after_s = after_s


@dataclass(frozen=True, slots=True, kw_only=True)
class _Given:
    """A program that came with its tests."""

    completion: Completion
    problem: Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    """A program to run, by its number."""

    number: int
    program: Program
    stdin: str
    limits: Limits


class Room:
    """Counts what waits or is under way, and how fast it goes."""

    def __init__(self, most: int) -> None:
        self._most, self._taken, self._lock = most, 0, threading.Lock()
        self._done: list[tuple[float, int]] = []

    @property
    def taken(self) -> int:
        """Programs and texts that wait or are under way."""
        return self._taken

    @contextmanager
    def of(self, count: int) -> Iterator[None]:
        """Take room for so many, and give it back.

        Raises:
            BusyError: there is too little.
        """
        with self._lock:
            if self._taken + count > self._most:
                raise BusyError(self._wait_s(self._taken + count - self._most))
            self._taken += count
        try:
            yield
        finally:
            with self._lock:
                self._taken -= count
                self._done.append((time.monotonic(), count))

    def _wait_s(self, excess: int) -> int:
        """Seconds until so much room is free, at the pace of late."""
        now = time.monotonic()
        self._done = [(when, count) for when, count in self._done if when > now - _PACE_S]
        pace = sum(count for _, count in self._done) / _PACE_S
        return min(_LONGEST_S, max(1, math.ceil(excess / pace))) if pace else 1


class Desk:
    """Takes requests and gives futures; closed once, with everything that it started.

    Args:
        graders: by the name that clients call the benchmark by.
        sandbox: for programs that come with tests of their own, or are only run.
        model: what scores; None: nothing is scored.
        queue: programs and texts that may wait or be under way.
        text_batch: texts that the model is given at a time.
    """

    def __init__(
        self,
        graders: Mapping[str, Grader],
        sandbox: Sandbox,
        model: RewardModel | None,
        *,
        queue: int,
        text_batch: int,
    ) -> None:
        self.graders, self.sandbox = dict(graders), sandbox
        self.room = Room(queue)
        self.scorer = Scorer(model, text_batch) if model else None
        self._numbers = itertools.count()
        self._problems = {
            name: {problem.id: problem for problem in grader.benchmark.load()}
            for name, grader in graders.items()
        }
        self._streams = {
            name: Stream(grader.executor, grader.portable(self._problems[name]), _KEY)
            for name, grader in graders.items()
        }
        given = ProblemSet(name="given", version="1", problems=())
        self._given = Grader(benchmark=given, sandbox=sandbox, executor=LocalExecutor())
        self._own: Stream[_Given, Verdict, SampleKey] = Stream(
            LocalExecutor(),
            lambda given: self._given.verdict(given.completion, given.problem),
            lambda given: given.completion.key,
        )
        self._runs: Stream[_Run, Execution, int] = Stream(
            LocalExecutor(), self._run, lambda run: run.number
        )

    def grade(self, asked: GradeRequest) -> list[Future[Verdict]]:
        """A verdict for each program, in order.

        Raises:
            UnknownNameError: no such benchmark here, or no such problem in it.
            UsageError: it does not say which benchmark.
        """
        # every item is looked at before the first one is begun: a request is taken whole or not
        name = self._benchmark(asked) if any(not item.tests for item in asked.items) else ""
        number = next(self._numbers)
        work = [
            self._given_or_named(name, item, number, at, replies=asked.replies)
            for at, item in enumerate(asked.items)
        ]
        return [
            self._own.submit(item) if isinstance(item, _Given) else self._streams[name].submit(item)
            for item in work
        ]

    def score(self, items: Sequence[Item]) -> Future[Scores]:
        """The scores, in order.

        Raises:
            UsageError: there is no reward model here.
        """
        if self.scorer is None:
            raise UsageError("this server scores nothing: it was started without --reward-model")
        return self.scorer.submit(items)

    def run(self, source: str, stdin: str, limits: Limits) -> Future[Execution]:
        """How a program ends that reads this, and what it prints."""
        program = Program(source=source)
        return self._runs.submit(
            _Run(number=next(self._numbers), program=program, stdin=stdin, limits=limits)
        )

    def close(self) -> None:
        """End all work, and the processes that wait for programs."""
        for stream in self._streams.values():
            stream.close()
        self._own.close()
        self._runs.close()
        if self.scorer is not None:
            self.scorer.close()
        sandboxes = [self.sandbox, *(grader.sandbox for grader in self.graders.values())]
        for sandbox in {id(sandbox): sandbox for sandbox in sandboxes}.values():
            sandbox.close()

    def _benchmark(self, asked: GradeRequest) -> str:
        if asked.benchmark is None and len(self.graders) == 1:
            return next(iter(self.graders))
        if not self.graders:
            raise UsageError("this server was started without --benchmark: give tests of your own")
        if asked.benchmark is None:
            raise UsageError(f"benchmark: which of {', '.join(self.graders)}?")
        if asked.benchmark not in self.graders:
            raise UnknownNameError("benchmark of this server", asked.benchmark, self.graders)
        return asked.benchmark

    def _given_or_named(
        self, name: str, item: GradeItem, number: int, at: int, *, replies: bool
    ) -> _Given | Completion:
        """The program as a completion, under a name that no other one has meanwhile."""
        policy_id = f"request-{number}"
        if item.tests:
            if replies:
                raise UsageError("replies: only for problems of a benchmark")
            problem = item.problem()
            return _Given(completion=_program(problem, policy_id, at, item), problem=problem)
        problems = self._problems[name]
        if item.problem_id not in problems:
            raise UnknownNameError(f"problem of {name}", str(item.problem_id), problems)
        problem = problems[item.problem_id]
        if not replies:
            return _program(problem, policy_id, at, item)
        prompt = self.graders[name].benchmark.prompt(problem)
        return completed(problem, prompt, policy_id, at, Generation(text=item.program))

    def _run(self, asked: _Run) -> Execution:
        (execution,) = self.sandbox.run(asked.program, [asked.stdin], asked.limits)
        return execution


def _program(problem: Problem, policy_id: str, at: int, item: GradeItem) -> Completion:
    return Completion(
        problem_id=problem.id,
        policy_id=policy_id,
        sample_index=at,
        text=item.program,
        solution=item.program,
    )
