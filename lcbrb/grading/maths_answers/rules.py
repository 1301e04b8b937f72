"""When two answers are the same: what each benchmark allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from lcbrb.grading.maths_answers.numbers import SIX_DIGITS, Number, same_measurement, same_number


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """When two answers are the same.

    Args:
        tolerance: relative, for a decimal beside an exact number.
        measured: expected numbers are measurements, right up to rounding.
        scaled: equations may differ by a factor.
        whole: only a whole number can be right.
    """

    tolerance: Fraction = SIX_DIGITS
    measured: bool = False
    scaled: bool = False
    whole: bool = False

    def agree(self, gold: Number, answer: Number) -> bool:
        """Whether a number is the expected one."""
        if self.whole:
            return gold.value == answer.value
        if self.measured:
            return same_measurement(gold, answer)
        return same_number(gold, answer, self.tolerance)

    def plain(self) -> dict[str, str | bool]:
        """These rules as plain data, for a worker process."""
        return {
            "tolerance": str(self.tolerance),
            "measured": self.measured,
            "scaled": self.scaled,
            "whole": self.whole,
        }

    @classmethod
    def of(cls, plain: Mapping[str, str | bool]) -> Rules:
        """The rules that `plain` gave."""
        return cls(
            tolerance=Fraction(str(plain["tolerance"])),
            measured=bool(plain["measured"]),
            scaled=bool(plain["scaled"]),
            whole=bool(plain["whole"]),
        )
