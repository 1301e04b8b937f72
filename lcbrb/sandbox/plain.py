"""The plain sandbox: a process started from nothing, under resource limits. Works everywhere.

Limits: CPU time as the kernel counts it for the process, so a loaded machine changes no verdict; a
generous wall time for sleepers and deadlocks; address space; size of each file written, which caps
the output; processes and threads. The process leads a group of its own, which is killed as a whole
at the end.

Not covered: a hostile program can read the judge's files, reach the network, fill the disk, and
leave a process behind by starting a session of its own.
"""

from __future__ import annotations

from lcbrb.protocols.sandbox import Program
from lcbrb.sandbox.base import Runner
from lcbrb.sandbox.interpreter import Interpreter, running_interpreter
from lcbrb.sandbox.plain_process import SpawnedProcess
from lcbrb.sandbox.process import Process
from lcbrb.types import Limits


class PlainSandbox(Runner):
    """Level D: no security boundary.

    Args:
        interpreter: what programs run under; None: the one that runs this.
    """

    level = "D"

    def __init__(self, interpreter: Interpreter | None = None) -> None:
        self.interpreter = interpreter or running_interpreter()

    def start(self, program: Program, limits: Limits) -> Process:
        """A process of the program's own."""
        return SpawnedProcess(self.interpreter, program, limits)
