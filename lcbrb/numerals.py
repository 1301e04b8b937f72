"""Numbers in specs and options: plain digits, and nothing else that Python takes for a number."""

from __future__ import annotations

import math
import re

from lcbrb.errors import UsageError

_PLAIN = re.compile(r"[+-]?(?:(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|inf)", re.ASCII | re.IGNORECASE)


def is_plain_number(text: str) -> bool:
    """Whether a text is a number as people write one: digits, a sign, a point, an exponent.

    Python also takes ``1_000``, blanks around it, ``nan`` and the digits of other scripts. Whoever
    typed these may have meant something else, and two spellings of one spec would be two names.
    """
    return _PLAIN.fullmatch(text) is not None


def refuse_odd_number(given: object, value: object, what: str) -> None:
    """Refuse a number that was read out of a text which is no plain number.

    Only a text that was given is looked at (a setting in TOML is none); `what` says where it stood.

    Raises:
        UsageError: it is a number, and `is_plain_number` says no.
    """
    if not isinstance(given, str) or isinstance(value, bool) or not isinstance(value, int | float):
        return
    if not is_plain_number(given):
        meant = "" if math.isnan(value) else f"; did you mean {value}?"
        raise UsageError(f"{what}: '{given}' is not a plain number{meant}")
