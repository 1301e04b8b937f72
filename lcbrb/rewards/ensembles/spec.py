"""How an ensemble is written: its members, and the options that go together.

    ensemble:A|B|C
    ensemble:(A?x=1)|(B)|(C)?combine=min

A member that has options, or a ``|`` in its name, stands in round brackets, and then all members
do; so a spec reads in one way only.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from lcbrb.errors import UsageError
from lcbrb.registry import Spec
from lcbrb.rewards.base import RewardModel
from lcbrb.rewards.ensembles.scales import Scale


class Combine(StrEnum):
    """How members' scores become one."""

    MEAN = "mean"
    MIN = "min"
    UNCERTAINTY = "uncertainty"
    VOTE = "vote"


class Spread(StrEnum):
    """How far members are apart, over the members at hand (not a sample of more)."""

    VARIANCE = "variance"
    STD = "std"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnsembleOptions:
    """What ``ensemble:…?…`` takes.

    `scale` has no value of its own: scores are combined as they are where all members have the same
    bounds, else the spec must say. `centres` and `spreads` are numbers for each member, in order
    and with commas between them, for ``scale=z``.
    """

    combine: Combine = Combine.MEAN
    scale: Scale | None = None
    centres: str = ""
    spreads: str = ""
    weight: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.5
    spread: Spread = Spread.VARIANCE


def member_specs(target: str) -> list[str]:
    """The members' specs.

    Raises:
        UsageError: brackets that do not match, or options of a member without brackets.
    """
    if target.startswith("("):
        return _in_brackets(target)
    names = target.split("|")
    for name in names:
        if not name.strip() or "?" in name or name.startswith("("):
            raise UsageError(
                f"'{target}' is not A|B|C: if a member has options, put every member in "
                "brackets: (A?x=1)|(B)"
            )
    return names


def _in_brackets(target: str) -> list[str]:
    names, depth, begin = [], 0, 0
    for at, character in enumerate(target):
        if depth == 0:
            expected = "(" if at == 0 or target[at - 1] == "|" else "|"
            if character != expected:
                break
            begin = at + 1
        depth += (character == "(") - (character == ")")
        if depth == 0 and character == ")":
            names.append(target[begin:at])
    else:
        if depth == 0 and target.endswith(")") and all(name.strip() for name in names):
            return names
    raise UsageError(f"'{target}' is not (A)|(B)|(C): its brackets do not match")


def check_options(spec: Spec, options: EnsembleOptions, *, pairwise: bool) -> None:
    """Refuse what would be read by nobody.

    Raises:
        UsageError: an option that the others leave without a meaning.
    """
    given = set(spec.options)
    if pairwise and options.combine not in {Combine.MEAN, Combine.VOTE}:
        raise UsageError(
            f"{spec.text}: a member compares pairs, so the ensemble is the mean of preferences; "
            f"combine={options.combine} needs members that give scores"
        )
    if pairwise or options.combine is Combine.VOTE:
        unread, why = given & {"scale", "centres", "spreads"}, "preferences all have the same scale"
    else:
        unread = given & {"centres", "spreads"} if options.scale is not Scale.Z else set()
        why = "only scale=z uses them"
    if not unread and options.combine is not Combine.UNCERTAINTY:
        unread, why = given & {"weight", "spread"}, "only combine=uncertainty uses it"
    if unread:
        raise UsageError(f"{spec.text}: '{min(unread)}' would have no effect ({why})")


def common_scale(members: Sequence[RewardModel]) -> Scale:
    """None is needed where all members have the same bounds.

    Raises:
        UsageError: they have not.
    """
    if len({member.bounds for member in members}) == 1:
        return Scale.NONE
    ranges = ", ".join(f"{member.id} {member.bounds}" for member in members)
    raise UsageError(
        f"the members' scores have different ranges ({ranges}): say how to combine them, with "
        "?scale=unit, scale=z (with centres and spreads), combine=vote, or scale=none"
    )


def constants(
    options: EnsembleOptions, members: int
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The centre and spread of each member, for ``scale=z``.

    Raises:
        UsageError: not one number a member, or a spread that is none.
    """
    lists = []
    for name, text in (("centres", options.centres), ("spreads", options.spreads)):
        try:
            values = tuple(float(part) for part in text.split(","))
        except ValueError:
            values = ()
        if len(values) != members or not all(map(math.isfinite, values)):
            raise UsageError(f"scale=z needs {name}: {members} numbers with commas, found '{text}'")
        lists.append(values)
    if any(value <= 0 for value in lists[1]):
        raise UsageError(f"spreads must be greater than 0, found '{options.spreads}'")
    return lists[0], lists[1]
