"""What the kernel says of a process that is not ours to ask: its time, and whether it has ended."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

LOOKS_S = 0.25  # seconds between two looks at something that is waited for, at most
_COUNTS_MOST_S = 2 * LOOKS_S  # of what passed since the look before
_HAS_CLOCKS = sys.platform.startswith("linux")
_GONE = frozenset({b"Z", b"X"})


def waited_s(since_s: float) -> float:
    """How much of what passed since the last look counts as waited: half a second at most.

    A grader that was stopped for a while (from a terminal, with its container) finds that minutes
    have passed in which nobody looked, and whatever it waits for may have been stopped with it.
    """
    return min(since_s, _COUNTS_MOST_S)


class Countdown:
    """Time to wait for something, counted from look to look (see `waited_s`).

    Args:
        wall_s: how long to wait, in seconds.
    """

    def __init__(self, wall_s: float) -> None:
        self._left_s = wall_s
        self._looked_at = time.monotonic()

    def next_look_s(self) -> float:
        """How long to wait at most until `is_over` is asked again."""
        return max(0.0, min(self._left_s, LOOKS_S))

    def is_over(self) -> bool:
        """Look at the clock; whether the time has passed."""
        now = time.monotonic()
        self._left_s -= waited_s(now - self._looked_at)
        self._looked_at = now
        return self._left_s <= 0


def cpu_clock_s(pid: int) -> float:
    """CPU time of a process that has not been reaped, from its clock (see clock_getcpuclockid).

    Raises:
        OSError: there is no such process.
    """
    return time.clock_gettime((~pid << 3) | 2) if _HAS_CLOCKS else _cpu_by_ps(pid)


def _cpu_by_ps(pid: int) -> float:
    """CPU time as ``ps`` tells it, where no clock of another process can be read (macOS)."""
    command = ["/bin/ps", "-o", "time=", "-p", str(pid)]
    text = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    total = 0.0
    for part in text.replace("-", ":").split(":") if text else ():
        total = total * 60 + float(part)
    return total


def is_zombie(pid: int) -> bool:
    """Whether a process has ended and waits to be reaped, or is gone (Linux)."""
    return _state(Path(f"/proc/{pid}/stat")) in _GONE


def is_queued_or_running(pid: int) -> bool:
    """Whether a thread of a process runs or waits for a core now (Linux; elsewhere: no)."""
    try:
        return any(_state(task / "stat") == b"R" for task in Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return False


def queued_or_running_s(pid: int) -> float | None:
    """Time that the threads a process has now ran or waited for a core (Linux's schedstat)."""
    total = 0
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            running, waiting, _ = (task / "schedstat").read_text().split()
            total += int(running) + int(waiting)
    except (OSError, ValueError):
        return None
    return total / 1e9


def _state(stat: Path) -> bytes:
    """The letter that a stat file of the kernel gives; that of the dead where there is none."""
    try:
        return stat.read_bytes().rpartition(b")")[2].split()[0]
    except (OSError, IndexError):
        return b"X"
