"""A sample of an inspect_ai log as a problem, a completion and a verdict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

from lcbrb.imports.fields import LayoutError, plain, whole
from lcbrb.types import (
    AnswerCheck,
    Completion,
    JsonValue,
    Problem,
    Status,
    StopReason,
    Verdict,
    VerdictOrigin,
)

#: the marks that inspect_ai's scorers give, and what they count
MARKS: Mapping[str, float] = {"C": 1.0, "I": 0.0, "N": 0.0, "P": 0.5}
_PARTIAL, _NO_ANSWER = "P", "N"
_STOPS = {
    "stop": StopReason.END,
    "max_tokens": StopReason.LENGTH,
    "model_length": StopReason.LENGTH,
}
_ATTACHED = "attachment://"
_DETAIL = 2000
#: what is read of a sample: its events, which are most of a log, are not
_READ = ("id", "epoch", "input", "target", "output", "scores", "error", "attachments")


def value_of(value: JsonValue) -> float | None:
    """What a score's value counts; None where it is no number, mark or truth value."""
    if isinstance(value, str):
        return MARKS.get(value)
    return float(value) if isinstance(value, int | float) and isfinite(value) else None


def is_binary(value: JsonValue) -> bool:
    """Whether a value says right or wrong, and nothing between."""
    return value != _PARTIAL and value_of(value) in {0.0, 1.0}


def is_unscored(value: JsonValue) -> bool:
    """Whether a scorer said that it could give no score, which is NaN."""
    return value is None or value == "nan"  # `lcbrb.imports.fields.plain` has made it a text


@dataclass(frozen=True, slots=True)
class LogScore:
    """What a scorer said: a value, the answer that it read, and why."""

    value: JsonValue
    answer: str | None
    explanation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSample:
    """A sample: one epoch of one problem.

    `error` is what ended it before it was scored.
    """

    id: str
    epoch: int
    input: str
    target: str
    text: str
    reasoning: str | None
    stop_reason: StopReason
    tokens: tuple[int | None, int | None]
    latency_s: float | None
    scores: Mapping[str, LogScore]
    error: str

    @classmethod
    def of(cls, fields: Any) -> LogSample:
        """A sample as the log has it.

        Raises:
            LayoutError: it is laid out otherwise.
        """
        if not isinstance(fields, dict):
            raise LayoutError("a sample is not an object")
        fields = plain({name: fields[name] for name in _READ if name in fields})
        attached = fields.get("attachments") or {}
        output = fields.get("output") or {}
        choices = output.get("choices") or []
        message = choices[0]["message"] if choices else {}
        usage = output.get("usage") or {}
        error, target = fields.get("error") or {}, fields.get("target", "")
        return cls(
            id=_label(fields["id"]),
            epoch=whole(fields.get("epoch", 1), "a sample's epoch"),
            input=_input(fields["input"], attached),
            target=target if isinstance(target, str) else "\n".join(map(str, target)),
            text=_content(message.get("content", ""), "text", attached),
            reasoning=_content(message.get("content", ""), "reasoning", attached) or None,
            stop_reason=_STOPS.get(choices[0].get("stop_reason"), StopReason.UNKNOWN)
            if choices
            else StopReason.UNKNOWN,
            tokens=(_count(usage.get("input_tokens")), _count(usage.get("output_tokens"))),
            latency_s=value_of(output.get("time")),
            scores=_scores(fields.get("scores") or {}, attached),
            error=str(error.get("message", ""))[:_DETAIL],
        )

    def problem(self) -> Problem:
        """What was asked, and the target."""
        return Problem(
            id=self.id, source="inspect", prompt=self.input, check=AnswerCheck(gold=self.target)
        )

    def completion(self, model: str, decides: str | None) -> Completion:
        """What the model wrote; its solution is the answer that the deciding scorer read."""
        score = self.scores.get(decides) if decides else None
        return Completion(
            problem_id=self.id,
            policy_id=model,
            sample_index=max(self.epoch - 1, 0),
            text=self.text,
            reasoning=self.reasoning,
            solution=score.answer if score else None,
            stop_reason=self.stop_reason,
            prompt_tokens=self.tokens[0],
            completion_tokens=self.tokens[1],
            latency_s=self.latency_s,
        )

    def verdict(self, decides: str | None) -> Verdict | None:
        """What the deciding score says; without one, a failure of the tool where others have it."""
        if decides is None:
            return None
        score = self.scores.get(decides)
        if score is None or is_unscored(score.value):
            why = self.error or (score.explanation if score else "") or "no score"
            status, detail = Status.HARNESS_ERROR, why
        else:
            status, detail = self._status(score), score.explanation
        return Verdict(status=status, detail=detail[:_DETAIL], origin=VerdictOrigin.RECORDED)

    def _status(self, score: LogScore) -> Status:
        if value_of(score.value) == 1.0:
            return Status.PASSED
        if self.stop_reason is StopReason.LENGTH:
            return Status.TRUNCATED
        return Status.NO_ANSWER if score.value == _NO_ANSWER else Status.WRONG_ANSWER


def _scores(given: Any, attached: Mapping[str, str]) -> dict[str, LogScore]:
    """The scores by name; a score of several values gives one for each, by its own name."""
    scores = {}
    for name, score in given.items():
        value, answer = score.get("value"), score.get("answer")
        parts = value if isinstance(value, dict) else {name: value}
        for part, scored_part in parts.items():
            scores[part] = LogScore(
                value=scored_part,
                answer=None if answer is None else _resolved(str(answer), attached),
                explanation=_resolved(str(score.get("explanation") or ""), attached),
            )
    return scores


def _label(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise LayoutError("a sample's id is neither text nor a number")
    return str(value)


def _count(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _resolved(text: str, attached: Mapping[str, str]) -> str:
    """A text, or the long one that it points to among the sample's attachments."""
    if not text.startswith(_ATTACHED):
        return text
    return str(attached.get(text.removeprefix(_ATTACHED), text))


def _input(value: Any, attached: Mapping[str, str]) -> str:
    """The question: a text, or messages one after the other."""
    if isinstance(value, str):
        return _resolved(value, attached)
    if not isinstance(value, Sequence):
        raise LayoutError("a sample's input is neither text nor messages")
    return "\n\n".join(_content(message.get("content", ""), "text", attached) for message in value)


def _content(value: Any, kind: str, attached: Mapping[str, str]) -> str:
    """What a message says, or reasons: a text, or parts each with its type."""
    if isinstance(value, str):
        return _resolved(value, attached) if kind == "text" else ""
    parts = [part.get(kind) for part in value if part.get("type") == kind]
    return "\n".join(_resolved(part, attached) for part in parts if isinstance(part, str))
