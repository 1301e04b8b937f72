"""The benchmarks that policies are graded on: one small file each.

A benchmark has `name`, `version`, `metric`, and `load`, `verify` (see `lcbrb.protocols`).
"""

from __future__ import annotations

from pathlib import Path

from lcbrb.errors import DataUnavailableError
from lcbrb.protocols.benchmark import Benchmark
from lcbrb.registry import Registry, parse_spec

BENCHMARKS = Registry(
    "benchmark",
    {
        "aime24": "evaluators.aime:aime24",
        "aime25": "evaluators.aime:aime25",
        "humaneval": "evaluators.humaneval:human_eval",
        "humaneval+": "evaluators.humaneval:human_eval_plus",
        "livecodebench": "evaluators.livecodebench:livecodebench",
        "lm-eval": "evaluators.lm_eval.task:task",
        "math500": "evaluators.math500:math500",
        "mbpp": "evaluators.mbpp:mbpp",
        "mbpp+": "evaluators.mbpp:mbpp_plus",
        "minerva": "evaluators.minerva:minerva",
        "mini": "evaluators.livecodebench:mini",
    },
    group="lcbrb.benchmarks",
)


def benchmark(text: str) -> Benchmark:
    """The benchmark that a name asks for, or the problems of a file in LiveCodeBench's layout.

    Args:
        text: ``NAME[@RELEASE][?key=value]`` or a path.

    Raises:
        UnknownNameError, UsageError, SetupError, BadInputError: as the benchmark's source says.
    """
    spec = parse_spec(text)
    name, _, _ = spec.kind.partition("@")
    path = Path(text).expanduser()
    if name not in BENCHMARKS and path.is_file():
        from evaluators.livecodebench import from_file  # the table's way: nothing before it is used

        return from_file(path)
    if name not in BENCHMARKS and path.suffix in {".jsonl", ".gz"}:
        raise DataUnavailableError(f"{path}: no such file of problems")
    found: Benchmark = BENCHMARKS.load(name)(spec)
    return found
