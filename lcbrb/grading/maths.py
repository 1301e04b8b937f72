"""What the maths benchmarks share: an answer is held against the expected one.

Most answers are settled here, as the same text or as numbers; the rest goes to a worker process
(`lcbrb.grading.answers.pool`), where math-verify compares. A comparison that runs out of time or
memory has a status of its own and is no wrong answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from lcbrb.grading.answers.forms import canonical, pairs, readings
from lcbrb.grading.answers.numbers import (
    SIX_DIGITS,
    Number,
    number_of,
    same_measurement,
    same_number,
)
from lcbrb.grading.answers.pool import Ended, answer_pool
from lcbrb.grading.cost import unanswered
from lcbrb.prompts.maths import boxed_answer
from lcbrb.protocols.sandbox import Sandbox
from lcbrb.replies.final_answer import never_ends
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
class MathBenchmark:
    """Problems with one final answer each, under the name they were asked for by."""

    name: str
    version: str
    problems: Sequence[Problem]
    rules: Rules = field(default_factory=Rules)
    asking: Callable[[Problem], Prompt] = boxed_answer
    metric: str = field(default="pass@1", init=False)

    def load(self) -> Sequence[Problem]:
        """The problems, in the order of the release."""
        return self.problems

    def prompt(self, problem: Problem) -> Prompt:
        """The statement, and how the answer is to be marked."""
        return self.asking(problem)

    def verify(self, problem: Problem, completion: Completion, sandbox: Sandbox) -> Verdict:
        """Hold the reply's final answer against the expected one; no program is run."""
        del sandbox
        return verify_answer(problem, completion, self.rules)

    def same_answer(self, answer: str, other: str) -> bool:
        """Whether two replies give the same answer, right or wrong."""
        return compared(answer, other, self.rules) is Status.PASSED


def verify_answer(problem: Problem, completion: Completion, rules: Rules) -> Verdict:
    """Grade a completion by its answer.

    Args:
        problem: its check must be an `AnswerCheck`.
        completion: what is graded; its solution is the answer. Without one the verdict is TRUNCATED
            or NO_ANSWER. A reply that was cut off and has no right answer so far is TRUNCATED, so
            is one of which nothing is known but that its reasoning never ends.
        rules: when two answers are the same.
    """
    answer = completion.solution
    if answer is None or not readings(answer):
        if completion.stop_reason is StopReason.UNKNOWN and never_ends(completion.text):
            return Verdict(status=Status.TRUNCATED, detail="its reasoning never ends")
        return unanswered(completion)
    if not isinstance(problem.check, AnswerCheck):
        return Verdict(status=Status.HARNESS_ERROR, detail=f"{problem.id} has no answer to check")
    status = compared(problem.check.gold, answer, rules)
    detail = f"read {answer[:_SHOWN]!r}, expected {problem.check.gold[:_SHOWN]!r}"
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
        "operation": "same",
        "pairs": compared_as,
        "tolerance": float(rules.tolerance),
        "scaled": rules.scaled,
    }
    reply = answer_pool().ask(request)
    if reply.ended is Ended.REPLIED:
        return Status.PASSED if reply.content.get("same") else Status.WRONG_ANSWER
    return _STATUSES[reply.ended]


_STATUSES = {
    Ended.TIME_LIMIT: Status.TIME_LIMIT,
    Ended.MEMORY_LIMIT: Status.MEMORY_LIMIT,
    Ended.DIED: Status.HARNESS_ERROR,
}


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
