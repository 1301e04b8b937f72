"""A control group for each warm process, where we may make one: memory and processes of all in it.

Limits of a process' own (`inside/limits.py`) bound its address space. A group bounds what memory
its programs take in whatever way, in files in memory and in the kernel too, and counts tasks.

A group is made below our own, by root and by whoever was given that part of the tree; nothing else
is touched. In version 2 the controllers must be switched on there for groups below already. A group
is removed with its warm process, and those that a killed grader left by the next that makes one.

See cgroups(7) and the kernel's ``Documentation/admin-guide/cgroup-{v1,v2}``.
"""

from __future__ import annotations

import functools
import itertools
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from lcbrb.types import Limits

_PREFIX = "lcbrb-"
_NUMBERS = itertools.count()
_MIB = 1 << 20
#: beside a program's own memory: the warm process, the scratch folder in memory (64 MiB), what the
#: kernel keeps for them, so that a program runs against its own limit and not this one
_SPARE_MIB = 512
_STREAMS = 6  # files in memory as large as the output may be: three of this program, three before
_SPARE_TASKS = 8
_GONE_TRIES, _GONE_WAIT_S = 50, 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class _Files:
    """Where a limit is written, and where deaths are counted."""

    memory: str
    tasks: str
    deaths: str


_FILES = {
    1: _Files(memory="memory.limit_in_bytes", tasks="pids.max", deaths="memory.oom_control"),
    2: _Files(memory="memory.max", tasks="pids.max", deaths="memory.events"),
}
LAYERS = ("cgroup-memory", "cgroup-processes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Homes:
    """Our own groups, below which others can be made: one for each controller, or one for both."""

    version: int
    memory: Path
    tasks: Path


class Group:
    """A new group, until it is closed.

    Raises:
        OSError: it can't be made.
    """

    def __init__(self, homes: Homes) -> None:
        self._files = _FILES[homes.version]
        name = f"{_PREFIX}{os.getpid()}-{next(_NUMBERS)}-{time.time_ns():x}"
        self._folders = list(dict.fromkeys([homes.memory / name, homes.tasks / name]))
        self._memory, self._tasks = self._folders[0], self._folders[-1]
        self._deaths = 0
        try:
            for folder in self._folders:
                folder.mkdir()
        except OSError:
            self.close()
            raise

    def add(self, pid: int) -> None:
        """Take a process in, and with it all that it will start."""
        for folder in self._folders:
            (folder / "cgroup.procs").write_text(str(pid), "ascii")

    def allow(self, limits: Limits) -> None:
        """Bound what a program with these limits and its warm process take together."""
        streams_kib = _STREAMS * limits.output_kib
        memory = (limits.memory_mib + _SPARE_MIB) * _MIB + streams_kib * 1024
        (self._memory / self._files.memory).write_text(str(memory), "ascii")
        (self._tasks / self._files.tasks).write_text(str(limits.processes + _SPARE_TASKS), "ascii")

    def killed(self) -> bool:
        """Whether the kernel has killed a process there for want of memory since we asked last."""
        text = (self._memory / self._files.deaths).read_text("ascii")
        counts = dict(line.split() for line in text.splitlines())
        before, self._deaths = self._deaths, int(counts.get("oom_kill", 0))
        return self._deaths > before

    def close(self) -> None:
        """Remove it, once all its processes are gone."""
        for folder in self._folders:
            for _ in range(_GONE_TRIES):
                try:
                    folder.rmdir()
                except FileNotFoundError:
                    break
                except OSError:  # somebody is still going
                    time.sleep(_GONE_WAIT_S)
                else:
                    break


def new_group(pid: int) -> Group | None:
    """A group that a process is in; None where none can be had."""
    homes = find_homes()
    if homes is None:
        return None
    with suppress(OSError):
        group = Group(homes)
        try:
            group.allow(Limits())
            group.killed()
            group.add(pid)
        except (OSError, ValueError):
            group.close()
            return None
        return group
    return None


@functools.cache
def find_homes() -> Homes | None:
    """Our own groups, where others can be made below them; abandoned ones are removed."""
    with suppress(OSError, ValueError):
        homes = _homes(
            Path("/proc/self/mountinfo").read_text("utf-8"),
            Path("/proc/self/cgroup").read_text("utf-8"),
        )
        if homes is not None:
            for home in {homes.memory, homes.tasks}:
                _remove_abandoned(home)
        return homes
    return None


def _homes(mounts: str, groups: str) -> Homes | None:
    """What mountinfo and /proc/PID/cgroup say (see proc(5))."""
    own = {}
    for line in groups.splitlines():
        _, controllers, path = line.split(":", 2)
        own.update(dict.fromkeys(controllers.split(","), path))
    mounted: dict[str, Path] = {}
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        kind, _, options = right.split(" ", 2)
        root, point = left.split(" ")[3:5]
        wanted = ("",) if kind == "cgroup2" else options.split(",") if kind == "cgroup" else ()
        for name in {"", "memory", "pids"}.intersection(wanted) & own.keys():
            below = os.path.relpath(own[name], root)
            if not below.startswith(".."):
                mounted.setdefault(name, Path(point, below))
    if {"memory", "pids"} <= mounted.keys():
        homes = Homes(version=1, memory=mounted["memory"], tasks=mounted["pids"])
    elif "" in mounted and {"memory", "pids"} <= _switched_on(mounted[""]):
        homes = Homes(version=2, memory=mounted[""], tasks=mounted[""])
    else:
        return None
    usable = all(os.access(home, os.W_OK | os.X_OK) for home in (homes.memory, homes.tasks))
    return homes if usable else None


def _switched_on(home: Path) -> set[str]:
    """The controllers that groups below have."""
    return set((home / "cgroup.subtree_control").read_text("ascii").split())


def _remove_abandoned(home: Path) -> None:
    """One that has processes stays: the kernel refuses to remove it.

    One whose grader is alive stays too: it may have been made a moment ago, and have none yet.
    """
    with suppress(OSError):
        for folder in home.glob(f"{_PREFIX}*"):
            grader = folder.name.removeprefix(_PREFIX).partition("-")[0]
            with suppress(OSError):
                if not Path("/proc", grader).exists():
                    folder.rmdir()


os.register_at_fork(after_in_child=find_homes.cache_clear)
