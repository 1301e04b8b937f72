"""The limits on CPU and wall time that end the waiting for a program's answer."""

from __future__ import annotations

import random
import time

from lcbrb.sandbox.channel import StoppedError
from lcbrb.sandbox.clocks import LOOKS_S, waited_s
from lcbrb.sandbox.process import Process
from lcbrb.sandbox.scratch_look import MEANWHILE
from lcbrb.types import Status

_POLL_LEAST_S = 0.002
_POLL_MOST_S = (0.1, LOOKS_S)  # drawn anew each time: nobody can be busy at the looks alone
OVERFULL = "filled its scratch folder"
_CHANCE = random.Random()


class Deadline:
    """When to give up on one request.

    Args:
        process: whose time is counted.
        wall_s: how long it may block: while no thread of it runs or waits for a core.
        cpu_limit_s: how much CPU time it may use.
        cpu_before_s: what it had used before that.
        started: since when, in seconds of the monotonic clock.
    """

    def __init__(
        self,
        process: Process,
        wall_s: float,
        cpu_limit_s: float,
        cpu_before_s: float,
        started: float,
    ) -> None:
        self._process = process
        self._wall_s = wall_s
        self._cpu_limit_s = cpu_limit_s
        self._cpu_before_s = cpu_before_s
        self._left_s = cpu_limit_s
        self._started = self._looked_at = started
        self._unwatched_s = time.monotonic() - started  # of one that was sent ahead
        self._cpu_s = cpu_before_s  # as of then
        self._busy_s: float | None = None  # not looked at yet
        self._blocked_s = 0.0

    def wait_s(self) -> float:
        """How long nothing needs to be looked at."""
        return max(_POLL_LEAST_S, min(self._left_s, _CHANCE.uniform(*_POLL_MOST_S)))

    def check(self) -> None:
        """Look at what has been used.

        Raises:
            StoppedError: a limit has been passed.
        """
        now, cpu_s = time.monotonic(), self._process.cpu_s()
        used_s = cpu_s - self._cpu_before_s
        self._left_s = self._cpu_limit_s - used_s
        if self._left_s <= 0:
            raise StoppedError(Status.TIME_LIMIT, f"used {used_s:.2f} s of CPU time")
        if self._process.overfull(MEANWHILE):
            raise StoppedError(Status.OUTPUT_LIMIT, OVERFULL)
        self._blocked_s += self._blocked_until(now, cpu_s)
        if self._blocked_s > self._wall_s:
            raise StoppedError(
                Status.TIME_LIMIT,
                f"blocked: {now - self._started:.0f} s passed, {used_s:.2f} s of CPU",
            )

    def _blocked_until(self, now: float, cpu_s: float) -> float:
        """How long it has blocked since the last look.

        Threads that came and went between two looks took their waiting for a core with them. What
        they computed is in the CPU time; the rest of the time goes by what it does now. A grader
        that was itself stopped since the last look has not waited (see `waited_s`).
        """
        busy_before_s, self._busy_s = self._busy_s, self._process.busy_s()
        since_s, active_s = now - self._looked_at, cpu_s - self._cpu_s
        if busy_before_s is not None and self._busy_s is not None:
            active_s = max(active_s, self._busy_s - busy_before_s)
        self._looked_at, self._cpu_s = now, cpu_s
        if active_s >= since_s or self._process.is_busy():
            return 0.0
        unwatched_s, self._unwatched_s = self._unwatched_s, 0.0
        blocked_s = since_s - active_s
        return min(blocked_s, unwatched_s + waited_s(blocked_s))
