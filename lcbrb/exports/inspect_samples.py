"""Graded replies and scored pairs as samples of an inspect_ai log (see `inspect_log`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping

from lcbrb.runs.results import Result, ResultKind
from lcbrb.types import (
    Completion,
    JsonValue,
    Outcome,
    SampleVerdict,
    ScoredPair,
    Status,
    StopReason,
)

SCORER = {ResultKind.POLICY: "passed", ResultKind.REWARD_MODEL: "ranked"}
_STOPS = {
    StopReason.END: "stop",
    StopReason.LENGTH: "max_tokens",
    StopReason.UNKNOWN: "unknown",
}
_OUTCOMES = {Outcome.WIN: ("C", 1.0), Outcome.TIE: ("P", 0.5), Outcome.LOSS: ("I", 0.0)}
#: a benchmark's statements by problem
Statements = Callable[[str], Mapping[str, str]]
#: samples, and the values of those that have one, by problem
Samples = tuple[list[dict[str, JsonValue]], dict[str, list[float]]]


def policy_samples(result: Result, statements: Statements | None) -> Samples:
    """A sample for each completion, and each problem's passes."""
    told = statements(result.record.benchmark) if statements else {}
    completions = {completion.key: completion for completion in result.completions()}
    samples, passes = [], defaultdict(list)
    for one in result.samples:
        if one.status is not Status.HARNESS_ERROR:
            passes[one.problem_id].append(float(one.status is Status.PASSED))
        question = told.get(one.problem_id) or f"(the statement of {one.problem_id})"
        samples.append(_sample(one, completions.get(one.key), question, result.subject))
    return samples, dict(passes)


def _sample(
    one: SampleVerdict, completion: Completion | None, question: str, model: str
) -> dict[str, JsonValue]:
    text = completion.text if completion else ""
    stop = _STOPS[completion.stop_reason if completion else StopReason.UNKNOWN]
    sample: dict[str, JsonValue] = {
        "id": one.problem_id,
        "epoch": one.sample_index + 1,
        "input": question,
        "target": "",
        **_exchange(question, text, model, stop),
        "scores": {},
        "metadata": {
            "difficulty": one.difficulty,
            "released": one.released.isoformat() if one.released else None,
        },
    }
    if completion and completion.prompt_tokens is not None and completion.completion_tokens:
        both = completion.prompt_tokens, completion.completion_tokens
        usage = {"input_tokens": both[0], "output_tokens": both[1], "total_tokens": sum(both)}
        sample["output"]["usage"] = usage
    if one.status is Status.HARNESS_ERROR:
        error = {"message": one.verdict.detail or "no verdict", "traceback": ""}
        return sample | {"error": {**error, "traceback_ansi": ""}}
    mark = {Status.PASSED: "C", Status.NO_ANSWER: "N"}.get(one.status, "I")
    parts = {"base_status": one.verdict.base_status, "plus_status": one.verdict.plus_status}
    score = {
        "value": mark,
        "answer": (completion.solution if completion else None) or "",
        "explanation": one.verdict.detail,
        "metadata": {
            "status": one.status.value,
            "origin": one.verdict.origin.value,
            **{name: part.value for name, part in parts.items() if part is not None},
        },
    }
    return sample | {"scores": {SCORER[ResultKind.POLICY]: score}}


def pair_samples(result: Result) -> Samples:
    """A sample for each pair, and the points by problem."""
    texts = {pair.id: pair for pair in result.pairs}
    samples, points = [], defaultdict(list)
    for one in result.scored_pairs:
        pair = texts.get(one.pair_id)
        mark, value = _OUTCOMES[one.outcome]
        points[one.problem_id].append(value)
        question = pair.prompt if pair else f"(the prompt of {one.problem_id})"
        said = f"chosen {one.chosen_score:.6g}, rejected {one.rejected_score:.6g}"
        score = {
            "value": mark,
            "answer": _preferred(one),
            "explanation": said,
            "metadata": {"outcome": one.outcome.value, "truncated": one.truncated},
        }
        samples.append(
            {
                "id": one.pair_id,
                "epoch": 1,
                "input": question,
                "choices": [pair.chosen, pair.rejected] if pair else None,
                "target": "A",
                **_exchange(question, said, result.subject, "stop"),
                "scores": {SCORER[ResultKind.REWARD_MODEL]: score},
                "metadata": {"problem_id": one.problem_id},
            }
        )
    return samples, dict(points)


def _preferred(one: ScoredPair) -> str:
    return {Outcome.WIN: "A", Outcome.LOSS: "B", Outcome.TIE: ""}[one.outcome]


def _exchange(question: str, text: str, model: str, stop: str) -> dict[str, JsonValue]:
    """Question and reply, as messages and as the output."""
    reply = {"role": "assistant", "content": text, "source": "generate", "model": model}
    return {
        "messages": [{"role": "user", "content": question, "source": "input"}, reply],
        "output": {
            "model": model,
            "choices": [{"message": reply, "stop_reason": stop}],
            "completion": text,
        },
    }
