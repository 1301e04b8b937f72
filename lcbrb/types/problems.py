"""Problems, and how an answer to one is checked."""

from __future__ import annotations

import datetime as dt
import functools
import importlib
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, ClassVar

from lcbrb.types.base import Record


class TestKind(StrEnum):
    """How a test feeds the program and reads its answer."""

    __test__ = False  # not a test class, whatever pytest thinks of the name

    STDIN = "stdin"  # input on standard input, answer on standard output
    CALL = "call"  # input is one JSON argument a line, answer is the return value
    SCRIPT = "script"  # a test script that must run to its end (benchmarks with assertions)


class Oracle(StrEnum):
    """How a function's answer is held against the reference's (see `lcbrb.grading.oracles`)."""

    EQUAL = "equal"  # the same value, floats within a tolerance
    SAME_SET = "same_set"  # the same elements, in any order and number
    NOT_NONE = "not_none"  # something where the reference gives something
    ANYTHING = "anything"  # any answer at all: the statement does not decide
    EQUAL_OR_ZERO = "equal_or_zero"
    ROOT = "root"  # a root of the polynomial that is given
    SLANTED_SURFACE = "slanted_surface"  # of a pyramid: its height may be read in two ways
    PADDED_DIGITS = "padded_digits"  # digit by digit: the shorter number may be padded with zeros


@dataclass(frozen=True, slots=True, kw_only=True)
class TestCase(Record):
    """One input and the answer expected for it."""

    __test__ = False

    kind: TestKind
    input: str
    expected: str
    hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits(Record):
    """What one test may use. Wall time is generous: it only stops sleepers and deadlocks."""

    cpu_s: float = 6.0
    wall_s: float = 30.0
    memory_mib: int = 1024
    output_kib: int = 16 * 1024
    processes: int = 64


class Check(Record):
    """How an answer is checked: the base of every kind.

    `KIND` names what is done with it, a `grading.check_kinds.CheckKind`, as ``"module:class"``.
    """

    __slots__ = ()
    KIND: ClassVar[str]


class _AsTuple:
    """Tells the codec to write a sequence as the tuple that it reads."""

    @staticmethod
    def __get_pydantic_core_schema__(_: object, handler: Callable[[object], Any]) -> Any:
        tests = handler(tuple[TestCase, ...])
        written = {"type": "function-plain", "function": tuple, "return_schema": tests}
        return {**tests, "serialization": written}


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeCheck(Check):
    """A program is right when it passes every test.

    `tests` is a tuple, or a sequence that reads tests when they are asked for
    (`lcbrb.sources.stored_tests`): take a tuple of it for as long as they are needed.
    """

    KIND: ClassVar[str] = "lcbrb.grading.cases_check:CodeKind"

    tests: Annotated[Sequence[TestCase], _AsTuple()]
    entry_point: str | None = None
    starter_code: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionCheck(Check):
    """A function is right when it answers every input as the reference does.

    `base_inputs` and `plus_inputs` hold one call each: the list of its arguments as wire text
    (`lcbrb.sandbox.inside.wire`). `reference` is a whole program that defines `entry_point`; its
    answers are what is expected, its CPU time is what limits are a multiple of. `atol` is an
    absolute tolerance.
    """

    KIND: ClassVar[str] = "lcbrb.grading.function_check:FunctionKind"

    entry_point: str
    reference: str
    base_inputs: tuple[str, ...]
    plus_inputs: tuple[str, ...] = ()
    oracle: Oracle = Oracle.EQUAL
    atol: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptCheck(Check):
    """A function is right when trusted scripts that call it run to their end.

    `setup` runs once before `scripts`, which run in order; in both, the names in `functions` call
    the program. `inside` is code that runs in the program's own process after it, where a test
    needs objects of the program's classes. `reference` is a whole program that passes. `shown` are
    tests as the benchmark shows them to a policy.
    """

    KIND: ClassVar[str] = "lcbrb.grading.script_check:ScriptKind"

    functions: tuple[str, ...]
    scripts: tuple[str, ...]
    reference: str
    setup: str = ""
    inside: str = ""
    shown: tuple[str, ...] = ()

    @property
    def entry_point(self) -> str:
        """The function that is asked for."""
        return self.functions[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTestCheck(Check):
    """A function is right when every unittest case passes that runs beside it, in its own process.

    `tests` is the source of a module that defines the class `cases`; it sees the program's names.
    `reference` is a whole program that passes. `calibration` goes before a program that does not
    begin with it. `libraries` are packages that the task needs, by the names of their modules.
    """

    KIND: ClassVar[str] = "lcbrb.grading.unit_test_check:UnitTestKind"

    entry_point: str
    tests: str
    reference: str
    cases: str = "TestCases"
    calibration: str = ""
    libraries: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerCheck(Check):
    """A reply is right when its final answer is equivalent to `gold`."""

    KIND: ClassVar[str] = "lcbrb.grading.answer_check:AnswerKind"

    gold: str


#: every kind of check, ``"module:class"``: the one place to add one (see `grading.check_kinds`)
CHECKS = [
    "lcbrb.types.problems:CodeCheck",
    "lcbrb.types.problems:FunctionCheck",
    "lcbrb.types.problems:ScriptCheck",
    "lcbrb.types.problems:AnswerCheck",
    "lcbrb.types.problems:UnitTestCheck",
]


def check_types() -> list[type[Check]]:
    """The classes of `CHECKS`."""
    named = [name.split(":") for name in CHECKS]
    return [getattr(importlib.import_module(module), name) for module, name in named]


class _OneOfChecks:
    """Tells the codec that a field may hold any of `CHECKS`, and nothing else."""

    def __get_pydantic_core_schema__(self, source: object, handler: Any) -> Any:
        del source
        return handler.generate_schema(functools.reduce(operator.or_, check_types()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem(Record):
    """One task of a benchmark. `prompt` is the statement, without any prompt template."""

    id: str
    source: str
    prompt: str
    check: Annotated[Check, _OneOfChecks()]
    limits: Limits = Limits()
    released: dt.date | None = None
    difficulty: str | None = None
