"""Options of `lcbrb pairs` that hold more than one value."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from lcbrb.errors import UsageError
from lcbrb.numerals import is_plain_number


def read_mix(text: str) -> dict[str, float]:
    """``strong=2,degraded=1`` as a mapping.

    Raises:
        UsageError: a part in another form, or a name that comes twice.
    """
    mix: dict[str, float] = {}
    for part in text.split(","):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        number = float(value) if is_plain_number(value) else math.nan
        if not equals or not name or not math.isfinite(number) or number < 0:
            raise UsageError(
                f"--mix: '{part}' is not KIND=PART, where PART is a number of at least 0"
            )
        if name in mix:
            raise UsageError(f"--mix: '{name}' is given twice")
        mix[name] = number
    return mix


def read_range(text: str) -> tuple[int, int]:
    """``4-8`` or ``5`` as the least and the most.

    Raises:
        UsageError: it is neither.
    """
    match = re.fullmatch(r"\s*([0-9]{1,4})\s*(?:-\s*([0-9]{1,4})\s*)?", text)
    if match is None:
        raise UsageError(f"--steps: '{text}' is not a range like 4-8")
    least = int(match[1])
    return least, int(match[2] or least)


def refuse_other_way(
    policy: str | None, by_rule: Mapping[str, object], by_policy: Mapping[str, object]
) -> None:
    """Refuse options of `lcbrb pairs od` that do not go with the way in which pairs are made.

    Raises:
        UsageError: one was given; it is named.
    """
    if policy is not None and by_rule["--degrade"] is not None:
        raise UsageError(
            "--policy and --degrade are two ways to make pairs: with --policy a model rewrites "
            "its reasoning, with --degrade programmatic computed solutions are changed by rule; "
            "give only one of them"
        )
    given = [name for name, value in (by_policy if policy is None else by_rule).items() if value]
    if given:
        way = "without --policy" if policy is None else "with --policy"
        raise UsageError(f"{given[0]} can't be used {way} (see lcbrb pairs od --help)")
