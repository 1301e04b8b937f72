"""The interfaces between the parts: benchmarks, policies, reward models, sandboxes, progress."""

from __future__ import annotations

from lcbrb.protocols.benchmark import Benchmark as Benchmark
from lcbrb.protocols.executor import Executor as Executor
from lcbrb.protocols.policy import (
    Ask as Ask,
    Policy as Policy,
    RecordedPolicy as RecordedPolicy,
    Replayed as Replayed,
    Sampled as Sampled,
)
from lcbrb.protocols.reward import Item as Item, PairSet as PairSet, Prepared as Prepared
from lcbrb.protocols.sandbox import (
    Batch as Batch,
    Execution as Execution,
    Program as Program,
    Sandbox as Sandbox,
    Session as Session,
)
