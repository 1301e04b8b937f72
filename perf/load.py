"""Does a loaded machine change a verdict? The same 500 programs, idle and under load.

    python perf/load.py [--workers-a-core 8]

First with a worker a core and nothing else to do; then with 8 workers a core and a busy loop on
every core. The programs: 400 recorded completions (LiveCodeBench and HumanEval, a seeded draw, so
with every kind of failure among them) and 100 of five kinds that use between 0.5 and 2 times their
limit of CPU time. Prints every verdict that differs, those of the hundred that are not what the
known cost says, and how many there are of each kind. `LCBRB_DATA` must be set. Nothing here depends
on how fast the machine is: the hundred are measured first.
"""

from __future__ import annotations

import argparse
import math
import os
import random
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from evaluators import benchmark
from lcbrb.engine.local import LocalExecutor, usable_cores
from lcbrb.policies.replay import Replay
from lcbrb.protocols.benchmark import Benchmark
from lcbrb.protocols.sandbox import Program, Sandbox
from lcbrb.sandbox.levels import sandbox_for
from lcbrb.types import CodeCheck, Completion, Limits, Problem, Status, TestCase, TestKind, Verdict

LIMIT_S = 1.0
SHARES = (0.5, 0.6, 0.7, 0.8, 0.85, 1.2, 1.3, 1.5, 1.7, 2.0)
_FEW, _MANY, _CALIBRATIONS = 50, 250, 150
_AMPLE = Limits(cpu_s=60, wall_s=300)
_BUSY = "while True: pass"
_WORKS = {
    "arithmetic": """
def f(n):
    total = 0
    for _ in range(n):
        for i in range(1000):
            total += i * i % 7
    return total
""",
    "dictionaries": """
def f(n):
    total = 0
    for _ in range(n):
        found = {}
        for i in range(1000):
            found[i * 7919 % 4001] = i
        total += len(found)
    return total
""",
    "sorting": """
def f(n):
    total = 0
    for _ in range(n):
        numbers = [i * 7919 % 10007 for i in range(500)]
        numbers.sort()
        total += numbers[5]
    return total
""",
    "strings": """
def f(n):
    return sum(len("".join([str(i) + "x" for i in range(300)])) for _ in range(n))
""",
    "recursion": """
def g(n):
    return 1 if n < 2 else g(n - 1) + g(n - 2)
def f(n):
    return sum(g(13) for _ in range(n))
""",
}


@dataclass(frozen=True, kw_only=True)
class Case:
    """One program and what grades it."""

    name: str
    bench: Benchmark
    problem: Problem
    completion: Completion
    expected: Status | None = None


class NearTheLimit(Benchmark):
    """A benchmark of one function that takes long."""

    name, version = "near the limit", "1"

    def load(self) -> list[Problem]:
        """Nothing to choose from."""
        return []

    def verify(self, problem: Problem, completion: Completion, sandbox: Sandbox) -> Verdict:
        """Run to the end within the limit: that is all that is asked."""
        program = Program(source=completion.solution, kind=TestKind.CALL, entry_point="f")
        inputs = [test.input for test in problem.check.tests]
        (execution,) = sandbox.run(program, inputs, problem.limits, fresh=True)
        return Verdict(status=execution.status or Status.PASSED, cpu_s=execution.cpu_s)


def recorded(name: str, files: list[Path], count: int, draw: random.Random) -> list[Case]:
    """Some of a benchmark's recorded completions."""
    bench = benchmark(name)
    problems = {problem.id: problem for problem in bench.load()}
    replayed = Replay(id="recorded", paths=files).replay(list(problems.values())).completions
    return [
        Case(name=f"{one.problem_id} #{at}", bench=bench, problem=problems[one.problem_id],
             completion=one)
        for at, one in enumerate(draw.sample(list(replayed), count))
    ]  # fmt: skip


