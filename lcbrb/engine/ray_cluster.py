"""A Ray cluster as nodes with workers: the only module that imports ray.

The address is that of ``RAY_ADDRESS``; without it a cluster of this machine alone is started, which
ends with the process. Workers are actors that are bound to their node; Ray restarts none and
repeats no call, since that is `lcbrb.engine.cluster`'s part.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from lcbrb.engine.cluster import WorkerLostError
from lcbrb.engine.local import usable_cores
from lcbrb.engine.remote_work import Closable, Recipe
from lcbrb.errors import RAISED_BY_OTHERS, IncompleteRunError, LcbrbError, SetupError, first_line
from lcbrb.registry import require
from lcbrb.version import __version__

ADDRESS_VARIABLE = "RAY_ADDRESS"
#: where data and generations are, for nodes that do not say so themselves
_PASSED_ON = ("LCBRB_DATA", "LCBRB_CACHE")
_GOODBYE_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceRequest:
    """What a worker asks of its node.

    `cores` is the number of threads it may use. With `gpus` above 0, only nodes with that many have
    workers, unless no node has any; without GPUs, `whole_node` gives a node one worker.
    """

    cores: int = 1
    gpus: int = 0
    whole_node: bool = False

    def workers_on(self, resources: Mapping[str, float], *, gpus_anywhere: bool) -> int:
        """How many fit on a node with these resources."""
        if self.gpus and gpus_anywhere:
            return int(resources.get("GPU", 0)) // self.gpus
        cores = int(resources.get("CPU", 0))
        return min(1, cores) if self.whole_node else cores // self.cores


class RayCluster:
    """The cluster of `ADDRESS_VARIABLE`, or one of this machine alone.

    Args:
        request: what each worker asks of its node.
        what: who needs it, for error messages.

    Raises:
        MissingExtraError: ray is not installed.
        SetupError: no cluster answers.
    """

    def __init__(self, request: ResourceRequest, what: str) -> None:
        require(("ray",), what)
        import ray

        self._ray, self._request = ray, request
        self._resources: dict[str, Mapping[str, float]] = {}
        self._node_of: dict[Any, str] = {}  # by future: its node's address
        if not ray.is_initialized():
            _join(ray)

    def nodes(self) -> Mapping[str, int]:
        """The live nodes by their id, and how many workers fit on each."""
        try:
            nodes = [node for node in self._ray.nodes() if node["Alive"]]
        except (self._ray.exceptions.RayError, ConnectionError) as error:
            raise IncompleteRunError(
                f"the Ray cluster is gone ({first_line(error)}); what was done is kept: run the "
                "same command again when it is back"
            ) from error
        self._resources = {node["NodeID"]: node["Resources"] for node in nodes}
        self._addresses = {node["NodeID"]: node["NodeManagerAddress"] for node in nodes}
        gpus = any(node.get("GPU", 0) >= 1 for node in self._resources.values())
        return {
            name: self._request.workers_on(resources, gpus_anywhere=gpus)
            for name, resources in self._resources.items()
        }

    def start(self, node: str, recipe: Recipe) -> tuple[Any, Any]:
        """An actor on that node, and the future of its building."""
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        resources = self._resources[node]
        request, cores = self._request, self._request.cores
        gpus = request.gpus if resources.get("GPU", 0) else 0
        if request.whole_node or request.gpus:  # models: their node's cores serve grading as well
            cores = max(1, int(resources.get("CPU", 1)))
        actor = self._ray.remote(_Worker).options(
            num_cpus=0 if request.whole_node or request.gpus else cores,
            num_gpus=gpus,
            max_restarts=0,
            max_task_retries=0,
            scheduling_strategy=NodeAffinitySchedulingStrategy(node_id=node, soft=False),
        )
        worker = actor.remote()
        passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        arguments = dict(recipe.arguments)
        future = worker.build.remote(recipe.factory, arguments, cores, __version__, passed_on)
        self._node_of[future] = self._addresses[node]
        return worker, future

    def submit(self, worker: Any, items: Sequence[Any]) -> Any:
        """The reference of a shard's results."""
        return worker.do.remote(list(items))

    def wait(self, futures: Sequence[Any], timeout_s: float) -> Sequence[Any]:
        """Those that are done, as Ray says."""
        if not futures:
            time.sleep(timeout_s)
            return []
        self._ray.wait(list(futures), num_returns=1, timeout=timeout_s)
        done, _ = self._ray.wait(list(futures), num_returns=len(futures), timeout=0)
        return list(done)

    def result(self, future: Any) -> Sequence[Any]:
        """The results of a shard.

        Raises:
            WorkerLostError: Ray can't say, because the actor, its node or the result is gone.
            SetupError: the node can't do the work; it is named.
            LcbrbError: the work's own.
        """
        node = self._node_of.pop(future, "")
        try:
            results: Sequence[Any] = self._ray.get(future)
        except self._ray.exceptions.RayTaskError as error:
            cause = error.cause
            if isinstance(cause, SetupError):
                raise SetupError(f"node {node}: {cause}" if node else str(cause)) from error
            if isinstance(cause, LcbrbError):
                raise cause from error
            raise
        except self._ray.exceptions.RayError as error:
            raise WorkerLostError(f"{type(error).__name__}: {first_line(error)}") from error
        return results

    def stop(self, workers: Sequence[Any]) -> None:
        """Ask them to put their things away, then end them."""
        with suppress(self._ray.exceptions.RayError):
            goodbyes = [worker.close.remote() for worker in workers]
            if goodbyes:
                self._ray.wait(goodbyes, num_returns=len(goodbyes), timeout=_GOODBYE_S)
        for worker in workers:
            with suppress(self._ray.exceptions.RayError, ValueError):
                self._ray.kill(worker)


def _join(ray: Any) -> None:
    address = os.environ.get(ADDRESS_VARIABLE)
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is told to anybody
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": "ERROR"}
    if not address:
        quiet |= {"num_cpus": usable_cores(), "include_dashboard": False}
    try:
        ray.init(address=address or "local", **quiet)
    except RAISED_BY_OTHERS as error:  # a node that is late raises a bare Exception
        where = f"at {address} ({ADDRESS_VARIABLE})" if address else "on this machine"
        raise SetupError(f"no Ray cluster {where}: {first_line(error)}") from error
    # it tells of lost nodes on standard output, which is the command's; there is no public switch
    ray._private.worker._worker_logs_enabled = False  # noqa: SLF001


class _Worker:
    """The actor: builds what does the work, and does it."""

    def __init__(self) -> None:
        self._do: Any = None  # what the recipe built: called with items, closed if it can be

    def build(
        self,
        factory: str,
        arguments: Mapping[str, Any],
        cores: int,
        version: str,
        environment: Mapping[str, str],
    ) -> None:
        if version != __version__:
            raise SetupError(
                f"lcbrb {__version__} is installed there, but {version} here: install the same "
                "version on both"
            )
        for name, value in environment.items():
            os.environ.setdefault(name, value)
        self._do = Recipe(factory=factory, arguments=arguments).build(cores)

    def do(self, items: Sequence[Any]) -> list[Any]:
        if self._do is None:
            raise RuntimeError("a worker was given work before it was ready")
        return list(self._do(items))

    def close(self) -> None:
        if isinstance(self._do, Closable):
            self._do.close()
