"""Whether what a program printed or returned answers a test, by LiveCodeBench's rules.

They follow the official grader (LiveCodeBench, ``lcb_runner/evaluation/testing_util.py``, commit
28fef95): lines are stripped, and compared token by token as decimals where the texts differ.
`evaluators.livecodebench` says where they differ from it, on purpose.
"""

from __future__ import annotations

import json
import math
import re
from decimal import Decimal, InvalidOperation

from lcbrb.grading.oracles import short
from lcbrb.types import JsonValue, TestCase, TestKind

_TOLERANCE = 1e-6
_LONGEST_INT = 4000
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)


def compare(test: TestCase, output: str) -> str | None:
    """None where `output` answers the test, else what differs."""
    if test.kind is TestKind.CALL:
        return _compare_values(output, _value(test.expected))
    return _compare_lines(output, test.expected)


def _compare_values(output: str, expected: JsonValue) -> str | None:
    try:
        returned = _value(output)
        same = _same_value(returned, expected)
        return None if same else f"returned {short(returned)}, expected {short(expected)}"
    except (ValueError, RecursionError):  # a program can write to the report what it likes
        return f"returned no usable value: {short(output)}"


def _value(text: str) -> JsonValue:
    return json.loads(text, parse_int=_integer)


def _integer(digits: str) -> int | Decimal:
    """A whole number; as a Decimal past the length up to which Python reads an int."""
    return int(digits) if len(digits) <= _LONGEST_INT else Decimal(digits)


def _same_value(returned: JsonValue, expected: JsonValue) -> bool:
    if isinstance(expected, list) and isinstance(returned, list):
        return len(returned) == len(expected) and all(map(_same_value, returned, expected))
    if isinstance(expected, dict) and isinstance(returned, dict):
        return returned.keys() == expected.keys() and all(
            _same_value(returned[key], value) for key, value in expected.items()
        )
    if isinstance(expected, float) and isinstance(returned, int | float | Decimal):
        return returned == expected or _close(returned, expected)
    return bool(returned == expected)


def _compare_lines(printed: str, expected: str) -> str | None:
    found_lines, expected_lines = _lines(printed), _lines(expected)
    if len(found_lines) != len(expected_lines):
        return f"printed {len(found_lines)} lines, expected {len(expected_lines)}: {short(printed)}"
    for number, (line, wanted) in enumerate(zip(found_lines, expected_lines, strict=True), start=1):
        if line != wanted and not _same_numbers(line.split(), wanted.split()):
            return f"line {number}: printed {short(line)}, expected {short(wanted)}"
    return None


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.strip().split("\n")]


def _same_numbers(printed: list[str], expected: list[str]) -> bool:
    return len(printed) == len(expected) and all(map(_same_number, printed, expected))


def _same_number(printed: str, expected: str) -> bool:
    if not _NUMBER.fullmatch(printed):  # Decimal also reads 1_000 and the digits of other scripts
        return False
    try:
        a, b = Decimal(printed), Decimal(expected)
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
