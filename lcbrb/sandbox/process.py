"""A process that waits for a program, whatever it is like, and what is left of one that ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from lcbrb.sandbox.channel import Channel, Used


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What the kernel says of a process that is gone. `exit_code` < 0: the signal that ended it."""

    exit_code: int
    cpu_s: float
    peak_memory_mib: float | None = None


class Process(Used, Protocol):
    """A process that waits for a program."""

    @property
    def channel(self) -> Channel: ...  # noqa: D102 - told by the class
    @property
    def streams(self) -> tuple[int, int, int]:
        """The files behind its standard input, output and errors, open here too."""
        ...

    def await_ready(self) -> float:
        """Wait until it takes a program. Called once; what was sent before is not lost.

        Returns:
            The CPU time that it had used before the program's own begins.

        Raises:
            OSError: it did not start: our failure.
        """
        ...

    def has_ended(self) -> bool:
        """Whether it is gone already, though nobody has reaped it."""
        ...

    def stay_on(self, core: int) -> None:
        """Run on that core only, from now on. Called after `await_ready`."""
        ...

    def end(self) -> Ended:
        """Kill whatever is left of it and reap it. Called once.

        Raises:
            OSError: nobody can tell what became of it: our failure.
        """
        ...

    def drop(self) -> None:
        """Kill it, and leave the rest to whoever reaps it. Called once, instead of `end`."""
        ...

    def release(self) -> None:
        """Give back its files and folders. Called once, after `end` or `drop`."""
        ...
