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

from evaluators import benchmark
from lcbrb.grading.maths_answers.numbers import FOUR_DIGITS
from lcbrb.grading.maths_answers.rules import Rules
from lcbrb.validation.wrong_answers import hold_wrong_answers

RULES = {
    "math500": Rules(),
    "minerva": Rules(measured=True, scaled=True, tolerance=FOUR_DIGITS),
    "aime24": Rules(whole=True),
    "aime25": Rules(whole=True),
}


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
