"""Where the programs of benchmarks run, and what a record says of it."""

from __future__ import annotations

from collections.abc import Iterable

from lcbrb.protocols.benchmark import Benchmark
from lcbrb.protocols.sandbox import TESTS_IN_REACH, Sandbox
from lcbrb.sandbox.levels import LEVELS, sandbox_for
from lcbrb.types import JsonValue


def sandbox_to_grade(benchmarks: Iterable[Benchmark], isolation: str | None) -> Sandbox:
    """The best sandbox here; where no program is run, any will do.

    Args:
        benchmarks: what is graded.
        isolation: the least level to accept; None: one at which no program can read the tests.

    Raises:
        SetupError: nothing as good is live.
        UnknownNameError: there is no such level.
    """
    if isolation is None and not any(benchmark.runs_programs for benchmark in benchmarks):
        isolation = LEVELS[-1]
    return sandbox_for(isolation)


def marks(benchmark: Benchmark, level: str) -> dict[str, JsonValue]:
    """What a record's settings say beside the level, where it is one that hides no tests."""
    if level not in TESTS_IN_REACH:
        return {}
    return {"tests_in_reach": benchmark.runs_programs}
