"""What inspect_ai is told of problems and verdicts, as plain data: it needs no inspect_ai."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lcbrb import codec
from lcbrb.integrations.reply_grader import GradedReply
from lcbrb.types import Problem, Prompt, Status

CORRECT, INCORRECT, NO_ANSWER = "C", "I", "N"  # inspect_ai's own; the last counts as wrong, too


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleFields:
    """Fields of inspect's `Sample`; `messages` are role and text. Nothing of the tests is in it."""

    id: str
    messages: tuple[tuple[str, str], ...]
    metadata: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreFields:
    """Fields of inspect's `Score`."""

    value: str
    answer: str
    explanation: str
    metadata: Mapping[str, Any]


def sample_fields(problem: Problem, prompt: Prompt) -> SampleFields:
    """A problem as a policy is asked it."""
    return SampleFields(
        id=problem.id,
        messages=tuple((message.role, message.content) for message in prompt.messages),
        metadata={
            "source": problem.source,
            "difficulty": problem.difficulty,
            "released": problem.released.isoformat() if problem.released else None,
            "template": prompt.template,
        },
    )


def score_fields(graded: GradedReply) -> ScoreFields:
    """A verdict as a score; its fields, as in a run's ``samples.jsonl``, are the metadata.

    Raises:
        IncompleteRunError: we failed to grade the reply, which is no score of it.
    """
    verdict = graded.verdict
    return ScoreFields(
        value=CORRECT
        if graded.passed
        else NO_ANSWER
        if verdict.status is Status.NO_ANSWER
        else INCORRECT,
        answer=graded.completion.solution or "",
        explanation=f"{verdict.status}: {verdict.detail}" if verdict.detail else verdict.status,
        metadata=codec.to_dict(verdict),
    )
