"""What a policy is trained on: problems of one benchmark or several, as it is asked them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from lcbrb import codec
from lcbrb.errors import UsageError
from lcbrb.harness.sampling import check_template, prompts_for
from lcbrb.problem_groups import Parts
from lcbrb.protocols.benchmark import Benchmark
from lcbrb.runs.results import ResultKind, read_results
from lcbrb.types import JsonValue, Problem, Prompt, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A problem, its benchmark, and the words in which a policy is asked it."""

    benchmark: Benchmark
    problem: Problem
    prompt: Prompt


#: tasks to train on, and others to evaluate on; no statement is in both
Tasks: TypeAlias = Parts[Task]


def every_task(benchmarks: Sequence[Benchmark], template: str) -> list[Task]:
    """All problems of benchmarks, in order.

    Raises:
        UsageError: there is none, or a benchmark asks and grades in a way of its own.
    """
    check_template(template)
    tasks = []
    for benchmark in benchmarks:
        benchmark.check_gradable()
        problems = benchmark.load()
        prompts = prompts_for(benchmark, problems, template)
        tasks += [
            Task(benchmark=benchmark, problem=problem, prompt=prompt)
            for problem, prompt in zip(problems, prompts, strict=True)
        ]
    if not tasks:
        raise UsageError("there are no problems to train on")
    return tasks


def tasks_of(benchmarks: Sequence[Benchmark], template: str) -> list[Task]:
    """As `every_task`; of a statement that occurs twice, the first."""
    by_prompt: dict[str, Task] = {}
    for task in every_task(benchmarks, template):
        by_prompt.setdefault(task.problem.prompt.strip(), task)
    return list(by_prompt.values())


def solved_by_some(tasks: Sequence[Task], run: Path, low: float, high: float) -> list[Task]:
    """The tasks of which a policy solved a share between two, by the samples of its bench run.

    Tasks that the run did not ask are left out.

    Raises:
        UsageError: the folder holds no run of one policy, or no task is left.
        BadInputError: a file of it is broken.
    """
    results = [result for result in read_results([run]) if result.kind is ResultKind.POLICY]
    if len({result.subject for result in results}) != 1:
        raise UsageError(f"solved_in {run}: expected bench runs of one policy")
    passed: dict[tuple[str, str], list[bool]] = {}
    for result in results:
        for sample in result.samples:
            if sample.status is not Status.HARNESS_ERROR:
                key = result.record.benchmark, sample.problem_id
                passed.setdefault(key, []).append(sample.status is Status.PASSED)
    shares = {name: sum(of) / len(of) for name, of in passed.items()}
    asked = [task for task in tasks if _name(task) in shares]
    chosen = [task for task in asked if low <= shares[_name(task)] <= high]
    if not chosen:
        raise UsageError(
            f"solved_in {run}: of {len(tasks)} problems, {len(asked)} were attempted and none "
            f"was solved in {low:g} to {high:g} of its samples"
        )
    return chosen


def _name(task: Task) -> tuple[str, str]:
    return task.benchmark.name, task.problem.id


def parted(
    tasks: Sequence[Task], held_out: Sequence[Task] | None, share: float, most: int, seed: int
) -> Tasks:
    """Tasks to train on and to evaluate on.

    Without any given, a share of the others is held out, drawn by the seed; at most `most` in
    either case.

    Raises:
        UsageError: a statement is on both sides, or nothing is left to train on.
    """
    if held_out is not None:
        statements = {task.problem.prompt.strip() for task in tasks}
        both = [t.problem.id for t in held_out if t.problem.prompt.strip() in statements]
        if both:
            raise UsageError(
                f"{len(both)} problems are in both the training and the held-out set ({both[0]}, "
                "…): remove them from one of the two"
            )
        return Parts(train=tasks, held_out=held_out[:most])
    order = list(range(len(tasks)))
    random.Random(f"held out/{seed}").shuffle(order)
    parts = Parts.of(tasks, set(order[: min(round(share * len(tasks)), most)]))
    if not parts.train:
        raise UsageError(f"held_out {share} leaves none of {len(tasks)} problems to train on")
    return parts


def described(tasks: Sequence[Task]) -> dict[str, JsonValue]:
    """Tasks as a record's settings name them."""
    names = dict.fromkeys(f"{t.benchmark.name} {t.benchmark.version}" for t in tasks)
    return {
        "problems": list(names),
        "count": len(tasks),
        "sha256": codec.sha256_records([task.problem for task in tasks]),
        "prompts_sha256": codec.sha256_records([task.prompt for task in tasks]),
    }
