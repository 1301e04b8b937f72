"""The confined sandbox: warm processes that fork one child a program."""

from __future__ import annotations

from lcbrb.protocols import Program
from lcbrb.sandbox.runner import Runner
from lcbrb.sandbox.running import Process
from lcbrb.sandbox.zygotes import Pool, WarmProcess
from lcbrb.types import Limits


class WarmSandbox(Runner):
    """Levels A, B and C (see `lcbrb.sandbox.levels`).

    Args:
        level: which layers to use; all that it needs must be live.
    """

    def __init__(self, level: str) -> None:
        self.level = level
        self.pool = Pool(level)

    @property
    def layers(self) -> tuple[str, ...]:
        """What confines programs, once one has run."""
        return self.pool.layers

    def start(self, program: Program, limits: Limits) -> Process:
        """A child of an idle zygote."""
        return WarmProcess(self.pool, program, limits)

    def close(self) -> None:
        """Stop the warm processes that are idle."""
        self.pool.close()
