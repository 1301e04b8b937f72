"""Landlock: no file but those named, no TCP, no signals and no abstract sockets to outside.

Each kernel knows an ABI (1 in 5.13 … 6 in 6.12 and later); what it does not know is left out and
reported. See landlock(7) and the kernel's ``include/uapi/linux/landlock.h``.
"""

import ctypes
import os
import stat
import struct

from lcbrb.sandbox.inside import kernel

_VERSION_FLAG = 1
_RULE_PATH_BENEATH = 1
_FILE_RIGHTS = 0b1110000000000111  # execute, write, read; refer, truncate and device ioctl
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
_RIGHTS_BY_ABI = {1: 13, 2: 14, 3: 15, 5: 16}  # how many of the rights on files an ABI knows
_EXECUTE, _REFER, _IOCTL = 1 << 0, 1 << 13, 1 << 15
_TCP = 0b11  # bind, connect
_SCOPES = 0b11  # abstract sockets, signals
ABI_TCP, ABI_SCOPES = 4, 6


def abi() -> int:
    """The kernel's ABI; 0 where there is no Landlock."""
    if not kernel.SUPPORTED:
        return 0
    try:
        return kernel.syscall(kernel.LANDLOCK_CREATE_RULESET, None, 0, _VERSION_FLAG)
    except OSError:
        return 0


def restrict(
    readable: list[str] | None, listable: list[str], writable: list[str], *, may_talk: bool = False
) -> list[str]:
    """Restrict this thread and all that it starts.

    Args:
        readable: files and folders that may be read; None leaves files to other layers.
        listable: folders of which only the names may be read, at any depth.
        writable: folders in which everything but running programs is allowed.
        may_talk: TCP is left to other layers.

    Returns:
        What is restricted: ``files``, ``tcp``, ``signals``.

    Raises:
        OSError: the kernel refuses.
    """
    version = abi()
    rights = (1 << max(n for a, n in _RIGHTS_BY_ABI.items() if a <= version)) - 1
    files = rights if readable is not None else 0
    tcp = _TCP if version >= ABI_TCP and not may_talk else 0
    scopes = _SCOPES if version >= ABI_SCOPES else 0
    fields = 3 if scopes else 2 if tcp else 1
    attributes = struct.pack("<3Q", files, tcp, scopes)[: 8 * fields]
    ruleset = kernel.syscall(
        kernel.LANDLOCK_CREATE_RULESET, ctypes.c_char_p(attributes), len(attributes), 0
    )
    try:
        for path in readable or []:
            _allow(ruleset, path, _READ_FILE | _READ_DIR)
        for path in listable if files else []:
            _allow(ruleset, path, _READ_DIR)
        for path in writable if files else []:
            _allow(ruleset, path, files & ~(_EXECUTE | _IOCTL | _REFER))
        kernel.no_new_privileges()
        kernel.syscall(kernel.LANDLOCK_RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)
    live = {"files": files, "tcp": tcp, "signals": scopes}
    return [name for name, value in live.items() if value]


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= _FILE_RIGHTS
        rule = ctypes.c_char_p(struct.pack("<Qi", rights, descriptor))
        kernel.syscall(kernel.LANDLOCK_ADD_RULE, ruleset, _RULE_PATH_BENEATH, rule, 0)
    finally:
        os.close(descriptor)
