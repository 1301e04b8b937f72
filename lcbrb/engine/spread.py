"""Work spread over a cluster's nodes: in shards, done again where a node is lost, each result once.

Nothing here knows Ray: `lcbrb.engine.ray_cluster` does. A *hand* is a process on a node (a *place*)
that has built what does the work by its recipe, and takes shards of items, a few at a time.

What is lost with a hand is given to another, elsewhere if there is an elsewhere. Only the shard
that the hand was at is suspected of having ended it: lost twice, it is given out item by item, and
an item that was lost three times more is given up, with a result that says whose failure it is.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from lcbrb.engine.local import Buffer
from lcbrb.engine.recipe import Portable, Recipe
from lcbrb.errors import IncompleteRunError, SetupError

A = TypeVar("A")
B = TypeVar("B")

_READ_AHEAD = 512  # items taken from the input before a hand is free
_DEPTH = 2  # shards given to a hand at a time, so that it never waits for the next
_POLL_S, _LOOK_S = 0.05, 5.0  # for a result, or for an item; between looks at the nodes
_WHOLE_TRIES, _SINGLE_TRIES, _STARTS = 2, 3, 3
_PATIENCE_S = 300.0  # without a single hand
_FIRST_S, _JOIN_S = 1.0, 1.0


class LostError(Exception):
    """A hand is gone, and with it what it was given."""


class Cluster(Protocol):
    """Places with hands. Hands and tickets are the cluster's own objects; they can be keys."""

    def places(self) -> Mapping[str, int]:
        """The live nodes, and how many hands each has room for."""
        ...

    def hire(self, place: str, recipe: Recipe) -> tuple[Any, Any]:
        """A new hand, and the ticket of its building what does the work."""
        ...

    def give(self, hand: Any, items: Sequence[Any]) -> Any:
        """The ticket of a shard; a hand takes its shards in order."""
        ...

    def wait(self, tickets: Sequence[Any], timeout_s: float) -> Sequence[Any]:
        """Those that are done or lost, at the latest after so long; one of them is enough."""
        ...

    def result(self, ticket: Any) -> Sequence[Any]:
        """What became of a ticket that is done.

        Raises:
            LostError: its hand is gone.
            LcbrbError: the work's own.
        """
        ...

    def dismiss(self, hands: Sequence[Any]) -> None:
        """End hands, whatever they are at."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SpreadExecutor:
    """An executor over a cluster, which is joined when there is something to do.

    `shard` is the number of items that travel together; `tell` is told, in words, of what was lost.
    """

    cluster: Callable[[], Cluster]
    shard: int = 8
    tell: Callable[[str], None] = lambda _: None

    def map(self, work: Callable[[A], B], items: Iterable[A]) -> Iterator[tuple[A, B]]:
        """Each item with its result, once, as results come.

        Args:
            work: a `Portable` with a recipe.
            items: read in a thread of its own, a bounded number ahead; they and the results are
                plain records, since they travel.

        Raises:
            SetupError: the work has no recipe; a node can't do it.
            IncompleteRunError: no node is left. What was given stands.
        """
        if not isinstance(work, Portable) or work.recipe is None:
            raise SetupError("this work can only be done on this machine: take --executor local")
        buffer = Buffer[A](_READ_AHEAD)
        thread = threading.Thread(target=buffer.fill, args=(iter(items),), daemon=True)
        thread.start()
        try:
            first: list[A] = []
            while not first and not buffer.ended:
                first = buffer.there(self.shard, wait_s=_FIRST_S)
            if first:
                yield from _Spread(self, work, work.recipe, buffer).results(first)
        finally:
            buffer.stopped.set()
            thread.join(_JOIN_S)


@dataclass(eq=False, slots=True)
class _Shard(Generic[A]):
    items: list[A]
    tries: int = 0
    lost_at: str = ""


@dataclass(eq=False, slots=True)
class _Hand:
    """`line` are the tickets of its shards, in the order in which it takes them."""

    hand: Any
    place: str
    ready: bool = False
    line: list[Any] = field(default_factory=list)


class _Spread(Generic[A, B]):
    """One call of `map`, once there is something to do."""

    def __init__(
        self, executor: SpreadExecutor, work: Portable[A, B], recipe: Recipe, buffer: Buffer[A]
    ) -> None:
        self._cluster = executor.cluster()
        self._size, self._tell = executor.shard, executor.tell
        self._work, self._recipe, self._buffer = work, recipe, buffer
        self._hands: list[_Hand] = []
        self._waiting: deque[_Shard[A]] = deque()
        self._under_way: dict[Any, tuple[_Hand, _Shard[A] | None]] = {}  # None: it is being built
        self._failed: Counter[str] = Counter()  # starts of hands at a place, in a row
        self._why = "no node has room for one"
        self._look_at = 0.0
        self._alone_since = time.monotonic()

    def results(self, first: list[A]) -> Iterator[tuple[A, B]]:
        self._waiting.append(_Shard(first))
        try:
            while True:
                self._staff()
                self._hand_out()
                if self._done():
                    break
                yield from self._collect()
        finally:
            self._cluster.dismiss([one.hand for one in self._hands])

    def _done(self) -> bool:
        busy = any(shard is not None for _, shard in self._under_way.values())
        return self._buffer.ended and not self._waiting and not busy

    def _staff(self) -> None:
        """Hands at every node that has room, new nodes and replacements included."""
        now = time.monotonic()
        if any(one.ready for one in self._hands):
            self._alone_since = now
        elif now - self._alone_since > _PATIENCE_S:
            raise IncompleteRunError(
                f"the cluster has had no worker for {_PATIENCE_S:.0f} s ({self._why}); what was "
                "done is kept: start the same command again when its nodes are there and free"
            )
        if now < self._look_at:
            return
        self._look_at = now + _LOOK_S
        places = self._cluster.places()
        there = Counter(one.place for one in self._hands)
        for place, room in places.items():
            if self._failed[place] < _STARTS:
                for _ in range(room - there[place]):
                    self._hire(place)
        if places and not self._hands:
            raise IncompleteRunError(
                f"no node of the cluster could start a worker ({self._why}); what was done is kept"
            )

    def _hire(self, place: str) -> None:
        hand, ticket = self._cluster.hire(place, self._recipe)
        one = _Hand(hand, place)
        self._hands.append(one)
        self._under_way[ticket] = (one, None)

    def _hand_out(self) -> None:
        """A shard for every hand that has room, those with nothing to do first."""
        for depth in range(1, _DEPTH + 1):
            for one in self._hands:
                if one.ready and len(one.line) < depth:
                    shard = self._next(one.place)
                    if shard is not None:
                        ticket = self._cluster.give(one.hand, shard.items)
                        one.line.append(ticket)
                        self._under_way[ticket] = (one, shard)

    def _next(self, place: str) -> _Shard[A] | None:
        """What was lost elsewhere, else what is new, else what was lost here."""
        elsewhere = next((one for one in self._waiting if one.lost_at != place), None)
        if elsewhere is not None:
            self._waiting.remove(elsewhere)
            return elsewhere
        items = self._buffer.there(self._size)
        if items:
            return _Shard(items)
        alone = not any(one.ready and one.place != place for one in self._hands)
        return self._waiting.popleft() if self._waiting and alone else None

    def _collect(self) -> Iterator[tuple[A, B]]:
        done = set(self._cluster.wait(list(self._under_way), _POLL_S))
        for ticket in [one for one in self._under_way if one in done]:  # in the order given
            if ticket not in self._under_way:  # lost with its hand a moment ago
                continue
            one, shard = self._under_way[ticket]
            try:
                results = self._cluster.result(ticket)
            except LostError as error:
                yield from self._lose(one, str(error))
                continue
            del self._under_way[ticket]
            if shard is None:
                one.ready, self._failed[one.place] = True, 0
            else:
                one.line.remove(ticket)
                yield from zip(shard.items, results, strict=True)

    def _lose(self, one: _Hand, why: str) -> Iterator[tuple[A, B]]:
        """Take a lost hand's shards back; only the one that it was at is suspected."""
        self._why, self._look_at = why, 0.0
        self._tell(f"a worker was lost; what it was given is done again ({why})")
        self._hands.remove(one)
        self._cluster.dismiss([one.hand])
        if not one.ready:
            self._failed[one.place] += 1
            self._look_at = time.monotonic() + _LOOK_S  # the node may be on its way out
        for ticket in [key for key, (hand, _) in self._under_way.items() if hand is one]:
            _, shard = self._under_way.pop(ticket)
            if shard is None:
                continue
            shard.lost_at = one.place
            if ticket != one.line[0]:
                self._waiting.append(shard)
            else:
                yield from self._suspect(shard, why)

    def _suspect(self, shard: _Shard[A], why: str) -> Iterator[tuple[A, B]]:
        shard.tries += 1
        if len(shard.items) == 1 and shard.tries >= _SINGLE_TRIES:
            (item,) = shard.items
            reason = f"lost with its worker {shard.tries} times: {why}"
            yield item, self._work.lost(item, reason)
        elif len(shard.items) > 1 and shard.tries >= _WHOLE_TRIES:
            self._waiting += [_Shard([item], lost_at=shard.lost_at) for item in shard.items]
        else:
            self._waiting.append(shard)
