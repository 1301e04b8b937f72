"""Work that can be done on another machine: what is sent there is how to build it, in plain values.

A closure over a benchmark and a sandbox can't travel: it holds locks, processes and file
descriptors. So whoever wants to distribute work gives, beside the function that does it here, a
`Recipe` by which a process elsewhere builds one of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

from lcbrb.registry import attribute
from lcbrb.types import JsonValue

A = TypeVar("A")
B = TypeVar("B")


@runtime_checkable
class Closable(Protocol):
    """What a recipe builds may hold processes; it is closed when its worker ends."""

    def close(self) -> None:
        """End them."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """A factory, as ``package.module:function``, and its arguments.

    Called there with the arguments, and with `cores` (how many it may use), the factory gives a
    function that takes a list of items and gives one result an item, in order.
    """

    factory: str
    arguments: Mapping[str, JsonValue] = field(default_factory=dict)

    def build(self, cores: int) -> Callable[[Sequence[Any]], Sequence[Any]]:
        """The function, here.

        Raises:
            LcbrbError: what the factory raises where this machine can't do the work.
        """
        return attribute(self.factory)(cores=cores, **self.arguments)  # type: ignore[no-any-return] # by name


@dataclass(frozen=True, slots=True, kw_only=True)
class Portable(Generic[A, B]):
    """Work for an executor.

    Args:
        here: does one item in this process.
        recipe: how a process elsewhere builds what does it; None where none can.
        lost: the result of an item that was lost again and again with the process that had it;
            given the item and the reason. It is ours, and must say so.
    """

    here: Callable[[A], B]
    recipe: Recipe | None
    lost: Callable[[A, str], B]

    def __call__(self, item: A) -> B:
        """One item, in this process."""
        return self.here(item)
