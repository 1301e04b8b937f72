"""What inspect_ai is told of problems and verdicts, as plain data: it needs no inspect_ai."""

from __future__ import annotations

from typing import Any

from lcbrb import codec
from lcbrb.integrations.reply_grader import GradedReply
from lcbrb.types import Problem, Prompt, Status

CORRECT, INCORRECT, NO_ANSWER = "C", "I", "N"  # inspect_ai's own; the last counts as wrong, too


def sample_metadata(problem: Problem, prompt: Prompt) -> dict[str, Any]:
    """What a sample says of its problem beside id and messages; nothing of the tests is in it."""
    return {
        "source": problem.source,
        "difficulty": problem.difficulty,
        "released": problem.released.isoformat() if problem.released else None,
        "template": prompt.template,
    }


def score_fields(graded: GradedReply) -> dict[str, Any]:
    """A verdict as fields of a `Score`; its own, as in a run's ``samples.jsonl``, are the metadata.

    Raises:
        IncompleteRunError: we failed to grade the reply, which is no score of it.
    """
    verdict = graded.verdict
    wrong = NO_ANSWER if verdict.status is Status.NO_ANSWER else INCORRECT
    return {
        "value": CORRECT if graded.passed else wrong,
        "answer": graded.completion.solution or "",
        "explanation": f"{verdict.status}: {verdict.detail}" if verdict.detail else verdict.status,
        "metadata": codec.to_dict(verdict),
    }
