"""Problems that a model was trained on, among those that it is judged by: told, refused, left out.

A score on problems that were trained on tells what was learned by heart. What training saw is what
the model's folder names (`lcbrb.models.trained_on`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from lcbrb.errors import UsageError
from lcbrb.models.trained_on import TrainedOn
from lcbrb.types import RunRecord, TrainedProblem

#: of a record: problems that were trained on, in its score and left out of it
COUNTED, LEFT_OUT = "trained_on", "trained_on_left_out"
_SHOWN = 3


class OverlapRule(StrEnum):
    """What becomes of problems that a model was trained on."""

    DECLARE = "declare"  # they count, and the record says how many there are
    REFUSE = "refuse"  # nothing is judged
    LEAVE_OUT = "leave-out"  # the score is of the others

    @classmethod
    def named(cls, name: str) -> OverlapRule:
        """The rule of a name.

        Raises:
            UsageError: there is none.
        """
        if name not in set(cls):
            raise UsageError(f"overlap '{name}': expected one of {', '.join(cls)}")
        return cls(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """The `ids` of those problems, of `total` that are to be judged; `left_out` if they are not."""

    ids: tuple[str, ...] = ()
    total: int = 0
    left_out: bool = False

    def notes(self, who: str = "the model") -> tuple[str, ...]:
        """A sentence for the record, if there is anything to say."""
        if not self.ids:
            return ()
        end = "they are left out" if self.left_out else "its score on them may come from memory"
        return (f"{who} was trained on {self._told()}: {end}",)

    @property
    def counts(self) -> dict[str, int]:
        """For the record; empty where there are none."""
        return {LEFT_OUT if self.left_out else COUNTED: len(self.ids)} if self.ids else {}

    def _told(self) -> str:
        more = f" and {len(self.ids) - _SHOWN} more" if len(self.ids) > _SHOWN else ""
        return (
            f"{len(self.ids)} of these {self.total} problems ({', '.join(self.ids[:_SHOWN])}{more})"
        )

    def under(self, rule: OverlapRule, who: str) -> Overlap:
        """The same, with what a rule says done.

        Raises:
            UsageError: the rule refuses it, or leaves no problem.
        """
        if self.ids and rule is OverlapRule.REFUSE:
            raise UsageError(
                f"{who} was trained on {self._told()}, and --overlap is {rule}: evaluate it on "
                f"other problems, or with --overlap {OverlapRule.LEAVE_OUT}"
            )
        left_out = rule is OverlapRule.LEAVE_OUT
        if left_out and len(self.ids) == self.total > 0:
            raise UsageError(
                f"{who} was trained on all of these {self.total} problems, so none is left to "
                "evaluate it on: choose others"
            )
        return Overlap(ids=self.ids, total=self.total, left_out=left_out)


def overlap(lines: Sequence[TrainedProblem], problems: Iterable[tuple[str, str]]) -> Overlap:
    """The problems that a model was trained on.

    Args:
        lines: what it was trained on.
        problems: those that it is to be judged by, as ids and statements; one that is asked in two
            ways stands there twice.
    """
    given = list(problems)
    total = len({name for name, _ in given})
    if not lines:
        return Overlap(total=total)
    known = TrainedOn(lines)
    ids = dict.fromkeys(name for name, statement in given if statement in known)
    return Overlap(ids=tuple(ids), total=total)


def trained_on_count(record: RunRecord) -> int:
    """How many problems of a run's score its subject was trained on, as far as the run knew."""
    return record.counts.get(COUNTED, 0)
