"""The interface of a benchmark: its problems, and how a solution is graded."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from lcbrb.errors import SetupError, UsageError
from lcbrb.protocols.sandbox import Sandbox, Workplace
from lcbrb.types import Completion, JsonValue, Message, Problem, Prompt, Verdict

#: wall time for which a problem's answers are compared by `Benchmark.same_answer`
GROUPING_S = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A benchmark's problems and their version; `notes` say what was left out."""

    version: str
    problems: Sequence[Problem]
    notes: Sequence[str] = ()


class Benchmark:
    """Base class of every benchmark: define `name`, `version` and `load`; the rest has defaults.

    Most benchmarks are a `lcbrb.grading.problem_set.ProblemSet`, which grades each problem by its
    check.
    """

    name: str
    version: str
    #: what is reported first, in words
    metric: str = "pass@1"
    #: what the record of a run should say of the problems
    notes: Sequence[str] = ()
    #: the environment that its programs run in (`lcbrb.environments`): ``NAME`` or ``NAME@3.11``;
    #: None: the one of this interpreter
    environment: str | None = None
    #: what its programs find and may do
    workplace: Workplace = Workplace()
    #: what the record of a run says beside what is the same for every benchmark
    settings: Mapping[str, JsonValue] = {}
    #: of a benchmark that asks the policies and computes its metrics itself, and grades nothing
    #: else: ``module:function``, called as `lcbrb.harness.run.bench_live` says
    own_run: ClassVar[str | None] = None

    def load(self) -> Sequence[Problem]:
        """The problems, in the benchmark's own order."""
        raise NotImplementedError

    def prompt(self, problem: Problem) -> Prompt:
        """The prompt for a problem; the same template gives the same words.

        The default is the statement without changes.

        Raises:
            UsageError: the benchmark does its own sampling and grading.
        """
        self.check_gradable()
        message = Message(role="user", content=problem.prompt)
        return Prompt(messages=(message,), raw=problem.prompt, template="statement@1")

    def verify(self, problem: Problem, completion: Completion, sandbox: Sandbox) -> Verdict:
        """Grade one completion.

        Raises:
            UsageError: the benchmark does its own sampling and grading.
        """
        del problem, completion, sandbox
        self.check_gradable()
        raise NotImplementedError

    def gold(self, problem: Problem) -> str | None:
        """A solution known to be right, for `lcbrb validate`; None by default."""
        del problem
        return None

    @property
    def runs_programs(self) -> bool:
        """Whether grading runs programs written by the policy, which needs isolation."""
        return self.own_run is None

    @property
    def in_process(self) -> bool:
        """Whether tests run in a program's own process, where it could forge their outcome."""
        return False

    @property
    def votes(self) -> bool:
        """Whether problems have one answer each, so that samples can vote (maj@k)."""
        return False

    def same_answer(self, answer: str, other: str) -> bool:
        """Whether two solutions are the same answer, right or wrong, where samples vote."""
        return answer.strip() == other.strip()

    def grouped(self, answers: Sequence[str]) -> Sequence[int]:
        """For each answer to a problem, the index of the first equal answer, or its own index.

        The default uses `same_answer`, for at most `GROUPING_S` seconds of wall time; answers not
        compared by then count as different, unless their texts are equal.
        """
        until = time.monotonic() + GROUPING_S
        firsts: dict[str, int] = {}
        places = []
        for place, answer in enumerate(answers):
            first = firsts.get(answer.strip())
            if first is None:
                first = next(
                    (
                        known
                        for other, known in list(firsts.items())
                        if time.monotonic() < until and self.same_answer(other, answer)
                    ),
                    place,
                )
            firsts[answer.strip()] = first
            places.append(first)
        return places

    def check_gradable(self) -> None:
        """Refuse to grade replies from elsewhere, if the benchmark does its own sampling.

        Raises:
            UsageError: it does.
        """
        if self.own_run is not None:
            raise UsageError(
                f"{self.name} samples and grades by itself in `lcbrb bench`: it can't grade "
                "recorded completions"
            )


@dataclass(frozen=True, kw_only=True)
class _Foreign(Benchmark):
    """An object with a benchmark's members that is no `Benchmark`."""

    inner: Any
    name: str
    version: str
    votes: bool = False

    def load(self) -> Sequence[Problem]:
        problems: Sequence[Problem] = self.inner.load()
        return problems

    def prompt(self, problem: Problem) -> Prompt:
        prompt: Prompt = self.inner.prompt(problem)
        return prompt

    def verify(self, problem: Problem, completion: Completion, sandbox: Sandbox) -> Verdict:
        verdict: Verdict = self.inner.verify(problem, completion, sandbox)
        return verdict

    def same_answer(self, answer: str, other: str) -> bool:
        return bool(self.inner.same_answer(answer, other))


def adopted(made: Any, text: str) -> Benchmark:
    """Check that a user's factory returned a benchmark, and return it.

    Raises:
        SetupError: it is not a benchmark.
    """
    if isinstance(made, Benchmark):
        return made
    members = dir(made)
    needed = ("name", "version", "load", "prompt", "verify")
    if missing := [name for name in needed if name not in members]:
        raise SetupError(
            f"{text} gave a {type(made).__name__} without {', '.join(missing)}: a benchmark is a "
            "ProblemSet, or a subclass of lcbrb.protocols.Benchmark (docs/benchmarks.md)"
        )
    return _Foreign(
        inner=made, name=made.name, version=made.version, votes="same_answer" in members
    )
