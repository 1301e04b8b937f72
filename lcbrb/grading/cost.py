"""What grading a program cost, and the verdict where there is nothing to grade."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from lcbrb.protocols.sandbox import Execution
from lcbrb.types import Completion, Status, StopReason, Verdict

DETAIL_CHARACTERS = 1500


class Rounded(TypedDict):
    """A verdict's cost fields."""

    cpu_s: float
    wall_s: float
    peak_memory_mib: float | None


@dataclass(slots=True)
class Cost:
    """What a program has used so far, over all its tests."""

    cpu_s: float = 0.0
    wall_s: float = 0.0
    peak_memory_mib: float | None = None  # until it is measured once

    def add(self, execution: Execution) -> None:
        """Count one execution in."""
        self.cpu_s += execution.cpu_s or 0.0
        self.wall_s += execution.wall_s or 0.0
        if execution.peak_memory_mib is not None:
            self.peak_memory_mib = max(self.peak_memory_mib or 0.0, execution.peak_memory_mib)

    def rounded(self) -> Rounded:
        """As a verdict holds it."""
        peak = self.peak_memory_mib
        return Rounded(
            cpu_s=round(self.cpu_s, 4),
            wall_s=round(self.wall_s, 4),
            peak_memory_mib=None if peak is None else round(peak, 1),
        )


def unanswered(completion: Completion) -> Verdict:
    """The verdict on a completion without a solution."""
    cut = completion.stop_reason is StopReason.LENGTH
    return Verdict(status=Status.TRUNCATED if cut else Status.NO_ANSWER)
