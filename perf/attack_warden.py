"""One program, one grader, in a box that neither leaves: ``attack_warden.py CGROUPS [SHOWN ...]``.

Reads a job (JSON) on standard input and prints what became of it: what the grader said, whether it
lived, and what was left over. The box is made of namespaces of its own (user, mount, pid, network,
ipc), a file system that is read-only but for an empty /tmp in memory, resource limits, and a limit
on processes; it ends with its first process. CGROUPS (or -) are folders of control groups to enter,
SHOWN are folders below /tmp that stay in sight.
Linux only; nothing but `lcbrb.sandbox.inside.kernel` is needed. Started by attacks.py.
"""

# ruff: noqa: S108 - /tmp and the like are the box's own

import contextlib
import ctypes
import fcntl
import json
import os
import resource
import signal
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path

from lcbrb.sandbox.inside import kernel

NEW = 0x10000000 | 0x20000 | 0x20000000 | 0x40000000 | 0x08000000  # user, mount, pid, net, ipc
AT_RECURSIVE, AT_FDCWD, RDONLY = 0x8000, -100, 1
PRIVATE, BIND, REC, STRICT_ATIME = 1 << 18, 4096, 16384, 1 << 24
PATIENCE_S = 60
LINGER_S = 2.0
LIMITS = {
    resource.RLIMIT_AS: 6 << 30,
    resource.RLIMIT_FSIZE: 512 << 20,
    resource.RLIMIT_CORE: 0,
    resource.RLIMIT_NPROC: 300,
}
GRADER = Path("/tmp/grader")
SECRET = GRADER / "secret"
WORK = Path("/tmp/work")
#: the harness opens it anew for every answer, so no program inherits a way to write there
ANSWERS = Path("/tmp/.answers")


def main():
    kernel.die_with_parent(signal.SIGKILL)
    for group in filter(None, sys.argv[1].strip("-").split(",")):
        Path(group, "cgroup.procs").write_text(str(os.getpid()))
    job = json.load(sys.stdin)
    asked, granted = os.pipe(), os.pipe()
    first = os.fork()
    if first:
        os.read(asked[0], 1)
        map_users(first)
        os.write(granted[1], b"x")
        sys.exit(os.waitstatus_to_exitcode(os.waitpid(first, 0)[1]))
    kernel.die_with_parent(signal.SIGKILL)
    kernel.unshare(NEW)
    os.write(asked[1], b"x")
    os.read(granted[0], 1)
    inside = os.fork()
    if inside:
        os._exit(os.waitstatus_to_exitcode(os.waitpid(inside, 0)[1]))
    kernel.die_with_parent(signal.SIGKILL)
    furnish(sys.argv[2:])
    print(json.dumps(watch(job)))


def map_users(pid):
    """Root's box has all users, as a container has; anybody else's has one."""
    count = 0xFFFFFFFF if os.geteuid() == 0 else 1
    if count == 1:
        Path(f"/proc/{pid}/setgroups").write_text("deny")
    Path(f"/proc/{pid}/uid_map").write_text(f"0 {os.geteuid()} {count}")
    Path(f"/proc/{pid}/gid_map").write_text(f"0 {os.getegid()} {count}")


def furnish(shown):
    """Make the box: run in its first process."""
    kernel.mount("", "/", "", REC | PRIVATE)
    read_only("/")
    kept = {path: os.open(path, os.O_PATH) for path in shown}
    kernel.mount("tmpfs", "/tmp", "tmpfs", STRICT_ATIME, "size=1g,mode=1777")
    kernel.mount("tmpfs", "/dev/shm", "tmpfs", 0, "size=64m,mode=1777")
    kernel.mount("proc", "/proc", "proc", 0)
    Path("/proc/sys/kernel/ns_last_pid").write_text("5000")  # nobody is process 2, as outside
    for path, descriptor in kept.items():
        Path(path).mkdir(parents=True)
        kernel.mount(f"/proc/self/fd/{descriptor}", path, "", BIND | REC)
        os.close(descriptor)
    GRADER.mkdir()
    SECRET.write_text("6\n")
    Path("/tmp/shadow").write_text("root:nothing\n")
    kernel.mount("/tmp/shadow", "/etc/shadow", "", BIND)
    with socket.socket() as one:  # loopback is up, as on any machine
        fcntl.ioctl(one, 0x8914, struct.pack("16sh14x", b"lo", 0x41))
    for which, most in LIMITS.items():
        resource.setrlimit(which, (most, most))


