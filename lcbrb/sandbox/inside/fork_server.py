# ruff: noqa: PTH116, PTH208 - pathlib is slow to import
"""What a warm process runs: import once, confine itself once, fork a child for every program.

Started by `boot.py`. The first message on the socket is the configuration, a JSON object (see
`lcbrb.sandbox.warm_process`); the answer lists the layers that are live, and brings the descriptor
on which the grader is asked for every thread. Then, one job at a time, a letter and the number of
the message, which its answer repeats as ``to``:

- ``s``, with four descriptors (channel, standard input, output, errors): fork a child that confines
  itself further, says ``ready`` on the channel, and serves the grader there. The programs' settings
  follow after a space, a JSON object, where they are not those of the program before.
- ``e``: kill the child, reap it, empty the scratch folder; the answer is what the kernel says
- ``n``: ``e`` without the answer, then ``s``
- ``?``: answer, once all before is done

No program, input or answer is ever here, so a thousand programs leave no trace. What the kernel
said of one program is gone, and so are the frames of the service, before the next one is forked. A
child has no descriptor but its channel and its streams. It goes when the grader goes: its socket
closes, and the kernel kills it with its parent.
"""

import gc
import json
import os
import resource
import signal
import socket
import stat
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

from lcbrb.sandbox.inside import (
    around_forks,
    kernel,
    landlock,
    limits,
    namespaces,
    practice,
    scratch,
    seccomp,
    start_state,
)
from lcbrb.sandbox.inside.program_server import ProgramServer

_MESSAGE_MOST = 1 << 16  # a larger one would be a mapping of its own for every message
_CONFIG_MOST = 1 << 20
# out of the way: tests call for "123", which is a file to Python where such a descriptor is open
_CHANNEL, _SPARES = 248, (249, 250, 251)
_BEHIND_SPARES = 252
_DESCRIPTORS = 4
_START, _END, _NEXT = b"s", b"e", b"n"
_FIRST_SPARE = 3  # behind the standard streams
_UID_BASE = 0x70000000
_PLAIN = ("", sys.getrecursionlimit())  # surroundings
_OURS = 4  # processes of a program's user that are not the program's
_FAILED = 70  # exit code of a child that could not serve


