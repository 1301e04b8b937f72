"""Idle warm processes of one level and interpreter, by what they have imported."""

from __future__ import annotations

import os
import threading
from weakref import WeakSet

from lcbrb.protocols.sandbox import Workplace
from lcbrb.sandbox.interpreter import Interpreter
from lcbrb.sandbox.warm_process import Settings, WarmProcess

_COMMON = Workplace()


class WarmPool:
    """Idle warm processes of one level and interpreter.

    Args:
        level: ``A``, ``B`` or ``C``.
        interpreter: which Python each of them is.
        workplace: what their programs find and may do.
    """

    def __init__(
        self, level: str, interpreter: Interpreter, workplace: Workplace = _COMMON
    ) -> None:
        self.level = level
        self.workplace = workplace
        self._interpreter = interpreter
        self.watches_scratch = level == "B"
        self.layers: tuple[str, ...] = ()
        self.renew()
        _POOLS.add(self)

    def renew(self) -> None:
        """Start without any: a fork of us must leave its parent's alone."""
        self._lock = threading.Lock()
        self._idle: dict[tuple[str, ...], list[WarmProcess]] = {}

    def take(self, profile: tuple[str, ...], settings: Settings) -> WarmProcess:
        """An idle one of that profile, or a new one; best one with a child that stands by."""
        with self._lock:
            idle = self._idle.get(profile, [])
            while idle:
                fit = (at for at, waiting in enumerate(idle) if waiting.stands_by(settings))
                warm = idle.pop(next(fit, 0))
                if not warm.is_gone():
                    return warm
                warm.close()
        warm = WarmProcess(self.level, self._interpreter, profile, self.workplace)
        self.layers = warm.layers
        return warm

    def give_back(self, warm: WarmProcess) -> None:
        """Keep it for the next program; one that is lost is not used again."""
        if warm.lost:
            warm.close()
            return
        with self._lock:
            self._idle.setdefault(warm.profile, []).append(warm)

    def idle(self) -> list[WarmProcess]:
        """Those that wait for work, once all that they were told is done."""
        with self._lock:
            for idle in self._idle.values():
                for warm in idle:
                    warm.settle()
                lost = [warm for warm in idle if warm.lost]
                idle[:] = [warm for warm in idle if not warm.lost]
                for warm in lost:
                    warm.close()
            return [warm for idle in self._idle.values() for warm in idle]

    def close(self) -> None:
        """Stop the idle ones."""
        idle = self.idle()
        with self._lock:
            self._idle = {}
        for warm in idle:
            warm.close()


_POOLS: WeakSet[WarmPool] = WeakSet()


def _renew_all() -> None:
    for pool in _POOLS:
        pool.renew()


os.register_at_fork(after_in_child=_renew_all)
