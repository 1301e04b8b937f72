"""Seccomp filters for x86-64: which system calls there are.

Two filters. `confine` is for the warm process and allows what it and programs need, by name; all
else fails with EPERM (ENOSYS where the C library then tries an older call). A `ProgramFilter` is
added in every program's process and takes away what only the warm process needs: no new process,
no other program started, no socket to anywhere, no signal to anybody but itself. Where programs
may start others (in namespaces of their own, which hold them), it takes away less.

Where the kernel can, the first filter also asks the grader before a thread is made (see
`lcbrb.sandbox.thread_watch`). The kernel's own limit on processes does not serve: it counts all
that a user has, and never root's.

See seccomp(2) and ``include/uapi/linux/{filter,seccomp,audit}.h``.
"""

import ctypes
import struct
from typing import Any

from lcbrb.sandbox.inside import kernel

_LOAD, _EQUAL, _AT_LEAST, _BITS, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_ALLOW, _KILL, _ERRNO, _ASK = 0x7FFF0000, 0x80000000, 0x00050000, 0x7FC00000
_EPERM, _ENOSYS, _EOPNOTSUPP = 1, 38, 95
_ARCH_X86_64 = 0xC000003E
_X32_BIT = 0x40000000
_NEWEST = 424  # calls from here on are new: ENOSYS makes the C library fall back
_NUMBER, _ARCH, _FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
_ARGUMENT_BYTES = 8
_INSTRUCTION = struct.Struct("<HBBI")
_OPERAND_AT = 4
_THIS_PROCESS = 0x7FFFFFFE  # stands for a process id until there is one; no process has it
_CLONE_THREAD, _CLONE_VM_THREAD = 0x00010000, 0x00010100
_TMPFILE = 0o20000000  # of open's flags: a file that never has a name
_WRITE_FLAGS = 0o1 | 0o2 | 0o100 | 0o1000  # write-only, read-write, create, truncate

