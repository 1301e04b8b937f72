# ruff: noqa: PTH102, PTH103, PTH110, PTH112, PTH114, PTH115, PTH116, PTH120, PTH211
"""Namespaces and a read-only view: the interpreter, its libraries, a few devices, a scratch folder.

There is no home folder and no file of the grader's in the view, no network, no other process. It is
built in the first process of the new namespaces. As root the namespaces are made directly; as
anybody else inside a user namespace, where the kernel grants that.
"""

import fcntl
import os
import socket
import stat
import struct

from lcbrb.sandbox.inside import kernel

_NEWNS, _NEWUTS, _NEWIPC = 0x00020000, 0x04000000, 0x08000000
_NEWUSER, _NEWPID, _NEWNET = 0x10000000, 0x20000000, 0x40000000
_EVERY = _NEWNS | _NEWUTS | _NEWIPC | _NEWPID | _NEWNET
_NOSUID, _NODEV, _NOEXEC, _BIND, _REC, _PRIVATE = 2, 4, 8, 4096, 16384, 1 << 18
_DETACH = 2
_AT_FDCWD, _AT_RECURSIVE = -100, 0x8000
_ATTR_RDONLY, _ATTR_NOSUID, _ATTR_NODEV = 1, 2, 4
_DEVICES = ("null", "zero", "full", "random", "urandom")
_STREAMS = {"stdin": "0", "stdout": "1", "stderr": "2", "fd": ""}
_ROOTS = ("/mnt", "/media", "/srv", "/opt", "/tmp", "/var/tmp")  # noqa: S108 - mount points
#: where the scratch folder is mounted in the view: the first that holds nothing to read
_SCRATCHES = ("/tmp", "/scratch", "/lcbrb-scratch")  # noqa: S108 - of the view's own
SCRATCH_MODE = 0o1777
#: who programs are, as the system's lists of users and groups say it
_USERS = {
    "/etc/passwd": "user:x:{user}:{user}::{home}:/bin/sh\n",
    "/etc/group": "user:x:{user}:\n",
}
_USERS_MOST = 1 << 16
_PROC_OPTIONS = ("hidepid=2,subset=pid", "hidepid=2")
_SET_FLAGS, _UP = 0x8914, 1  # of an interface
_SCRATCH_OPTIONS = f"size=64m,nr_inodes=4096,mode={SCRATCH_MODE:o}"


def enter() -> str:
    """Leave for new namespaces; the next process that is forked is their first.

    Returns:
        ``direct`` as root, ``user`` in a user namespace.

    Raises:
        OSError: the kernel grants neither.
    """
    if os.geteuid() == 0:
        try:
            kernel.unshare(_EVERY)
        except PermissionError:
            pass  # root without its capabilities, as in many containers
        else:
            return "direct"
    user, group = os.geteuid(), os.getegid()
    kernel.set_dumpable(1)  # else our own id maps are not ours to write
    kernel.unshare(_EVERY | _NEWUSER)
    _write("/proc/self/setgroups", "deny")
    _write("/proc/self/uid_map", f"{user} {user} 1")
    _write("/proc/self/gid_map", f"{group} {group} 1")
    return "user"


