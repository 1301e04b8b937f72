"""The four tables of names that a user chooses from."""

from __future__ import annotations

from collections.abc import Mapping

from evaluators import BENCHMARKS
from lcbrb.policies import POLICIES
from lcbrb.registry import Registry
from lcbrb.rewards import REWARD_MODELS
from lcbrb.sources import PAIR_SOURCES

REGISTRIES: Mapping[str, Registry] = {
    "benchmarks": BENCHMARKS,
    "pairs": PAIR_SOURCES,
    "reward models": REWARD_MODELS,
    "policies": POLICIES,
}
PLUG_IN = "from a plug-in"