# What programs need: files, memory, threads, time, and pipes and socket pairs within a process.
_PROGRAM = {
    "read": 0, "write": 1, "open": 2, "close": 3, "stat": 4, "fstat": 5, "lstat": 6, "poll": 7,
    "lseek": 8, "mmap": 9, "mprotect": 10, "munmap": 11, "brk": 12, "rt_sigaction": 13,
    "rt_sigprocmask": 14, "rt_sigreturn": 15, "ioctl": 16, "pread64": 17, "pwrite64": 18,
    "readv": 19, "writev": 20, "access": 21, "pipe": 22, "select": 23, "sched_yield": 24,
    "mremap": 25, "msync": 26, "mincore": 27, "madvise": 28, "dup": 32, "dup2": 33, "pause": 34,
    "nanosleep": 35, "getitimer": 36, "alarm": 37, "setitimer": 38, "getpid": 39, "sendfile": 40,
    "sendto": 44, "recvfrom": 45, "recvmsg": 47, "shutdown": 48,
    "getsockname": 51, "getpeername": 52, "socketpair": 53, "setsockopt": 54, "getsockopt": 55,
    "clone": 56, "exit": 60, "wait4": 61, "kill": 62, "uname": 63, "fcntl": 72, "flock": 73,
    "fsync": 74, "fdatasync": 75, "truncate": 76, "ftruncate": 77, "getdents": 78, "getcwd": 79,
    "chdir": 80, "fchdir": 81, "rename": 82, "mkdir": 83, "rmdir": 84, "creat": 85, "link": 86,
    "unlink": 87, "symlink": 88, "readlink": 89, "chmod": 90, "fchmod": 91, "umask": 95,
    "gettimeofday": 96, "getrlimit": 97, "getrusage": 98, "sysinfo": 99, "times": 100,
    "getuid": 102, "getgid": 104, "geteuid": 107, "getegid": 108, "getppid": 110, "getpgrp": 111,
    "setsid": 112, "getgroups": 115, "getresuid": 118, "getresgid": 120, "getpgid": 121,
    "getsid": 124, "rt_sigpending": 127, "rt_sigtimedwait": 128, "rt_sigsuspend": 130,
    "sigaltstack": 131, "utime": 132, "statfs": 137, "fstatfs": 138, "sched_getparam": 143,
    "sched_getscheduler": 145, "sched_get_priority_max": 146, "sched_get_priority_min": 147,
    "mlock": 149, "munlock": 150, "prctl": 157, "arch_prctl": 158, "setrlimit": 160,
    "gettid": 186, "getxattr": 191, "lgetxattr": 192, "fgetxattr": 193, "listxattr": 194,
    "llistxattr": 195, "flistxattr": 196, "time": 201, "futex": 202, "sched_getaffinity": 204,
    "epoll_create": 213, "getdents64": 217, "set_tid_address": 218, "fadvise64": 221,
    "timer_create": 222, "timer_settime": 223, "timer_gettime": 224, "timer_getoverrun": 225,
    "timer_delete": 226, "clock_gettime": 228, "clock_getres": 229, "clock_nanosleep": 230,
    "exit_group": 231, "epoll_wait": 232, "epoll_ctl": 233, "tgkill": 234, "utimes": 235,
    "waitid": 247, "openat": 257, "mkdirat": 258, "futimesat": 261, "newfstatat": 262,
    "unlinkat": 263, "renameat": 264, "linkat": 265, "symlinkat": 266, "readlinkat": 267,
    "fchmodat": 268, "faccessat": 269, "pselect6": 270, "ppoll": 271, "set_robust_list": 273,
    "get_robust_list": 274, "utimensat": 280, "epoll_pwait": 281, "timerfd_create": 283,
    "eventfd": 284, "fallocate": 285, "timerfd_settime": 286, "timerfd_gettime": 287,
    "eventfd2": 290, "epoll_create1": 291, "dup3": 292, "pipe2": 293, "preadv": 295,
    "pwritev": 296, "prlimit64": 302, "getcpu": 309, "renameat2": 316, "getrandom": 318,
    "membarrier": 324, "copy_file_range": 326, "preadv2": 327, "pwritev2": 328, "statx": 332,
    "rseq": 334, "close_range": 436, "faccessat2": 439, "futex_waitv": 449, "fchmodat2": 452,
}  # fmt: skip
# What the warm process needs besides: to fork, to empty the scratch folder, to confine its child,
# to send the grader a descriptor. (Descriptors that are on their way keep files open unseen.)
_WARM_PROCESS = {
    "mount": 165, "umount2": 166, "setuid": 105, "setgid": 106, "setgroups": 116,
    "setresuid": 117, "setresgid": 119, "capset": 126, "fork": 57, "vfork": 58, "chown": 92,
    "fchown": 93, "sendmsg": 46,
}  # fmt: skip
# What programs need that may start others and talk to them, in namespaces of their own.
_PROCESSES = {
    "sched_setaffinity": 203, "execve": 59, "execveat": 322, "socket": 41, "connect": 42,
    "accept": 43, "accept4": 288, "bind": 49, "listen": 50, "sendmmsg": 307, "recvmmsg": 299,
    "setpgid": 109, "mknod": 133, "mknodat": 259, "getpriority": 140, "setpriority": 141,
    "pidfd_open": 434, "pidfd_send_signal": 424, "memfd_create": 319, "personality": 135,
    "vhangup": 153, "getpgrp": 111, "lchown": 94, "getrlimit": 97, "sync": 162,
    "inotify_init": 253, "inotify_init1": 294, "inotify_add_watch": 254, "inotify_rm_watch": 255,
}  # fmt: skip
#: of those that the warm process alone needs otherwise
_TO_START_AND_TALK = ("fork", "vfork", "sendmsg")
_NEW_NAMESPACES = 0x7E020000  # of clone's flags
_FAMILIES = (1, 2, 10, 16)  # local sockets, IPv4, IPv6, questions about interfaces
#: calls that change files, for a level without Landlock; opening for writing is told by its flags
_CHANGES = (
    "rename", "renameat", "renameat2", "mkdir", "mkdirat", "rmdir", "creat", "link", "linkat",
    "unlink", "unlinkat", "symlink", "symlinkat", "truncate", "chmod", "fchmod", "fchmodat",
    "fchmodat2", "utime", "utimes", "utimensat", "futimesat", "flock",
)  # fmt: skip
#: calls on files of others that Landlock lets through
_MODES_AND_TIMES = (
    "chmod", "fchmod", "fchmodat", "fchmodat2", "utime", "utimes", "utimensat", "futimesat",
)  # fmt: skip
_SOCKET_KIND, _STREAM, _PACKETS = 0xF, 1, 5  # a datagram can be sent to anybody's socket
# Named are those that programs need, since the others can do harm through a file that may only be
# read: signals to others, leases that keep others from opening it; or take disk space unseen.
# F_DUPFD to F_SETFL, F_GETOWN, F_GETSIG, F_DUPFD_CLOEXEC, F_GETPIPE_SZ, F_GET_SEALS
_FCNTL_ALLOWED = (0, 1, 2, 3, 4, 9, 11, 1030, 1032, 1034)
#: F_GETLK, F_SETLK, F_SETLKW and their F_OFD_ kin: a database locks its file
_FCNTL_LOCKS = (5, 6, 7, 36, 37, 38)
# TCGETS, TIOCGPGRP, TIOCOUTQ, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX, TCGETS2
_IOCTL_ALLOWED = (
    0x5401, 0x540F, 0x5411, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451, 0x802C542A,
)  # fmt: skip
_PRCTL_ALLOWED = (15, 16, 3, 39, 0x53564D41)  # names of threads and memory; two harmless questions


