"""What EvalPlus accepts as the reference's answer, in our own code.

The rules follow EvalPlus 0.3.1 (``evalplus/eval/__init__.py``, ``unsafe_execute``, and
``evalplus/eval/_special_oracle.py``). Both values come from `lcbrb.sandbox.inside.wire`, so they
are plain data of our own making: nothing here can run a method that the program wrote.

Where this differs, on purpose:

- HumanEval/32: version 0.3.1 marks no test of it as passed and so fails every program (repaired in
  EvalPlus' commit 6eb1e19, which this follows).
- Two values that are close must have one shape; upstream lets NumPy stretch the smaller one.
- Subclasses (``numpy.float64``) count as what they extend; upstream wants the very same type as
  soon as a value is close and not equal.
- NaN answers NaN. Upstream fails even the reference there.
- Special oracles see the arguments as they were given, not as the program left them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Any

import numpy as np

from lcbrb.sandbox.inside import wire
from lcbrb.types import Oracle

FLOAT_ATOL = 1e-6
RTOL = 1e-7
_SHOWN = 200


def tolerances(are_floats: Iterable[bool], atol: float) -> list[float]:
    """The absolute tolerance of each test of one run.

    The problem's own; where it has none, 1e-6 from the first test on that expects floats.
    """
    allowed = []
    for floats in are_floats:
        if atol == 0 and floats:
            atol = FLOAT_ATOL
        allowed.append(atol)
    return allowed


def is_floats(value: object) -> bool:
    """Whether an answer is a float, or a list or tuple of nothing but floats."""
    if isinstance(value, list | tuple) and value:
        return all(isinstance(part, float) for part in value)
    return isinstance(value, float)


def difference(
    oracle: Oracle, arguments: Sequence[Any], returned: Any, expected: Any, atol: float
) -> str | None:
    """None where `returned` answers the test, else what differs."""
    try:
        right = _RULES[oracle](arguments, returned, expected, atol)
    except (ArithmeticError, TypeError, ValueError, AttributeError, RecursionError) as error:
        return f"returned {short(returned)}, which can't be compared: {error}"  # of the wrong kind
    if right:
        return None
    if oracle is Oracle.ROOT:
        return f"returned {short(returned)}, which is no root"
    return f"returned {short(returned)}, expected {short(expected)}"


def short(value: object) -> str:
    """A value as people read it, cut off where it is long."""
    try:
        text = repr(value)
    except ValueError:  # Python writes no integer of more than 4300 digits
        return "a very large number"
    except RecursionError:  # it was decoded with more room on the stack than there is here
        return "a value nested very deeply"
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _equal(_: Sequence[Any], returned: Any, expected: Any, atol: float) -> bool:
    return _same(returned, expected) or (atol != 0 and _close(returned, expected, atol))


def _same(returned: Any, expected: Any) -> bool:
    """Equality as Python has it, but for NaN, which answers NaN."""
    if returned == expected:
        return True
    if isinstance(returned, float) and isinstance(expected, float):
        return math.isnan(returned) and math.isnan(expected)
    if isinstance(returned, list | tuple) and type(returned) is type(expected):
        other = expected
        return len(returned) == len(other) and all(map(_same, returned, other))
    if isinstance(returned, dict) and isinstance(expected, dict):
        return returned.keys() == expected.keys() and all(
            _same(value, expected[key]) for key, value in returned.items()
        )
    return False


def _close(returned: Any, expected: Any, atol: float) -> bool:
    if type(returned) is not type(expected) or not _alike(returned, expected):
        return False  # NumPy would make room for whatever a program returns
    with np.errstate(all="ignore"):
        a, b = np.asarray(returned), np.asarray(expected)
        return a.shape == b.shape and bool(np.allclose(a, b, rtol=RTOL, atol=atol))


def _alike(returned: Any, expected: Any) -> bool:
    """Whether both are numbers, or lists of one shape with numbers in them."""
    if isinstance(returned, list | tuple) and isinstance(expected, list | tuple):
        return len(returned) == len(expected) and all(map(_alike, returned, expected))
    return isinstance(returned, int | float | complex) and isinstance(
        expected, int | float | complex
    )


def _same_set(_: Sequence[Any], returned: Any, expected: Any, __: float) -> bool:
    wire.refuse_collisions(returned)
    return set(returned) == set(expected)


def _not_none(_: Sequence[Any], returned: Any, expected: Any, __: float) -> bool:
    """A match or no match: a regex's match object, True, or anything but None says there is one."""
    if isinstance(returned, bool):
        return returned == (expected is not None)
    return (returned is not None) == (expected is not None)


def _anything(_: Sequence[Any], __: Any, ___: Any, ____: float) -> bool:
    return True


def _equal_or_zero(arguments: Sequence[Any], returned: Any, expected: Any, atol: float) -> bool:
    return returned == 0 or _equal(arguments, returned, expected, atol)


def _root(arguments: Sequence[Any], returned: Any, _: Any, atol: float) -> bool:
    """The polynomial with these coefficients, lowest power first, is zero there."""
    (coefficients,) = arguments
    powers = (
        coefficient * math.pow(returned, power) for power, coefficient in enumerate(coefficients)
    )
    return bool(abs(sum(powers)) <= atol)


def _slanted_surface(arguments: Sequence[Any], returned: Any, expected: Any, atol: float) -> bool:
    """Surface of a square pyramid; the height may be that of a face or of the apex."""
    edge, height = arguments
    slant = math.hypot(edge / 2, height)
    surface = round(edge**2 + 2 * edge * slant)
    return abs(returned - surface) <= atol or _equal(arguments, returned, expected, atol)


def _padded_digits(arguments: Sequence[Any], returned: Any, expected: Any, atol: float) -> bool:
    """Sum of differences digit by digit, the shorter number padded with zeros in front."""
    first, second = (str(number)[::-1] for number in arguments)
    pairs = zip_longest(first, second, fillvalue="0")
    padded = sum(abs(int(a) - int(b)) for a, b in pairs)
    return returned == padded or _equal(arguments, returned, expected, atol)


_RULES = {
    Oracle.EQUAL: _equal,
    Oracle.SAME_SET: _same_set,
    Oracle.NOT_NONE: _not_none,
    Oracle.ANYTHING: _anything,
    Oracle.EQUAL_OR_ZERO: _equal_or_zero,
    Oracle.ROOT: _root,
    Oracle.SLANTED_SURFACE: _slanted_surface,
    Oracle.PADDED_DIGITS: _padded_digits,
}

#: oracles for which the very same text is no proof of a right answer
_LOOKS_AT_ARGUMENTS = frozenset({Oracle.ROOT})


def text_decides(oracle: Oracle, answer: str) -> bool:
    """Whether the very same answer on the wire is a right one, so that none must be decoded."""
    return oracle not in _LOOKS_AT_ARGUMENTS and "lcbrb:opaque" not in answer
