"""A model's answer is held against the expected one: at once where that settles it, or by a worker.

A comparison that runs out of time or memory has a status of its own and is no wrong answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from lcbrb.grading.maths_answers.forms import canonical, choice, expected_choice, readings, tidy
from lcbrb.grading.maths_answers.names import letters_in
from lcbrb.grading.maths_answers.numbers import number_of
from lcbrb.grading.maths_answers.pool import answer_pool
from lcbrb.grading.maths_answers.rules import Rules
from lcbrb.grading.maths_answers.unit_names import units_differ
from lcbrb.grading.maths_answers.units import without_text_unit
from lcbrb.types import Status


def compared(gold: str, answer: str, rules: Rules, *, statement: str = "") -> Status:
    """PASSED where the two are the same, WRONG_ANSWER where not.

    TIME_LIMIT or MEMORY_LIMIT where that can't be told, HARNESS_ERROR where a worker was lost.

    Args:
        gold: the expected answer, as the benchmark has it.
        answer: as the model wrote it.
        rules: what the benchmark allows.
        statement: the problem; an inequality may speak of its letters.
    """
    expected, given = tidy(gold), readings(answer)
    if not expected or not given or units_differ(gold, answer):
        return Status.WRONG_ANSWER
    decided = settled(expected, given, rules)
    if decided is not None:
        return Status.PASSED if decided else Status.WRONG_ANSWER
    pairs = [(expected, value) for value in given]
    asked = letters_in(statement)
    reply = answer_pool().ask({"pairs": pairs, "rules": rules.plain(), "asked": asked})
    if reply.failure is not None:
        return reply.failure
    return Status.PASSED if reply.content.get("same") else Status.WRONG_ANSWER


def settled(gold: str, answers: Sequence[str], rules: Rules) -> bool | None:
    """What texts, letters of choices and numbers decide; None where mathematics must."""
    letter = expected_choice(gold)
    if letter is not None:
        return choice(answers[0]) == letter
    if any(canonical(gold) == canonical(answer) for answer in answers):
        return True
    if choice(answers[0]) == gold:  # a mere letter may be a formula too
        return True
    expected = number_of(without_text_unit(gold))
    numbers = [number_of(without_text_unit(answer)) for answer in answers]
    if expected is None:
        return None
    if any(number is not None and rules.agree(expected, number) for number in numbers):
        return True
    return None if any(number is None for number in numbers) else False
