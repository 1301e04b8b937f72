"""BigCodeBench: functions that use many libraries, graded by unittest cases.

Names: ``bigcodebench``, ``bigcodebench-hard``, with ``:instruct`` for the prompts that describe the
task in words, ``@v0.1.4`` for a release. Source: Zhuo et al. 2024 (arXiv:2406.15877),
github.com/bigcode-project/bigcodebench; data: bigcode/bigcodebench on the hub. A row holds
`task_id`, `complete_prompt`, `instruct_prompt`, `code_prompt` (imports and signature),
`canonical_solution` (the body), `test`, `entry_point` and `libs`.

Which golds fail in which environment, and why, is known by `lcbrb.sources.problems.gold_table`.
"""

from __future__ import annotations

import ast
import functools
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.resources import files

from lcbrb.errors import UsageError
from lcbrb.registry import Spec
from lcbrb.rows import Row, parse_rows
from lcbrb.sources.base import Source, asked_release, files_version
from lcbrb.sources.hub import hub_files, local_files
from lcbrb.types import Limits, Problem, UnitTestCheck

#: upstream stops after 240 seconds of wall time; here that is for what blocks
LIMITS = Limits(cpu_s=60.0, wall_s=240.0, memory_mib=4096, output_kib=64 * 1024, processes=512)
#: tasks whose golds take more than 15 seconds of CPU time (many plots, keras) get all of it
_SLOW = frozenset(f"BigCodeBench/{number}" for number in (0, 99, 102, 289, 417))
_SLOW_LIMITS = replace(LIMITS, cpu_s=LIMITS.wall_s)
_REPO = "bigcode/bigcodebench"
_REVISION = "b74c0d0bf70d2c0bc459be537895cca163007f1a"
_RELEASES = ("v0.1.0_hf", "v0.1.4")
#: what upstream puts between the prompt's code and a solution when it calibrates
CALIBRATION = "\n    pass\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A row: its problem, and the code (imports, signature) that a solution begins with."""

    problem: Problem
    code_prompt: str


def load_tasks(spec: Spec, *, instruct: bool, calibrate: bool) -> tuple[str, list[Task]]:
    """Version and tasks of a release, in its order.

    Without ``@RELEASE`` it is the newest that lies below `LCBRB_DATA`, else the newest.

    Raises:
        UnknownNameError: no such release.
        DataUnavailableError: neither `LCBRB_DATA` nor the hub has the file.
        BadInputError: a row is not in the layout; file and row are named.
    """
    here = [name for name in _RELEASES if local_files(_local(name))]
    release = asked_release(spec, "release", _RELEASES, (here or _RELEASES)[-1])
    source = Source(
        name="bigcodebench",
        row="a BigCodeBench task",
        local=(_local(release),),
        homes=hub_files(_REPO, _REVISION, f"data/{release}-00000-of-00001.parquet"),
    )
    _, paths = source.locate()

    def tasks(row: Row) -> Iterator[Task]:
        yield _task(row, instruct=instruct, calibrate=calibrate)

    loaded = [task for path in paths for task in parse_rows(path, source.row, tasks)]
    return f"{release}-{files_version(paths)}", loaded


def _local(release: str) -> str:
    return f"bigcodebench/BigCodeBench-{release}.jsonl"


def _task(row: Row, *, instruct: bool, calibrate: bool) -> Task:
    code, tests = row.text("code_prompt"), row.text("test")
    reference = code + row.text("canonical_solution")
    cases = "TestCases"
    if not any(isinstance(n, ast.ClassDef) and n.name == cases for n in ast.parse(tests).body):
        raise UsageError(f"its tests define no class {cases}")
    problem = Problem(
        id=row.text("task_id"),
        source="bigcodebench",
        prompt=row.text("instruct_prompt" if instruct else "complete_prompt"),
        check=UnitTestCheck(
            entry_point=row.text("entry_point"),
            tests=tests,
            reference=reference,
            cases=cases,
            calibration=code + CALIBRATION if calibrate else "",
            libraries=_libraries(reference, tests),
        ),
        limits=_SLOW_LIMITS if row.text("task_id") in _SLOW else LIMITS,
    )
    return Task(problem=problem, code_prompt=code)


def _libraries(*sources: str) -> tuple[str, ...]:
    """What is imported that is not Python's own."""
    names = set()
    for node in (node for source in sources for node in ast.walk(ast.parse(source))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return tuple(sorted(names - sys.stdlib_module_names))


@functools.cache
def hard_ids() -> frozenset[str]:
    """The 148 tasks of BigCodeBench-Hard, which are the full set's own."""
    text = files("lcbrb").joinpath("data/bigcodebench/hard.txt").read_text("utf-8")
    return frozenset(f"BigCodeBench/{number}" for number in text.split())
