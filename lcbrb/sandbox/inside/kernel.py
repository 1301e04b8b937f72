"""System calls that Python does not offer, by ctypes. Linux only.

They are made before any program is there. Numbers are those of x86-64 where the call has no
function in the C library.
"""

import ctypes
import os
import platform

SUPPORTED = platform.system() == "Linux" and platform.machine() == "x86_64"

PIVOT_ROOT = 155
CAPSET = 126
MOUNT_SETATTR = 442
_SECCOMP, _SET_MODE_FILTER, _NEW_LISTENER = 317, 1, 1 << 3
LANDLOCK_CREATE_RULESET, LANDLOCK_ADD_RULE, LANDLOCK_RESTRICT_SELF = 444, 445, 446

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2
_PR_SET_NO_NEW_PRIVS = 38
_CAPABILITY_VERSION = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)
_libc.prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]


def checked(result: int, what: str) -> int:
    """The result of a call of the C library.

    Raises:
        OSError: it is -1; `what` is in the message.
    """
    if result == -1:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


def syscall(number: int, *arguments: object) -> int:
    """A system call by number. Integers are passed at full width."""
    wide = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return checked(_libc.syscall(ctypes.c_long(number), *wide), f"system call {number}")


def unshare(flags: int) -> None:
    """New namespaces for this process, as its flags say."""
    checked(_libc.unshare(ctypes.c_int(flags)), "unshare")


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """Mount a file system, or do what the flags say instead."""
    texts = [os.fsencode(text) if text else None for text in (source, target, kind)]
    data = options.encode() if options else None
    checked(_libc.mount(*texts, ctypes.c_ulong(flags), data), f"mount {target}")


def unmount(target: str, flags: int) -> None:
    """Take a mount away."""
    checked(_libc.umount2(os.fsencode(target), ctypes.c_int(flags)), f"unmount {target}")


def _prctl(option: int, value: int, address: int = 0) -> None:
    checked(_libc.prctl(option, value, address, 0, 0), f"prctl {option}")


def die_with_parent(signal_number: int) -> None:
    """Be sent a signal when the thread that made this process ends. A change of user undoes it."""
    _prctl(_PR_SET_PDEATHSIG, signal_number)


def no_new_privileges() -> None:
    """No program started from here gains rights by its file."""
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def filter_calls(program_address: int) -> None:
    """Add a seccomp filter, a ``struct sock_fprog``, to those of this process.

    By `prctl`, which a process that changed its user has called already: every function that a
    forked child calls for the first time costs it a dozen page faults.
    """
    _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, program_address)


def filter_calls_and_ask(program_address: int) -> int:
    """The same; the descriptor is asked what becomes of some calls, see seccomp_unotify(2)."""
    return syscall(_SECCOMP, _SET_MODE_FILTER, _NEW_LISTENER, ctypes.c_void_p(program_address))


def set_dumpable(value: int) -> None:
    """Whether others of the same user may look into this process."""
    _prctl(_PR_SET_DUMPABLE, value)


def drop_capabilities() -> None:
    """Give up every capability, for good."""
    header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION, 0)
    syscall(CAPSET, header, (ctypes.c_uint32 * 6)())
