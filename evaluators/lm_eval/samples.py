"""Rows of lm-evaluation-harness' log as completions and verdicts of ours."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evaluators.lm_eval.model import PolicyModel
from lcbrb.types import Completion, Generation, Status, StopReason, Verdict

_DETAIL = 2000


@dataclass(frozen=True, slots=True)
class Sample:
    """A document as a policy answered it; its verdict is None where no metric is 0 or 1."""

    completion: Completion
    verdict: Verdict | None


def rows_of(logged: Sequence[Mapping[str, Any]]) -> tuple[list[Mapping[str, Any]], str | None]:
    """The rows of the first filter, and the first metric that is 0 or 1 in all of them."""
    first = logged[0]["filter"]
    rows = [row for row in logged if row["filter"] == first]
    binary = (name for name in rows[0]["metrics"] if all(_is_bit(row[name]) for row in rows))
    return rows, next(binary, None)


def _is_bit(value: object) -> bool:
    return isinstance(value, int | float) and value in {0, 1}


def said(name: str, metric: str | None) -> str:
    """A note on where the statuses of a task's samples come from."""
    if metric is None:
        return f"{name}: no metric is 0 or 1 a document, so no sample has a status"
    return f"{name}: a sample has passed where {metric} is 1; pass@1 is over these"


def sample_of(
    row: Mapping[str, Any], metric: str | None, name: str, policy: str, model: PolicyModel
) -> Sample:
    """A row of the harness' log: a document's first reply, or the choice that is likeliest."""
    generation = model.drawn.get(name) or Generation(text=_best(row))
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
    values = {one: row[one] for one in row["metrics"]}
    detail = json.dumps(values, ensure_ascii=False, default=str)[:_DETAIL]
    return Sample(completion, Verdict(status=status, detail=detail))


def _best(row: Mapping[str, Any]) -> str:
    """The continuation with the highest log-likelihood."""
    scores = [float(responses[0][0]) for responses in row["resps"]]
    arguments = row["arguments"][scores.index(max(scores))]
    return str(arguments[1])


def _solution(row: Mapping[str, Any], text: str) -> str:
    """What the harness' filter read in a reply; the text itself where it compared choices."""
    read = row["filtered_resps"]
    return read[0] if read and isinstance(read[0], str) else text
