"""Replies with what was made of them: as rows of ``rollouts.jsonl``, and as arrays of groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lcbrb.errors import UsageError
from lcbrb.training.pgrpo.assessing import Assessment, Reply
from lcbrb.training.pgrpo_reward import Array, Signals
from lcbrb.types import Rollout

Judged = tuple[str, Reply, Assessment]  # the problem's id, the reply to it, what it is worth

#: what is told of a reply to the other processes of a training, in this order
NUMBERS = ("well_formed", "outcome", "pass_rate", "thinking", "truncated", "reasoning_length")


def numbers(reply: Reply, assessment: Assessment) -> list[float]:
    """A reply's `NUMBERS`; NaN where one is not known."""
    parts = assessment.parts
    length = len(parts.think) if parts.think is not None else None
    values = (
        parts.well_formed,
        assessment.outcome,
        assessment.pass_rate,
        assessment.thinking,
        reply.truncated,
        length,
    )
    return [float("nan") if value is None else float(value) for value in values]


def numbers_of(replies: Sequence[Judged]) -> Array:
    """`NUMBERS` of N replies, shape (N, F)."""
    return np.array([numbers(reply, assessment) for _, reply, assessment in replies])


def in_groups(rows_N_F: Array, group_size: int) -> dict[str, Array]:
    """`NUMBERS` of N replies, group after group, each as an array of shape (P, G)."""
    grouped = rows_N_F.reshape(-1, group_size, len(NUMBERS))
    return {name: grouped[:, :, place] for place, name in enumerate(NUMBERS)}


def signals_of(groups: Mapping[str, Array]) -> Signals:
    """What the rewards read of them."""
    return Signals(
        well_formed_P_G=groups["well_formed"],
        outcome_P_G=groups["outcome"],
        pass_rate_P_G=groups["pass_rate"],
        thinking_P_G=groups["thinking"],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedBatch:
    """P groups of G replies that were sampled at once.

    `step` is the optimizer step before them, `problems` names the problem of each group, and
    `advantage_P_G` is what trained; NaN where a reply had none.
    """

    step: int
    problems: Sequence[str]
    signals: Signals
    advantage_P_G: Array


def recorded_batches(rollouts: Sequence[Rollout]) -> list[RecordedBatch]:
    """The batches that rows were recorded of, in order, without replies to problems held out.

    Raises:
        ValueError: the groups of a step are not of one size, or mix problems.
    """
    steps: dict[int, dict[int, list[Rollout]]] = {}
    for row in rollouts:
        if not row.held_out:
            steps.setdefault(row.step, {}).setdefault(row.group, []).append(row)
    return [_batch(step, groups) for step, groups in steps.items()]


def _batch(step: int, groups: Mapping[int, Sequence[Rollout]]) -> RecordedBatch:
    sizes = {len(group) for group in groups.values()}
    if len(sizes) != 1:
        raise ValueError(f"the groups of step {step} have {sorted(sizes)} replies")
    if any(len({row.problem_id for row in group}) > 1 for group in groups.values()):
        raise ValueError(f"a group of step {step} has replies to several problems")
    ordered = [
        sorted(groups[number], key=lambda row: row.sample_index) for number in sorted(groups)
    ]
    return RecordedBatch(
        step=step,
        problems=[group[0].problem_id for group in ordered],
        signals=Signals(
            well_formed_P_G=_array(ordered, "well_formed"),
            outcome_P_G=_array(ordered, "outcome"),
            pass_rate_P_G=_array(ordered, "pass_rate"),
            thinking_P_G=_array(ordered, "thinking"),
        ),
        advantage_P_G=_array(ordered, "advantage"),
    )


def _array(groups: Sequence[Sequence[Rollout]], name: str) -> Array:
    values = [[getattr(row, name) for row in group] for group in groups]
    return np.array([[np.nan if v is None else float(v) for v in group] for group in values])


def check_ended(replies: Sequence[Judged], step: int, max_tokens: int) -> None:
    """Hold that the first batch has a reply that came to its end.

    Raises:
        UsageError: all were cut: nothing could be learned from them.
    """
    if step == 0 and replies and all(reply.truncated for _, reply, _ in replies):
        raise UsageError(
            f"all {len(replies)} replies of the first batch were cut at max_tokens {max_tokens}: "
            "raise max_tokens, or first teach the policy the format (lcbrb train sft)"
        )


def rollout(step: int, judged: Judged, group: int, sample_index: int, **more: Any) -> Rollout:
    """A row; `more` are the fields that a group decides."""
    problem_id, reply, assessment = judged
    return Rollout(
        step=step,
        problem_id=problem_id,
        group=group,
        sample_index=sample_index,
        text=reply.text,
        tokens=reply.tokens,
        truncated=reply.truncated,
        well_formed=assessment.parts.well_formed,
        status=assessment.verdict.status,
        outcome=assessment.outcome,
        pass_rate=assessment.pass_rate,
        thinking=assessment.thinking,
        **more,
    )
