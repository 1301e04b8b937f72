"""Requests and replies over a program's channel, with the limits that end the waiting.

Whatever arrives may have been forged by the program: its length is capped, its form is checked, and
what is odd in it is the program's own doing.
"""

from __future__ import annotations

import random
import select
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from lcbrb.types import Status

_POLL_LEAST_S = 0.002
_POLL_MOST_S = (0.1, 0.25)  # drawn anew each time: nobody can be busy at the looks alone
_CHANCE = random.Random()
_CHUNK = 1 << 18
_HEAD_BYTES = 4
_OF_A_WHOLE_REPLY = 2  # transfers, the request's own included
_WORDS = frozenset({"ready", "ended", "loaded", "returned", "refused", "raised"})
_FIELDS = 4
_DIGITS_MOST = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a program's side answered (see `program.py` for the words)."""

    word: str
    reusable: bool
    peak_memory_mib: float | None
    name: str
    text: str


class StoppedError(Exception):
    """The judge gave up on a request: the process must be ended."""

    def __init__(self, status: Status, detail: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


class Used(Protocol):
    """What a process has used, as the kernel tells it."""

    def cpu_s(self) -> float:
        """CPU time used so far, by all its threads."""
        ...

    def busy_s(self) -> float | None:
        """Time that its threads ran or waited for a core, added up; None where nobody knows.

        What threads waited that have ended since is not in it.
        """
        ...

    def is_busy(self) -> bool:
        """Whether one of its threads runs or waits for a core now, as far as that can be known."""
        ...

    def overfull(self) -> bool:
        """Whether it has filled its scratch folder past what is allowed."""
        ...


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
        self, process: Used, wall_s: float, cpu_limit_s: float, cpu_before_s: float, started: float
    ) -> None:
        self._process = process
        self._wall_s = wall_s
        self._cpu_limit_s = cpu_limit_s
        self._cpu_before_s = cpu_before_s
        self._left_s = cpu_limit_s
        self._started = self._looked_at = started
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
        if self._process.overfull():
            raise StoppedError(Status.OUTPUT_LIMIT, "filled its scratch folder")
        self._blocked_s += self._blocked_until(now, cpu_s)
        if self._blocked_s > self._wall_s:
            raise StoppedError(
                Status.TIME_LIMIT,
                f"blocked: {now - self._started:.0f} s passed, {used_s:.2f} s of CPU",
            )

    def _blocked_until(self, now: float, cpu_s: float) -> float:
        """How long it has blocked since the last look.

        Threads that came and went between two looks took their waiting for a core with them. What
        they computed is in the CPU time; the rest of the time goes by what it does now.
        """
        busy_before_s, self._busy_s = self._busy_s, self._process.busy_s()
        since_s, active_s = now - self._looked_at, cpu_s - self._cpu_s
        if busy_before_s is not None and self._busy_s is not None:
            active_s = max(active_s, self._busy_s - busy_before_s)
        self._looked_at, self._cpu_s = now, cpu_s
        if active_s >= since_s or self._process.is_busy():
            return 0.0
        return since_s - active_s


class Channel:
    """The judge's end.

    Args:
        connection: connected to the program's side; it is made non-blocking.
        most_bytes: of a reply.
    """

    def __init__(self, connection: socket.socket, most_bytes: int) -> None:
        connection.settimeout(0)
        self._connection = connection
        self._most_bytes = most_bytes
        self._received = bytearray()
        self._outgoing = bytearray()

    def queue(self, text: str) -> None:
        """Keep a message for the next `exchange`."""
        body = text.encode("utf-8", "surrogatepass")
        self._outgoing += len(body).to_bytes(_HEAD_BYTES, "little") + body

    def send_ahead(self) -> None:
        """Send of what is queued as much as goes without waiting, before anybody reads it."""
        if self._outgoing:
            self._transfer(select.POLLOUT)

    def exchange(self, wait_s: Callable[[], float], check: Callable[[], None]) -> Reply | None:
        """Send what is queued and wait for one reply; None where the process ended instead.

        A reply that is there already is the one; what is queued then goes as far as it does
        without waiting.

        Args:
            wait_s: how long may pass until the next check.
            check: called as often, and before a reply that came in pieces counts, so that none
                who sends a little now and then is waited for; what it raises ends the exchange.

        Raises:
            StoppedError: the reply is too long or no reply.
        """
        poller = select.poll()
        transfers, due = 0, time.monotonic() + wait_s()
        while True:
            reply = self._reply()
            if reply is not None:
                if transfers > _OF_A_WHOLE_REPLY:
                    check()
                self.send_ahead()
                return reply
            wanted = select.POLLIN | (select.POLLOUT if self._outgoing else 0)
            poller.register(self._connection, wanted)
            events = poller.poll(max(0.0, due - time.monotonic()) * 1000)
            if events and not self._transfer(events[0][1]):
                return reply
            transfers += len(events)
            if time.monotonic() >= due:
                check()
                due = time.monotonic() + wait_s()

    def _transfer(self, event: int) -> bool:
        """Send and receive what can be without waiting; False where the other side is gone."""
        try:
            if event & select.POLLOUT:
                del self._outgoing[: self._connection.send(self._outgoing)]
            if event & ~select.POLLOUT:
                part = self._connection.recv(_CHUNK)
                self._received += part
                return bool(part)
        except (BrokenPipeError, ConnectionResetError):
            return False
        except BlockingIOError:
            pass
        return True

    def _reply(self) -> Reply | None:
        """The first reply received, once it is there as a whole."""
        if len(self._received) < _HEAD_BYTES:
            return None
        end = _HEAD_BYTES + int.from_bytes(self._received[:_HEAD_BYTES], "little")
        if end > self._most_bytes:
            raise StoppedError(Status.OUTPUT_LIMIT, f"gave {self._most_bytes >> 10} KiB or more")
        if len(self._received) < end:
            return None
        text = self._received[_HEAD_BYTES:end].decode("utf-8", "replace")
        del self._received[:end]
        return _parse(text)


def _parse(text: str) -> Reply:
    head, _, rest = text.partition("\n")
    fields = head.split(" ")
    if len(fields) != _FIELDS or fields[0] not in _WORDS:
        raise StoppedError(Status.RUNTIME_ERROR, "wrote into the judge's channel")
    word, reusable, peak, name = fields
    known = peak.isascii() and peak.isdigit() and len(peak) <= _DIGITS_MOST
    return Reply(
        word=word,
        reusable=reusable == "1",
        peak_memory_mib=int(peak) / 1024 if known else None,
        name=name,
        text=rest,
    )
