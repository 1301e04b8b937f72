"""Processes as the kernel shows them, and waiting for what they do."""

import time
from pathlib import Path

PATIENCE_S = 30.0


def is_running(pid):
    """Whether a process is there and no zombie, which waits for its parent and runs no more."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")")[-1].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def wait_until(condition):
    """Wait for it to hold; fail where it does not within a while."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def children(pid):
    """Processes that the threads of a process have made and not reaped."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        try:
            found += map(int, (task / "children").read_text().split())
        except OSError:
            continue
    return found


def descendants(pid):
    """Children, their children, and so on."""
    try:
        below = [child for child in children(pid) if Path(f"/proc/{child}").exists()]
    except FileNotFoundError:
        return []
    return [one for child in below for one in (child, *descendants(child))]
