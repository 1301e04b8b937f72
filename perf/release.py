"""How much memory a release of LiveCodeBench takes, however large its tests: 300 MB generated.

    python perf/release.py [--problems 100] [--mib 3] [--in-memory]

Rows are generated, each with so many MiB of private tests (of digits that do not pack well), packed
as the official release packs them. A child process loads the file, hashes the problems as a run
does, and goes through all tests as grading does; its peak memory is told. With --in-memory it keeps
all tests, as every release was kept before.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import pickle
import random
import resource
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

from lcbrb import codec
from lcbrb.input_files import MIB
from lcbrb.sources.problems.livecodebench import read_problems

TESTS = 20


def write_release(path: Path, problems: int, mib: float) -> None:
    rng = random.Random(0)
    size = int(mib * MIB / TESTS)
    with path.open("w", encoding="utf-8") as file:
        for number in range(problems):
            tests = [
                {"input": rng.randbytes(size // 2).hex(), "output": "1", "testtype": "stdin"}
                for _ in range(TESTS)
            ]
            packed = zlib.compress(pickle.dumps(json.dumps(tests)), 1)
            row = {
                "question_content": f"Solve {number}.",
                "question_id": f"q{number}",
                "contest_date": "2024-05-01T00:00:00",
                "difficulty": "easy",
                "public_test_cases": "[]",
                "private_test_cases": base64.b64encode(packed).decode(),
            }
            file.write(json.dumps(row) + "\n")


def use(path: Path, *, in_memory: bool) -> str:
    problems = list(read_problems(path))
    kept = [tuple(problem.check.tests) for problem in problems] if in_memory else []
    codec.sha256_records(problems)
    tests = sum(len(tuple(problem.check.tests)) for problem in problems)
    peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    spent_s = os.times().user
    return f"{tests} tests of {len(problems)}: peak {peak_mib:.0f} MiB, {spent_s:.1f} s {len(kept)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--problems", type=int, default=100)
    parser.add_argument("--mib", type=float, default=3.0)
    parser.add_argument("--in-memory", action="store_true")
    parser.add_argument("--use", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.use:
        print(use(options.use, in_memory=options.in_memory))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "test.jsonl"
        write_release(path, options.problems, options.mib)
        print(f"{path.stat().st_size / MIB:.0f} MiB on disk")
        subprocess.run([sys.executable, *sys.argv, "--use", str(path)], check=True)


if __name__ == "__main__":
    main()
