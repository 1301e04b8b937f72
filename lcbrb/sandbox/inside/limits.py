"""The limits that the kernel enforces, each lowered to what is already granted."""

import resource
import sys
from typing import Any

_KIB = 1024
_MIB = 1024 * 1024
_MAIN_STACK_MIB = 112  # the kernel leaves at least 128 MiB below the stack for it to grow
FILES_MOST = 256
_CPU_SPARE = 20  # a process may run many inputs; the grader counts each, this is a last resort


def set_lasting() -> None:
    """The limits that are the same for every program."""
    resource.setrlimit(resource.RLIMIT_CORE, _granted(resource.RLIMIT_CORE, 0, 0))
    files = _granted(resource.RLIMIT_NOFILE, FILES_MOST, FILES_MOST)
    resource.setrlimit(resource.RLIMIT_NOFILE, files)
    # Raised here and not before exec: threads take their stack size from the limit at exec (8 MiB),
    # the main thread follows the limit of the day, so deep recursion in C works there. The hard
    # limit stays: programs ask for more stack than they need, and must not fail for it.
    _, most = resource.getrlimit(resource.RLIMIT_STACK)
    stack = _MAIN_STACK_MIB * _MIB
    soft = stack if most == resource.RLIM_INFINITY else min(stack, most)
    resource.setrlimit(resource.RLIMIT_STACK, (soft, most))


def plan(limits: dict[str, Any], base_kib: int = 0) -> list[tuple[int, tuple[int, int]]]:
    """The other limits, as arguments of `resource.setrlimit`.

    Args:
        limits: the fields of a `Limits`; its `processes` may be None, for no limit.
        base_kib: address space that is in use already; the memory comes on top of it.
    """
    cpu_s = int(limits["cpu_s"] * _CPU_SPARE) + 10
    file_bytes = limits["output_kib"] * _KIB
    wanted = [(resource.RLIMIT_CPU, cpu_s, cpu_s + 1)]
    wanted.append((resource.RLIMIT_FSIZE, file_bytes, file_bytes))
    if sys.platform != "darwin":  # macOS ignores or refuses RLIMIT_AS, and does not count threads
        memory_bytes = limits["memory_mib"] * _MIB + base_kib * _KIB
        wanted.append((resource.RLIMIT_AS, memory_bytes, memory_bytes))
        if limits["processes"] is not None:
            wanted.append((resource.RLIMIT_NPROC, limits["processes"], limits["processes"]))
    return [(which, _granted(which, soft, hard)) for which, soft, hard in wanted]


def _granted(which: int, soft: int, hard: int) -> tuple[int, int]:
    _, most = resource.getrlimit(which)
    if most == resource.RLIM_INFINITY:
        return soft, hard
    return min(soft, most), min(hard, most)
