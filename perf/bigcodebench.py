"""BigCodeBench's golds, graded by us and by its own checker, side by side: speed, CPU time, memory.

``python perf/bigcodebench.py --tasks 300 --workers 2 --out rows.jsonl`` (``LCBRB_DATA``, and the
environment made by ``lcbrb env create bigcodebench --with checker``). The checker runs as its own
evaluation does, in a pool of processes that fork for each program: *plain*, and *preloaded*, with
pyplot imported before the fork. It runs programs WITHOUT ISOLATION, so only golds are run here, and
copies of them that return None (``--programs none``), as wrong programs that fail at once.

Each verdict is a row of ``--out``, written as it comes; a side that takes longer than ``--limit-s``
is stopped, and what it had finished counts. ``--quick 10`` takes, of the tasks in the rows of
``--rows``, those that every side there finished within 10 s by the clock, instead of a draw.
CPU time is of the programs and of what forks for them; `start_cpu_s` is the rest of a side.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from evaluators import benchmark
from lcbrb.engine.local import LocalExecutor
from lcbrb.grading.grader import Grader
from lcbrb.grading.isolation import interpreter_for, sandbox_to_grade
from lcbrb.grading.unit_test_check import calibrated
from lcbrb.harness.run import Part
from lcbrb.types import Completion, Problem, Status
from lcbrb.validation.gold import completion_of, golds

#: runs under the environment's Python; one row a program on standard input, one answer a line
PEER = """
import json, multiprocessing, os, resource, sys, time
multiprocessing.set_start_method("fork")
if sys.argv[1] == "preloaded":
    import matplotlib.pyplot
from concurrent.futures import ProcessPoolExecutor, as_completed
from bigcodebench.eval import untrusted_check
rows, answers = json.load(sys.stdin), os.fdopen(os.dup(1), "w")
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
def spent_s():
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)
def check(row):
    task, *program = row
    began, before_s = time.perf_counter(), spent_s()
    status = untrusted_check(*program, 30720, 30720, 10, 1.0, 20.0)[0]
    took_s = time.perf_counter() - began
    passed = status == "pass"
    return {"task": task, "passed": passed, "wall_s": took_s, "cpu_s": spent_s() - before_s}
def answer(row):
    answers.write(json.dumps(row) + "\\n")
    answers.flush()
answer("ready")
with ProcessPoolExecutor(int(sys.argv[2])) as pool:
    for done in as_completed([pool.submit(check, row) for row in rows]):
        answer(done.result())
"""


@dataclass(frozen=True, kw_only=True)
class Work:
    """Programs by task, with what it takes to judge them."""

    part: Part
    problems: dict[str, Problem]
    programs: dict[str, str]
    workers: int
    limit_s: float


Row = dict[str, Any]
Side = Callable[[Work], Iterator[Row]]


def spent_s() -> float:
    """CPU time of this process and of all that it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def ours(work: Work) -> Iterator[Row]:
    """Our verdicts as they come; the processes are there before the first."""
    sandbox = sandbox_to_grade(work.part.benchmark, None)
    executor = LocalExecutor(workers=work.workers)
    grader = Grader(benchmark=work.part.benchmark, sandbox=sandbox, executor=executor)
    completions = [completion_of(work.problems[task], text) for task, text in work.programs.items()]

    def judged(completion: Completion) -> Row:
        began = time.perf_counter()
        verdict = grader.verdict(completion, work.problems[completion.problem_id])
        return {
            "task": completion.problem_id,
            "passed": verdict.status is Status.PASSED,
            "wall_s": time.perf_counter() - began,
            "cpu_s": verdict.cpu_s or 0.0,
        }

    list(executor.map(judged, completions[: work.workers]))
    began = time.perf_counter()
    yield {"ready": True}
    for _, row in executor.map(judged, completions):
        yield row
        if time.perf_counter() - began > work.limit_s:
            break
    sandbox.close()  # and waited for


