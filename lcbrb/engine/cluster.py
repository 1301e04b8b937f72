"""Work distributed over a cluster: in shards, done again where a node is lost, each result once.

Nothing here knows Ray: `lcbrb.engine.ray_cluster` does. A worker is a process on a node that has
built by its recipe what does the work, and takes shards of items, a few at a time.

What is lost with a worker is given to another, on another node if there is one. Only the shard that
the worker was at is suspected of having ended it: lost twice, it is given out item by item, and an
item that was lost three times more is given up, with a result that says whose failure it is.

That last rule is why this is not Ray's own (tried with Ray 2.60): `ray.util.ActorPool` drops an
actor that dies and replaces none, so two programs that kill their worker ended a pool of two, and
it called itself empty with two items still waiting. Actors with `max_restarts` and
`max_task_retries` come back, but each death counts against all that waits for the actor: one
program that kills its worker took the two behind it with it, whose verdicts would have been lost.
Neither starts workers on nodes that join later, nor reads its input as it is needed.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from lcbrb.engine.local import Buffer, read_in_threads
from lcbrb.engine.remote_work import Portable, Recipe
from lcbrb.errors import IncompleteRunError, SetupError

A = TypeVar("A")
B = TypeVar("B")

_READ_AHEAD = 512  # items taken from the input before a worker is free
_DEPTH = 2  # shards given to a worker at a time, so that it never waits for the next
_POLL_S, _LOOK_S = 0.05, 5.0  # for a result, or for an item; between looks at the nodes
_WHOLE_TRIES, _SINGLE_TRIES, _STARTS = 2, 3, 3
_PATIENCE_S = 300.0  # without a single worker
_FIRST_S = 1.0


class WorkerLostError(Exception):
    """A worker is gone, and with it what it was given."""


class Cluster(Protocol):
    """Nodes with workers. Workers and futures are the cluster's own objects; they can be keys."""

    def nodes(self) -> Mapping[str, int]:
        """The live nodes, and how many workers fit on each."""
        ...

    def start(self, node: str, recipe: Recipe) -> tuple[Any, Any]:
        """A new worker, and the future of its building what does the work."""
        ...

    def submit(self, worker: Any, items: Sequence[Any]) -> Any:
        """The future of a shard; a worker takes its shards in order."""
        ...

    def wait(self, futures: Sequence[Any], timeout_s: float) -> Sequence[Any]:
        """Those that are done or lost, at the latest after so long; one of them is enough."""
        ...

    def result(self, future: Any) -> Sequence[Any]:
        """What became of a future that is done.

        Raises:
            WorkerLostError: its worker is gone.
            LcbrbError: the work's own.
        """
        ...

    def stop(self, workers: Sequence[Any]) -> None:
        """End workers, whatever they are at."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterExecutor:
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
            raise SetupError("this work can't be sent to a cluster: use --executor local")
        with read_in_threads([iter(items)], _READ_AHEAD) as buffer:
            first: list[A] = []
            while not first and not buffer.ended:
                first = buffer.there(self.shard, wait_s=_FIRST_S)
            if first:
                yield from _Call(self, work, work.recipe, buffer).results(first)


@dataclass(eq=False, slots=True)
class _Shard(Generic[A]):
    items: list[A]
    tries: int = 0
    lost_on: str = ""  # a node


@dataclass(eq=False, slots=True)
class _Worker:
    """`handle` is the cluster's object; `queue` has the futures of its shards, in their order."""

    handle: Any
    node: str
    ready: bool = False
    queue: list[Any] = field(default_factory=list)


