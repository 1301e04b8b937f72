"""Settings of `lcbrb pairs build`: sampling, when a problem is done, and which pairs are kept."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from lcbrb.errors import UsageError
from lcbrb.harness.config import BenchConfig
from lcbrb.pairs.labels import TextRule
from lcbrb.prompts.think_answer import THINK_ANSWER

_SAMPLING = frozenset(field.name for field in dataclasses.fields(BenchConfig))
_ROUNDS = frozenset({"at_once", "enough", "give_up_after"})


class Length(StrEnum):
    """Which couples of a problem are taken first."""

    ANY = "any"  # by the seed
    NEAREST = "nearest"  # those of nearly equal length


class Code(StrEnum):
    """What becomes of fenced blocks of code in the reasoning."""

    KEEP = "keep"
    STRIP = "strip"


class Leaks(StrEnum):
    """What becomes of reasoning that says how the tests ended."""

    FLAG = "flag"
    DROP = "drop"


class Facet(StrEnum):
    """By what pairs can be balanced."""

    DIFFICULTY = "difficulty"
    PLATFORM = "platform"
    DATE = "date"  # quarters of a year


@dataclass(frozen=True, slots=True, kw_only=True)
class FactoryConfig(BenchConfig):
    """Settings of `pairs build`, beside those of sampling.

    The paper's format is asked for (`template`), with 4,096 tokens a reply.

    Attributes:
        at_once: samples of a problem that are drawn before it is looked at again; a quarter of all
            and 8 at most where it is None (all, where requests go into a file).
        enough: of either kind, after which a problem is sampled no further; as many as it may give
            pairs where it is None.
        give_up_after: samples after which a problem that has but one kind is given up; half of all
            where it is None, 0: never.
        length: which couples are taken first.
        length_ratio: how many times as long as the other (in characters) a side may be; 0: any.
        near_duplicates: the Jaccard similarity from which a text is left out as nearly another's
            (of its problem and cell, and of the sets in `against`); 0: none is.
        against: pair sets (as `--pairs` of `lcbrb eval` takes them) whose texts are nearly repeated
            by no pair.
        code: of fenced blocks in the reasoning.
        leaks: of reasoning that says how the tests ended.
        balance: by what the pairs are balanced; nothing where it is empty.
        pairs: the most pairs of each kind in all; 0: no cap.
    """

    max_tokens: int = 4096
    template: str | None = THINK_ANSWER
    at_once: int | None = None
    enough: int | None = None
    give_up_after: int | None = None
    length: Length = Length.ANY
    length_ratio: float = 0.0
    near_duplicates: float = 0.8
    against: tuple[str, ...] = ()
    code: Code = Code.KEEP
    leaks: Leaks = Leaks.FLAG
    balance: tuple[Facet, ...] = ()
    pairs: int = 0

    def check(self) -> None:
        """Refuse settings out of their range.

        Raises:
            UsageError: one is.
        """
        for name, good, rule in (
            ("at_once", self.at_once is None or self.at_once >= 1, "1 or more"),
            ("enough", self.enough is None or self.enough >= 1, "1 or more"),
            ("give_up_after", (self.give_up_after or 0) >= 0, "0 (never) or more"),
            ("length_ratio", not self.length_ratio or self.length_ratio >= 1, "1 or more"),
            ("near_duplicates", 0 <= self.near_duplicates <= 1, "from 0 (none) to 1"),
            ("pairs", self.pairs >= 0, "0 (all) or more"),
        ):
            if not good:
                raise UsageError(f"{name} is {getattr(self, name)}: it must be {rule}")
        if self.against and not self.near_duplicates:
            raise UsageError(
                "against compares with other sets by near_duplicates, which must not be 0"
            )

    @property
    def texts(self) -> TextRule:
        """What is done about the texts."""
        return TextRule(
            strip_code=self.code is Code.STRIP,
            drop_leaks=self.leaks is Leaks.DROP,
            near_duplicates=self.near_duplicates,
        )

    def of_pairing(self) -> dict[str, Any]:
        """For the record: the settings that have nothing to do with sampling."""
        own = {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if field.name not in _SAMPLING | _ROUNDS
        }
        return {name: list(v) if isinstance(v, tuple) else v for name, v in own.items()}


def with_lists(given: Mapping[str, Any]) -> dict[str, Any]:
    """Settings in which ``a,b`` stands for a list, where a list is meant."""
    split = {
        name: [part.strip() for part in given[name].split(",")]
        for name in ("balance", "against")
        if isinstance(given.get(name), str)
    }
    return {**given, **split}


def refuse_sampling(given: Mapping[str, Any], n: int | None) -> None:
    """Refuse settings of sampling where completions were recorded.

    Raises:
        UsageError: one was given; it is named.
    """
    named = ["-n"] if n is not None else []
    named += [f"--config {name}" for name in given if name in _SAMPLING | _ROUNDS]
    if named:
        raise UsageError(
            f"{named[0]} sets how to sample, but recorded completions exist already: leave it out"
        )
