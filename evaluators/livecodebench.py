"""LiveCodeBench code generation: programs graded by stdin tests and by calls of a function.

Metric: pass@1 over all tests of a problem. The rules follow the official grader
(LiveCodeBench, ``lcb_runner/evaluation/testing_util.py``, commit 28fef95); it runs
every program with a set of star imports in scope, which `PRELUDE` provides, and compares printed
lines after stripping them, token by token as decimals where the texts differ.

Where this differs from the official grader, on purpose:

- A program runs as a real process with a real standard input, so ``for line in sys.stdin``,
  ``open(0)``, ``sys.stdout.buffer`` and a reversed ``__main__`` guard work.
- The time limit is on CPU time, so the number of workers changes no verdict.
- Two numbers that differ are equal within 1e-6 (absolute or relative) where the expected one has
  a decimal point: the contest sites accept that, the official grader wants the same digits.
- Tuples returned are lists at every depth, not only at the top, and keys of a returned dict are
  texts, as JSON has them.
- Each test starts with fresh globals, so what a program keeps there from one call to the next is
  lost. By default its tests share a process (as the official grader's do), where a program that
  sets out to can keep more; a test failed there counts only if failed in a process of its own.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from pathlib import Path

from lcbrb.codec import sha256_file
from lcbrb.errors import UsageError
from lcbrb.grading.cases import verify_tests
from lcbrb.prompts.code import solving
from lcbrb.protocols.sandbox import Program, Sandbox
from lcbrb.registry import Spec
from lcbrb.sources import livecodebench as lcb_source
from lcbrb.sources import mini as mini_source
from lcbrb.sources.base import Release
from lcbrb.types import (
    CodeCheck,
    Completion,
    JsonValue,
    Problem,
    Prompt,
    TestCase,
    TestKind,
    Verdict,
)

_STAR_IMPORTS = (
    "string re datetime collections heapq bisect copy math random statistics itertools functools "
    "operator io sys json builtins typing"
).split()
_PLAIN_IMPORTS = (
    "string re datetime collections heapq bisect copy math random statistics itertools functools "
    "operator io sys json"
).split()

#: names that the official grader puts in scope; `builtins` comes after `math` and gives `pow` back
PRELUDE = "".join(
    [f"from {name} import *\n" for name in _STAR_IMPORTS]
    + [f"import {name}\n" for name in _PLAIN_IMPORTS]
)

_TOLERANCE = 1e-6
_LONGEST_INT = 4000
_SHOWN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveCodeBench:
    """Problems in LiveCodeBench's manner, under the name they were asked for by."""

    name: str
    version: str
    problems: Sequence[Problem]
    metric: str = field(default="pass@1", init=False)

    def load(self) -> Sequence[Problem]:
        """The problems, in the order of the release."""
        return self.problems

    def prompt(self, problem: Problem) -> Prompt:
        """The statement, and whether a program or a class is wanted."""
        return solving(problem)

    def verify(self, problem: Problem, completion: Completion, sandbox: Sandbox) -> Verdict:
        """Run the completion's solution on the problem's tests, public ones first."""
        check = problem.check
        call = isinstance(check, CodeCheck) and check.entry_point is not None
        program = Program(
            source=completion.solution or "",
            kind=TestKind.CALL if call else TestKind.STDIN,
            entry_point=check.entry_point if isinstance(check, CodeCheck) else None,
            prelude=PRELUDE,
        )
        return verify_tests(problem, completion, program, sandbox, compare)


def livecodebench(spec: Spec) -> LiveCodeBench:
    """LiveCodeBench itself: ``livecodebench@v5?since=2024-08-01`` (see `lcbrb.sources`)."""
    return _from_release(spec, lcb_source.load_problems(spec))


def mini(spec: Spec) -> LiveCodeBench:
    """The embedded benchmark, which is synthetic."""
    return _from_release(spec, mini_source.load_problems(spec))


def from_file(path: Path) -> LiveCodeBench:
    """Problems of one's own in the official layout."""
    problems = tuple(lcb_source.read_problems(path))
    if not problems:
        raise UsageError(f"{path} holds no problems")
    return LiveCodeBench(name=path.name, version=sha256_file(path)[:12], problems=problems)


def _from_release(spec: Spec, release: Release) -> LiveCodeBench:
    return LiveCodeBench(name=spec.text, version=release.version, problems=release.problems)


def compare(test: TestCase, output: str) -> str | None:
    """None where `output` answers the test, else what differs."""
    if test.kind is TestKind.CALL:
        return _compare_values(output, _value(test.expected))
    return _compare_lines(output, test.expected)


def _compare_values(output: str, expected: JsonValue) -> str | None:
    try:
        found = _value(output)
        same = _same_value(found, expected)
        return None if same else f"returned {_short(found)}, expected {_short(expected)}"
    except (ValueError, RecursionError):  # a program can write to the report what it likes
        return f"returned no usable value: {_short(output)}"


def _value(text: str) -> JsonValue:
    return json.loads(text, parse_int=_integer)


def _integer(digits: str) -> int | Decimal:
    """A whole number; as a Decimal past the length up to which Python reads an int."""
    return int(digits) if len(digits) <= _LONGEST_INT else Decimal(digits)


def _same_value(found: JsonValue, expected: JsonValue) -> bool:
    if isinstance(expected, list) and isinstance(found, list):
        return len(found) == len(expected) and all(map(_same_value, found, expected))
    if isinstance(expected, dict) and isinstance(found, dict):
        return found.keys() == expected.keys() and all(
            _same_value(found[key], value) for key, value in expected.items()
        )
    if isinstance(expected, float) and isinstance(found, int | float | Decimal):
        return found == expected or _close(found, expected)
    return bool(found == expected)


def _compare_lines(found: str, expected: str) -> str | None:
    found_lines, expected_lines = _lines(found), _lines(expected)
    if len(found_lines) != len(expected_lines):
        return f"printed {len(found_lines)} lines, expected {len(expected_lines)}: {_short(found)}"
    for number, (line, wanted) in enumerate(zip(found_lines, expected_lines, strict=True), start=1):
        if line != wanted and not _same_numbers(line.split(), wanted.split()):
            return f"line {number}: printed {_short(line)}, expected {_short(wanted)}"
    return None


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().split("\n")]


def _same_numbers(found: list[str], expected: list[str]) -> bool:
    return len(found) == len(expected) and all(map(_same_number, found, expected))


def _same_number(found: str, expected: str) -> bool:
    try:
        a, b = Decimal(found), Decimal(expected)
        if not a.is_finite() or not b.is_finite():
            return False
        if a == b or "." not in expected:
            return a == b
        return _close(a, b)
    except InvalidOperation:
        return False


def _close(a: float | Decimal, b: float | Decimal) -> bool:
    """Within the tolerance; a number that no float holds is close to none."""
    try:
        x, y = float(a), float(b)
    except OverflowError:
        return False
    return math.isfinite(x) and math.isclose(x, y, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)


def _short(value: JsonValue) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