class _Call(Generic[A, B]):
    """One call of `map`, once there is something to do."""

    def __init__(
        self, executor: ClusterExecutor, work: Portable[A, B], recipe: Recipe, buffer: Buffer[A]
    ) -> None:
        self._cluster = executor.cluster()
        self._size, self._tell = executor.shard, executor.tell
        self._work, self._recipe, self._buffer = work, recipe, buffer
        self._workers: list[_Worker] = []
        self._waiting: deque[_Shard[A]] = deque()
        self._under_way: dict[Any, tuple[_Worker, _Shard[A] | None]] = {}  # None: it is starting
        self._failed_starts: Counter[str] = Counter()  # of a node's workers, in a row
        self._why = "no node has free resources for one"
        self._look_at = 0.0
        self._alone_since = time.monotonic()

    def results(self, first: list[A]) -> Iterator[tuple[A, B]]:
        self._waiting.append(_Shard(first))
        try:
            while True:
                self._start_workers()
                self._submit_shards()
                if self._done():
                    break
                yield from self._collect()
        finally:
            self._cluster.stop([worker.handle for worker in self._workers])

    def _done(self) -> bool:
        busy = any(shard is not None for _, shard in self._under_way.values())
        return self._buffer.ended and not self._waiting and not busy

    def _start_workers(self) -> None:
        """Workers on every node that has room, new nodes and replacements included."""
        now = time.monotonic()
        if any(worker.ready for worker in self._workers):
            self._alone_since = now
        elif now - self._alone_since > _PATIENCE_S:
            raise IncompleteRunError(
                f"the cluster has had no worker for {_PATIENCE_S:.0f} s ({self._why}); what was "
                "done is kept: run the same command again when the nodes are available"
            )
        if now < self._look_at:
            return
        self._look_at = now + _LOOK_S
        nodes = self._cluster.nodes()
        there = Counter(worker.node for worker in self._workers)
        for node, fitting in nodes.items():
            if self._failed_starts[node] < _STARTS:
                for _ in range(fitting - there[node]):
                    handle, future = self._cluster.start(node, self._recipe)
                    self._workers.append(_Worker(handle, node))
                    self._under_way[future] = (self._workers[-1], None)
        if nodes and not self._workers:
            raise IncompleteRunError(
                f"no node of the cluster could start a worker ({self._why}); what was done is kept"
            )

    def _submit_shards(self) -> None:
        """A shard for every worker that has room, those with nothing to do first."""
        for depth in range(1, _DEPTH + 1):
            for worker in self._workers:
                if worker.ready and len(worker.queue) < depth:
                    shard = self._next(worker.node)
                    if shard is not None:
                        future = self._cluster.submit(worker.handle, shard.items)
                        worker.queue.append(future)
                        self._under_way[future] = (worker, shard)

    def _next(self, node: str) -> _Shard[A] | None:
        """What was lost elsewhere, else what is new, else what was lost here."""
        elsewhere = next((shard for shard in self._waiting if shard.lost_on != node), None)
        if elsewhere is not None:
            self._waiting.remove(elsewhere)
            return elsewhere
        items = self._buffer.there(self._size)
        if items:
            return _Shard(items)
        alone = not any(worker.ready and worker.node != node for worker in self._workers)
        return self._waiting.popleft() if self._waiting and alone else None

    def _collect(self) -> Iterator[tuple[A, B]]:
        done = set(self._cluster.wait(list(self._under_way), _POLL_S))
        for future in [key for key in self._under_way if key in done]:  # in the order given
            if future not in self._under_way:  # lost with its worker a moment ago
                continue
            worker, shard = self._under_way[future]
            try:
                results = self._cluster.result(future)
            except WorkerLostError as error:
                yield from self._lose(worker, str(error))
                continue
            del self._under_way[future]
            if shard is None:
                worker.ready, self._failed_starts[worker.node] = True, 0
            else:
                worker.queue.remove(future)
                yield from zip(shard.items, results, strict=True)

    def _lose(self, lost: _Worker, why: str) -> Iterator[tuple[A, B]]:
        """Take a lost worker's shards back; only the one that it was at is suspected."""
        self._why, self._look_at = why, 0.0
        self._tell(f"a worker was lost; its work is repeated ({why})")
        self._workers.remove(lost)
        self._cluster.stop([lost.handle])
        if not lost.ready:
            self._failed_starts[lost.node] += 1
            self._look_at = time.monotonic() + _LOOK_S  # the node may be on its way out
        for future in [key for key, (worker, _) in self._under_way.items() if worker is lost]:
            _, shard = self._under_way.pop(future)
            if shard is None:
                continue
            shard.lost_on = lost.node
            if future != lost.queue[0]:
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
            self._waiting += [_Shard([item], lost_on=shard.lost_on) for item in shard.items]
        else:
            self._waiting.append(shard)
