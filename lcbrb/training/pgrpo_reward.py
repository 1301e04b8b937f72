"""Rewards and advantages of Posterior-GRPO and of the arms it is compared with, as pure functions.

Of completion i in a group of G completions of one prompt (arXiv 2508.05170)::

    R_i = R_format,i + R_outcome,i + w * 1[R_outcome,i = 1] * R_thinking,i
    A_i = (R_i - mean_G) / (std_G + 1e-4)

The reasoning is paid for only where all tests pass: a failed completion has R in [0, 1], a passed
one R in [1, 2 + w], and no reasoning, however fine, lifts the one above the other.

Shapes: P prompts, G completions of each; arrays are float64 of shape (P, G). NaN marks what is not
known (a failure of ours): such a completion has no reward and no advantage, and is in no mean. The
standard deviation is the unbiased one. `lcbrb train pgrpo` and `lcbrb train advantages` both call
`advantages`, so what is compared is what trains.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lcbrb.errors import UnknownNameError, UsageError

Array = NDArray[np.float64]

EPSILON = 1e-4  # as TRL has it
_ROUNDING = 1e-12
_TRM_BASE, _TRM_SHARE = 0.8, 0.2


class Arm(StrEnum):
    """A formula. `pgrpo` is the paper's; `outcome` is plain GRPO."""

    PGRPO = "pgrpo"
    OUTCOME = "outcome"
    UNGATED = "ungated"
    SOFT = "soft"
    PLACEBO = "placebo"
    TRM = "trm"
    PAPO = "papo"
    GDPO = "gdpo"


class Scale(StrEnum):
    """What a reward's distance from its group's mean is divided by."""

    GROUP = "group"  # the group's standard deviation
    NONE = "none"  # nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """An arm with its settings.

    Attributes:
        arm: which formula.
        weight: of the thinking reward (w), 0 or more.
        scale: as `Scale` says; not of `gdpo`, which always divides.
        min_spread: a group whose completions are all right, and whose thinking scores have a
            smaller standard deviation than this, has no thinking term: dividing by it would blow
            the noise of a reward model up to unit advantages. 0: as the paper.
    """

    arm: Arm = Arm.PGRPO
    weight: float = 1.0
    scale: Scale = Scale.GROUP
    min_spread: float = 0.0

    @property
    def reads_thinking(self) -> bool:
        """Whether the thinking scores change anything."""
        return self.arm is not Arm.OUTCOME and self.weight > 0

    @classmethod
    def of(cls, arm: str, **settings: Any) -> Formula:
        """The formula of an arm by its name.

        Raises:
            UnknownNameError: there is no such arm.
        """
        if arm not in list(Arm):
            raise UnknownNameError("arm", arm, list(Arm))
        return cls(arm=Arm(arm), **settings)

    def check_reward_model(self, *, given: bool) -> None:
        """Hold that there is a reward model where one is needed.

        Raises:
            UsageError: there is none.
        """
        if not given and self.reads_thinking:
            raise UsageError(
                f"the arm {self.arm} rewards reasoning: name a reward model, or use the arm "
                f"{Arm.OUTCOME}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Signals:
    """What was judged of P groups of G completions; each of shape (P, G).

    Attributes:
        well_formed_P_G: 1 where the reply is exactly think, then answer; else 0.
        outcome_P_G: 1 where all tests pass, 0 where not; NaN where that is not known.
        pass_rate_P_G: the share of tests passed; read by `soft` alone.
        thinking_P_G: the score of the reasoning, in [0, 1]; 0 where there is none. NaN where it is
            not known, which costs a completion its reward where the arm would have paid for it.
    """

    well_formed_P_G: Array
    outcome_P_G: Array
    pass_rate_P_G: Array
    thinking_P_G: Array

    @property
    def passed(self) -> NDArray[np.bool_]:
        """Whether the gate is open, shape (P, G)."""
        return np.equal(self.outcome_P_G, 1.0)


def rewards(signals: Signals, formula: Formula, draw: np.random.Generator | None = None) -> Array:
    """The reward of each completion, shape (P, G); NaN where it is not known.

    Args:
        signals: what was judged.
        formula: the arm; of `papo` and `gdpo`, whose formula is one of advantages, the rewards are
            those of `pgrpo`.
        draw: for `placebo`, which permutes.

    Raises:
        ValueError: `placebo` without `draw`.
    """
    thinking_P_G = _thinking_term(signals, formula, draw)
    return _REWARDS[formula.arm](signals, thinking_P_G)


def advantages(
    signals: Signals, formula: Formula, draw: np.random.Generator | None = None
) -> Array:
    """The advantage of each completion, shape (P, G); NaN where it is not known.

    Those of a group sum to zero. A group without spread has zeros.

    Args:
        signals: what was judged.
        formula: the arm.
        draw: for `placebo`, which permutes.

    Raises:
        ValueError: `placebo` without `draw`.
    """
    if formula.arm is Arm.PAPO:
        return _papo(_known(signals, formula), formula)
    if formula.arm is Arm.GDPO:
        return _gdpo(_known(signals, formula), formula)
    return normalised(rewards(signals, formula, draw), formula.scale)


def normalised(values_P_G: Array, scale: Scale = Scale.GROUP) -> Array:
    """Distances from each row's mean, over its spread where `scale` says so; NaN stays NaN."""
    centred_P_G = values_P_G - _mean(values_P_G)
    centred_P_G[np.abs(centred_P_G) < _ROUNDING] = 0.0  # equal rewards are no gradient
    return centred_P_G if scale is Scale.NONE else centred_P_G / (spread(values_P_G) + EPSILON)


