"""Values of a program that equal everything: a test that compares them would always pass."""

import functools
from types import FunctionType
from typing import Any

from lcbrb.sandbox.inside.start_state import FILE

_DEPTH_MOST = 3


def watched(function: Any) -> Any:
    """The function; a value of it that equals what nothing equals is an AssertionError."""

    @functools.wraps(function)
    def call(*positional: Any, **named: Any) -> Any:
        value = function(*positional, **named)
        if equals_everything(value):
            raise AssertionError("a value of the program equals everything")
        return value

    return call


def equals_everything(value: Any, depth: int = 0) -> bool:
    """Whether something in a value equals a new object, by a method that the program wrote."""
    for kind in type(value).__mro__:
        method = vars(kind).get("__eq__")
        if isinstance(method, FunctionType) and method.__code__.co_filename == FILE:
            return bool(value == object())
    if depth < _DEPTH_MOST:
        if isinstance(value, (list, tuple, set, frozenset)):
            return any(equals_everything(part, depth + 1) for part in value)
        if isinstance(value, dict):
            return any(equals_everything(part, depth + 1) for part in [*value, *value.values()])
    return False
