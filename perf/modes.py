"""Do the two modes agree? Every recorded LiveCodeBench completion, in a warm process and fresh.

    python perf/modes.py

The default runs a program's tests in one warm process and every failure again alone, in the
reference mode, which gives every test a process of its own. So the modes can differ only in tests
that were passed: those are run again in the reference mode here, and what fails there is printed.
Tests have 2 s of CPU time instead of 6, or endless loops would take an hour. `LCBRB_DATA` must be
set.
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import replace

from verdicts import OneProcessATest, data

from evaluators import benchmark
from lcbrb.engine.local import LocalExecutor
from lcbrb.policies.replay import Replay
from lcbrb.sandbox.levels import sandbox_for
from lcbrb.types import Completion, Limits, Status, Verdict


def main() -> None:
    """Grade every completion, then what it passed once more."""
    bench, warm = benchmark("livecodebench"), sandbox_for()
    fresh = OneProcessATest(warm)
    limits = Limits(cpu_s=2)
    problems = {problem.id: replace(problem, limits=limits) for problem in bench.load()}
    files = sorted(data("judged/livecodebench").glob("*.jsonl.gz"))
    completions = Replay(id="recorded", paths=files).replay(list(problems.values())).completions

    def both(one: Completion) -> tuple[Verdict, Verdict | None]:
        problem = problems[one.problem_id]
        verdict = bench.verify(problem, one, warm)
        if not verdict.tests_passed:
            return verdict, None
        check = replace(problem.check, tests=problem.check.tests[: verdict.tests_passed])
        return verdict, bench.verify(replace(problem, check=check), one, fresh)

    counts: Counter[str] = Counter()
    tests = differ = 0
    for one, (shared, alone) in LocalExecutor().map(both, completions):
        counts[shared.status.value] += 1
        if alone is None:
            continue
        tests += alone.tests_total
        if alone.status is not Status.PASSED:
            differ += 1
            name = f"{one.policy_id} {one.problem_id} #{one.sample_index}"
            print(f"differs: {name}: {alone.status} fresh, {alone.detail[:200]!r}", flush=True)
    print(f"{sum(counts.values())} completions:", dict(counts.most_common()))
    print(f"{tests} tests that were passed in a shared process, {differ} programs differ")
    sys.exit(1 if differ else 0)


if __name__ == "__main__":
    main()