def confine(*, processes: bool = False) -> int | None:
    """Allow the calls that the warm process and programs need, and no others.

    Args:
        processes: whether programs may start others and talk to them.

    Returns:
        A descriptor on which whoever holds it is asked for every thread; it must be closed here,
        and every thread waits for the answer. None where the kernel can't ask.

    Raises:
        OSError: the kernel refuses.
    """
    try:
        return _install(_warm_filter(asks=True, processes=processes), asks=True)
    except OSError:  # too old; or somebody above us is asked already
        _install(_warm_filter(asks=False, processes=processes))
        return None


def _warm_filter(*, asks: bool, processes: bool) -> list[tuple[int, int, int, int]]:
    more = _PROCESSES.values() if processes else ()
    numbers = sorted({*_PROGRAM.values(), *_WARM_PROCESS.values(), *more})
    code = [(_LOAD, 0, 0, _ARCH), (_EQUAL, 1, 0, _ARCH_X86_64), _give(_KILL)]
    code += [(_LOAD, 0, 0, _NUMBER), (_AT_LEAST, 0, 1, _X32_BIT), _give(_KILL)]
    if asks:
        code += _guard("clone", 0, [(_BITS, 0, 1, _CLONE_THREAD)], _ASK)
    for first, last in _ranges(numbers):
        code += [(_AT_LEAST, 0, 2, first), (_AT_LEAST, 1, 0, last + 1), _give(_ALLOW)]
    return [*code, (_AT_LEAST, 0, 1, _NEWEST), _give(_ERRNO | _ENOSYS), _give(_ERRNO | _EPERM)]


class ProgramFilter:
    """Takes away what only the warm process needs, in the program's own process.

    Made once, in the warm process; a program's own process only fills in its number, where it is
    not the one that was expected.

    Args:
        may_change_files: False where no other layer guards them.
        may_change_modes: False where other layers guard all but modes and times.
        processes: whether it may start others and talk to them, as `confine` was told.
    """

    def __init__(
        self,
        *,
        may_change_files: bool = True,
        may_change_modes: bool = True,
        processes: bool = False,
    ) -> None:
        refused = () if may_change_modes else _MODES_AND_TIMES
        if processes:
            code = _filter_with_processes()
        else:
            code = _program_filter(refused, may_change_files=may_change_files)
        self._places = [
            at * _INSTRUCTION.size + _OPERAND_AT
            for at, instruction in enumerate(code)
            if instruction[3] == _THIS_PROCESS
        ]
        self._filter, self._header = _packed(code)
        self._address = ctypes.addressof(self._header)
        self._pid = _THIS_PROCESS

    def expect(self, pid: int) -> None:
        """Fill in the process id that the next program's process will see as its own."""
        for place in self._places:
            struct.pack_into("<I", self._filter, place, pid)
        self._pid = pid

    def install(self, pid: int) -> None:
        """Confine this process.

        Args:
            pid: of this process, as it sees itself.

        Raises:
            OSError: the kernel refuses.
        """
        if pid != self._pid:
            self.expect(pid)
        kernel.filter_calls(self._address)


