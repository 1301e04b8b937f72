"""How well programs can be confined on this machine, and the sandbox that does it best.

========  ===================================================================================
level     layers
========  ===================================================================================
A         user, mount, pid, network, ipc and uts namespaces with a read-only view; Landlock
          where the kernel has it; seccomp; resource limits; no new privileges
B         Landlock (files, and TCP and signals where its ABI has them); seccomp; resource
          limits; no new privileges
C         seccomp, which lets no file be changed but can't say which may be read; resource
          limits; no new privileges
D         resource limits and a process group: no security boundary
========  ===================================================================================

C and D are used only where somebody asks for them: a program can read the tests there.

No level is believed on the word of a kernel version: a probe runs a program that tries what the
level must stop, and the level is live when it got nowhere.
"""

from __future__ import annotations

import json
import os
import socket
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path

from lcbrb.errors import SetupError, UnknownNameError
from lcbrb.protocols.sandbox import TESTS_IN_REACH, Program, Sandbox, Workplace
from lcbrb.sandbox.base_sandbox import BaseSandbox
from lcbrb.sandbox.confined_sandbox import ConfinedSandbox
from lcbrb.sandbox.inside.kernel import SUPPORTED
from lcbrb.sandbox.interpreter import Interpreter, running_interpreter
from lcbrb.sandbox.pace import PACE
from lcbrb.sandbox.plain_sandbox import PlainSandbox
from lcbrb.types import Limits

LEVELS = ("A", "B", "C", "D")
_COMMON = Workplace()
#: the least level that is taken where nobody says which: tests are out of a program's reach
_LEAST = "B"
_START = "start a process"
_BY_SECCOMP = (
    "change the grader's files",
    _START,
    "signal the grader",
    "use the network",
)
_READ = "read the grader's files"
#: what a level must stop to be called live
_PROMISES = {"A": (_READ, *_BY_SECCOMP), "B": (_READ, *_BY_SECCOMP), "C": _BY_SECCOMP, "D": ()}
_PROBE = """
import json, os, signal, socket
job = json.loads(input())
def read(): open(job["file"]).read()
def change(): open(job["file"] + ".new", "w").close()
def start(): os._exit(0) if os.fork() == 0 else os.wait()
def signal_grader():
    if os.getpid() == job["grader"]: raise ProcessLookupError  # its number, in another namespace
    os.kill(job["grader"], signal.SIG_DFL)
def connect(): socket.create_connection(("127.0.0.1", job["port"]), 5).close()
got_through = []
attacks = zip(job["names"], (read, change, start, signal_grader, connect))
for name, attack in attacks:
    try:
        attack()
        got_through.append(name)
    except OSError:
        pass
print(json.dumps(got_through))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """What a level turned out to be here.

    `layers` are the live ones, `stopped` the attacks of the probe that got nowhere. `problem` says
    why the level is not live; empty where it is.
    """

    level: str
    layers: tuple[str, ...] = ()
    stopped: tuple[str, ...] = ()
    problem: str = ""
    sandbox: BaseSandbox | None = None

    @property
    def live(self) -> bool:
        """Whether the level keeps its promises here."""
        return not self.problem


_lock = threading.Lock()
_probes: dict[tuple[int, str, Interpreter, Workplace], Probe] = {}


def probe(
    level: str, *, interpreter: Interpreter | None = None, workplace: Workplace = _COMMON
) -> Probe:
    """Try a level, once in this process for each interpreter and workplace.

    Args:
        level: one of `LEVELS`.
        interpreter: what programs run under; None: the one that runs this.
        workplace: what they find and may do.

    Raises:
        UnknownNameError: there is no such level.
    """
    if level not in LEVELS:
        raise UnknownNameError("isolation level", level, LEVELS)
    with _lock:
        key = (os.getpid(), level, interpreter or running_interpreter(), workplace)
        if key not in _probes:
            _probes[key] = _try(*key[1:])
        return _probes[key]


def sandbox_for(
    require: str | None = None,
    *,
    interpreter: Interpreter | None = None,
    workplace: Workplace = _COMMON,
) -> Sandbox:
    """The best sandbox that this machine offers.

    Args:
        require: the least level to accept (``C`` accepts A, B and C). None accepts A and B, at
            which no program can read the tests; less has to be asked for.
        interpreter: what programs run under (see `interpreter_at`); None: the one that runs this.
        workplace: what they find and may do.

    Raises:
        SetupError: nothing as good as `require` is live.
        UnknownNameError: there is no such level.
    """
    if require is not None and require not in LEVELS:
        raise UnknownNameError("isolation level", require, LEVELS)
    PACE.learn()
    accepted = LEVELS[: LEVELS.index(require or _LEAST) + 1]
    problems = []
    for level in accepted:
        tried = probe(level, interpreter=interpreter, workplace=workplace)
        if tried.live and tried.sandbox is not None:
            return tried.sandbox
        problems.append(f"{level}: {tried.problem}")
    raise SetupError(
        f"this machine has no sandbox of level {accepted[-1]} or better ({'; '.join(problems)}); "
        f"`lcbrb doctor` shows which layers are live{_instead(require, interpreter, workplace)}"
    )


def _instead(require: str | None, interpreter: Interpreter | None, workplace: Workplace) -> str:
    """What a user can do who asked for no level and has none that keeps tests out of reach."""
    if require is not None:
        return ""
    live = next(
        x
        for x in TESTS_IN_REACH
        if x == "D" or probe(x, interpreter=interpreter, workplace=workplace).live
    )
    return (
        f". Level {live} is available, but there a program could read the tests and answers: "
        f"--require-isolation {live} accepts that (in Python, isolation={live!r}), and the "
        "record says so"
    )


def _try(level: str, interpreter: Interpreter, workplace: Workplace) -> Probe:
    if level != "D" and not SUPPORTED:
        return Probe(level=level, problem="needs Linux on x86-64")
    if workplace.processes and level in "BC":
        return Probe(level=level, problem="can't hold processes that programs start")
    sandbox: BaseSandbox
    if level == "D":
        sandbox = PlainSandbox(interpreter, workplace)
    else:
        sandbox = ConfinedSandbox(level, interpreter, workplace)
    try:
        stopped = _attack(sandbox)
    except (OSError, ValueError) as error:
        return Probe(level=level, problem=str(error))
    promised = set(_PROMISES[level]) - ({_START} if workplace.processes else set())
    failed = [name for name in _PROMISES[level] if name in promised and name not in stopped]
    problem = f"does not stop: {', '.join(failed)}" if failed else ""
    return Probe(
        level=level, layers=sandbox.layers, stopped=stopped, problem=problem, sandbox=sandbox
    )


def _attack(sandbox: BaseSandbox) -> tuple[str, ...]:
    """Run the probe; the attacks that were stopped."""
    names = (_READ, *_BY_SECCOMP)
    with tempfile.TemporaryDirectory(prefix="lcbrb-") as folder, socket.socket() as listener:
        secret = Path(folder, "secret")
        secret.write_text("nobody's business", encoding="utf-8")
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        job = {
            "file": str(secret),
            "grader": os.getpid(),
            "port": listener.getsockname()[1],
            "names": names,
        }
        program, limits = Program(source=_PROBE), Limits(cpu_s=10, wall_s=60)
        (execution,) = sandbox.run(program, [json.dumps(job)], limits)
        if execution.status is not None:
            raise OSError(execution.detail.splitlines()[-1] if execution.detail else "no output")
        got_through = json.loads(execution.output)
    return tuple(name for name in names if name not in got_through)
