"""Your own benchmark in one file: problems, and the checks that say when they are solved.

lcbrb bench --policy smollm2 --benchmark python:examples/own_benchmark.py:leap_years -n 4
lcbrb validate python:examples/own_benchmark.py:leap_years
"""

from lcbrb.grading.problem_set import ProblemSet
from lcbrb.registry import Spec
from lcbrb.types import AnswerCheck, CodeCheck, Problem, TestCase, TestKind

PROGRAM = "y = int(input())\nprint('yes' if y % 4 == 0 and (y % 100 or y % 400 == 0) else 'no')"


def leap_years(spec: Spec) -> ProblemSet:
    """One problem that asks for a program, and one that asks for an answer."""
    del spec  # options after the name, `?key=value`, are in spec.options
    tests = tuple(
        TestCase(kind=TestKind.STDIN, input=f"{year}\n", expected=f"{answer}\n")
        for year, answer in ((1900, "no"), (2000, "yes"), (2024, "yes"), (2026, "no"))
    )
    program = Problem(
        id="leap-years/program",
        source="leap-years",
        prompt="Read a year and print yes if it is a leap year, no if not.",
        check=CodeCheck(tests=tests),
    )
    answer = Problem(
        id="leap-years/how-many",
        source="leap-years",
        prompt="How many leap years are there from 1900 to 2000, both included?",
        check=AnswerCheck(gold="25"),
    )
    golds = {program.id: PROGRAM}
    return ProblemSet(name="leap-years", version="1", problems=(program, answer), golds=golds)


def main() -> None:
    """Every gold has to pass, and a broken copy of it to fail."""
    import lcbrb

    validation = lcbrb.validate(f"python:{__file__}:leap_years")
    validation.raise_if_incomplete()
    print(f"{validation.benchmark} {validation.version}: valid")


if __name__ == "__main__":
    main()
