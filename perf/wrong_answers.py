"""Does any wrong answer pass? Expected answers of MATH500, Minerva and AIME, broken in every way.

    python perf/wrong_answers.py [--step 1] [BENCHMARK ...]

Prints how many broken copies were compared with the answer that they were made of, what became of
them, and each that passed; ends with 1 if one did. `LCBRB_DATA` must be set. The test suite takes
one copy of 24.
"""

from __future__ import annotations

import argparse
import sys
import time
import zlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from evaluators import benchmark
from lcbrb.engine.local import usable_cores
from lcbrb.grading.maths_answers.answer_mutants import answer_mutants
from lcbrb.grading.maths_answers.comparing import compared
from lcbrb.grading.maths_answers.numbers import FOUR_DIGITS
from lcbrb.grading.maths_answers.rules import Rules
from lcbrb.types import Status

RULES = {
    "math500": Rules(),
    "minerva": Rules(measured=True, scaled=True, tolerance=FOUR_DIGITS),
    "aime24": Rules(whole=True),
    "aime25": Rules(whole=True),
}


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


def main() -> None:
    """Compare, print, and fail where something passes."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("benchmarks", nargs="*", default=list(RULES), help="those named only")
    parser.add_argument("--step", type=int, default=1, help="one copy of so many")
    arguments = parser.parse_args()
    failed = False
    for name in arguments.benchmarks:
        golds = sorted({problem.check.gold for problem in benchmark(name).load()})
        began = time.monotonic()
        found = hold_wrong_answers(golds, RULES[name], step=arguments.step)
        counts = ", ".join(f"{count} {status.value}" for status, count in found.counts.items())
        took_s = time.monotonic() - began
        print(f"{name}: {found.compared} wrong answers of {len(golds)} in {took_s:.0f} s: {counts}")
        for passed in found.false_passes:
            print(f"  passes: {passed.form}: {passed.answer!r} for {passed.gold!r}")
        failed = failed or bool(found.false_passes)
    sys.exit(failed)


if __name__ == "__main__":
    main()
