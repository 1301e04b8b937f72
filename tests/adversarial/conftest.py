import ctypes
import gc
import os
import socket
import time
from pathlib import Path

import pytest
from processes import children, descendants, wait_until

from lcbrb.sandbox.levels import _probes, probe
from lcbrb.sandbox.thread_watch import THREAD_WATCH

_PR_SET_CHILD_SUBREAPER = 36


@pytest.fixture(scope="session", autouse=True)
def _orphans_come_to_us():
    """What a program leaves behind becomes a child of this process, where it is seen."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


@pytest.fixture(params=["A", "B"])
def sandbox(request):
    found = probe(request.param)
    if not found.live:
        pytest.skip(f"level {request.param} is not live here: {found.problem}")
    return found.sandbox


class Surroundings:
    """What must be as it was once a verdict is there."""

    def __init__(self, folder, listener):
        self.folder = folder
        self.secret = folder / "secret"
        self.secret.write_text("6\n", encoding="utf-8")
        self.listener = listener
        gc.collect()  # warm processes of tests before this one go when their pools do
        wait_until(all_stand_by)
        self.others = len(descendants(os.getpid())) - warm_processes()
        self.before = self.state()

    def fill(self, source):
        """A program with the places that it attacks."""
        if "{" not in source:
            return source
        for name, value in {
            "grader": os.getpid(),
            "port": self.listener.getsockname()[1],
            "secret": self.secret,
            "secret!r": repr(str(self.secret)),
            "folder!r": repr(str(self.folder)),
        }.items():
            source = source.replace("{" + name + "}", str(value))
        return source.replace("{{", "{").replace("}}", "}")

    def state(self):
        return {
            "files": sorted(path.name for path in self.folder.iterdir()),
            "secret": self.secret.read_text(encoding="utf-8"),
            "descriptors": len(list(Path("/proc/self/fd").iterdir())) - kept_open(),
        }

    def settled_descendants(self):
        """Ours, once those that are ending have been reaped; a leftover would stay."""
        for _ in range(100):
            here = descendants(os.getpid())
            if len(here) <= self.others + warm_processes():
                break
            time.sleep(0.02)
        return here

    def check(self, sandbox):
        assert self.state() == self.before
        with pytest.raises(BlockingIOError):
            self.listener.accept()
        here = self.settled_descendants()
        assert len(here) <= self.others + warm_processes(), [command(pid) for pid in here]
        for warm in sandbox.pool.idle():
            assert not warm.scratch or not list(Path(warm.scratch).iterdir())


@pytest.fixture
def surroundings(tmp_path):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.setblocking(False)
        yield Surroundings(tmp_path, listener)


def idle_warm(wanted="AB"):
    """Warm processes that wait, of the levels named; one is two processes at level A."""
    pools = [
        found.sandbox.pool
        for (_, level, *_), found in _probes.items()
        if level in wanted and found.sandbox
    ]
    return [warm for pool in pools for warm in pool.idle()]


def all_stand_by():
    """Whether the children that were asked for ahead are there: nobody waits for their forks."""
    for warm in idle_warm():
        try:
            there = len(children(warm._control._pid))
        except FileNotFoundError:  # it has ended, so none of its children is still to come
            continue
        if there < len(warm._standby):
            return False
    return True


def kept_open():
    """Descriptors of warm processes: a socket each, its folder, what is asked for threads, and that
    of them all; and a socket and three files of the next child."""
    each = sum(
        1 + bool(warm.scratch) + len(warm._threads) + 4 * len(warm._standby) for warm in idle_warm()
    )
    return each + (THREAD_WATCH._poller is not None)


def warm_processes():
    """With the children that stand by, of which each warm process has one at most."""
    standing = [len(warm._standby) for warm in idle_warm()]
    assert max(standing, default=0) <= 1
    return len(idle_warm("A")) * 2 + len(idle_warm("B")) + sum(standing)


def command(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""
