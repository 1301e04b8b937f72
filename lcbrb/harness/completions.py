"""A reply as a completion: its reasoning and its solution taken apart."""

from __future__ import annotations

from lcbrb.grading.check_kinds import solution_in
from lcbrb.replies.fences import fences
from lcbrb.replies.marks import without_marks
from lcbrb.replies.reasoning import reasoning_of
from lcbrb.types import Completion, Generation, Problem, Prompt, PromptForm


def completed(
    problem: Problem, prompt: Prompt, policy_id: str, sample_index: int, generation: Generation
) -> Completion:
    """A generation as a completion: reasoning and program taken apart.

    Where the prompt's raw form ends in an open code fence, so is the reply read.
    """
    text = generation.text
    if generation.form is PromptForm.RAW:
        text = _opened_fence(prompt.raw or "") + text
    solution = solution_in(text, problem)
    reasoning = generation.reasoning
    if reasoning is not None:
        reasoning = without_marks(reasoning)
    elif not (solution is not None and text.strip() in solution):
        reasoning = reasoning_of(text)
    return Completion(
        problem_id=problem.id,
        policy_id=policy_id,
        sample_index=sample_index,
        text=generation.text,
        reasoning=reasoning,
        solution=solution,
        stop_reason=generation.stop_reason,
        prompt_tokens=generation.prompt_tokens,
        completion_tokens=generation.completion_tokens,
        latency_s=generation.latency_s,
        seed=generation.seed,
    )


def _opened_fence(raw: str) -> str:
    """The fence that a text leaves open, from its first character; nothing where it leaves none."""
    blocks = fences(raw)
    return raw[blocks[-1].start :] if blocks and not blocks[-1].closed else ""
