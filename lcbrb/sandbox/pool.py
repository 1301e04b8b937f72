"""Idle zygotes of one level, by what they have imported."""

from __future__ import annotations

import os
import threading

from lcbrb.sandbox.zygotes import Settings, Zygote


class Pool:
    """Idle zygotes of one level.

    Args:
        level: ``A``, ``B`` or ``C``.
    """

    def __init__(self, level: str) -> None:
        self.level = level
        self.watches_scratch = level == "B"
        self.layers: tuple[str, ...] = ()
        self._lock = threading.Lock()
        self._idle: dict[tuple[str, ...], list[Zygote]] = {}
        self._pid = os.getpid()

    def take(self, profile: tuple[str, ...], settings: Settings) -> Zygote:
        """An idle zygote of that profile, or a new one; best one with a child that stands by."""
        with self._lock:
            if self._pid != os.getpid():  # a fork of us must leave its parent's alone
                self._idle, self._pid = {}, os.getpid()
            idle = self._idle.get(profile, [])
            fit = (at for at, one in enumerate(idle) if one.stands_by(settings))
            if idle:
                return idle.pop(next(fit, 0))
        zygote = Zygote(self.level, profile)
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
