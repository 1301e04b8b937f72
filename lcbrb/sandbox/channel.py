"""Requests and replies over a program's channel.

Whatever arrives may have been forged by the program: its length is capped, its form is checked, and
what is odd in it is the program's own doing.
"""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from lcbrb.types import Status

SLACK_BYTES = 1 << 20  # of a reply, beside the output that it may hold
_CHUNK = 1 << 18
_HEAD_BYTES = 4
_OF_A_WHOLE_REPLY = 2  # transfers, the request's own included
_WORDS = frozenset({"ready", "ended", "loaded", "returned", "refused", "raised"})
_FIELDS = 5
_FORGED = "wrote into the grader's channel"
_DIGITS_MOST = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a program's process answered (`inside/program_server.py` has the words)."""

    word: str
    reusable: bool
    peak_memory_mib: float | None
    name: str
    text: str

    def values(self, most: int) -> tuple[list[str], Reply]:
        """The values in a reply to many calls, and the reply without them.

        Raises:
            StoppedError: it has another form, or not as many values as there were calls (`most`).
        """
        head, _, rest = self.text.partition("\n")
        count = int(head) if head.isascii() and head.isdigit() and len(head) < _DIGITS_MOST else -1
        parts = rest.split("\n", count) if count >= 0 else []
        whole = self.word != "raised"
        if len(parts) != count + 1 or count > most or (whole and count != most):
            raise StoppedError(Status.RUNTIME_ERROR, _FORGED)
        return parts[:count], replace(self, text=parts[count])


class StoppedError(Exception):
    """We gave up on a request: the process must be ended."""

    def __init__(self, status: Status, detail: str) -> None:
        super().__init__(detail)
        self.status, self.detail = status, detail


class Channel:
    """Our end.

    Args:
        connection: connected to the program's process; it is made non-blocking.
        most_bytes: of a reply.
        replies: received before, elsewhere. They are numbered, and one that is out of its turn was
            forged.
    """

    def __init__(self, connection: socket.socket, most_bytes: int, replies: int = 0) -> None:
        connection.settimeout(0)
        self._connection = connection
        self._most_bytes = most_bytes
        self._replies = replies
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
        self._replies += 1
        return _parse(text, str(self._replies - 1))


def _parse(text: str, expected_number: str) -> Reply:
    head, _, rest = text.partition("\n")
    fields = head.split(" ")
    if len(fields) != _FIELDS or fields[0] not in _WORDS or fields[1] != expected_number:
        raise StoppedError(Status.RUNTIME_ERROR, _FORGED)
    word, _, reusable, peak, name = fields
    known = peak.isascii() and peak.isdigit() and len(peak) <= _DIGITS_MOST
    return Reply(
        word=word,
        reusable=reusable == "1",
        peak_memory_mib=int(peak) / 1024 if known else None,
        name=name,
        text=rest,
    )
