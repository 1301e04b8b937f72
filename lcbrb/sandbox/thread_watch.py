"""How many threads a program may have, where the kernel asks us before it makes one.

The kernel's own limit counts all processes of a user, and root's never, so it serves at level A
alone. Instead a filter of the warm process (`inside/seccomp.py`) makes every call for a thread wait
until one thread of ours has counted those that the program has, and has said yes or no. It answers
whatever else the grader does, so no program waits for one that is busy.

See seccomp_unotify(2).
"""

from __future__ import annotations

import errno
import fcntl
import os
import select
import struct
import threading
from contextlib import suppress
from dataclasses import dataclass

_NOTIFICATION = struct.Struct("=QII64x")  # number, thread that asks, flags, its call
_ANSWER = struct.Struct("=QqiI")  # to which number, result, error, flags
_RECEIVE, _SEND = 0xC0502100, 0xC0182101
_CONTINUE = 1


@dataclass(slots=True)
class Watched:
    """The programs of one warm process: where they ask, and how many threads one may have."""

    descriptor: int
    most: int = 0


class ThreadWatch:
    """Answers for all warm processes of this process."""

    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Forget everything, as a fork has not got the thread, and must leave the rest alone."""
        self._lock = threading.Lock()
        self._watched: dict[int, Watched] = {}
        self._poller: select.epoll | None = None

    def add(self, descriptor: int) -> Watched:
        """Answer on that descriptor from now on, which is ours to close."""
        watched = Watched(descriptor)
        with self._lock:
            self._watched[descriptor] = watched
            if self._poller is None:
                self._poller = select.epoll()
                threading.Thread(
                    target=self._answer_all,
                    args=(self._poller,),
                    name="lcbrb-thread-watch",
                    daemon=True,
                ).start()
            self._poller.register(descriptor, select.EPOLLIN)
        return watched

    def remove(self, watched: Watched) -> None:
        """Close the descriptor."""
        with self._lock:
            if self._watched.pop(watched.descriptor, None) is not None:
                os.close(watched.descriptor)  # the poller forgets it with that

    def _answer_all(self, poller: select.epoll) -> None:
        while True:
            for descriptor, event in poller.poll():
                with self._lock:
                    watched = self._watched.get(descriptor)
                    if watched is None:
                        continue
                    if event & select.EPOLLIN:
                        with suppress(OSError):  # the program ended meanwhile
                            _answer(watched)
                    else:  # nobody is left who could ask
                        poller.unregister(descriptor)


def _answer(watched: Watched) -> None:
    request = bytearray(_NOTIFICATION.size)
    fcntl.ioctl(watched.descriptor, _RECEIVE, request)
    number, pid, _ = _NOTIFICATION.unpack(request)
    if _has_fewer(pid, watched.most):
        answer = _ANSWER.pack(number, 0, 0, _CONTINUE)
    else:
        answer = _ANSWER.pack(number, 0, -errno.EAGAIN, 0)
    fcntl.ioctl(watched.descriptor, _SEND, answer)


def _has_fewer(pid: int, most: int) -> bool:
    """Whether the process of a thread has fewer than so many; not where nobody can tell."""
    try:
        return len(os.listdir(f"/proc/{pid}/task")) < most  # noqa: PTH208 - a program waits
    except OSError:
        return False


THREAD_WATCH = ThreadWatch()
os.register_at_fork(after_in_child=THREAD_WATCH.renew)
