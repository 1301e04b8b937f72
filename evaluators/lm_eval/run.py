"""A task of lm-evaluation-harness as a run: its metrics and samples in a run folder of ours.

The harness computes; what it says is written down with its own standard error. Where a metric is 0
or 1 for each document, pass@1 with our interval stands beside it, and statuses come from it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import lm_eval

from evaluators.lm_eval.model import PolicyModel
from evaluators.lm_eval.task import HarnessTask
from lcbrb import codec
from lcbrb.errors import LcbrbError, UsageError
from lcbrb.grading.grader import graded_sample
from lcbrb.harness.run import BenchResult, Part, finish
from lcbrb.harness.sampling import Live
from lcbrb.imports.lm_eval_rows import (
    Sample,
    figures,
    lower_is_better,
    problem_id,
    rows_of,
    said,
    sample_of,
)
from lcbrb.protocols.progress import SILENT, Progress
from lcbrb.runs.folder import COMPLETIONS, SAMPLES, open_run
from lcbrb.runs.record import benchmark_data, new_record
from lcbrb.types import Estimate, Metric, Problem, RunKind, RunRecord, Sampling


def bench_task(part: Part, live: Live, folder: Path, progress: Progress = SILENT) -> BenchResult:
    """Ask the policy, and write the run.

    Of the sampling only seed and system prompt are used.

    Returns:
        The run; where the policy did not answer, `failure` says why and the record is not complete.

    Raises:
        UsageError: the folder holds another run, or can't be written; the task can't be asked.
    """
    task = cast("HarnessTask", part.benchmark)
    _check(live)
    problems = part.problems()
    documents = _documents(task, problems)
    failure: LcbrbError | None = None
    measured: dict[Metric, Estimate] = {}
    samples: list[Sample] = []
    notes: list[str] = []
    record = _record(part, task, live, problems)
    with open_run(folder, record) as run, progress.bar(task.name, None, "answers") as advance:
        model = PolicyModel(
            policy=live.policy,
            base=live.sampling,
            named=lambda name, place: problem_id(name, documents[name][place]),
            on_answer=lambda: advance(1),
        )
        try:
            results = _evaluate(task, documents, model)
        except LcbrbError as error:
            failure = error
            run.log(f"{live.policy.id}: {error}")
        else:
            measured = figures(results, results["results"], task.harness)
            for name in task.tasks:
                lower = lower_is_better(results, name)
                rows, metric = rows_of(results["samples"][name], lower)
                notes.append(said(name, metric))
                for row in rows:
                    id_ = problem_id(name, row["doc_id"])
                    drawn = model.drawn.get(id_)
                    samples.append(sample_of(row, metric, id_, part.subject, drawn))
        graded = [sample for sample in samples if sample.verdict is not None]
        completions = [sample.completion for sample in graded]
        verdicts = [sample.verdict for sample in graded if sample.verdict is not None]
        codec.write_records(run.path / COMPLETIONS, [sample.completion for sample in samples])
        by_id = {problem.id: problem for problem in problems}
        lines = [
            graded_sample(completion, by_id[completion.problem_id], verdict)
            for completion, verdict in zip(completions, verdicts, strict=True)
        ]
        codec.write_records(run.path / SAMPLES, lines)
        counts = {"completions": len(samples), "problems": len(problems)}
        if len(graded) < len(samples):  # by a metric that is not 0 or 1
            counts["ungraded"] = len(samples) - len(graded)
        ended = dataclasses.replace(
            run.record,
            estimates=measured,
            counts=counts,
            notes=(*run.record.notes, *dict.fromkeys(notes)),
            complete=failure is None,
        )
        result = finish(run, ended, part, completions, verdicts)
    return dataclasses.replace(result, failure=failure)


def _documents(task: HarnessTask, problems: Sequence[Problem]) -> dict[str, list[int]]:
    """The documents of each task that are asked.

    Raises:
        UsageError: none of one task: the harness would take that for all.
    """
    drawn = {problem.id for problem in problems}
    by_task = {
        name: [at for at in range(len(part.eval_docs)) if problem_id(name, at) in drawn]
        for name, part in task.tasks.items()
    }
    empty = [name for name, places in by_task.items() if not places]
    if empty:
        raise UsageError(
            f"the draw of {len(problems)} documents contains none of {empty[0]}: raise --limit, "
            "or name a single task"
        )
    return by_task


def _check(live: Live) -> None:
    """Refuse settings that the task has its own of.

    Raises:
        UsageError: one is given.
    """
    default, sampling = Sampling(), live.sampling
    names = ("temperature", "top_p", "n", "max_tokens", "stop", "template")
    for name in names:
        if getattr(sampling, name) != getattr(default, name):
            raise UsageError(
                f"a task of lm-eval has its own sampling settings: leave {name} out, or make a "
                "task with other generation_kwargs (or repeats)"
            )


def _evaluate(
    task: HarnessTask, documents: Mapping[str, list[int]], model: PolicyModel
) -> Mapping[str, Any]:
    """What the harness makes of one policy's answers; whatever it prints goes to standard error."""
    try:
        with contextlib.redirect_stdout(sys.stderr):
            results = lm_eval.simple_evaluate(
                model=model,
                tasks=[task.target],  # made anew: a task keeps the requests of one model
                task_manager=task.manager,
                samples=dict(documents),
                num_fewshot=task.options.fewshot,
            )
    except ValueError as error:
        if "unsafe" not in str(error):
            raise
        raise UsageError(
            f"{task.name} runs model-written programs without a sandbox, which lcbrb never does: "
            "use one of its own benchmarks (`lcbrb list`)"
        ) from error
    evaluated: Mapping[str, Any] = results
    return evaluated


def _record(part: Part, task: HarnessTask, live: Live, problems: Sequence[Problem]) -> RunRecord:
    record = new_record(
        RunKind.BENCH,
        part.subject,
        benchmark_data(task, problems, len(problems), part.trained_on.notes(part.subject)),
        config={
            "policies": list(part.policies),
            "limit": part.limit,
            "fewshot": task.options.fewshot,
            "seed": live.sampling.seed,
            "system_prompt": live.sampling.system_prompt,
            "tasks": {name: _settings(part) for name, part in sorted(task.tasks.items())},
            "identities": [live.policy.identity],
        },
        seed=part.seed,
        revision=live.policy.revision,
    )
    return dataclasses.replace(record, environment={**record.environment, "lm-eval": task.harness})


def _settings(task: Any) -> dict[str, Any]:
    """What a task's file says of how it asks, as plain values."""
    config = task.config
    named = ("output_type", "num_fewshot", "generation_kwargs", "repeats")
    kept = {name: getattr(config, name, None) for name in named}
    plain: dict[str, Any] = json.loads(json.dumps(kept, default=str))
    return plain
