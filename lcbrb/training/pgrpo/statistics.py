"""What a batch of groups tells of a policy's training: gate, spread, who is paid for what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcbrb.training.pgrpo.rollouts import signals_of
from lcbrb.training.pgrpo_reward import Arm, Array, Formula, rewards, spread

Bits = NDArray[np.bool_]


def statistics(
    groups: Mapping[str, Array], formula: Formula, advantages_P_G: Array, rewards_P_G: Array
) -> dict[str, float]:
    """Figures of one generated batch, by name, without those that there is nothing to compute from.

    Args:
        groups: `rollouts.NUMBERS` of P groups of G replies.
        formula: the arm that trains; its weight and least spread are those of the ungated reward.
        advantages_P_G: what the arm made of it; NaN where a reply has none.
        rewards_P_G: the same, before a group was looked at.

    Returns:
        ``gate_rate``: share of completions that pass. ``all_correct``, ``all_wrong``, ``mixed``:
        shares of groups. ``reward``: mean, as the arm has it. ``ungated_minus_gated``: what the
        gate withholds, mean. ``spread_all_correct``: mean standard deviation of the rewards inside
        all-correct groups. ``thinking``: mean thinking score of completions with a reasoning;
        ``thinking_right``, ``thinking_wrong``: of those that pass, of those that fail.
        ``well_formed``, ``truncated``: shares.
        ``reasoning_length``: mean, in characters. ``without_gradient``: share of groups whose
        advantages are all zero. ``unscored``: how many completions have no advantage.
    """
    signals = signals_of(groups)
    known_P_G, passed_P_G = np.isfinite(signals.outcome_P_G), signals.passed
    failed_P_G = known_P_G & ~passed_P_G
    any_known_P: Bits = np.any(known_P_G, axis=-1)
    all_correct_P: Bits = any_known_P & ~np.any(failed_P_G, axis=-1)
    all_wrong_P: Bits = any_known_P & ~np.any(passed_P_G, axis=-1)
    thinks_P_G = np.equal(signals.well_formed_P_G, 1.0)
    paid_P_G = rewards(signals, _as(Arm.PGRPO, formula))
    ungated_P_G = rewards(signals, _as(Arm.UNGATED, formula))
    values: dict[str, NDArray[Any]] = {
        "gate_rate": signals.outcome_P_G[known_P_G],
        "all_correct": all_correct_P[any_known_P],
        "all_wrong": all_wrong_P[any_known_P],
        "mixed": (~all_correct_P & ~all_wrong_P)[any_known_P],
        "reward": rewards_P_G,
        "ungated_minus_gated": ungated_P_G - paid_P_G,
        "spread_all_correct": spread(rewards_P_G)[all_correct_P],
        "thinking": signals.thinking_P_G[thinks_P_G],
        "thinking_right": signals.thinking_P_G[passed_P_G & thinks_P_G],
        "thinking_wrong": signals.thinking_P_G[failed_P_G & thinks_P_G],
        "well_formed": signals.well_formed_P_G,
        "truncated": groups["truncated"],
        "reasoning_length": groups["reasoning_length"],
        "without_gradient": np.equal(np.abs(np.nan_to_num(advantages_P_G)).sum(axis=-1), 0.0),
    }
    means = {name: _mean(of) for name, of in values.items()}
    figures = {name: mean for name, mean in means.items() if mean is not None}
    return figures | {"unscored": float(np.isnan(advantages_P_G).sum())}


def _as(arm: Arm, formula: Formula) -> Formula:
    return Formula(arm=arm, weight=formula.weight, min_spread=formula.min_spread)


def _mean(values: NDArray[Any]) -> float | None:
    numbers = np.asarray(values, float)
    numbers = numbers[np.isfinite(numbers)]
    return float(numbers.mean()) if numbers.size else None
