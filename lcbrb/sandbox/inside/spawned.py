# ruff: noqa: PTH109, PTH123 - pathlib is slow to import
"""A process of the plain sandbox, from its first line: set limits, then serve the grader.

Started by `boot.py`, with the files behind descriptors 0, 1 and 2 in place. It must import as
little as it can, since every process pays for it. The first message is the set-up, a JSON object
(`limits`, `surroundings`, `site_packages`, `command`, `preload`); ``ready`` answers it, and from
there on whatever happens is the program's doing.
"""

import fcntl
import json
import os
import resource
from contextlib import suppress

from lcbrb.sandbox.inside import limits, messages, program_server, start_state

_SPARES_FROM = 100


def _peak_kib() -> str:
    """Most memory held so far. Not `ru_maxrss`: a process inherits that over exec."""
    try:
        with open("/proc/self/status", encoding="utf-8") as status:
            return next(line.split()[1] for line in status if line.startswith("VmHWM"))
    except Exception:  # noqa: BLE001 - no such file on macOS; or the program broke what this needs
        return "unknown"


def main(descriptor: int) -> None:
    """Set up, then serve."""
    setup = json.loads(messages.Messages(descriptor).receive() or b"{}")
    start_state.stand_in_for_site(setup["site_packages"], setup["command"])
    for name in setup["preload"]:
        with suppress(ImportError):
            __import__(name)
    surroundings = start_state.Surroundings(**setup["surroundings"])
    surroundings.prelude.offer()
    spares = [fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, _SPARES_FROM) for number in range(3)]
    server = program_server.ProgramServer(descriptor, spares, os.getcwd(), surroundings, _peak_kib)
    os.register_at_fork(after_in_child=lambda: os.close(descriptor))  # a fork answers for nobody
    limits.set_lasting()
    for which, pair in limits.plan(setup["limits"]):
        resource.setrlimit(which, pair)
    server.serve_as_told()
    os._exit(0)
