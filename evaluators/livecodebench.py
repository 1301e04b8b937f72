"""LiveCodeBench code generation: programs graded by stdin tests and by calls of a function.

Metric: pass@1 over all tests of a problem. The rules follow the official grader
(LiveCodeBench, ``lcb_runner/evaluation/testing_util.py``, commit 28fef95); it runs
every program with a set of star imports in scope, which `lcbrb.grading.cases_check` provides, and
compares printed lines as `lcbrb.grading.outputs` does.

Where this differs from the official grader, on purpose:

- A program runs as a real process with a real standard input, so ``for line in sys.stdin``,
  ``open(0)``, ``sys.stdout.buffer`` and a reversed ``__main__`` guard work.
- The time limit is on CPU time, so the number of workers changes no verdict.
- Two numbers that differ are equal within 1e-6 (absolute or relative) where the expected one has
  a decimal point: the contest sites accept that, the official grader wants the same digits.
- Tuples returned are lists at every depth, not only at the top, and keys of a returned dict are
  texts, as JSON has them.
- Each test starts with fresh globals, so what a program keeps there from one call to the next is
  lost. By default its tests share a process (as the official grader's do), where a program that
  sets out to can keep more; a test failed there counts only if failed in a process of its own.
"""

from __future__ import annotations

from pathlib import Path

from lcbrb.codec import sha256_file
from lcbrb.errors import UsageError
from lcbrb.grading.problem_set import ProblemSet
from lcbrb.registry import Spec
from lcbrb.sources import mini as mini_source
from lcbrb.sources.problems import deepcoder as deepcoder_source, livecodebench as source


def livecodebench(spec: Spec) -> ProblemSet:
    """LiveCodeBench itself: ``livecodebench@v5?since=2024-08-01`` (see `lcbrb.sources`)."""
    return ProblemSet.of(spec, source.load_problems(spec))


def deepcoder(spec: Spec) -> ProblemSet:
    """Problems to train on: ``deepcoder``, ``deepcoder:taco`` (see `lcbrb.sources`)."""
    return ProblemSet.of(spec, deepcoder_source.load_problems(spec))


def mini(spec: Spec) -> ProblemSet:
    """The embedded benchmark, which is synthetic; its golds are recorded completions."""
    return ProblemSet.of(spec, mini_source.load_problems(spec), golds=mini_source.golds())


def from_file(path: Path) -> ProblemSet:
    """Problems of one's own in the official layout."""
    problems = tuple(source.read_problems(path))
    if not problems:
        raise UsageError(f"{path} holds no problems")
    return ProblemSet(name=path.name, version=sha256_file(path)[:12], problems=problems)
