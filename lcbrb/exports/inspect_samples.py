"""Graded replies and scored pairs as samples of an inspect_ai log (see `inspect_log`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping

from lcbrb.runs.results import Result, ResultKind
from lcbrb.types import Completion, JsonValue, Outcome, SampleVerdict, Status, StopReason

SCORER = {ResultKind.POLICY: "passed", ResultKind.REWARD_MODEL: "ranked"}
_STOPS = {
    StopReason.END: "stop",
    StopReason.LENGTH: "max_tokens",
    StopReason.UNKNOWN: "unknown",
}
_OUTCOMES = {Outcome.WIN: ("C", 1.0), Outcome.TIE: ("P", 0.5), Outcome.LOSS: ("I", 0.0)}
_PREFERRED = {Outcome.WIN: "A", Outcome.LOSS: "B", Outcome.TIE: ""}
#: a benchmark's statements by problem
Statements = Callable[[str], Mapping[str, str]]
#: samples, and the values of those that have one, by problem
Samples = tuple[list[dict[str, JsonValue]], dict[str, list[float]]]


def policy_samples(result: Result, statements: Statements | None) -> Samples:
    """A sample for each completion, and each problem's passes."""
    texts = statements(result.record.benchmark) if statements else {}
    completions = {completion.key: completion for completion in result.completions()}
    samples, passes = [], defaultdict(list)
    for sample in result.samples:
        if sample.status is not Status.HARNESS_ERROR:
            passes[sample.problem_id].append(float(sample.status is Status.PASSED))
        question = texts.get(sample.problem_id) or f"(the statement of {sample.problem_id})"
        samples.append(_sample(sample, completions.get(sample.key), question, result.subject))
    return samples, dict(passes)


def _sample(
    row: SampleVerdict, completion: Completion | None, question: str, model: str
) -> dict[str, JsonValue]:
    text = completion.text if completion else ""
    stop = _STOPS[completion.stop_reason if completion else StopReason.UNKNOWN]
    sample: dict[str, JsonValue] = {
        "id": row.problem_id,
        "epoch": row.sample_index + 1,
        "input": question,
        "target": "",
        **_exchange(question, text, model, stop),
        "scores": {},
        "metadata": {
            "difficulty": row.difficulty,
            "released": row.released.isoformat() if row.released else None,
        },
    }
    if completion and completion.prompt_tokens is not None and completion.completion_tokens:
        both = completion.prompt_tokens, completion.completion_tokens
        usage = {"input_tokens": both[0], "output_tokens": both[1], "total_tokens": sum(both)}
        sample["output"]["usage"] = usage
    if row.status is Status.HARNESS_ERROR:
        error = {"message": row.verdict.detail or "no verdict", "traceback": ""}
        return sample | {"error": {**error, "traceback_ansi": ""}}
    mark = {Status.PASSED: "C", Status.NO_ANSWER: "N"}.get(row.status, "I")
    parts = {"base_status": row.verdict.base_status, "plus_status": row.verdict.plus_status}
    score = {
        "value": mark,
        "answer": (completion.solution if completion else None) or "",
        "explanation": row.verdict.detail,
        "metadata": {
            "status": row.status.value,
            "origin": row.verdict.origin.value,
            **{name: part.value for name, part in parts.items() if part is not None},
        },
    }
    return sample | {"scores": {SCORER[ResultKind.POLICY]: score}}


def pair_samples(result: Result) -> Samples:
    """A sample for each pair, and the points by problem."""
    texts = {pair.id: pair for pair in result.pairs}
    samples, points = [], defaultdict(list)
    for row in result.scored_pairs:
        pair = texts.get(row.pair_id)
        mark, value = _OUTCOMES[row.outcome]
        points[row.problem_id].append(value)
        question = pair.prompt if pair else f"(the prompt of {row.problem_id})"
        said = f"chosen {row.chosen_score:.6g}, rejected {row.rejected_score:.6g}"
        score = {
            "value": mark,
            "answer": _PREFERRED[row.outcome],
            "explanation": said,
            "metadata": {"outcome": row.outcome.value, "truncated": row.truncated},
        }
        samples.append(
            {
                "id": row.pair_id,
                "epoch": 1,
                "input": question,
                "choices": [pair.chosen, pair.rejected] if pair else None,
                "target": "A",
                **_exchange(question, said, result.subject, "stop"),
                "scores": {SCORER[ResultKind.REWARD_MODEL]: score},
                "metadata": {"problem_id": row.problem_id},
            }
        )
    return samples, dict(points)


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
