"""Idle zygotes of one level and interpreter, by what they have imported."""

from __future__ import annotations

import threading
from weakref import WeakSet

from lcbrb.sandbox.after_fork import after_fork
from lcbrb.sandbox.interpreter import Interpreter
from lcbrb.sandbox.warm_process import Settings, Zygote


class Pool:
    """Idle zygotes of one level and interpreter.

    Args:
        level: ``A``, ``B`` or ``C``.
        interpreter: which Python each of them is.
    """

    def __init__(self, level: str, interpreter: Interpreter) -> None:
        self.level = level
        self._interpreter = interpreter
        self.watches_scratch = level == "B"
        self.layers: tuple[str, ...] = ()
        self.renew()
        _POOLS.add(self)

    def renew(self) -> None:
        """Start without any: a fork of us must leave its parent's alone."""
        self._lock = threading.Lock()
        self._idle: dict[tuple[str, ...], list[Zygote]] = {}

    def take(self, profile: tuple[str, ...], settings: Settings) -> Zygote:
        """An idle zygote of that profile, or a new one; best one with a child that stands by."""
        with self._lock:
            idle = self._idle.get(profile, [])
            while idle:
                fit = (at for at, one in enumerate(idle) if one.stands_by(settings))
                zygote = idle.pop(next(fit, 0))
                if not zygote.is_gone():
                    return zygote
                zygote.close()
        zygote = Zygote(self.level, self._interpreter, profile)
        self.layers = zygote.layers
        return zygote

    def give_back(self, zygote: Zygote) -> None:
        """Keep it for the next program; one that is lost is not used again."""
        if zygote.lost:
            zygote.close()
            return
        with self._lock:
            self._idle.setdefault(zygote.profile, []).append(zygote)

    def idle(self) -> list[Zygote]:
        """Those that wait for work, once all that they were told is done."""
        with self._lock:
            for idle in self._idle.values():
                for zygote in idle:
                    zygote.settle()
                lost = [zygote for zygote in idle if zygote.lost]
                idle[:] = [zygote for zygote in idle if not zygote.lost]
                for zygote in lost:
                    zygote.close()
            return [zygote for idle in self._idle.values() for zygote in idle]

    def close(self) -> None:
        """Stop the idle ones."""
        idle = self.idle()
        with self._lock:
            self._idle = {}
        for zygote in idle:
            zygote.close()


_POOLS: WeakSet[Pool] = WeakSet()


def _renew_all() -> None:
    for pool in _POOLS:
        pool.renew()


after_fork(_renew_all)