def _program_filter(
    refused: tuple[str, ...], *, may_change_files: bool
) -> list[tuple[int, int, int, int]]:
    code = [(_LOAD, 0, 0, _NUMBER)]
    for number in _WARM_PROCESS.values():
        code += [(_EQUAL, 0, 1, number), _give(_ERRNO | _EPERM)]
    for name in refused if may_change_files else _CHANGES:
        code += [(_EQUAL, 0, 1, _PROGRAM[name]), _give(_ERRNO | _EPERM)]
    # a thread is no process: `clone` must share memory and the thread group
    code += _guard("clone", 0, [(_AND, 0, 0, _CLONE_VM_THREAD), (_EQUAL, 1, 0, _CLONE_VM_THREAD)])
    for name in ("kill", "tgkill"):
        code += _guard(name, 0, [(_EQUAL, 1, 0, _THIS_PROCESS)])
    code += _guard("prlimit64", 0, [(_EQUAL, 2, 0, 0), (_EQUAL, 1, 0, _THIS_PROCESS)])
    kinds = [(_AND, 0, 0, _SOCKET_KIND), (_EQUAL, 2, 0, _STREAM), (_EQUAL, 1, 0, _PACKETS)]
    code += _guard("socketpair", 1, kinds)
    # no lock is needed where no file can be changed, and one on the grader's would hold it up
    commands = (*_FCNTL_ALLOWED, *(_FCNTL_LOCKS if may_change_files else ()))
    for name, argument, allowed in (
        ("prctl", 0, _PRCTL_ALLOWED),
        ("fcntl", 1, commands),
        ("ioctl", 1, _IOCTL_ALLOWED),
    ):
        code += _guard(name, argument, _one_of(allowed))
    flags = _TMPFILE if may_change_files else _TMPFILE | _WRITE_FLAGS
    for name, argument in (("open", 1), ("openat", 2)):
        code += _guard(name, argument, [(_BITS, 0, 1, flags)])
    # disk space that no written byte accounts for; the C library writes bytes instead
    code += [(_EQUAL, 0, 1, _PROGRAM["fallocate"]), _give(_ERRNO | _EOPNOTSUPP)]
    code.append(_give(_ALLOW))
    return code


def _filter_with_processes() -> list[tuple[int, int, int, int]]:
    """For programs whose namespaces hold what they start: no other namespace, no other user."""
    code = [(_LOAD, 0, 0, _NUMBER)]
    for name, number in _WARM_PROCESS.items():
        if name not in _TO_START_AND_TALK:
            code += [(_EQUAL, 0, 1, number), _give(_ERRNO | _EPERM)]
    code += _guard("clone", 0, [(_BITS, 0, 1, _NEW_NAMESPACES)])
    code += _guard("socket", 0, _one_of(_FAMILIES))
    code += [(_EQUAL, 0, 1, _PROGRAM["fallocate"]), _give(_ERRNO | _EOPNOTSUPP)]
    code.append(_give(_ALLOW))
    return code


def _guard(
    name: str,
    argument: int,
    tests: list[tuple[int, int, int, int]],
    action: int = _ERRNO | _EPERM,
) -> list[tuple[int, int, int, int]]:
    """Take an action on a call, unless the tests of an argument's lower half jump over it."""
    body = [(_LOAD, 0, 0, _FIRST_ARGUMENT + argument * _ARGUMENT_BYTES), *tests]
    body += [_give(action), _give(_ALLOW)]
    number = _PROGRAM.get(name) or _PROCESSES[name]
    return [(_EQUAL, 0, len(body), number), *body]


def _one_of(values: tuple[int, ...]) -> list[tuple[int, int, int, int]]:
    """Tests for a `_guard` that lets these values through and no others."""
    return [(_EQUAL, len(values) - i, 0, value) for i, value in enumerate(values)]


def _give(action: int) -> tuple[int, int, int, int]:
    return (_RETURN, 0, 0, action)


def _ranges(numbers: list[int]) -> list[tuple[int, int]]:
    ranges: list[tuple[int, int]] = []
    for number in numbers:
        if ranges and ranges[-1][1] == number - 1:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    return ranges


def _packed(code: list[tuple[int, int, int, int]]) -> tuple[ctypes.Array[Any], ctypes.Array[Any]]:
    """The instructions as the kernel wants them, and the header that points at them."""
    filters = b"".join(_INSTRUCTION.pack(*instruction) for instruction in code)
    buffer = ctypes.create_string_buffer(filters, len(filters))
    header = struct.pack("<HxxxxxxQ", len(code), ctypes.addressof(buffer))
    return buffer, ctypes.create_string_buffer(header)


def _install(code: list[tuple[int, int, int, int]], *, asks: bool = False) -> int | None:
    _buffer, header = _packed(code)
    kernel.no_new_privileges()
    if asks:
        return kernel.filter_calls_and_ask(ctypes.addressof(header))
    kernel.filter_calls(ctypes.addressof(header))
    return None
