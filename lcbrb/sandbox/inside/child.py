"""A process of the plain sandbox, from its first line: set limits, then serve the judge.

Started by `boot.py`, with the files behind descriptors 0, 1 and 2 in place. It must import as
little as it can, since every process pays for it. The first message is the set-up, a JSON object
(`limits`, `prelude`, `site_packages`); ``ready`` answers it, and from there on whatever happens is
the program's doing.
"""

import fcntl
import json
import os
import resource
import sys
from typing import Any

from lcbrb.sandbox.inside import program, scene

_KIB = 1024
_MIB = 1024 * 1024
_MAIN_STACK_MIB = 112  # the kernel leaves at least 128 MiB below the stack for it to grow
_FILES_MOST = 256
_CPU_SPARE = 20  # a process may run many inputs; the judge counts each, this is a last resort
_SPARES_FROM = 100


def set_lasting_limits() -> None:
    """The limits that are the same for every program."""
    program.limit(resource.RLIMIT_CORE, 0)
    # Raised here and not before exec: threads take their stack size from the limit at exec (8 MiB),
    # the main thread follows the limit of the day, so deep recursion in C works there. The hard
    # limit stays: programs ask for more stack than they need, and must not fail for it.
    _, most = resource.getrlimit(resource.RLIMIT_STACK)
    stack = _MAIN_STACK_MIB * _MIB
    soft = stack if most == resource.RLIM_INFINITY else min(stack, most)
    resource.setrlimit(resource.RLIMIT_STACK, (soft, most))


def plan(limits: dict[str, Any], base_kib: int = 0) -> list[tuple[int, tuple[int, int]]]:
    """The other limits that the kernel enforces, as arguments of `resource.setrlimit`.

    Args:
        limits: the fields of a `Limits`; its `processes` may be None, for no limit.
        base_kib: address space that is in use already; the memory comes on top of it.
    """
    cpu_s = int(limits["cpu_s"] * _CPU_SPARE) + 10
    file_bytes = limits["output_kib"] * _KIB
    wanted = [(resource.RLIMIT_CPU, cpu_s, cpu_s + 1)]
    wanted.append((resource.RLIMIT_NOFILE, _FILES_MOST, _FILES_MOST))
    wanted.append((resource.RLIMIT_FSIZE, file_bytes, file_bytes))
    if sys.platform != "darwin":  # macOS ignores or refuses RLIMIT_AS, and does not count threads
        memory_bytes = limits["memory_mib"] * _MIB + base_kib * _KIB
        wanted.append((resource.RLIMIT_AS, memory_bytes, memory_bytes))
        if limits["processes"] is not None:
            wanted.append((resource.RLIMIT_NPROC, limits["processes"], limits["processes"]))
    return [(which, program.granted(which, soft, hard)) for which, soft, hard in wanted]


def peak_kib() -> str:
    """Most memory held so far. Not `ru_maxrss`: a process inherits that over exec."""
    try:
        with open("/proc/self/status", encoding="utf-8") as status:
            return next(line.split()[1] for line in status if line.startswith("VmHWM"))
    except Exception:  # noqa: BLE001 - no such file on macOS; or the program broke what this needs
        return "unknown"


def main(descriptor: int) -> None:
    """Set up, then serve."""
    channel = program.Channel(descriptor)
    setup = json.loads(channel.receive() or b"{}")
    scene.ready(setup["site_packages"])
    prelude = scene.Prelude(setup["prelude"])
    prelude.offer()
    spares = [fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, _SPARES_FROM) for number in range(3)]
    host = program.Host(descriptor, spares, os.getcwd(), prelude, peak_kib)
    set_lasting_limits()
    for which, pair in plan(setup["limits"]):
        resource.setrlimit(which, pair)
    host.serve_as_told()
    os._exit(0)
