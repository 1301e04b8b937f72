"""What the parts promise one another, one module for each reader."""

from __future__ import annotations

from lcbrb.protocols.benchmark import Benchmark
from lcbrb.protocols.executor import Executor
from lcbrb.protocols.policy import Ask, Policy, RecordedPolicy, Replayed, Sampled
from lcbrb.protocols.reward import Item, PairSet, Prepared
from lcbrb.protocols.sandbox import Batch, Execution, Program, Sandbox, Session

__all__ = [
    "Ask",
    "Batch",
    "Benchmark",
    "Execution",
    "Executor",
    "Item",
    "PairSet",
    "Policy",
    "Prepared",
    "Program",
    "RecordedPolicy",
    "Replayed",
    "Sampled",
    "Sandbox",
    "Session",
]