def near_the_limit(sandbox: Sandbox, count: int) -> list[Case]:
    """Programs of several kinds that use a known share of their limit on this machine at its best.

    Its speed wavers by two thirds within a tenth of a second, whatever it does: so short runs are
    timed, many times, and the least counts.
    """
    seconds = {kind: _seconds(sandbox, source) for kind, source in _WORKS.items()}
    bench, cases = NearTheLimit(), []
    for at in range(count):
        share, (kind, source) = SHARES[at % len(SHARES)], [*_WORKS.items()][at // 10 % len(_WORKS)]
        given = f"{int(share * LIMIT_S / seconds[kind])}\n"
        problem = Problem(
            id=f"{kind}, {share:.2f} of the limit",
            source="here",
            prompt="",
            check=CodeCheck(tests=(TestCase(kind=TestKind.CALL, input=given, expected=""),)),
            limits=Limits(cpu_s=LIMIT_S, wall_s=60),
        )
        one = Completion(
            problem_id=problem.id, policy_id="here", sample_index=at, text=source, solution=source
        )
        expected = Status.PASSED if share < 1 else Status.TIME_LIMIT
        cases.append(
            Case(name=f"{problem.id} #{at}", bench=bench, problem=problem, completion=one,
                 expected=expected)
        )  # fmt: skip
    return cases


def _seconds(sandbox: Sandbox, source: str) -> float:
    """What one more of `n` costs."""
    program = Program(source=source, kind=TestKind.CALL, entry_point="f")
    few, many = [f"{_FEW}\n"] * _CALIBRATIONS, [f"{_MANY}\n"] * _CALIBRATIONS
    least = [
        min(one.cpu_s or math.inf for one in sandbox.run(program, given, _AMPLE, fresh=True))
        for given in (few, many)
    ]
    return (least[1] - least[0]) / (_MANY - _FEW)


def graded(cases: list[Case], sandbox: Sandbox, workers: int) -> dict[str, Status]:
    """The status of each."""

    def one(case: Case) -> Status:
        return case.bench.verify(case.problem, case.completion, sandbox).status

    done = LocalExecutor(workers=workers).map(one, cases)
    return {case.name: status for case, status in done}


def main() -> None:
    """Grade twice and compare."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--workers-a-core", type=int, default=8)
    arguments = parser.parse_args()
    folder = Path(os.environ["LCBRB_DATA"])
    draw, sandbox, cores = random.Random(0), sandbox_for(), usable_cores()
    cases = near_the_limit(sandbox, 100)
    cases += recorded(
        "livecodebench", sorted((folder / "judged/livecodebench").glob("*.jsonl.gz")), 250, draw
    )
    cases += recorded("humaneval", sorted((folder / "generations").glob("*codet*")), 150, draw)
    draw.shuffle(cases)
    began = time.perf_counter()
    idle = graded(cases, sandbox, cores)
    spent_s = time.perf_counter() - began
    print(f"idle, {cores} workers: {spent_s:.0f} s, {dict(Counter(idle.values()))}", flush=True)
    workers = cores * arguments.workers_a_core
    busy = [subprocess.Popen([sys.executable, "-c", _BUSY]) for _ in range(cores)]
    try:
        began = time.perf_counter()
        loaded = graded(cases, sandbox, workers)
        spent_s = time.perf_counter() - began
    finally:
        for process in busy:
            process.kill()
            process.wait()
    counts = dict(Counter(loaded.values()))
    print(f"loaded, {workers} workers and {cores} busy loops: {spent_s:.0f} s, {counts}")
    for how, found in (("idle", idle), ("under load", loaded)):
        wrong = [
            f"{case.name}: {found[case.name]}"
            for case in cases
            if case.expected not in (None, found[case.name])
        ]
        print(f"{how}: {len(wrong)} of the programs of known cost misgraded {wrong or ''}")
    differing = [name for name in idle if idle[name] is not loaded[name]]
    for name in differing:
        print(f"differs: {name}: {idle[name]} idle, {loaded[name]} under load")
    print(f"{len(idle)} programs, {len(differing)} verdicts differ")
    sys.exit(1 if differing else 0)


if __name__ == "__main__":
    main()
