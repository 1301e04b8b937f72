"""What grading a program cost, as its verdict says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lcbrb.protocols.sandbox import Execution
from lcbrb.types import Status, Verdict

DETAIL_CHARACTERS = 1500


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

    def verdict(self, status: Status, passed: int, detail: str, **parts: Any) -> Verdict:
        """The verdict on a program that passed so many tests, at this cost."""
        peak = self.peak_memory_mib
        return Verdict(
            status=status,
            tests_passed=passed,
            detail=detail[:DETAIL_CHARACTERS],
            cpu_s=round(self.cpu_s, 4),
            wall_s=round(self.wall_s, 4),
            peak_memory_mib=None if peak is None else round(peak, 1),
            **parts,
        )
