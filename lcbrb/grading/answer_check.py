"""`AnswerCheck`: a final answer is held against the expected one, as the maths benchmarks do.

Most answers are settled here, as the same text or as numbers; the rest goes to a worker process
(`maths_answers.pool`), where math-verify compares. A comparison that runs out of time or memory has
a status of its own and is no wrong answer.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from lcbrb.grading.check_kinds import CheckKind, unanswered
from lcbrb.grading.maths_answers.answer_mutants import answer_mutants
from lcbrb.grading.maths_answers.comparing import compared
from lcbrb.grading.maths_answers.forms import readings
from lcbrb.grading.maths_answers.rules import Rules
from lcbrb.grading.maths_answers.votes import grouped
from lcbrb.prompts.maths import boxed_answer
from lcbrb.protocols.sandbox import Sandbox
from lcbrb.replies.final_answer import final_answer, never_ends
from lcbrb.replies.lenient_answer import lenient_answer
from lcbrb.types import AnswerCheck, Completion, Problem, Prompt, Status, StopReason, Verdict

_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerKind(CheckKind[AnswerCheck]):
    """Final answers, which are held against the expected ones; no program is run."""

    rules: Rules = field(default_factory=Rules)

    runs_programs: ClassVar[bool] = False
    votes: ClassVar[bool] = True

    def label(self, check: AnswerCheck) -> str:
        """An answer is compared."""
        del check
        return "answer"

    def prompt(self, problem: Problem, check: AnswerCheck) -> Prompt:
        """The statement, and that the answer is to be boxed."""
        del check
        return boxed_answer(problem)

    def read(self, text: str, problem: Problem, check: AnswerCheck) -> str | None:
        """The final answer in a reply."""
        del problem, check
        return final_answer(text)

    def gold(self, check: AnswerCheck) -> str:
        """The expected answer."""
        return check.gold

    def reply(self, gold: str) -> tuple[str, str | None]:
        """The answer in a box, and what is read in it."""
        text = f"The answer is $\\boxed{{{gold}}}$."
        return text, final_answer(text)

    def answer(self, solution: str) -> str:
        """In a box."""
        return f"\\boxed{{{solution}}}"

    def broken(self, check: AnswerCheck, gold: str) -> Iterator[str]:
        """Answers that are wrong by a little first, then altogether."""
        del check
        return (mutant.text for mutant in answer_mutants(gold))

    def same_answer(self, answer: str, other: str) -> bool:
        """Whether two answers are the same by the benchmark's rules."""
        return grouped([answer, other], self.rules) == [0, 0]

    def grouped(self, answers: Sequence[str]) -> Sequence[int]:
        """Which answers are the same, in a bounded time."""
        return grouped(answers, self.rules)

    def verify(self, problem: Problem, completion: Completion, sandbox: Sandbox) -> Verdict:
        """Grade a completion by its answer, read strictly and (`lenient_status`) leniently.

        A reply that was cut off and has no right answer so far is TRUNCATED; so is one of which
        nothing is known but that its reasoning never ends. Neither has a lenient answer.
        """
        del sandbox
        strict = self._strict(problem, completion)
        lenient = strict.status
        if strict.status is Status.NO_ANSWER:
            answer = lenient_answer(completion.text)
            if answer is not None and readings(answer):
                lenient = self._compared(problem, answer)
                detail = f"lenient: read {answer[:_SHOWN]!r}, {lenient}"
                return dataclasses.replace(strict, lenient_status=lenient, detail=detail)
        return dataclasses.replace(strict, lenient_status=lenient)

    def _compared(self, problem: Problem, answer: str) -> Status:
        check: Any = problem.check
        return compared(check.gold, answer, self.rules, statement=problem.prompt)

    def _strict(self, problem: Problem, completion: Completion) -> Verdict:
        check: Any = problem.check
        answer = completion.solution
        if answer is None or not readings(answer):
            if completion.stop_reason is StopReason.UNKNOWN and never_ends(completion.text):
                return Verdict(status=Status.TRUNCATED, detail="its reasoning never ended")
            return unanswered(completion)
        status = self._compared(problem, answer)
        detail = f"read {answer[:_SHOWN]!r}, expected {check.gold[:_SHOWN]!r}"
        if status is Status.WRONG_ANSWER and completion.stop_reason is StopReason.LENGTH:
            status, detail = Status.TRUNCATED, f"cut off after a wrong answer: {detail}"
        passed = status is Status.PASSED
        return Verdict(status=status, tests_passed=int(passed), tests_total=1, detail=detail)
