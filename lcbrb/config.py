"""Options of a spec string into a frozen dataclass; unknown names are refused."""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from lcbrb.errors import UnknownNameError, UsageError, first_problem

T = TypeVar("T")
_PLAIN = re.compile(r"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf)", re.ASCII | re.IGNORECASE)


def build(cls: type[T], options: Mapping[str, Any], where: str) -> T:
    """An instance of a dataclass from named options, which may be strings ("512", "true").

    Args:
        cls: a dataclass; its fields are the options there are.
        options: name to value.
        where: what the options belong to, for error messages.

    Raises:
        UnknownNameError: an option that the class does not have.
        UsageError: a value that does not fit its field, a missing one, or what the class itself
            refuses.
    """
    known = [field.name for field in dataclasses.fields(cls)]  # type: ignore[arg-type] # a dataclass, unsaid
    for name in options:
        if name not in known:
            raise UnknownNameError(f"option of {where}", name, known)
    try:
        built = TypeAdapter(cls).validate_python(dict(options))
    except ValidationError as error:
        name, why = first_problem(error)
        what = f"option '{name}'" if name else "options"
        raise UsageError(f"{what} of {where}: {why}") from error
    for name, given in options.items():
        refuse_odd_number(given, getattr(built, name), f"option '{name}' of {where}")
    return built


def is_plain_number(text: str) -> bool:
    """Whether a text is a number as people write one: digits, a sign, a point, an exponent.

    Python also takes ``1_000``, blanks around it, ``nan`` and the digits of other scripts. Whoever
    typed these may have meant something else, and two spellings of one spec would be two names.
    """
    return _PLAIN.fullmatch(text) is not None


def refuse_odd_number(given: object, value: object, what: str) -> None:
    """Refuse a number that was read out of a text which is no plain number.

    Args:
        given: what stood there; only texts are looked at (a setting in TOML is none).
        value: what was made of it.
        what: where it stood, for the message.

    Raises:
        UsageError: it is a number, and `is_plain_number` says no.
    """
    if not isinstance(given, str) or isinstance(value, bool) or not isinstance(value, int | float):
        return
    if not is_plain_number(given):
        meant = "" if math.isnan(value) else f"; is {value} meant?"
        raise UsageError(f"{what}: '{given}' is no plain number{meant}")
