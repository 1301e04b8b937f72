"""`mini`: the embedded benchmark. Synthetic: written for this project, not sampled from models.

Each TOML file in ``lcbrb/data/mini`` is one problem in LiveCodeBench's manner with its tests and
its "recorded" completions, each with the author's own judgement of its reasoning. It exercises
the machinery on real text; a ranking on it says little about reward models in general.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import as_file, files
from importlib.resources.abc import Traversable
from operator import attrgetter

from lcbrb.codec import read_records
from lcbrb.protocols.benchmark import Release
from lcbrb.protocols.reward import PairSet
from lcbrb.registry import Spec
from lcbrb.replies.extract import solution_of
from lcbrb.replies.reasoning import reasoning_of
from lcbrb.sources.base import only_the_name
from lcbrb.types import (
    CodeCheck,
    Completion,
    JsonValue,
    Judgement,
    Limits,
    PreferencePair,
    Problem,
    Recorded,
    StopReason,
    TestCase,
    TestKind,
)

VERSION = "1"
NOTE = "mini is synthetic: problems and completions were written for this project"
PAIRS_FILE = "pairs.jsonl"
AUTHOR = "mini-author"

#: tests are small; a program that needs two seconds has the wrong complexity
LIMITS = Limits(cpu_s=2.0, wall_s=10.0, memory_mib=1024)


def folder() -> Traversable:
    """Where the problems lie in the package."""
    return files("lcbrb") / "data" / "mini"


def load_problems(spec: Spec) -> Release:
    """All problems, sorted by name.

    Raises:
        UsageError: `mini` takes neither release nor options.
    """
    only_the_name(spec)
    return Release(version=VERSION, problems=tuple(_problem(*entry) for entry in _entries()))


def load_pairs(spec: Spec) -> PairSet:
    """The packaged pairs: what ``pairs build --problems mini --policy replay:mini`` gives."""
    only_the_name(spec)
    with as_file(folder() / PAIRS_FILE) as path:
        pairs = read_records(PreferencePair, path)
    return PairSet(name="mini", version=VERSION, pairs=pairs, notes=(NOTE,))


def recorded_completions() -> list[Completion]:
    """The completions that come with the problems, with their author's judgements."""
    return [completion for slug, entry in _entries() for completion in _completions(slug, entry)]


def golds() -> dict[str, str]:
    """A solution of each problem that its author says is right, by the problem's id."""
    return {
        completion.problem_id: completion.solution
        for completion in recorded_completions()
        if completion.solution and completion.recorded and completion.recorded.passed
    }


@cache
def _entries() -> tuple[tuple[str, dict[str, JsonValue]], ...]:
    paths = sorted(
        (f for f in folder().iterdir() if f.name.endswith(".toml")), key=attrgetter("name")
    )
    return tuple(
        (file.name.removesuffix(".toml"), tomllib.loads(file.read_text("utf-8"))) for file in paths
    )


def _problem(slug: str, entry: dict[str, JsonValue]) -> Problem:
    kind = TestKind.CALL if entry["kind"] == "functional" else TestKind.STDIN
    tests = tuple(
        TestCase(kind=kind, input=test["input"], expected=test["expected"], hidden=test["hidden"])
        for test in entry["tests"]
    )
    return Problem(
        id=f"mini/{slug}",
        source="mini (synthetic)",
        prompt=entry["prompt"].strip(),
        check=CodeCheck(
            tests=tests,
            entry_point=entry.get("entry_point"),
            starter_code=entry.get("starter_code", ""),
        ),
        limits=LIMITS,
        released=entry["released"],
        difficulty=entry["difficulty"],
    )


def _completions(slug: str, entry: dict[str, JsonValue]) -> Iterator[Completion]:
    seen: dict[str, int] = {}
    for row, recorded in enumerate(entry["completions"]):
        sampler = recorded["sampler"]
        index = seen[sampler] = seen.get(sampler, -1) + 1
        text = recorded["text"].strip()
        yield Completion(
            problem_id=f"mini/{slug}",
            policy_id=sampler,
            sample_index=index,
            text=text,
            reasoning=reasoning_of(text),
            solution=solution_of(text),
            stop_reason=StopReason.END,
            judgements=(Judgement(judge=AUTHOR, sound=recorded["sound"], note=recorded["fault"]),),
            recorded=Recorded(file=f"mini/{slug}.toml", row=row, passed=recorded["passes"]),
        )
