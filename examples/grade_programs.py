"""Grade your own programs in the sandbox, and see why they fail.

python examples/grade_programs.py
"""

import lcbrb
from evaluators import benchmark
from lcbrb.types import Status


def main() -> None:
    """Grade three programs for one problem: right, wrong, and one that never ends."""
    bench = benchmark("mini")
    problem = bench.load()[0]
    gold = bench.gold(problem)
    programs = {
        "the gold solution": gold,
        "does nothing": "pass",
        "never ends": "while True: pass",
    }
    verdicts = lcbrb.grade(bench, {problem.id: list(programs.values())})[problem.id]
    for name, verdict in zip(programs, verdicts, strict=True):
        print(f"{name}: {verdict.status}, {verdict.tests_passed} of {verdict.tests_total} tests")
        assert verdict.status is not Status.HARNESS_ERROR, "a failure of ours is never a zero"


if __name__ == "__main__":
    main()
