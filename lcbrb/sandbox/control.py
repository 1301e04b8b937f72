"""The socket over which a warm process is told what to do, and answers.

Whoever held a copy of the other end could answer in its place. Nobody does; and if one leaked, it
would be worth nothing: the kernel tells with every message which process sent it, messages of any
other are dropped, and answers carry the number of the message that they answer.
"""

from __future__ import annotations

import array
import json
import select
import socket
import struct
import time
from collections.abc import Sequence
from typing import Any

_START_S, _ANSWER_S = 60.0, 30.0
_ANSWER_MOST = 1 << 20
_CREDENTIALS = struct.Struct("3i")  # pid, uid, gid
_NUMBER_BYTES = array.array("i").itemsize
_DESCRIPTORS_MOST = 1  # in the first answer, and none in the others
_SPACE = socket.CMSG_SPACE(_CREDENTIALS.size)


class Control:
    """Our end. Not for several threads at a time.

    Args:
        connection: a socket that keeps messages apart (`SOCK_SEQPACKET`).
    """

    def __init__(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        self._connection = connection
        self._number = 0
        self._pid: int | None = None  # whose answers count

    def begin(self, configuration: bytes) -> tuple[dict[str, Any], list[int]]:
        """Configure the warm process; the one that answers is the one whose answers count.

        Returns:
            The answer, and the descriptors that came with it, which are the caller's to close.

        Raises:
            OSError: it can't be made ready, or is gone.
        """
        self._connection.settimeout(_START_S)
        self._connection.sendall(configuration)
        answer, self._pid, descriptors = self._receive(_DESCRIPTORS_MOST)
        self._connection.settimeout(_ANSWER_S)
        return _unless_failed(answer), descriptors

    def send(self, letter: bytes, text: bytes, descriptors: Sequence[int]) -> None:
        """Send a message that has no answer.

        Raises:
            OSError: the warm process is gone.
        """
        self._number += 1
        message = b"%b%d %b" % (letter, self._number, text)
        socket.send_fds(self._connection, [message], descriptors)

    def ask(self, letter: bytes) -> dict[str, Any]:
        """Send a message and wait for its answer.

        Raises:
            OSError: the warm process failed, is gone, or said nothing for half a minute.
        """
        self._number += 1
        self._connection.sendall(b"%b%d" % (letter, self._number))
        until = time.monotonic() + _ANSWER_S
        while time.monotonic() < until:
            answer, pid, _ = self._receive()
            if pid == self._pid and answer.get("to") == self._number:
                return _unless_failed(answer)
        raise TimeoutError("a warm process does not answer")

    def _receive(self, most: int = 0) -> tuple[dict[str, Any], int, list[int]]:
        """A message, its sender's process id, and descriptors, of which `most` are taken.

        Of one that is no answer there is nothing.
        """
        space = _SPACE + (socket.CMSG_SPACE(_NUMBER_BYTES * most) if most else 0)
        data, ancillary, _, _ = self._connection.recvmsg(
            _ANSWER_MOST, space, socket.MSG_CMSG_CLOEXEC
        )
        if not ancillary:  # it comes with every message, an empty one too
            raise ConnectionResetError("a warm process is gone")
        came = {kind: what for _, kind, what in ancillary}
        descriptors = array.array("i", came.get(socket.SCM_RIGHTS, b"")).tolist()
        pid, _, _ = _CREDENTIALS.unpack(came[socket.SCM_CREDENTIALS])
        if self._pid is not None and pid != self._pid:
            return {}, pid, descriptors
        answer: dict[str, Any] = json.loads(data)
        return answer, pid, descriptors

    def is_closed(self) -> bool:
        """Whether nobody holds the other end any more."""
        return has_hung_up(self._connection)


def _unless_failed(answer: dict[str, Any]) -> dict[str, Any]:
    if "failure" in answer:
        raise OSError(answer["failure"])
    return answer


def has_hung_up(connection: socket.socket) -> bool:
    """Whether the other end of a socket is closed everywhere; what it sent may wait to be read."""
    poller = select.poll()
    poller.register(connection, 0)  # to hear of the end only
    return bool(poller.poll(0))
