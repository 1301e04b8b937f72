"""Several processes that train one model, as `accelerate launch` and `torchrun` start them.

The first one (rank 0) alone reads and writes the run's folder; what it finds and decides there is
told to the others, and so is an error of it (`Processes.told`). What each does for itself is done
by `Processes.together`, so that an error of one ends all.
"""

from __future__ import annotations

import datetime as dt
import functools
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from lcbrb.errors import LcbrbError, SetupError, UsageError, first_line
from lcbrb.runs.folder import Run, open_run
from lcbrb.types import Record, RunRecord

if TYPE_CHECKING:
    from torch.distributed import ProcessGroup

T = TypeVar("T")

_PATIENCE = dt.timedelta(days=7)  # the others wait while the first one evaluates and saves


@dataclass(frozen=True, slots=True)
class Processes:
    """This process among those that train one model.

    Attributes:
        rank: its number, from 0.
        count: how many there are.
        group: what they talk over; None where there is one.
        here: how many of them are on this machine.
    """

    rank: int = 0
    count: int = 1
    group: ProcessGroup | None = None
    here: int = 1

    @property
    def is_first(self) -> bool:
        """Whether it is the one that writes."""
        return self.rank == 0

    def told(self, work: Callable[[], T]) -> T:
        """What the first process makes of some work, told to all; an error is raised by all."""
        if self.count == 1:
            return work()
        given: list[Any] = [None, None]
        if self.is_first:
            try:
                given[0] = work()
            except Exception as error:  # whatever it is, the others are not left waiting
                given[1] = self._as_told(error)
                self._broadcast(given)
                raise
        self._broadcast(given)
        if given[1] is not None:
            raise given[1]
        value: T = given[0]
        return value

    def together(self, work: Callable[[], T]) -> T:
        """What some work gives in this process; an error in one of them is raised by all.

        All must call it. Work in which processes wait for each other can leave them waiting.
        """
        if self.count == 1:
            return work()
        try:
            value = work()
        except Exception as error:  # whatever it is, the others are not left waiting
            self.gathered(self._as_told(error))
            raise
        failures: Sequence[LcbrbError | None] = self.gathered(None)
        for failed in failures:
            if failed is not None:
                raise failed
        return value

    def gathered(self, value: T) -> Sequence[T]:
        """The value of each process, in the order of their ranks; all must call it."""
        if self.count == 1:
            return [value]
        import torch.distributed as dist

        values: list[Any] = [None] * self.count
        with _lost():
            dist.all_gather_object(values, value, group=self.group)
        return values

    def _as_told(self, error: Exception) -> LcbrbError:
        """An error of this process as the others raise it."""
        if isinstance(error, LcbrbError):
            return error
        return SetupError(f"process {self.rank} of {self.count} failed: {first_line(error)}")

    def _broadcast(self, given: list[Any]) -> None:
        import torch.distributed as dist

        with _lost():
            dist.broadcast_object_list(given, src=0, group=self.group)


ALONE = Processes()


def joined(device: str) -> Processes:
    """This process among the others that a launcher started; alone where it started none.

    Args:
        device: what is trained on; ``auto``, ``cpu`` or ``cuda`` where there are several processes,
            each of which has a GPU of its own.

    Raises:
        UsageError: a single device for several processes.
    """
    count = _number("WORLD_SIZE")
    if count <= 1:
        return ALONE
    if device not in {"auto", "cpu", "cuda"}:
        raise UsageError(
            f"device {device} for {count} processes: each process needs its own device; leave "
            "device out, or set it to cpu"
        )
    return _joined(device)


@functools.cache
def _joined(device: str) -> Processes:
    import torch.distributed as dist
    from accelerate import PartialState

    from lcbrb.models import device_of

    PartialState(cpu=device_of(device).type == "cpu")
    group = dist.new_group(backend="gloo", timeout=_PATIENCE)
    here = _number("LOCAL_WORLD_SIZE") or dist.get_world_size()
    return Processes(dist.get_rank(), dist.get_world_size(), group, here)


def is_first() -> bool:
    """Whether this process is the one that writes and prints, by what its launcher told it."""
    return _number("WORLD_SIZE") <= 1 or _number("RANK") == 0


def _number(name: str) -> int:
    text = os.environ.get(name, "")
    return int(text) if text.isdecimal() else 0


class Follower(Run):
    """A run's folder as all processes but the first see it: what they write goes nowhere."""

    def appender(self, name: str) -> Any:
        """Takes records, and keeps none."""
        del name
        return nullcontext(_Nowhere())

    def keep(self, *_: object) -> None:
        """Keep nothing."""

    def log(self, message: str) -> None:
        """Log nothing."""

    def finish(self, record: RunRecord) -> None:
        """Write nothing."""
        self.record = record


class _Nowhere:
    def append(self, record: Record) -> None:
        """Keep nothing."""


@contextmanager
def open_together(path: Path, record: RunRecord, processes: Processes) -> Iterator[Run]:
    """A run's folder, opened by the first process; see `open_run`.

    Raises:
        UsageError: as `open_run`, in all processes.
    """
    with ExitStack() as stack:
        run = processes.told(lambda: stack.enter_context(open_run(path, record)))
        yield run if processes.is_first else Follower(run.path, run.record, run.earlier)


@contextmanager
def _lost() -> Iterator[None]:
    """Another process that ended is told as such."""
    try:
        yield
    except RuntimeError as error:
        raise SetupError(
            f"another process of this training ended: {first_line(error)}. See its own message "
            "for the reason; run the same command again to continue from the last complete "
            "checkpoint"
        ) from error
