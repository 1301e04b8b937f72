"""Rewards a second: our reward function beside a subprocess for each program, as many write it.

    python perf/pgrpo_rewards.py --replay FILE [--samples 256] [--rounds 3]

Needs `LCBRB_DATA` with MBPP; `--replay` names recorded MBPP completions (`judged/evalplus`). Both
judge the same completions on the same assertions with as many workers as there are cores, taking
turns; ours confines the programs, the other one does not. Prints Markdown.
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import lcbrb
from evaluators import benchmark
from lcbrb.engine.local import usable_cores
from lcbrb.policies import open_policy
from lcbrb.replies.think_answer import in_think_answer
from lcbrb.types import Problem

LIMIT_S = 10


def plain(problem: Problem, program: str) -> float:
    """1 where the program and its assertions run to their end in an interpreter of their own."""
    check = problem.check
    text = "\n".join([program, check.setup, *check.scripts])
    try:
        done = subprocess.run(
            [sys.executable, "-c", text], capture_output=True, timeout=LIMIT_S, check=False
        )
    except subprocess.TimeoutExpired:
        return 0.0
    return float(done.returncode == 0)


def completions(spec: str, problems: dict[str, Problem], count: int) -> list[tuple[str, str]]:
    """Problem ids and programs."""
    recorded = open_policy(f"replay:{spec}").replay(list(problems.values()))
    found = [(one.problem_id, one.solution) for one in recorded.completions if one.solution]
    return found[:count]


def main() -> None:
    """Measure, and say how the verdicts differ."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--replay", required=True)
    parser.add_argument("--samples", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    bench = benchmark("mbpp")
    problems = {problem.id: problem for problem in bench.load()}
    samples = completions(given.replay, problems, given.samples)
    names = [name for name, _ in samples]
    replies = [in_think_answer("none", f"```python\n{program}\n```") for _, program in samples]
    seconds: dict[str, list[float]] = {"ours": [], "subprocess": []}
    with lcbrb.rewards_for_trl(bench, arm="outcome") as rewards:
        rewards(replies[:8], names[:8])  # warm processes; a training has them from its first batch
        for _ in range(given.rounds):
            began = time.perf_counter()
            ours = rewards(replies, names)
            seconds["ours"].append(time.perf_counter() - began)
            began = time.perf_counter()
            with ThreadPoolExecutor(usable_cores()) as pool:
                theirs = list(pool.map(lambda one: plain(problems[one[0]], one[1]), samples))
            seconds["subprocess"].append(time.perf_counter() - began)
    show(seconds, len(samples))
    differ = [
        name
        for name, our, their in zip(names, ours, theirs, strict=True)
        if our is not None and (our >= 2) != (their == 1)  # noqa: PLR2004 - format and outcome
    ]
    print(f"\nverdicts that differ: {len(differ)} of {len(samples)} {differ[:5]}")


def show(seconds: dict[str, Sequence[float]], count: int) -> None:
    """As a table."""
    print("| | s for all | rewards/s | rounds |\n|---|---|---|---|")
    for name, took in seconds.items():
        median = statistics.median(took)
        each = ", ".join(f"{one:.1f}" for one in took)
        print(f"| {name} | {median:.1f} | {count / median:.0f} | {each} |")
    pairs = itertools.pairwise([statistics.median(one) for one in seconds.values()])
    print("\n" + ", ".join(f"{theirs / ours:.1f}x" for ours, theirs in pairs))


if __name__ == "__main__":
    main()
