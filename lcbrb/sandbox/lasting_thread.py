"""Starting processes from a thread that lives as long as this process.

A process that asks to be killed with its parent is killed when the *thread* that started it ends
(see PR_SET_PDEATHSIG in prctl(2)), and the threads that grade come and go.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

A = TypeVar("A")

_Work = queue.SimpleQueue[Callable[[], None]]


class _LastingThread:
    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Forget the thread, which a fork has not got."""
        self._lock = threading.Lock()
        self._work: _Work | None = None

    def do(self, work: Callable[[], A]) -> A:
        """The result of `work`, done in the thread that stays."""
        done: Future[A] = Future()

        def step() -> None:
            try:
                done.set_result(work())
            except BaseException as error:  # noqa: BLE001 - it is raised where it belongs
                done.set_exception(error)

        with self._lock:
            if self._work is None:
                steps: _Work = queue.SimpleQueue()
                threading.Thread(
                    target=_loop, args=(steps,), name="lcbrb-lasting", daemon=True
                ).start()
                self._work = steps
            self._work.put(step)
        return done.result()


def _loop(steps: _Work) -> None:
    while True:
        steps.get()()


LASTING_THREAD = _LastingThread()
os.register_at_fork(after_in_child=LASTING_THREAD.renew)
