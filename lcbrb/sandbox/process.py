"""A process that waits for a program, whatever it is like, and what is left of one that ended."""

from __future__ import annotations

import os
import signal
from abc import ABC, abstractmethod
from contextlib import suppress
from dataclasses import dataclass

from lcbrb.sandbox import clocks
from lcbrb.sandbox.channel import Channel
from lcbrb.sandbox.streams import Streams


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What the kernel says of a process that is gone. `exit_code` < 0: the signal that ended it.

    `out_of_memory` says that it took more than its control group may have, and was killed for it.
    """

    exit_code: int
    cpu_s: float
    peak_memory_mib: float | None = None
    out_of_memory: bool = False

    def signal_name(self) -> str:
        """Of what ended it."""
        try:
            return signal.Signals(-self.exit_code).name
        except ValueError:  # real-time signals have no name
            return f"signal {-self.exit_code}"


class Process(ABC):
    """A process that waits for a program.

    Its `pid` is known once `await_ready` has returned.
    """

    channel: Channel
    streams: Streams
    pid = 0

    @abstractmethod
    def await_ready(self) -> float:
        """Wait until it takes a program. Called once; what was sent before is not lost.

        Returns:
            The CPU time that it had used before the program's own begins.

        Raises:
            OSError: it did not start: our failure.
        """

    def cpu_s(self) -> float:
        """CPU time used so far, by all its threads."""
        return clocks.cpu_clock_s(self.pid)

    def busy_s(self) -> float | None:
        """Time that its threads ran or waited for a core, added up; None where nobody knows.

        What threads waited that have ended since is not in it.
        """
        return clocks.queued_or_running_s(self.pid)

    def is_busy(self) -> bool:
        """Whether one of its threads runs or waits for a core now, as far as that can be known."""
        return clocks.is_queued_or_running(self.pid)

    def overfull(self, times: int = 1) -> bool:  # noqa: ARG002 - for those that look
        """Whether it keeps more files than it may, where that is looked at.

        Args:
            times: the bounds, as a multiple of those that decide.
        """
        return False

    def stay_on(self, core: int) -> None:
        """Run on that core only, from now on; where that is not ours to say, on any."""
        with suppress(OSError):
            os.sched_setaffinity(self.pid, {core})

    @abstractmethod
    def has_ended(self) -> bool:
        """Whether it is gone already, though nobody has reaped it."""

    @abstractmethod
    def end(self) -> Ended:
        """Kill whatever is left of it and reap it. Called once, where its end is to be known.

        Raises:
            OSError: nobody can tell what became of it: our failure.
        """

    @abstractmethod
    def release(self) -> None:
        """Give back its files and folders, and kill it before, if `end` did not. Called once."""
