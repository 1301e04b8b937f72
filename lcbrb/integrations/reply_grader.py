"""Replies in, verdicts out: what every framework is given, one reply at a time, from any thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from evaluators import benchmark as open_benchmark
from lcbrb.engine.local import LocalExecutor, usable_cores
from lcbrb.errors import IncompleteRunError, UnknownNameError, UsageError
from lcbrb.grading.grader import Grader
from lcbrb.grading.isolation import sandbox_to_grade
from lcbrb.harness.completions import completed
from lcbrb.integrations.kept import kept
from lcbrb.protocols.benchmark import Benchmark
from lcbrb.types import Completion, Generation, Problem, Status, Verdict

_ATTEMPTS = 2  # of the grader's own two, where we failed


@dataclass(frozen=True, slots=True, kw_only=True)
class GradedReply:
    """A reply taken apart, and the verdict on it."""

    completion: Completion
    verdict: Verdict

    @property
    def passed(self) -> bool:
        """Whether the reply solves its problem.

        Raises:
            IncompleteRunError: we failed to find out, which says nothing of the reply.
        """
        if self.verdict.status is Status.HARNESS_ERROR:
            raise IncompleteRunError(
                f"the reply to {self.completion.problem_id} has no verdict because the runner "
                f"failed ({self.verdict.detail}): grade it again, or leave it out"
            )
        return self.verdict.status is Status.PASSED


class ReplyGrader:
    """Grades whole replies to the problems of a benchmark, from any thread.

    Args:
        benchmark: whose problems they answer.
        isolation: the least level of isolation (`lcbrb doctor`) that programs may run at; None:
            one at which they can't read the tests.

    Raises:
        UsageError: the benchmark asks and grades in a way of its own.
        SetupError: there is no sandbox as good.
    """

    def __init__(self, benchmark: Benchmark, isolation: str | None = None) -> None:
        benchmark.check_gradable()
        self.benchmark = benchmark
        self.problems: Mapping[str, Problem] = {problem.id: problem for problem in benchmark.load()}
        sandbox = sandbox_to_grade(benchmark, isolation)
        self._grader = Grader(benchmark=benchmark, sandbox=sandbox, executor=LocalExecutor())
        self._pool = ThreadPoolExecutor(usable_cores(), thread_name_prefix="grade")
        self._closed = False

    @property
    def isolation(self) -> str:
        """The level at which programs run."""
        return self._grader.sandbox.level

    def grade(self, problem_id: str, reply: Generation) -> GradedReply:
        """The verdict on a reply, once a core is free for it.

        Raises:
            UnknownNameError, UsageError: as `grade_all`.
        """
        (graded,) = self.grade_all([(problem_id, reply)])
        return graded

    def grade_all(self, replies: Sequence[tuple[str, Generation]]) -> list[GradedReply]:
        """The verdicts on replies to problems, in order; as many at a time as there are cores.

        Raises:
            UnknownNameError: the benchmark has no such problem.
            UsageError: the grader was closed.
        """
        if self._closed:
            raise UsageError(
                f"this grader of {self.benchmark.name} was closed: make another, or close it later"
            )
        unknown = [name for name, _ in replies if name not in self.problems]
        if unknown:
            raise UnknownNameError(f"problem of {self.benchmark.name}", unknown[0], self.problems)
        return list(self._pool.map(self._graded, replies))

    def close(self) -> None:
        """Start nothing more, and end the sandbox's processes."""
        self._closed = True
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._grader.sandbox.close()

    def _graded(self, given: tuple[str, Generation]) -> GradedReply:
        problem_id, reply = given
        problem = self.problems[problem_id]
        prompt = self.benchmark.prompt(problem)
        completion = completed(problem, prompt, "given", 0, reply)
        for _ in range(_ATTEMPTS):
            verdict = self._grader.verdict(completion, problem)
            if verdict.status is not Status.HARNESS_ERROR:
                break
        return GradedReply(completion=completion, verdict=verdict)


def reply_grader(benchmark: str, isolation: str | None = None) -> ReplyGrader:
    """The grader of a benchmark in this process: opened when it is first asked for.

    Args:
        benchmark: a name (``humaneval+``), or a file of problems.
        isolation: as `ReplyGrader` says.

    Raises:
        LcbrbError: the benchmark or the sandbox can't be used.
    """
    return kept(
        (ReplyGrader, benchmark, isolation),
        lambda: ReplyGrader(open_benchmark(benchmark), isolation),
    )
