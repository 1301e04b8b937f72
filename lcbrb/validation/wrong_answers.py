"""No wrong answer passes: expected answers held against their broken copies, by the thousand.

`lcbrb validate` asks for one broken copy of each expected answer that fails; here every copy must.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from lcbrb.engine.local import usable_cores
from lcbrb.grading.maths_answers.answer_mutants import answer_mutants
from lcbrb.grading.maths_answers.comparing import compared
from lcbrb.grading.maths_answers.rules import Rules
from lcbrb.types import Status


@dataclass(frozen=True, slots=True, kw_only=True)
class FalsePass:
    """A wrong answer that passes: what is wrong with it by construction, and the two texts."""

    form: str
    gold: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongAnswers:
    """What became of the copies: how many had each status, and those that passed."""

    counts: dict[Status, int]
    false_passes: list[FalsePass]

    @property
    def compared(self) -> int:
        """How many copies there were."""
        return sum(self.counts.values())


def hold_wrong_answers(golds: Iterable[str], rules: Rules, *, step: int = 1) -> WrongAnswers:
    """Compare broken copies of expected answers with the answers that they were made of.

    One of `step` copies is compared, always the same ones.
    """
    pairs = [
        (gold, mutant)
        for gold in golds
        for place, mutant in enumerate(answer_mutants(gold))
        if (zlib.crc32(gold.encode()) + place) % step == 0
    ]
    with ThreadPoolExecutor(usable_cores()) as pool:
        statuses = list(pool.map(lambda pair: compared(pair[0], pair[1].text, rules), pairs))
    counts = {status: statuses.count(status) for status in Status if status in statuses}
    false_passes = [
        FalsePass(form=mutant.form, gold=gold, answer=mutant.text)
        for (gold, mutant), status in zip(pairs, statuses, strict=True)
        if status is Status.PASSED
    ]
    return WrongAnswers(counts=counts, false_passes=false_passes)
