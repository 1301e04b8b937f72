# ruff: noqa: PTH123 - pathlib is slow to import
"""What a warm process does around its forks: imports before them, an end of all they left after."""

import os
import signal
from contextlib import suppress


def end_all() -> None:
    """Kill and reap whatever else is in the namespace, whose first process this is."""
    while True:
        with suppress(ProcessLookupError):
            os.kill(-1, signal.SIGKILL)
        try:
            os.wait()
        except ChildProcessError:
            return


def preload(names: list[str], *, hooks: bool) -> None:
    """Import modules, and leave out what they want done after every fork, unless `hooks` says so.

    `threading` would make its locks anew and `random` would seed itself: a quarter of what a fork
    costs, and of no use here, where the process that forks has one thread. (A `StartState` seeds
    it, the same for every program.)
    """
    register = os.register_at_fork
    if not hooks:  # nor forks a program
        os.register_at_fork = _no_hooks
    try:
        for name in names:
            with suppress(ImportError):
                __import__(name)
    finally:
        os.register_at_fork = register


def _no_hooks(**_: object) -> None:
    """Takes the place of `os.register_at_fork`."""


def size_kib() -> int:
    """Address space in use: a program's memory limit comes on top of what it inherits."""
    try:
        with open("/proc/self/statm", encoding="utf-8") as statm:
            return int(statm.read().split()[0]) * (os.sysconf("SC_PAGE_SIZE") // 1024)
    except OSError:  # out of sight by now
        return 0
