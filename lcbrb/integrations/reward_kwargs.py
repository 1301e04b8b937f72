"""What is written below ``reward_kwargs`` of a verl training: checked before a reply is graded."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from lcbrb.errors import UnknownNameError, UsageError

#: verl's own, handed to functions while a reward model of its own runs
_FROM_VERL = {"reward_router_address", "reward_model_tokenizer"}


def check_names(
    given: Iterable[str], takers: Sequence[Callable[..., Any]], also: Iterable[str] = ()
) -> None:
    """Hold that every setting is a parameter which one of the functions takes by name alone.

    Args:
        given: names of settings.
        takers: the functions that are called with them.
        also: more names that are right.

    Raises:
        UnknownNameError: one is not; the nearest ones are named.
    """
    parameters = [p for taker in takers for p in inspect.signature(taker).parameters.values()]
    by_name = {p.name for p in parameters if p.kind is p.KEYWORD_ONLY}
    known = by_name - _FROM_VERL | {*also}
    for name in given:
        if name not in known:
            raise UnknownNameError("setting in reward_kwargs", name, known)


def as_reward(unjudged: object) -> float | None:
    """The reward of a reply that we failed to grade, as it was set; None where it was not.

    Raises:
        UsageError: it is no number.
    """
    if unjudged is None:
        return None
    if isinstance(unjudged, int | float) and math.isfinite(unjudged):
        return float(unjudged)
    raise UsageError(
        "reward_kwargs.unjudged is the reward of a reply that we failed to grade, a number, "
        f"not {unjudged!r}"
    )