def theirs(work: Work, how: str) -> Iterator[Row]:
    """The same of the checker in the environment."""
    interpreter = interpreter_for(work.part.benchmark)
    assert interpreter is not None
    rows = []
    for task, text in work.programs.items():
        check: Any = work.problems[task].check
        rows.append([task, calibrated(check, text), check.tests, check.entry_point])
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        variables = {
            "PYTHONPATH": ":".join(interpreter.site_packages),
            "MPLBACKEND": "Agg",
            "HOME": folder,
            **dict(interpreter.variables),
        }
        process = subprocess.Popen(
            [interpreter.executable, "-S", "-c", PEER, how, str(work.workers)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env={**os.environ, **variables},
            text=True,
            start_new_session=True,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        signal.signal(signal.SIGALRM, lambda *_: os.killpg(process.pid, signal.SIGKILL))
        process.stdin.write(json.dumps(rows))
        process.stdin.close()
        for line in process.stdout:
            row = json.loads(line)
            if row == "ready":
                signal.setitimer(signal.ITIMER_REAL, work.limit_s)
                row = {"ready": True}
            yield row
        signal.setitimer(signal.ITIMER_REAL, 0)
        process.wait()


SIDES: dict[str, Side] = {
    "ours": ours,
    "preloaded": lambda work: theirs(work, "preloaded"),
    "plain": lambda work: theirs(work, "plain"),
}


def measured(side: str, work: Work, out: Path) -> Row:
    """One side's figures; every verdict is written down as it comes."""
    rows: list[Row] = []
    began, before_s, took_s = time.perf_counter(), spent_s(), 0.0
    load = os.getloadavg()[0]
    with out.open("a", encoding="utf-8") as kept:
        for row in SIDES[side](work):
            if "ready" in row:
                began = time.perf_counter()
                continue
            took_s = time.perf_counter() - began
            rows.append(row)
            kept.write(json.dumps({"side": side, "at_s": took_s} | row) + "\n")
            kept.flush()
    cpu_s = sum(row["cpu_s"] for row in rows)
    ended = len(rows) == len(work.programs)
    return {
        "side": side,
        "programs": len(rows),
        "left": len(work.programs) - len(rows),
        "passed": sum(row["passed"] for row in rows),
        "clock_s": round(took_s if ended else work.limit_s, 1),
        "verdicts_per_s": round(len(rows) / (took_s if ended else work.limit_s), 2),
        "cpu_s_per_program": round(cpu_s / max(1, len(rows)), 3),
        "start_cpu_s": round(spent_s() - before_s - cpu_s, 1) if ended else None,
        "parent_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "load": [round(load, 1), round(os.getloadavg()[0], 1)],
    }


def quick(rows: Path, most_s: float) -> set[str]:
    """The tasks that every side has finished, none in a longer time."""
    by_side: dict[str, set[str]] = {}
    for row in map(json.loads, rows.read_text("utf-8").splitlines()):
        there = by_side.setdefault(row["side"], set())
        there |= {row["task"]} if row["wall_s"] <= most_s else set()
    return set.intersection(*by_side.values())


def programs(part: Part, kind: str, wanted: set[str] | None) -> dict[str, str]:
    """The program of each task, by task; of those wanted, where some are."""
    found = golds(part.benchmark, part.problems())
    kept = {task: text for task, text in found.items() if wanted is None or task in wanted}
    if kind == "golds":
        return kept
    checks: dict[str, Any] = {problem.id: problem.check for problem in part.problems()}
    none = "\n\ndef {}(*arguments, **named):\n    return None\n"
    return {task: text + none.format(checks[task].entry_point) for task, text in kept.items()}


def main(asked: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=300)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--sides", default="ours,preloaded,plain")
    parser.add_argument("--programs", choices=["golds", "none"], default="golds")
    parser.add_argument("--quick", type=float, metavar="S")
    parser.add_argument("--rows", type=Path, help="of an earlier run, for --quick")
    parser.add_argument("--limit-s", type=float, default=240.0)
    parser.add_argument("--out", type=Path, default=Path("rows.jsonl"))
    options = parser.parse_args(asked)
    if options.quick:
        part = Part(benchmark=benchmark("bigcodebench?tasks=all"))
    else:
        part = Part(benchmark=benchmark("bigcodebench"), limit=options.tasks)
    wanted = quick(options.rows, options.quick) if options.quick else None
    work = Work(
        part=part,
        problems={problem.id: problem for problem in part.problems()},
        programs=programs(part, options.programs, wanted),
        workers=options.workers,
        limit_s=options.limit_s,
    )
    for side in options.sides.split(","):
        found = measured(side, work, options.out)
        sys.stdout.write(json.dumps(found) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
