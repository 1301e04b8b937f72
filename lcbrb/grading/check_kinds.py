"""Kinds of check: what is done with a problem's check, one class for each kind.

Nothing else asks of what kind a check is. Those of `lcbrb.types` have a module each here:
`cases_check`, `function_check`, `script_check`, `answer_check`. A new kind is one file, which holds
a check (a frozen record whose `KIND` names the class of what is done with it) and that class, and
one line in `lcbrb.types.problems.CHECKS`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, ClassVar, Generic, TypeVar

from lcbrb.grading.program_mutants import mutants
from lcbrb.protocols.sandbox import Sandbox
from lcbrb.registry import attribute
from lcbrb.replies.extract import Asked, solution_of
from lcbrb.replies.fences import fenced
from lcbrb.replies.function_program import function_program
from lcbrb.types import (
    Check,
    Completion,
    FunctionCheck,
    Problem,
    Prompt,
    ScriptCheck,
    Status,
    StopReason,
    UnitTestCheck,
    Verdict,
)

C = TypeVar("C", bound=Check)
F = TypeVar("F", FunctionCheck, ScriptCheck, UnitTestCheck)


class CheckKind(Generic[C]):
    """What one kind of check means; `label` and `verify` are its own, the rest has defaults.

    An instance serves one benchmark, and may keep what it learns of its problems.
    """

    #: whether grading runs what a policy wrote, which needs isolation
    runs_programs: ClassVar[bool] = True
    #: whether tests run in the program's own process, where it could forge their outcome
    in_process: ClassVar[bool] = False
    #: whether a problem has one answer, so that samples can vote
    votes: ClassVar[bool] = False

    def label(self, check: C) -> str:
        """How a reply is checked, in a word; agreement with recorded verdicts is counted by it."""
        raise NotImplementedError

    def verify(self, problem: Problem, completion: Completion, sandbox: Sandbox) -> Verdict:
        """Grade a completion; one without a solution is TRUNCATED or NO_ANSWER."""
        raise NotImplementedError

    def prompt(self, problem: Problem, check: C) -> Prompt | None:
        """How a problem is put to a policy, where its benchmark does not say; None: as it is."""
        del problem, check
        return None

    def read(self, text: str, problem: Problem, check: C) -> str | None:
        """The program or answer in a reply; None where there is none."""
        del problem, check
        return solution_of(text)

    def function(self, check: C) -> str | None:
        """The function that is asked for by name, where that is all that is asked for."""
        del check
        return None

    def gold(self, check: C) -> str | None:
        """A solution that is known to be right, where the check holds one."""
        del check
        return None

    def reply(self, gold: str) -> tuple[str, str | None]:
        """A reply that gives a solution, and what is read in it."""
        return gold, gold

    def answer(self, solution: str) -> str:
        """A solution in the form in which prompts ask for it; `read` finds it there."""
        return solution

    def broken(self, check: C, gold: str) -> Iterator[str]:
        """Copies of a gold solution that are wrong: by a little first, then altogether."""
        return mutants(gold, self.function(check))

    def same_answer(self, answer: str, other: str) -> bool:
        """Whether two solutions are the same answer, right or wrong, as `votes` count them."""
        return answer.strip() == other.strip()

    def grouped(self, answers: Sequence[str]) -> Sequence[int] | None:
        """As `Benchmark.grouped`, where there is a better way than `same_answer`; else None."""
        del answers
        return None


class ProgramKind(CheckKind[C]):
    """A check that runs the program in a reply; `tests` and `grade` are the kind's own."""

    def tests(self, check: C) -> int:
        """How many tests there are; a problem without any can't be graded."""
        raise NotImplementedError

    def grade(self, problem: Problem, check: C, program: str, sandbox: Sandbox) -> Verdict:
        """The verdict on a program; `tests_total` is filled in."""
        raise NotImplementedError

    def verify(self, problem: Problem, completion: Completion, sandbox: Sandbox) -> Verdict:
        """Grade a completion by its program."""
        if completion.solution is None:
            return unanswered(completion)
        check: Any = problem.check
        total = self.tests(check)
        if not total:
            return Verdict(status=Status.HARNESS_ERROR, detail=f"{problem.id} has no tests to run")
        verdict = self.grade(problem, check, completion.solution, sandbox)
        return dataclasses.replace(verdict, tests_total=total)

    def answer(self, solution: str) -> str:
        """The program in a fence of its own."""
        return fenced(solution)

    def read(self, text: str, problem: Problem, check: C) -> str | None:
        """The program in a reply: that of a function, where one is asked for by name."""
        name = self.function(check)
        if name:
            return function_program(text, problem.prompt, name)
        return solution_of(text, self.asked(check))

    def asked(self, check: C) -> Asked:
        """What a program must do to be the one that is asked for, as far as the check says."""
        del check
        return Asked()


class ReferenceKind(ProgramKind[F]):
    """A check that asks for a function by name, and holds a reference."""

    def label(self, check: F) -> str:
        """A function is called."""
        del check
        return "functional"

    def function(self, check: F) -> str:
        """The function that is called."""
        return check.entry_point

    def gold(self, check: F) -> str:
        """The reference."""
        return check.reference


def unanswered(completion: Completion) -> Verdict:
    """The verdict on a completion without a solution."""
    cut = completion.stop_reason is StopReason.LENGTH
    return Verdict(status=Status.TRUNCATED if cut else Status.NO_ANSWER)


def kind_of(check: Check) -> CheckKind[Any]:
    """What is done with a check, by rules that are the same for every benchmark."""
    return _shared(type(check).KIND)


@cache
def _shared(path: str) -> CheckKind[Any]:
    return new_kind(path)


def new_kind(path: str) -> CheckKind[Any]:
    """An instance of the class that a check's `KIND` names."""
    kind: CheckKind[Any] = attribute(path)()
    return kind


def solution_in(text: str, problem: Problem | None) -> str | None:
    """The program or answer in a reply to a problem; of no known problem, a program."""
    if problem is None:
        return solution_of(text)
    return kind_of(problem.check).read(text, problem, problem.check)
