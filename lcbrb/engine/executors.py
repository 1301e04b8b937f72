"""What `--executor` names: the threads of this machine, or a Ray cluster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pydantic import PositiveInt

from lcbrb.config import build
from lcbrb.engine.cluster import ClusterExecutor
from lcbrb.engine.local import LocalExecutor
from lcbrb.engine.ray_cluster import RayCluster, ResourceRequest
from lcbrb.errors import UnknownNameError, UsageError
from lcbrb.protocols.executor import Executor
from lcbrb.registry import parse_spec, require

LOCAL, RAY = "local", "ray"


@dataclass(frozen=True, slots=True, kw_only=True)
class RayOptions:
    """What ``ray?…`` takes.

    `cores` is how many a grading worker has, `shard` how many completions travel together; `gpus`
    is how many a replica of a model has, `prompts` how many prompts it gets at a time.
    """

    cores: PositiveInt = 1
    shard: PositiveInt = 8
    gpus: PositiveInt = 1
    prompts: PositiveInt = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Executors:
    """Who does the work; `ray` is None where it is this machine.

    `tell` is told, in words, what happens on the way (a lost node).
    """

    ray: RayOptions | None = None
    tell: Callable[[str], None] = lambda _: None

    @property
    def distributed(self) -> bool:
        """Whether work goes to other machines."""
        return self.ray is not None

    def grading(self) -> Executor:
        """For programs: a worker a core."""
        if self.ray is None:
            return LocalExecutor()
        request = ResourceRequest(cores=self.ray.cores)
        return ClusterExecutor(
            cluster=lambda: RayCluster(request, "--executor ray"), shard=self.ray.shard
        )

    def models(self, shard: int | None = None) -> ClusterExecutor:
        """For models: a replica a GPU, or a node where the cluster has no GPU."""
        options = self.ray or RayOptions()
        request = ResourceRequest(gpus=options.gpus, whole_node=True)
        return ClusterExecutor(
            cluster=lambda: RayCluster(request, "--executor ray"),
            shard=shard or options.prompts,
            tell=self.tell,
        )


def executors_for(text: str, tell: Callable[[str], None] = lambda _: None) -> Executors:
    """What a spec asks for: ``local``, or ``ray?…`` with `RayOptions`.

    Raises:
        UnknownNameError, UsageError: no such executor, or no such option of it.
        MissingExtraError: ray is not installed.
    """
    spec = parse_spec(text)
    if spec.kind not in {LOCAL, RAY}:
        raise UnknownNameError("executor", spec.kind, [LOCAL, RAY])
    if spec.target:
        raise UsageError(f"--executor {text}: give the address of a cluster in RAY_ADDRESS instead")
    if spec.kind == RAY:
        options = build(RayOptions, spec.options, spec.kind)
        require(("ray",), f"--executor {spec.text}")
        return Executors(ray=options, tell=tell)
    if spec.options:
        raise UsageError(f"--executor {spec.text}: local takes no options")
    return Executors()
