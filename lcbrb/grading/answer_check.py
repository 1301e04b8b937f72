"""`AnswerCheck`: a final answer is held against the expected one, as the maths benchmarks do.

Most answers are settled here, as the same text or as numbers; the rest goes to a worker process
(`maths_answers.pool`), where math-verify compares. A comparison that runs out of time or memory has
a status of its own and is no wrong answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from lcbrb.grading.check_kinds import CheckKind, unanswered
from lcbrb.grading.maths_answers.answer_mutants import answer_mutants
from lcbrb.grading.maths_answers.forms import canonical, pairs, readings
from lcbrb.grading.maths_answers.numbers import (
    SIX_DIGITS,
    Number,
    number_of,
    same_measurement,
    same_number,
)
from lcbrb.grading.maths_answers.pool import answer_pool
from lcbrb.prompts.maths import boxed_answer
from lcbrb.protocols.sandbox import Sandbox
from lcbrb.replies.final_answer import final_answer, never_ends
from lcbrb.types import AnswerCheck, Completion, Problem, Prompt, Status, StopReason, Verdict

_SHOWN = 200
_BASED = re.compile(r"(\d+)_\{?(\d+)\}?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """When two answers are the same.

    Args:
        tolerance: relative, for a decimal beside an exact number.
        measured: expected numbers are measurements, right up to rounding.
        scaled: equations may differ by a factor.
        whole: only a whole number can be right.
    """

    tolerance: Fraction = SIX_DIGITS
    measured: bool = False
    scaled: bool = False
    whole: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerKind(CheckKind[AnswerCheck]):
    """Final answers, which are held against the expected ones; no program is run."""

    rules: Rules = field(default_factory=Rules)

    @property
    def votes(self) -> bool:
        """A problem has one answer."""
        return True

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

    def broken(self, check: AnswerCheck, gold: str) -> Iterator[str]:
        """One number, sign, bracket or letter changed at a time."""
        del check
        return answer_mutants(gold)

    def same_answer(self, answer: str, other: str) -> bool:
        """Whether two answers are the same by the benchmark's rules."""
        return compared(answer, other, self.rules) is Status.PASSED

    def verify(self, problem: Problem, completion: Completion, sandbox: Sandbox) -> Verdict:
        """Grade a completion by its answer.

        A reply that was cut off and has no right answer so far is TRUNCATED; so is one of which
        nothing is known but that its reasoning never ends.
        """
        del sandbox
        check: Any = problem.check
        answer = completion.solution
        if answer is None or not readings(answer):
            if completion.stop_reason is StopReason.UNKNOWN and never_ends(completion.text):
                return Verdict(status=Status.TRUNCATED, detail="its reasoning never ends")
            return unanswered(completion)
        status = compared(check.gold, answer, self.rules)
        detail = f"read {answer[:_SHOWN]!r}, expected {check.gold[:_SHOWN]!r}"
        if status is Status.WRONG_ANSWER and completion.stop_reason is StopReason.LENGTH:
            status, detail = Status.TRUNCATED, f"cut off after a wrong answer: {detail}"
        passed = status is Status.PASSED
        return Verdict(status=status, tests_passed=int(passed), tests_total=1, detail=detail)


def compared(gold: str, answer: str, rules: Rules) -> Status:
    """PASSED where the two are the same, WRONG_ANSWER where not.

    TIME_LIMIT or MEMORY_LIMIT where that can't be told, HARNESS_ERROR where a worker was lost.
    """
    compared_as = pairs(gold, answer)
    if not compared_as:
        return Status.WRONG_ANSWER
    settled = _settled(compared_as, rules)
    if settled is not None:
        return Status.PASSED if settled else Status.WRONG_ANSWER
    request = {
        "pairs": compared_as,
        "tolerance": float(rules.tolerance),
        "scaled": rules.scaled,
    }
    reply = answer_pool().ask(request)
    if reply.failure is not None:
        return reply.failure
    return Status.PASSED if reply.content.get("same") else Status.WRONG_ANSWER


def _settled(found: Sequence[tuple[str, str]], rules: Rules) -> bool | None:
    """What texts and numbers decide; None where mathematics must."""
    if any(canonical(gold) == canonical(answer) for gold, answer in found):
        return True
    based = _BASED.fullmatch(found[0][0])
    if based is not None:  # its parser drops the base
        return any(_same_based(based, answer) for _, answer in found)
    numbers = [(number_of(gold), number_of(answer)) for gold, answer in found]
    if any(gold and answer and _same(gold, answer, rules) for gold, answer in numbers):
        return True
    gold, answer = numbers[-1]
    return False if gold is not None and answer is not None else None


def _same(gold: Number, answer: Number, rules: Rules) -> bool:
    if rules.whole:
        return gold.value == answer.value
    return (
        same_measurement(gold, answer)
        if rules.measured
        else same_number(gold, answer, rules.tolerance)
    )


def _same_based(gold: re.Match[str], answer: str) -> bool:
    """Whether a number in a base has the same digits, in the same base if it names one."""
    given = _BASED.fullmatch(answer)
    if given is None:
        return answer == gold[1]
    return given.groups() == gold.groups()
