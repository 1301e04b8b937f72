"""Grading over a Ray cluster: the same verdicts, and how many a second from one node and from two.

    python perf/ray_nodes.py [--programs 2000] [--cpus 1] [--only kill]

Nodes are Ray nodes on this machine with so many cores each; the head node, where this driver is,
has none. The programs are the first recorded completions of HumanEval (``generations/codet*``) that
end by themselves, graded by the local executor first. Then three runs, each into a run folder of
its own: one node; two nodes; two nodes of which one is killed after a third of the verdicts. Every
run must give the local executor's verdicts, each once. Rates are from the first verdict to the
last, so without the start of the cluster, which is printed beside them. `LCBRB_DATA` must be set.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import ray
from ray.cluster_utils import Cluster

from evaluators import benchmark
from lcbrb.engine.cluster import ClusterExecutor
from lcbrb.engine.local import LocalExecutor, usable_cores
from lcbrb.engine.ray_cluster import ADDRESS_VARIABLE, RayCluster, ResourceRequest
from lcbrb.grading.grader import Grader
from lcbrb.grading.remote import recipe_for
from lcbrb.harness.run import Part, bench_recorded
from lcbrb.policies.replay import Replay
from lcbrb.protocols.benchmark import Benchmark
from lcbrb.protocols.executor import Executor
from lcbrb.protocols.policy import Replayed
from lcbrb.runs.folder import SAMPLES
from lcbrb.runs.results import read_rows
from lcbrb.sandbox.levels import sandbox_for
from lcbrb.types import Completion, SampleVerdict, Status, Verdict

NAME = "humaneval"
Verdicts = dict[tuple[str, int], Verdict]


@dataclass(kw_only=True)
class Clock:
    """Counts verdicts, notes when each came, and does something at one of them."""

    at: int | None = None
    act: Callable[[], None] = lambda: None
    count: int = 0
    times: list[float] = field(default_factory=list)

    def tick(self) -> None:
        self.times.append(time.perf_counter())
        self.count += 1
        if self.count == self.at:
            self.act()

    def rate(self) -> float:
        return (self.count - 1) / (self.times[-1] - self.times[0])


def graded(
    bench: Benchmark, completions: Sequence[Completion], executor: Executor, clock: Clock
) -> Verdicts:
    """The verdicts that a run folder holds in the end; a second one on a completion is an error."""
    sandbox = sandbox_for()
    grader = Grader(
        benchmark=bench,
        sandbox=sandbox,
        executor=executor,
        recipe=recipe_for(NAME, bench, sandbox.level, opener="evaluators:benchmark"),
    )
    replayed = Replayed(completions=completions, unknown={})
    with tempfile.TemporaryDirectory(prefix="lcbrb-") as folder:
        bench_recorded(Part(benchmark=bench), replayed, grader, Path(folder), clock.tick)
        rows = read_rows(SampleVerdict, Path(folder), SAMPLES)
    times = Counter((row.problem_id, row.sample_index) for row in rows)
    assert max(times.values()) == 1, "a completion was graded twice"
    return {(row.problem_id, row.sample_index): row.verdict.reproducible() for row in rows}


def programs(bench: Benchmark, count: int) -> tuple[list[Completion], Verdicts]:
    """The first so many that end by themselves, and the local executor's verdicts on them."""
    files = sorted(Path(os.environ["LCBRB_DATA"], "generations").glob("codet*"))
    recorded = Replay(id="recorded", paths=files).replay(list(bench.load())).completions
    tried = list(islice(recorded, count + count // 10 + 20))
    clock = Clock()
    verdicts = graded(bench, tried, LocalExecutor(), clock)
    endless = sum(verdict.status is Status.TIME_LIMIT for verdict in verdicts.values())
    print(
        f"local, {usable_cores()} threads, {len(tried)} programs with {endless} that don't end: "
        f"{clock.rate():.1f} verdicts/s",
        flush=True,
    )
    ended = [
        one
        for one in tried
        if verdicts[one.problem_id, one.sample_index].status is not Status.TIME_LIMIT
    ][:count]
    clock = Clock()
    verdicts = graded(bench, ended, LocalExecutor(), clock)
    print(
        f"local, {usable_cores()} threads, without those: {clock.rate():.1f} verdicts/s", flush=True
    )
    return ended, verdicts


def distributed(
    bench: Benchmark, completions: Sequence[Completion], nodes: int, cpus: int, *, kill: bool
) -> tuple[Verdicts, str]:
    """The verdicts of so many nodes, and what there is to say about the run."""
    began = time.perf_counter()
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0})
    workers = [cluster.add_node(num_cpus=cpus) for _ in range(nodes)]
    os.environ[ADDRESS_VARIABLE] = cluster.address
    try:
        clock = Clock(
            at=len(completions) // 3 if kill else None,
            act=lambda: cluster.remove_node(workers[0], allow_graceful=False),
        )
        executor = ClusterExecutor(cluster=lambda: RayCluster(ResourceRequest(), "bench"))
        verdicts = graded(bench, completions, executor, clock)
    finally:
        ray.shutdown()
        cluster.shutdown()
    start_s = clock.times[0] - began
    return verdicts, f"{clock.rate():.1f} verdicts/s, first verdict after {start_s:.0f} s"


def main() -> None:
    """Measure, compare, and fail where a verdict differs or is missing."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--programs", type=int, default=2000)
    parser.add_argument("--cpus", type=int, default=1, help="of a node")
    parser.add_argument("--only", choices=("one", "two", "kill"))
    arguments = parser.parse_args()
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    bench = benchmark(NAME)
    completions, local = programs(bench, arguments.programs)
    counts = Counter(verdict.status.value for verdict in local.values())
    print(f"{len(local)} programs: {dict(counts)}", flush=True)
    differing = 0
    for name, nodes, kill in (("one", 1, False), ("two", 2, False), ("kill", 2, True)):
        if arguments.only in {None, name}:
            found, said = distributed(bench, completions, nodes, arguments.cpus, kill=kill)
            wrong = [key for key in local if found.get(key) != local[key]]
            differing += len(wrong)
            label = f"{nodes} nodes, one killed" if kill else f"{nodes} node{'s' * (nodes > 1)}"
            print(
                f"{label} of {arguments.cpus} cores: {said}; {len(found)} verdicts, "
                f"{len(local) - len(found)} missing, {len(wrong)} differ",
                flush=True,
            )
            for key in wrong:
                print(f"  {key}: {local[key]} local, {found.get(key)}")
    sys.exit(1 if differing else 0)


if __name__ == "__main__":
    main()
