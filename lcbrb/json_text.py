"""JSON that others wrote, read strictly: what two programs may read in two ways is refused."""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import Any

from lcbrb.errors import UsageError
from lcbrb.types import JsonValue

_LONGEST = 60  # of what an error quotes


def parse_json(text: str) -> JsonValue:
    """JSON as the standard has it: NaN and Infinity are refused, and so is 1e999.

    An object that says a name twice is refused as well: which of the two counts is a guess.

    Raises:
        UsageError: the text is no JSON; the message says where it breaks.
    """
    return _parse_json(text, parse_constant=_no_constant, parse_float=_finite)


def parse_json_with_infinities(text: str) -> JsonValue:
    """As `parse_json`, but NaN, infinities and 1e999 are numbers, as other programs write them."""
    return _parse_json(text)


def _parse_json(text: str, **numbers: Any) -> JsonValue:
    try:
        return json.loads(text, object_pairs_hook=_without_twins, **numbers)
    except json.JSONDecodeError as error:
        line = f"line {error.lineno}, " if error.lineno > 1 else ""
        raise UsageError(f"not valid JSON ({error.msg} at {line}column {error.colno})") from error
    except RecursionError as error:
        raise UsageError("not usable JSON (nested too deeply)") from error
    except UsageError:
        raise
    except ValueError as error:  # Python reads no integer of more than 4300 digits
        raise UsageError("not usable JSON (an integer of more than 4300 digits)") from error


def _without_twins(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        twin, _ = Counter(name for name, _ in pairs).most_common(1)[0]
        raise UsageError(f"not usable JSON (an object has the key {twin[:_LONGEST]!r} twice)")
    return fields


def _no_constant(name: str) -> None:
    raise UsageError(f"not valid JSON ({name} is not a number that JSON has)")


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise UsageError(f"not usable JSON ({digits[:_LONGEST]} is too large a number)")
    return number
