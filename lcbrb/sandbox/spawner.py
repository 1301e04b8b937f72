"""Starting processes from a thread that lives as long as this process.

A process that asks to be killed with its parent is killed when the *thread* that started it ends
(see PR_SET_PDEATHSIG in prctl(2)), and the threads that judge come and go.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

from lcbrb.sandbox.after_fork import after_fork

A = TypeVar("A")


class _Spawner:
    def __init__(self) -> None:
        self.renew()

    def renew(self) -> None:
        """Forget the thread, which a fork has not got."""
        self._lock = threading.Lock()
        self._pid = 0
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    def do(self, work: Callable[[], A]) -> A:
        """The result of `work`, done in the thread that stays."""
        done: Future[A] = Future()

        def step() -> None:
            try:
                done.set_result(work())
            except BaseException as error:  # noqa: BLE001 - it is raised where it belongs
                done.set_exception(error)

        with self._lock:
            if self._pid != os.getpid():  # never started, or a fork of us, without our threads
                self._work = queue.SimpleQueue()
                threading.Thread(target=self._loop, name="lcbrb-spawner", daemon=True).start()
                self._pid = os.getpid()
            self._work.put(step)
        return done.result()

    def _loop(self) -> None:
        work = self._work
        while True:
            work.get()()


SPAWNER = _Spawner()
after_fork(SPAWNER.renew)