class ForkServer:
    """See the module."""

    def __init__(self, control: socket.socket, config: dict[str, Any]) -> None:
        self.control = control
        self.config = config
        self.level = config["level"]
        self.user: int | None = None  # whom a child becomes, as root
        self.home: str = config["scratch"]
        self.told: dict[str, Any] | None = None  # of the surroundings
        self.surroundings = start_state.Surroundings(*_PLAIN)
        self.server = self._server()
        self.filling: list[bytes] = []  # see `practice`
        self.child: int | None = None
        self.listener: int | None = None  # asked for every thread
        self.failure = ""
        self.size_kib = 0
        self.pid = os.getpid()
        self.limits: list[tuple[int, tuple[int, int]]] = []
        self.processes: bool = config["processes"]  # whether programs may start others
        self.filters = seccomp.ProgramFilter(
            may_change_files=self.level in "AB",
            may_change_modes=self.level == "A",
            processes=self.processes,
        )

    # ------------------------------------------------------------------------- at the start

    def prepare(self) -> list[str]:
        """Import, then confine; returns once in the process that forks, never in the others."""
        layers = ["rlimits", "no-new-privileges"]
        start_state.stand_in_for_site(self.config["site_packages"], self.config["command"])
        around_forks.preload(self.config["preload"], hooks=self.processes)
        self.size_kib = around_forks.size_kib()  # before files are out of sight
        if self.level == "A":
            layers += self._enter_namespaces()
        elif self.level == "B":
            restricted = landlock.restrict(
                self.config["readable"], self.config["listable"], [self.home]
            )
            layers += [f"landlock-{name}" for name in restricted]
        kernel.no_new_privileges()
        if self.level != "A":
            scratch.mark_untouched(self.home)
        os.chdir(self.home)
        limits.set_lasting()
        self.listener = seccomp.confine(processes=self.processes)
        layers += ["seccomp"] if self.listener is None else ["seccomp", "threads-counted"]
        gc.collect()
        gc.freeze()
        return layers

    def _enter_namespaces(self) -> list[str]:
        kind = namespaces.enter()
        self._become_first()
        if kind == "direct":
            self.user = _UID_BASE + self.config["number"]
        readable = self.config["readable"]
        self.home = namespaces.scratch_beside(readable)
        has_proc = namespaces.build_view(
            readable, self.config["hidden"], self.home, user=self.user, processes=self.processes
        )
        if self.processes:
            namespaces.loopback_up()
        if self.user is not None:
            os.setgroups([])
        layers = ["user-namespace" if kind == "user" else "own-user", "namespaces", "view"]
        layers += ["own-proc"] if has_proc else []
        least = landlock.ABI_SCOPES if self.processes else landlock.ABI_TCP
        if landlock.abi() >= least:
            layers += [
                f"landlock-{name}"
                for name in landlock.restrict(None, [], [], may_talk=self.processes)
            ]
        return layers

    def _become_first(self) -> None:
        """Fork: the child is the first process of the new namespace, the parent waits for it."""
        pid = os.fork()
        if pid:
            self.control.close()
            _, status = os.waitpid(pid, 0)
            os._exit(1 if status else 0)
        kernel.die_with_parent(signal.SIGKILL)

    def say_ready(self, layers: list[str]) -> None:
        """Tell the grader, who alone must hold what is asked for every thread."""
        descriptors = [] if self.listener is None else [self.listener]
        socket.send_fds(self.control, [json.dumps({"layers": layers}).encode()], descriptors)
        for descriptor in descriptors:
            os.close(descriptor)

    # --------------------------------------------------------------------------- the service

    def serve(self) -> None:
        """Do as the grader says until it hangs up; returns in every child, and there alone."""
        while True:
            data, descriptors, _, _ = socket.recv_fds(self.control, _MESSAGE_MOST, _DESCRIPTORS)
            if not data:
                os._exit(0)
            head, _, settings = data.partition(b" ")
            letter, number = head[:1], head[1:]
            if letter in (_START, _NEXT):
                if letter == _NEXT:
                    self._end()
                if self._start(settings, descriptors):
                    return
            else:
                said = self._end() if letter == _END else b""
                self.control.send(b'{"to": %b%b}' % (number, said))
                del said

    def _start(self, settings: bytes, descriptors: list[int]) -> bool:
        """Fork a child; whether this is the child, confined."""
        self.failure = ""
        try:
            if settings:
                self._settle(json.loads(settings))
            self.child = os.fork()
        except Exception as error:  # noqa: BLE001 - whatever it was, the grader is told
            self.failure = f"{type(error).__name__}: {error}"
        if self.child == 0:
            try:
                self._confine_child(descriptors)
            except BaseException:  # noqa: BLE001 - it must never serve in its parent's place
                os._exit(_FAILED)
            return True
        for descriptor in descriptors:
            os.close(descriptor)
        if self.child is not None:
            self.filters.expect(self.child + 1)  # unless its program makes threads
        return False

    def _settle(self, settings: dict[str, Any]) -> None:
        """Make ready for programs that have these settings in common."""
        if settings["surroundings"] != self.told:
            self.surroundings.prelude.withdraw()
            self.told = None  # should the prelude fail
            self.surroundings = start_state.Surroundings(*_PLAIN)
            self.server = self._server()
            self.surroundings = start_state.Surroundings(**settings["surroundings"])
            self.surroundings.prelude.offer()
            practice.practise(self._server)
            self.server = self._server()  # it remembers what was imported
            self.told = settings["surroundings"]
            self.size_kib = max(self.size_kib, around_forks.size_kib())
        self.server.stand_by(start_state.SCRIPT if settings["script"] else start_state.MODULE)
        allowed = settings["limits"]
        has_namespace = self.level == "A"  # else the kernel would count all that the user has
        if self.processes:
            allowed["processes"] += _OURS
        elif not has_namespace or (self.user is None and self.listener is not None):
            allowed["processes"] = None  # and here it would count us
        self.limits = limits.plan(allowed, self.size_kib)
        self.filling.clear()
        gc.collect()
        self.filling = practice.filling()
        gc.freeze()

    def _end(self) -> bytes:
        """Kill the child, reap it, empty its folder; what the kernel says, as members of JSON."""
        if self.child is None:
            return b', "failure": %b' % json.dumps(self.failure or "no child").encode()
        os.kill(self.child, signal.SIGKILL)
        _, status, usage = os.wait4(self.child, 0)
        self.child = None
        if self.processes:
            around_forks.end_all()
        self._empty_scratch()
        cpu_s = usage.ru_utime + usage.ru_stime
        code = os.waitstatus_to_exitcode(status)
        return b', "exit_code": %d, "cpu_s": %.6f, "peak_kib": %d' % (code, cpu_s, usage.ru_maxrss)

    def _empty_scratch(self) -> None:
        if self.level == "A":
            as_made = stat.S_IMODE(os.stat(self.home).st_mode) == namespaces.SCRATCH_MODE
            if as_made and not os.listdir(self.home):
                return
            namespaces.empty_scratch(self.home)
            os.chdir(self.home)
        elif os.stat(self.home).st_mtime_ns != scratch.UNTOUCHED_NS:
            scratch.empty(self.home)
            scratch.mark_untouched(self.home)

    def _server(self, channel: int = _CHANNEL, spares: Sequence[int] = _SPARES) -> ProgramServer:
        """What a child serves the grader with: made here, so that no child pays for it."""
        return ProgramServer(channel, spares, self.home, self.surroundings, _peak_kib)

    # ------------------------------------------------------------------------------ the child

    def _confine_child(self, descriptors: list[int]) -> None:
        """Every page of memory that is touched here is copied first, so as little as can be.

        It stays in the session of the warm process: one of its own would cost a group of the
        scheduler, and no signal to a group gets past the filter.
        """
        for source, target in zip(descriptors, (_CHANNEL, *_SPARES), strict=True):
            os.dup2(source, target, inheritable=False)
        os.closerange(_FIRST_SPARE, _CHANNEL)  # the control socket first
        os.closerange(_BEHIND_SPARES, limits.FILES_MOST)
        for which, pair in self.limits:
            resource.setrlimit(which, pair)
        if self.user is not None:
            os.setresgid(self.user, self.user, self.user)
            os.setresuid(self.user, self.user, self.user)
            kernel.set_dumpable(1)  # its own /proc/self/fd, for those who open /dev/stdin
        else:
            kernel.drop_capabilities()
        if self.processes:  # what it forks must neither answer for it nor hold the channel open
            os.register_at_fork(after_in_child=_leave_channel)
        if self.level != "A":  # there, the first process of the namespace takes all with it
            kernel.die_with_parent(signal.SIGKILL)
            if os.getppid() != self.pid:  # it is gone already, and no signal will come
                os._exit(70)
        self.filters.install(os.getpid())


def _leave_channel() -> None:
    os.closerange(_CHANNEL, _CHANNEL + 1)  # which may be closed already


def _peak_kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main(descriptor: int) -> NoReturn:
    """Get ready, say so, serve."""
    control = socket.socket(fileno=descriptor)
    kernel.die_with_parent(signal.SIGKILL)
    config = json.loads(control.recv(_CONFIG_MOST))
    server = ForkServer(control, config)
    try:
        layers = server.prepare()
    except OSError as error:
        control.send(json.dumps({"failure": str(error)}).encode())
        os._exit(1)
    server.say_ready(layers)
    try:
        server.serve()
        server.server.serve_as_told()
    finally:
        os._exit(_FAILED)
