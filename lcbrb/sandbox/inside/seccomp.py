"""Seccomp filters for x86-64: which system calls there are.

Two filters. `confine` is for the warm process and allows what it and programs need, by name; all
else fails with EPERM (ENOSYS where the C library then tries an older call). A `ProgramFilter` is
added in every program's process and takes away what only the warm process needs: no new process,
no other program started, no socket to anywhere, no signal to anybody but itself.

See seccomp(2) and ``include/uapi/linux/{filter,seccomp,audit}.h``.
"""

import ctypes
import struct
from typing import Any

from lcbrb.sandbox.inside import kernel

_LOAD, _EQUAL, _AT_LEAST, _BITS, _AND, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x54, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_EPERM, _ENOSYS = 1, 38
_ARCH_X86_64 = 0xC000003E
_X32_BIT = 0x40000000
_NEWEST = 424  # calls from here on are new: ENOSYS makes the C library fall back
_NUMBER, _ARCH, _FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
_ARGUMENT_BYTES = 8
_INSTRUCTION = struct.Struct("<HBBI")
_OPERAND_AT = 4
_THIS_PROCESS = 0x7FFFFFFE  # stands for a process id until there is one; no process has it
_CLONE_VM_THREAD = 0x00010100
_WRITE_FLAGS = 0o1 | 0o2 | 0o100 | 0o1000  # write-only, read-write, create, truncate

# What programs need: files, memory, threads, time, and pipes and socket pairs within a process.
_PROGRAM = {
    "read": 0, "write": 1, "open": 2, "close": 3, "stat": 4, "fstat": 5, "lstat": 6, "poll": 7,
    "lseek": 8, "mmap": 9, "mprotect": 10, "munmap": 11, "brk": 12, "rt_sigaction": 13,
    "rt_sigprocmask": 14, "rt_sigreturn": 15, "ioctl": 16, "pread64": 17, "pwrite64": 18,
    "readv": 19, "writev": 20, "access": 21, "pipe": 22, "select": 23, "sched_yield": 24,
    "mremap": 25, "msync": 26, "mincore": 27, "madvise": 28, "dup": 32, "dup2": 33, "pause": 34,
    "nanosleep": 35, "getitimer": 36, "alarm": 37, "setitimer": 38, "getpid": 39, "sendfile": 40,
    "sendto": 44, "recvfrom": 45, "sendmsg": 46, "recvmsg": 47, "shutdown": 48,
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
# What the warm process needs besides: to fork, to empty the scratch folder, to confine its child.
_WARM_PROCESS = {
    "mount": 165, "umount2": 166, "setuid": 105, "setgid": 106, "setgroups": 116,
    "setresuid": 117, "setresgid": 119, "capset": 126, "fork": 57, "vfork": 58, "chown": 92,
    "fchown": 93,
}  # fmt: skip
#: calls that change files, for a level without Landlock; opening for writing is told by its flags
_CHANGES = (
    "rename", "renameat", "renameat2", "mkdir", "mkdirat", "rmdir", "creat", "link", "linkat",
    "unlink", "unlinkat", "symlink", "symlinkat", "truncate", "chmod", "fchmod", "fchmodat",
    "fchmodat2", "utime", "utimes", "utimensat", "futimesat",
)  # fmt: skip
#: calls on files of others that Landlock lets through
_MODES_AND_TIMES = (
    "chmod", "fchmod", "fchmodat", "fchmodat2", "utime", "utimes", "utimensat", "futimesat",
)  # fmt: skip
_SOCKET_KIND, _STREAM, _PACKETS = 0xF, 1, 5  # a datagram can be sent to anybody's socket
_FCNTL_BANNED = (8, 10, 15)  # F_SETOWN, F_SETSIG, F_SETOWN_EX
_IOCTL_BANNED = (0x8901, 0x8902, 0x5412)  # FIOSETOWN, SIOCSPGRP, TIOCSTI
_PRCTL_ALLOWED = (15, 16, 3, 39, 0x53564D41)  # names of threads and memory; two harmless questions


def confine() -> None:
    """Allow the calls that the warm process and programs need, and no others.

    Raises:
        OSError: the kernel refuses.
    """
    numbers = sorted({*_PROGRAM.values(), *_WARM_PROCESS.values()})
    code = [(_LOAD, 0, 0, _ARCH), (_EQUAL, 1, 0, _ARCH_X86_64), _give(_KILL)]
    code += [(_LOAD, 0, 0, _NUMBER), (_AT_LEAST, 0, 1, _X32_BIT), _give(_KILL)]
    for first, last in _ranges(numbers):
        code += [(_AT_LEAST, 0, 2, first), (_AT_LEAST, 1, 0, last + 1), _give(_ALLOW)]
    code += [(_AT_LEAST, 0, 1, _NEWEST), _give(_ERRNO | _ENOSYS), _give(_ERRNO | _EPERM)]
    _install(code)


class ProgramFilter:
    """Takes away what only the warm process needs, in the program's own process.

    Made once, in the warm process; a program's own process only fills in its number, where it is
    not the one that was expected.

    Args:
        may_change_files: False where no other layer guards them.
        may_change_modes: False where other layers guard all but modes and times.
    """

    def __init__(self, *, may_change_files: bool = True, may_change_modes: bool = True) -> None:
        refused = () if may_change_modes else _MODES_AND_TIMES
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
    allowed = _PRCTL_ALLOWED
    code += _guard("prctl", 0, [(_EQUAL, len(allowed) - i, 0, n) for i, n in enumerate(allowed)])
    # a file can be told to send a signal of choice to a process of choice
    for name, commands in (("fcntl", _FCNTL_BANNED), ("ioctl", _IOCTL_BANNED)):
        code += _guard(name, 1, _none_of(commands))
    if not may_change_files:
        for name, argument in (("open", 1), ("openat", 2)):
            code += _guard(name, argument, [(_BITS, 0, 1, _WRITE_FLAGS)])
    code.append(_give(_ALLOW))
    return code


def _guard(
    name: str, argument: int, tests: list[tuple[int, int, int, int]]
) -> list[tuple[int, int, int, int]]:
    """Refuse a call unless the tests of an argument's lower half jump over the refusal."""
    body = [(_LOAD, 0, 0, _FIRST_ARGUMENT + argument * _ARGUMENT_BYTES), *tests]
    body += [_give(_ERRNO | _EPERM), _give(_ALLOW)]
    return [(_EQUAL, 0, len(body), _PROGRAM[name]), *body]


def _none_of(values: tuple[int, ...]) -> list[tuple[int, int, int, int]]:
    """Tests for a `_guard` that refuses these values and no others."""
    left = len(values)
    tests = [(_EQUAL, left - i - 1, 0, value) for i, value in enumerate(values[:-1])]
    return [*tests, (_EQUAL, 0, 1, values[-1])]


def _give(action: int) -> tuple[int, int, int, int]:
    return (_RETURN, 0, 0, action)


def _ranges(numbers: list[int]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def _packed(code: list[tuple[int, int, int, int]]) -> tuple[ctypes.Array[Any], ctypes.Array[Any]]:
    """The instructions as the kernel wants them, and the header that points at them."""
    filters = b"".join(_INSTRUCTION.pack(*instruction) for instruction in code)
    buffer = ctypes.create_string_buffer(filters, len(filters))
    header = struct.pack("<HxxxxxxQ", len(code), ctypes.addressof(buffer))
    return buffer, ctypes.create_string_buffer(header)


def _install(code: list[tuple[int, int, int, int]]) -> None:
    _buffer, header = _packed(code)
    kernel.no_new_privileges()
    kernel.filter_calls(ctypes.addressof(header))
