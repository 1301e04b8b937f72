"""BigCodeBench's golds, graded by us and by its own checker, side by side: speed, CPU time, memory.

``python perf/bigcodebench.py --tasks 100 --workers 2`` (``LCBRB_DATA``, and the environment made by
``lcbrb env create bigcodebench --with checker``). The checker runs as its own evaluation does, in a
pool of processes that fork for each program: *plain*, and *preloaded*, with pyplot imported before
the fork. It runs programs WITHOUT ISOLATION: golds only are run here. CPU time is that of the whole
side, imports and processes that are kept included; verdicts a second are without the start.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

from evaluators import benchmark
from lcbrb.engine.local import LocalExecutor
from lcbrb.grading.grader import Grader
from lcbrb.grading.isolation import interpreter_for, sandbox_to_grade
from lcbrb.grading.unit_test_check import calibrated
from lcbrb.harness.run import Part
from lcbrb.types import Status
from lcbrb.validation.gold_passes import gold_completions

#: runs under the environment's Python; one row a program on standard input
PEER = """
import json, multiprocessing, os, sys, time
multiprocessing.set_start_method("fork")
if sys.argv[1] == "preloaded":
    import matplotlib.pyplot
from concurrent.futures import ProcessPoolExecutor
from bigcodebench.eval import untrusted_check
rows, answers = json.load(sys.stdin), os.fdopen(os.dup(1), "w")
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
def check(row):
    return untrusted_check(*row, 30720, 30720, 10, 1.0, 20.0)[0]
began = time.perf_counter()
with ProcessPoolExecutor(int(sys.argv[2])) as pool:
    found = list(pool.map(check, rows))
answers.write(json.dumps([time.perf_counter() - began, found]))
"""
_SLOW = {f"BigCodeBench/{number}" for number in (0, 99, 102, 289, 417, 461)}


def spent_s() -> float:
    """CPU time of this process and of all that it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def ours(part: Part, workers: int) -> dict[str, float]:
    """Verdicts a second, CPU seconds a program, and this process's memory."""
    bench, problems = part.benchmark, part.problems()
    sandbox = sandbox_to_grade(bench, None)
    grader = Grader(benchmark=bench, sandbox=sandbox, executor=LocalExecutor(workers=workers))
    golds = [one for one in gold_completions(bench, problems, 1) if one.problem_id not in _SLOW]
    by_id = {problem.id: problem for problem in problems}
    start_s = spent_s()
    list(grader.verdicts(golds[:workers], by_id))  # the processes are there
    began = time.perf_counter()
    found = [verdict.status for _, verdict in grader.verdicts(golds, by_id)]
    took_s = time.perf_counter() - began
    sandbox.close()  # and waited for
    return {
        "programs": len(found),
        "passed": sum(status is Status.PASSED for status in found),
        "verdicts_per_s": len(found) / took_s,
        "cpu_s_per_program": (spent_s() - start_s) / len(found),
        "parent_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def theirs(part: Part, workers: int, how: str) -> dict[str, float]:
    """The same of the checker in the environment."""
    interpreter = interpreter_for(part.benchmark)
    assert interpreter is not None
    problems = {problem.id: problem for problem in part.problems()}
    rows = []
    for gold in gold_completions(part.benchmark, part.problems(), 1):
        if gold.problem_id not in _SLOW:
            check = problems[gold.problem_id].check
            rows.append([calibrated(check, gold.text), check.tests, check.entry_point])
    with tempfile.TemporaryDirectory() as folder:
        variables = {
            "PYTHONPATH": ":".join(interpreter.site_packages),
            "MPLBACKEND": "Agg",
            "HOME": folder,
            **dict(interpreter.variables),
        }
        before_s = spent_s()
        told = subprocess.run(
            [interpreter.executable, "-S", "-c", PEER, how, str(workers)],
            input=json.dumps(rows),
            cwd=folder,
            env={**os.environ, **variables},
            capture_output=True,
            text=True,
            check=True,
        )
    took_s, found = json.loads(told.stdout)
    return {
        "programs": len(found),
        "passed": found.count("pass"),
        "verdicts_per_s": len(found) / took_s,
        "cpu_s_per_program": (spent_s() - before_s) / len(found),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=100)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--sides", default="ours,preloaded,plain")
    asked = parser.parse_args()
    part = Part(benchmark=benchmark("bigcodebench"), limit=asked.tasks)
    for side in asked.sides.split(","):
        found = ours(part, asked.workers) if side == "ours" else theirs(part, asked.workers, side)
        sys.stdout.write(json.dumps({"side": side, **found}) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