def read_only(path):
    attributes = (ctypes.c_uint64 * 4)(RDONLY, 0, 0, 0)
    kernel.syscall(kernel.MOUNT_SETATTR, AT_FDCWD, path.encode(), AT_RECURSIVE, attributes, 32)


# ------------------------------------------------------------------------------- watching


def watch(job):
    """Run the harness on the job; what it said, and what changed around it."""
    WORK.mkdir()
    ANSWERS.touch()
    listeners = listening()
    job["port"] = listeners[0].getsockname()[1]
    job["secret"], job["folder"], job["answers"] = str(SECRET), str(GRADER), str(ANSWERS)
    before = surroundings()
    harness = subprocess.Popen(
        job["command"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=WORK,
        env={**os.environ, "TMPDIR": "/tmp", "PYTHONDONTWRITEBYTECODE": "1", "HOME": str(WORK)},
    )
    with contextlib.suppress(OSError):
        harness.stdin.write(json.dumps(job).encode())
        harness.stdin.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        harness.wait(PATIENCE_S)
    harness.kill()
    harness.wait()
    left = sorted(filter(None, map(command_of, lingering(harness.pid))))
    return {
        "answers": [json.loads(line) for line in ANSWERS.read_text().splitlines()],
        "processes": left,
        "network": reached(listeners),
        **changes(before, surroundings()),
    }


def lingering(harness):
    """Processes that are still there some time after the harness has ended."""
    until = time.monotonic() + LINGER_S
    while True:
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        pids = [int(one.name) for one in Path("/proc").iterdir() if one.name.isdigit()]
        pids = [pid for pid in pids if pid not in (1, harness)]
        if not pids or time.monotonic() > until:
            return pids
        time.sleep(0.05)


def command_of(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()[:80] or "?"
    except OSError:
        return ""


def listening():
    stream = socket.create_server(("127.0.0.1", 0))
    datagrams = socket.socket(type=socket.SOCK_DGRAM)
    datagrams.bind(stream.getsockname())
    for one in (stream, datagrams):
        one.settimeout(0)
    return stream, datagrams


def reached(listeners):
    stream, datagrams = listeners
    for knock in (stream.accept, lambda: datagrams.recv(1)):
        with contextlib.suppress(BlockingIOError):
            knock()
            return True
    return False


def surroundings():
    """Files by size, and when the two that nobody may read were read."""
    files = {}
    for folder in (Path("/tmp"), WORK, GRADER, Path("/dev/shm")):
        with contextlib.suppress(OSError):
            seen = [one for one in folder.iterdir() if str(one) not in (str(ANSWERS), *sys.argv)]
            files |= {str(one): size_of(one) for one in seen}
    times = {}
    for path in (SECRET, Path("/tmp/shadow")):
        with contextlib.suppress(OSError):
            found = path.stat()
            times[str(path)] = (found.st_atime_ns, found.st_mtime_ns)
    return files, times


def size_of(path):
    below = path.rglob("*") if path.is_dir() and path.parent == Path("/tmp") else ()
    return sum(one.lstat().st_size for one in (path, *below) if not one.is_dir())


def changes(before, after):
    (files, seen), (now_files, now_seen) = before, after
    return {
        "written": {path: now_files[path] for path in sorted(now_files.keys() - files.keys())},
        "destroyed": sorted(files.keys() - now_files.keys())
        + sorted(str(p) for p in seen.keys() & now_seen.keys() if seen[p][1] != now_seen[p][1]),
        "read": sorted(
            str(p) for p in seen.keys() & now_seen.keys() if seen[p][0] != now_seen[p][0]
        ),
    }


if __name__ == "__main__":
    main()
