"""Where the programs of a benchmark run, and what a record says of it."""

from __future__ import annotations

from lcbrb.environments import store
from lcbrb.environments.definition import definition
from lcbrb.protocols.benchmark import Benchmark
from lcbrb.protocols.sandbox import IN_PROCESS, TESTS_IN_REACH, Sandbox
from lcbrb.sandbox.interpreter import Interpreter
from lcbrb.sandbox.levels import LEVELS, sandbox_for
from lcbrb.types import JsonValue


def sandbox_to_grade(benchmark: Benchmark | None, isolation: str | None) -> Sandbox:
    """The best sandbox here for a benchmark's programs; where none is run, any will do.

    Args:
        benchmark: what is graded; None: no program is run.
        isolation: the least level to accept; None: one at which no program can read the tests.

    Raises:
        SetupError: nothing as good is live, or the environment that it needs is not there.
        UnknownNameError: there is no such level.
    """
    if benchmark is None or not benchmark.runs_programs:
        return sandbox_for(LEVELS[-1] if isolation is None else isolation)
    return sandbox_for(
        isolation, interpreter=interpreter_for(benchmark), workplace=benchmark.workplace
    )


def interpreter_for(benchmark: Benchmark) -> Interpreter | None:
    """The interpreter of the environment that a benchmark names; None where it names none.

    Raises:
        SetupError: the environment is not there.
    """
    if benchmark.environment is None:
        return None
    name, _, python = benchmark.environment.partition("@")
    defined = definition(name)
    return store.interpreter_of(defined, store.find(defined, python or None))


def marks(benchmark: Benchmark, level: str) -> dict[str, JsonValue]:
    """What a record's settings say of how far verdicts can be trusted, and the benchmark's own."""
    settings: dict[str, JsonValue] = dict(benchmark.settings)
    if benchmark.in_process:
        settings["integrity"] = IN_PROCESS
    if level in TESTS_IN_REACH:
        settings["tests_in_reach"] = benchmark.runs_programs
    return settings