def loopback_up() -> None:
    """Switch the namespace's own loopback on, the one interface that it has."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh14x", b"lo", _UP))


def scratch_beside(folders: list[str]) -> str:
    """A place for the scratch folder; an interpreter below ``/tmp`` must stay in sight."""
    return next(
        place
        for place in _SCRATCHES
        if not any(folder == place or folder.startswith(place + "/") for folder in folders)
    )


def build_view(
    folders: list[str],
    hidden: list[str],
    scratch: str,
    *,
    user: int | None = None,
    processes: bool = False,
) -> bool:
    """Make `folders` (and files), read-only, all there is; call it in the first process.

    Args:
        folders: absolute paths that keep their place.
        hidden: paths below them that are empty in the view.
        scratch: where the scratch folder goes, see `scratch_beside`.
        user: whom programs will run as, if that is nobody whom the system knows.
        processes: whether programs start others: they find the machine's figures in ``/proc``.

    Returns:
        Whether there is a ``/proc`` (of the new namespace alone).

    Raises:
        OSError: the kernel refuses a step.
    """
    kernel.mount("", "/", "", _REC | _PRIVATE)
    root = next(
        path
        for path in _ROOTS
        if os.path.isdir(path) and not any(folder.startswith(path + "/") for folder in folders)
    )
    kernel.mount("tmpfs", root, "tmpfs", _NOSUID | _NODEV, "size=1m,mode=755")
    for path in folders:
        if user is not None and path in _USERS and not os.path.islink(path):
            _show_with(path, root, _USERS[path].format(user=user, home=scratch))
        else:
            _show(path, root)
    for path in hidden:
        if os.path.exists(root + path):
            _hide(root + path, root)
    _make_devices(root)
    os.mkdir(root + scratch)
    os.mkdir(root + "/proc")
    has_proc = _mount_proc(root + "/proc", _PROC_OPTIONS[-1:] if processes else _PROC_OPTIONS)
    # what multiprocessing makes its locks and pools of (shared memory that has a name) lies in
    # the scratch folder: bounded as that is, and gone with the program
    os.symlink(scratch, root + "/dev/shm")  # noqa: S108 - of the view's own
    os.chdir(root)
    kernel.syscall(kernel.PIVOT_ROOT, b".", b".")
    kernel.unmount(".", _DETACH)
    os.chdir("/")
    _read_only("/", recursive=False)
    mount_scratch(scratch)
    return has_proc


def mount_scratch(scratch: str) -> None:
    """An empty scratch folder, bounded in size."""
    kernel.mount("tmpfs", scratch, "tmpfs", _NOSUID | _NODEV, _SCRATCH_OPTIONS)


def empty_scratch(scratch: str) -> None:
    """Forget whatever a program left in the scratch folder."""
    os.chdir("/")
    kernel.unmount(scratch, _DETACH)
    mount_scratch(scratch)


def _show(path: str, root: str) -> None:
    """Bind a file or folder, read-only; a symbolic link is made again as it is."""
    if not os.path.lexists(path):
        return
    target = root + path
    os.makedirs(os.path.dirname(target), exist_ok=True)
    if os.path.islink(path):
        os.symlink(os.readlink(path), target)
        return
    if os.path.isdir(path):
        os.makedirs(target, exist_ok=True)
    else:
        _write(target, "")
    kernel.mount(path, target, "", _BIND | _REC)
    _read_only(target)


def _show_with(path: str, root: str, line: str) -> None:
    """Copy the beginning of a file of lines, with one more."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        lines = os.read(descriptor, _USERS_MOST).decode("utf-8", "surrogateescape")
    finally:
        os.close(descriptor)
    os.makedirs(os.path.dirname(root + path), exist_ok=True)
    _write(root + path, lines[: lines.rfind("\n") + 1] + line)


def _hide(target: str, root: str) -> None:
    empty = root + "/.empty"
    if stat.S_ISDIR(os.stat(target).st_mode):
        os.makedirs(empty, exist_ok=True)
        kernel.mount(empty, target, "", _BIND)
    else:
        kernel.mount("/dev/null", target, "", _BIND)
    _read_only(target)


def _read_only(target: str, *, recursive: bool = True) -> None:
    attributes = [_ATTR_RDONLY | _ATTR_NOSUID | _ATTR_NODEV, 0, 0, 0]
    packed = b"".join(value.to_bytes(8, "little") for value in attributes)
    flags = _AT_RECURSIVE if recursive else 0
    kernel.syscall(kernel.MOUNT_SETATTR, _AT_FDCWD, os.fsencode(target), flags, packed, len(packed))


def _make_devices(root: str) -> None:
    os.mkdir(root + "/dev")
    for name in _DEVICES:
        _write(f"{root}/dev/{name}", "")
        kernel.mount(f"/dev/{name}", f"{root}/dev/{name}", "", _BIND)
    for name, number in _STREAMS.items():
        os.symlink(f"/proc/self/fd/{number}".rstrip("/"), f"{root}/dev/{name}")


def _mount_proc(target: str, tries: tuple[str, ...]) -> bool:
    """A view of this namespace's processes; refused in containers that hide parts of theirs."""
    for options in tries:
        try:
            kernel.mount("proc", target, "proc", _NOSUID | _NODEV | _NOEXEC, options)
        except OSError:
            continue
        _read_only(target, recursive=False)  # a program that writes there speaks for others too
        return True
    return False


def _write(path: str, text: str) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o644)
    try:
        os.write(descriptor, text.encode("utf-8", "surrogateescape"))
    finally:
        os.close(descriptor)
