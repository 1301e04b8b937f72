"""The benchmarks that policies are graded on: one small file each.

Most are a `lcbrb.grading.problem_set.ProblemSet`; docs/benchmarks.md says how to write one.
"""

from __future__ import annotations

from pathlib import Path

from lcbrb.errors import DataUnavailableError, UnknownNameError
from lcbrb.protocols.benchmark import Benchmark, adopted
from lcbrb.registry import Entry, Registry, call_factory, parse_spec

BENCHMARKS = Registry(
    "benchmark",
    {
        "aime24": Entry(
            "evaluators.aime:aime24",
            "AIME I and II of 2024, whole-number answers (GitHub or LCBRB_DATA)",
            data=("math/aime24.jsonl*",),
        ),
        "aime25": Entry(
            "evaluators.aime:aime25",
            "AIME I and II of 2025 (hub or LCBRB_DATA)",
            data=("math/aime25.jsonl*",),
        ),
        "bigcodebench": Entry(
            "evaluators.bigcodebench:full",
            "BigCodeBench, 1140 tasks with many libraries (lcbrb env create bigcodebench)",
            data=("bigcodebench/BigCodeBench-*.jsonl*",),
        ),
        "bigcodebench-hard": Entry(
            "evaluators.bigcodebench:hard",
            "its 148 hard tasks; :instruct",
            data=("bigcodebench/BigCodeBench-*.jsonl*",),
        ),
        "deepcoder": Entry(
            "evaluators.livecodebench:deepcoder",
            "DeepCoder, to train on; deepcoder:taco, :primeintellect, :lcbv5, :codeforces",
            data=(
                "deepcoder/*/train*.parquet",
                "deepcoder/*/train*.jsonl*",
                "deepcoder/codeforces/test*.parquet",
                "deepcoder/codeforces/test*.jsonl*",
            ),
        ),
        "humaneval": Entry(
            "evaluators.humaneval:human_eval",
            "HumanEval, the official assertions (GitHub or LCBRB_DATA)",
            data=("humaneval/HumanEval.jsonl*",),
        ),
        "humaneval+": Entry(
            "evaluators.humaneval:human_eval_plus",
            "HumanEval+, base and plus tests apart; humaneval+@v0.1.9, @v0.1.10",
            data=("evalplus/HumanEvalPlus-*.jsonl*",),
        ),
        "livecodebench": Entry(
            "evaluators.livecodebench:livecodebench",
            "LiveCodeBench code generation, stdin and functional (hub or LCBRB_DATA)",
            data=("livecodebench/test*.jsonl*",),
        ),
        "lm-eval": Entry(
            "evaluators.lm_eval.task:task",
            "any task of lm-evaluation-harness: lm-eval:TASK?include=DIR (extra lm-eval)",
            extra="lm-eval",
        ),
        "math500": Entry(
            "evaluators.math500:math500",
            "500 problems of MATH, exact answers (hub or LCBRB_DATA)",
            data=("math/math500.jsonl*",),
        ),
        "mbpp": Entry(
            "evaluators.mbpp:mbpp",
            "MBPP, 974 problems with three assertions; mbpp@sanitized for the 427",
            data=("mbpp/mbpp.jsonl*", "mbpp/sanitized-mbpp.json*"),
        ),
        "mbpp+": Entry(
            "evaluators.mbpp:mbpp_plus",
            "MBPP+, base and plus tests apart; mbpp+@v0.1.0, @v0.2.0",
            data=("evalplus/MbppPlus-*.jsonl*",),
        ),
        "minerva": Entry(
            "evaluators.minerva:minerva",
            "Minerva Math, 272 science problems: measurements and formulas",
            data=("math/minerva_math.jsonl*",),
        ),
        "mini": Entry(
            "evaluators.livecodebench:mini",
            "embedded, synthetic: small problems in LiveCodeBench's manner",
        ),
        "python": Entry(
            "lcbrb.registry:from_python",
            "a benchmark of your own: python:MODULE:NAME, python:FILE.py:NAME",
        ),
    },
    group="lcbrb.benchmarks",
)


def benchmark(text: str) -> Benchmark:
    """The benchmark that a name asks for, or the problems of a file in LiveCodeBench's layout.

    Args:
        text: ``NAME[@RELEASE][?key=value]``, ``python:FILE.py:NAME`` or a path.

    Raises:
        UnknownNameError, UsageError, SetupError, BadInputError: as the benchmark's source says.
    """
    spec = parse_spec(text)
    name, _, _ = spec.kind.partition("@")
    path = Path(text).expanduser()
    if name not in BENCHMARKS and path.exists() and not path.is_dir():
        from evaluators.livecodebench import from_file  # the table's way: nothing before it is used

        return from_file(path)
    if name not in BENCHMARKS and path.suffix in {".jsonl", ".gz"}:
        raise DataUnavailableError(f"{path}: no such file of problems")
    factory = BENCHMARKS.load(name)
    made = factory(spec) if name in BENCHMARKS.table else call_factory(factory, spec)
    return adopted(made, text)


def packaged_benchmark(name: str) -> Benchmark:
    """The benchmark of a name that comes from a file of others.

    It runs nobody's code and opens no file that the name names.

    Raises:
        UnknownNameError: it is no packaged benchmark that holds problems.
        LcbrbError: as `benchmark`.
    """
    kind = parse_spec(name).kind.partition("@")[0]
    packaged = [name for name in BENCHMARKS.table if name not in {"python", "lm-eval"}]
    if kind not in packaged:
        raise UnknownNameError("packaged benchmark", kind, packaged)
    return benchmark(name)


def statements_of(name: str) -> dict[str, str]:
    """The statements of a packaged benchmark's problems, by problem; see `packaged_benchmark`."""
    return {problem.id: problem.prompt for problem in packaged_benchmark(name).load()}
