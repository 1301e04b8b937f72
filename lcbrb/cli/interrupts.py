"""Ctrl-C: the command ends within two seconds, and says whether the same command goes on.

Work under way may take minutes to notice (a program that runs, a request that waits, a model that
loads). What a run folder holds is written as it is done and survives a kill, so nothing is lost by
not waiting.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from types import FrameType

from lcbrb.cli.terminal import say

INTERRUPTED = 130
_GRACE_S = 1.0
_TOLD = threading.Event()


def end_soon_after_interrupt() -> None:
    """From now on an interrupt ends the process, in order if that takes no longer than a moment."""

    def handle(number: int, frame: FrameType | None) -> None:
        timer = threading.Timer(_GRACE_S, _end)
        timer.daemon = True
        timer.start()
        signal.default_int_handler(number, frame)

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, handle)


def tell() -> None:
    """Say what became of the work."""
    from lcbrb.runs.folder import left_under_way

    _TOLD.set()
    kept = left_under_way()
    if kept is None:
        say("lcbrb: interrupted; no run folder had been started, so nothing was kept", err=True)
    else:
        say(
            f"lcbrb: interrupted; {kept} keeps what was done: run the same command again to "
            "continue",
            err=True,
        )


def _end() -> None:
    from lcbrb.runs.folder import remove_temporary

    if not _TOLD.is_set():
        tell()
    remove_temporary()
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(INTERRUPTED)
