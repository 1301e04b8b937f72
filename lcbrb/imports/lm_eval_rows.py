"""lm-evaluation-harness' own account of a run, in terms of ours: documents, samples, figures.

What `simple_evaluate` gives in memory and what it writes to disk differ a little: on disk the
arguments are objects (``gen_args_0: {arg_0, arg_1}``) and log-likelihoods are texts. Both are read.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lcbrb.imports.fields import number
from lcbrb.imports.foreign import their_estimate
from lcbrb.types import (
    AnswerCheck,
    Completion,
    Generation,
    Metric,
    Problem,
    Status,
    StopReason,
    Verdict,
)

_DETAIL = 2000

LogRow = Mapping[str, Any]


# ------------------------------------------------------------------------------ documents


def problem_id(task_name: str, document: int) -> str:
    """The id of a document of a task."""
    return f"{task_name}/{document}"


def problem_of(task_name: str, document: int, fields: object, target: object) -> Problem:
    """A document as a problem: its fields as JSON, and its target."""
    return Problem(
        id=problem_id(task_name, document),
        source="lm-eval",
        prompt=_text(fields),
        check=AnswerCheck(gold=_text(target)),
    )


def _text(value: object) -> str:
    """A text as it is, anything else as JSON."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)


def version_of(versions: Collection[object], harness: str) -> str:
    """The version of a benchmark: of its tasks, and of the harness where it is known."""
    tasks = "/".join(sorted({str(version) for version in versions}))
    return f"{tasks}, lm-eval {harness}" if harness else tasks


# -------------------------------------------------------------------------------- samples


@dataclass(frozen=True, slots=True)
class Sample:
    """A document as a policy answered it; its verdict is None where no metric tells."""

    completion: Completion
    verdict: Verdict | None


def rows_of(
    logged: Sequence[LogRow], lower_is_better: Collection[str] = ()
) -> tuple[list[LogRow], str | None]:
    """The rows of the first filter, and the first metric whose 1 in any of them is a pass.

    That is one that is 0 or 1 in all of them, and of which more is better.
    """
    first = logged[0]["filter"]
    rows = [row for row in logged if row["filter"] == first]
    names = (name for name in rows[0]["metrics"] if name not in lower_is_better)
    return rows, next((name for name in names if all(_is_bit(row[name]) for row in rows)), None)


def lower_is_better(results: Mapping[str, Any], task_name: str) -> set[str]:
    """The metrics of a task that the harness says are better lower."""
    directions = (results.get("higher_is_better") or {}).get(task_name) or {}
    return {metric for metric, higher in directions.items() if higher is False}


def _is_bit(value: object) -> bool:
    return isinstance(value, int | float) and value in {0, 1}


def said(name: str, metric: str | None) -> str:
    """A note on where the statuses of a task's samples come from."""
    if metric is None:
        return (
            f"{name}: no metric says of each document whether it is right or wrong, so no sample "
            "has a status"
        )
    return f"{name}: a sample counts as passed if {metric} is 1; pass@1 is computed from these"


def sample_of(
    row: LogRow, metric: str | None, name: str, policy: str, generation: Generation | None = None
) -> Sample:
    """A row of the harness' log: a document's first reply, or the choice that is likeliest.

    `generation` is that reply, where more is known of it than its text.
    """
    generation = generation or Generation(text=reply_of(row))
    completion = Completion(
        problem_id=name,
        policy_id=policy,
        sample_index=0,
        text=generation.text,
        reasoning=generation.reasoning,
        solution=_solution(row, generation.text),
        stop_reason=generation.stop_reason,
        prompt_tokens=generation.prompt_tokens,
        completion_tokens=generation.completion_tokens,
        latency_s=generation.latency_s,
        seed=generation.seed,
    )
    if metric is None:
        return Sample(completion, None)
    status = Status.PASSED if row[metric] else Status.WRONG_ANSWER
    if status is Status.WRONG_ANSWER and completion.stop_reason is StopReason.LENGTH:
        status = Status.TRUNCATED
    values = {metric: row[metric] for metric in row["metrics"]}
    detail = json.dumps(values, ensure_ascii=False, default=str)[:_DETAIL]
    return Sample(completion, Verdict(status=status, detail=detail))


def reply_of(row: LogRow) -> str:
    """The first text that was generated, or the continuation with the highest log-likelihood."""
    responses = [response[0] for response in row["resps"]]
    if isinstance(responses[0], str):
        return str(responses[0])
    scores = [float(response[0]) for response in responses]
    return str(_arguments(row)[scores.index(max(scores))][1])


def _arguments(row: LogRow) -> list[Sequence[Any]]:
    """What each request was made of."""
    given = row["arguments"]
    if isinstance(given, Mapping):
        return [list(argument.values()) for argument in given.values()]
    return list(given)


def _solution(row: LogRow, text: str) -> str:
    """What the harness' filter read in a reply; the text itself where it compared choices."""
    read = row["filtered_resps"]
    return read[0] if read and isinstance(read[0], str) else text


# -------------------------------------------------------------------------------- figures


def figures(results: Mapping[str, Any], names: Collection[str], harness: str) -> dict[Metric, Any]:
    """Every metric of some tasks and groups, with the harness' standard error."""
    by_figure, who = {}, f"lm-eval {harness}".rstrip()
    for name in names:
        metrics = results["results"][name]
        whole, counts = _count(results, name), metrics.get("sample_count") or {}
        for key, given in metrics.items():
            metric, comma, how = key.rpartition(",")
            value = number(given)
            if not comma or metric.endswith("_stderr") or value is None:
                continue
            error = number(metrics.get(f"{metric}_stderr,{how}"))
            n = int(counts.get(key, whole))  # of a group, whose tasks may lack the metric
            estimate = their_estimate(value, error, n, who)
            by_figure[figure(name, metric, how, len(names))] = estimate
    return by_figure


def figure(name: str, metric: str, how: str, names: int) -> Metric:
    """What a task's metric under a filter is called: with the task, where there are several."""
    label = f"{metric},{how}"
    return Metric(label if names == 1 else f"{name}:{label}")


def tasks_below(results: Mapping[str, Any], name: str) -> list[str]:
    """The tasks of a group, its groups' too; a task is its own."""
    below = results.get("group_subtasks", {}).get(name) or ()
    return [task for member in below for task in tasks_below(results, member)] or [name]


def _count(results: Mapping[str, Any], name: str) -> int:
    """Documents behind a number: of a task, or of a group's tasks together."""
    counts = results["n-samples"]
    return sum(int(counts[task]["effective"]) for task in tasks_below(results, name))