def spread(values_P_G: Array) -> Array:
    """The unbiased standard deviation of each row, shape (P, 1); 0 of fewer than two values."""
    count_P_1 = np.isfinite(values_P_G).sum(axis=-1, keepdims=True)
    squares_P_1 = np.nansum((values_P_G - _mean(values_P_G)) ** 2, axis=-1, keepdims=True)
    deviation: Array = np.sqrt(squares_P_1 / np.maximum(count_P_1 - 1, 1))
    return deviation


def _mean(values_P_G: Array) -> Array:
    """Of each row, shape (P, 1); 0 of a row without values."""
    count_P_1 = np.isfinite(values_P_G).sum(axis=-1, keepdims=True)
    mean: Array = np.nansum(values_P_G, axis=-1, keepdims=True) / np.maximum(count_P_1, 1)
    return mean


def _thinking_term(
    signals: Signals, formula: Formula, draw: np.random.Generator | None = None
) -> Array:
    """What the reasoning adds to a completion that is paid for it, shape (P, G)."""
    if not formula.reads_thinking:
        return np.zeros_like(signals.thinking_P_G)
    thinking_P_G = signals.thinking_P_G
    if formula.arm is Arm.PLACEBO:
        if draw is None:
            raise ValueError("placebo permutes scores: it needs a generator to draw with")
        thinking_P_G = _permuted(signals, draw)
    return formula.weight * np.where(_flat(signals, formula), 0.0, thinking_P_G)


def _known(signals: Signals, formula: Formula) -> Signals:
    """The same, with nothing known of a completion where something that its arm reads is not."""
    unknown_P_G = np.isnan(signals.outcome_P_G)
    if formula.reads_thinking:
        unknown_P_G |= signals.passed & np.isnan(signals.thinking_P_G)
    return Signals(
        **{
            field.name: np.where(unknown_P_G, np.nan, getattr(signals, field.name))
            for field in dataclasses.fields(signals)
        }
    )


def _flat(signals: Signals, formula: Formula) -> NDArray[np.bool_]:
    """Which groups have no thinking term (see `Formula.min_spread`), shape (P, 1)."""
    failed_P_1 = np.equal(signals.outcome_P_G, 0.0).any(axis=-1, keepdims=True)
    right_P_G = np.where(signals.passed, signals.thinking_P_G, np.nan)
    flat_P_1: NDArray[np.bool_] = ~failed_P_1 & (spread(right_P_G) < formula.min_spread)
    return flat_P_1


def _permuted(signals: Signals, draw: np.random.Generator) -> Array:
    """Thinking scores permuted among the right completions that have a reasoning, in each group.

    The others have none to give away: so a group keeps the rewards it would have had, on others.
    """
    thinking_P_G = signals.thinking_P_G.copy()
    eligible_P_G = signals.passed & np.equal(signals.well_formed_P_G, 1.0)
    for row_G, eligible_G in zip(thinking_P_G, eligible_P_G, strict=True):
        row_G[eligible_G] = draw.permutation(row_G[eligible_G])
    return thinking_P_G


def _gated(signals: Signals, thinking_P_G: Array) -> Array:
    """The posterior: thinking counts only where all tests pass; NaN where that is not known."""
    closed_P_G = np.where(np.isnan(signals.outcome_P_G), np.nan, 0.0)
    return np.where(signals.passed, thinking_P_G, closed_P_G)


def _pgrpo(signals: Signals, thinking_P_G: Array) -> Array:
    return signals.well_formed_P_G + signals.outcome_P_G + _gated(signals, thinking_P_G)


def _ungated(signals: Signals, thinking_P_G: Array) -> Array:
    return signals.well_formed_P_G + signals.outcome_P_G + thinking_P_G


def _soft(signals: Signals, thinking_P_G: Array) -> Array:
    return signals.well_formed_P_G + signals.pass_rate_P_G + _gated(signals, thinking_P_G)


def _trm(signals: Signals, thinking_P_G: Array) -> Array:
    """2602.08498; a failed completion has 0, whatever its thinking score."""
    paid_P_G = _TRM_BASE + _TRM_SHARE * _gated(signals, thinking_P_G)
    return signals.outcome_P_G * paid_P_G


_REWARDS: Mapping[Arm, Callable[[Signals, Array], Array]] = MappingProxyType(
    {
        **dict.fromkeys((Arm.PGRPO, Arm.OUTCOME, Arm.PLACEBO, Arm.PAPO, Arm.GDPO), _pgrpo),
        Arm.UNGATED: _ungated,
        Arm.SOFT: _soft,
        Arm.TRM: _trm,
    }
)


def _unweighted(formula: Formula) -> Formula:
    """For a thinking reward that is weighted after it is normalised: before, it would cancel."""
    return dataclasses.replace(formula, weight=float(formula.reads_thinking))


def _papo(signals: Signals, formula: Formula) -> Array:
    """2603.26535: the outcome among all, and the thinking score among the right ones only."""
    outcome_P_G = normalised(signals.outcome_P_G, formula.scale)
    thinking_P_G = _thinking_term(signals, _unweighted(formula))
    right_P_G = np.where(signals.passed, thinking_P_G, np.nan)
    among_right_P_G = normalised(right_P_G, formula.scale)
    return outcome_P_G + _gated(signals, formula.weight * among_right_P_G)


def _gdpo(signals: Signals, formula: Formula) -> Array:
    """Each reward normalised by itself in its group, summed, and normalised over the whole batch.

    As TRL's ``normalize_then_sum``, with its weights.
    """
    thinking_P_G = _gated(signals, _thinking_term(signals, _unweighted(formula)))
    summed_P_G = (
        normalised(signals.well_formed_P_G)
        + normalised(signals.outcome_P_G)
        + formula.weight * normalised(thinking_P_G)
    )
    return normalised(summed_P_G.reshape(1, -1)).reshape(summed_P_G.shape)
