"""How much slower the machine is than at its best, while a program runs.

CPU time stretches where others use the machine: through caches, sibling threads, a host that gives
less. On a virtual machine it has two values: another guest has the other half of the core, for a
tenth of a second or for minutes, or has it not, and a piece of work takes 1.7 times as long or it
does not. So a program that passed its limit by little is run again beside a process that does known
work on the same core now and then (`inside/known_work.py`, under the interpreter that runs this,
whatever the program's: it is the machine that is timed), and its time is reckoned as much shorter
as that work takes, on average, longer than at its best. The best is what the fastest pieces took so
far, from the first program on: on a machine that was never undisturbed since, time is what it is.
"""

from __future__ import annotations

import os
import secrets
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from lcbrb.sandbox.interpreter import running_interpreter
from lcbrb.sandbox.launch import ENVIRONMENT

#: a core (None: any), and what tells how many times slower it is than at its best
Watched = tuple[int | None, Callable[[], float]]
UNWATCHED: Watched = (None, lambda: 1.0)

MOST = 2.0  # times slower: two threads that share a core
_PACER = str(Path(__file__).parent / "inside" / "known_work.py")
_WARM_UP = 3  # pieces of work that are not counted: the interpreter specialises its code
_SOME = 5  # pieces without which nothing is said
_ENOUGH = 20  # of a short request, and of what was before it
_FASTEST = 20  # one in so many, and never the one fastest: a clock may err
_LEARN_S = 1.0
_CHUNK = 1 << 16
_SUPPORTED = hasattr(os, "sched_setaffinity")


class Pace:
    """The best pace seen, and what there is beside a program."""

    def __init__(self) -> None:
        self._best_s: float | None = None
        self._started = False
        self.renew()

    def renew(self) -> None:
        """Make the lock anew; what is known of the machine stays."""
        self._lock = threading.Lock()

    def learn(self) -> None:
        """Have a first look, once, and do not wait for it."""
        with self._lock:
            if self._started or not _SUPPORTED:
                return
            self._started = True
        threading.Thread(target=self._look, name="lcbrb-pace", daemon=True).start()

    def _look(self) -> None:
        with suppress(OSError), _pacer(_cores()[-1]) as pieces:
            time.sleep(_LEARN_S)
            self._slowdown(pieces())

    @contextmanager
    def beside(self, *, anywhere: bool = False) -> Iterator[Watched]:
        """Watch a core.

        Args:
            anywhere: any core will do, for several are watched at once; else it is always the same.

        Yields:
            The core that the program must run on (None: any), and how many times slower than at its
            best it was since that was last asked, from 1 to `MOST`.
        """
        if not _SUPPORTED:
            yield UNWATCHED
            return
        core = secrets.choice(_cores()) if anywhere else _cores()[-1]
        with ExitStack() as stack:
            try:
                pieces = stack.enter_context(_pacer(core))
            except OSError:  # no room for a process: then time is what it is
                yield UNWATCHED
            else:
                asked = 0

                def slowdown() -> float:
                    nonlocal asked
                    times = pieces()
                    since, asked = min(asked, max(0, len(times) - _ENOUGH)), len(times)
                    return self._slowdown(times[since:])

                yield core, slowdown

    def _slowdown(self, pieces: list[float]) -> float:
        if len(pieces) < _SOME:
            return 1.0
        fastest_s = sorted(pieces)[max(1, len(pieces) // _FASTEST)]
        with self._lock:
            best_s = min(fastest_s, self._best_s or fastest_s)
            self._best_s = best_s
        # a piece beyond the most met something that the program did not
        return statistics.fmean(min(max(piece / best_s, 1.0), MOST) for piece in pieces)


@contextmanager
def _pacer(core: int) -> Iterator[Callable[[], list[float]]]:
    """Run a pacer; what it yields gives the CPU seconds of all pieces of work so far."""
    process = subprocess.Popen(
        [running_interpreter().executable, "-I", "-S", _PACER, str(core)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=ENVIRONMENT,
    )
    times: list[float] = []
    begun = b""  # of a line

    def pieces() -> list[float]:
        nonlocal begun
        if process.stdout is not None:
            os.set_blocking(process.stdout.fileno(), False)
            with suppress(BlockingIOError):
                while part := os.read(process.stdout.fileno(), _CHUNK):
                    *lines, begun = (begun + part).split(b"\n")
                    times.extend(map(float, lines))
        return times[_WARM_UP:]

    try:
        yield pieces
    finally:
        process.kill()
        process.communicate()


def _cores() -> list[int]:
    return sorted(os.sched_getaffinity(0))


PACE = Pace()
os.register_at_fork(after_in_child=PACE.renew)
