"""Every arm's advantages on the groups that one training recorded: formulas compared for free.

What is compared is what the arms would have made of these replies, not where they would have led:
another arm trains another policy, which writes other replies.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lcbrb.stats import cluster_mean
from lcbrb.training.pgrpo.rollouts import RecordedBatch
from lcbrb.training.pgrpo_reward import Arm, Array, Formula, Signals, advantages
from lcbrb.types import Estimate, Record

_ALIKE = 1e-6  # advantages are kept as float64; TRL trains on float32
NO_SCORES = "no thinking scores were recorded"
NO_RATES = "the share of tests passed is recorded only when training with the arm soft"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmAdvantages(Record):
    """One arm on the recorded groups. Intervals are clustered by problem.

    Attributes:
        arm: which.
        with_gradient: the share of groups in which any advantage is not zero; `n` counts groups
            that have an advantage at all.
        mean_absolute: of the advantages; `n` counts replies.
        in_all_correct: which part of the absolute advantages falls on groups whose replies are all
            right; None where there are no advantages but zeros.
        sign_changes: the share of replies that this arm pushes up and the one that trained pushes
            down, or the other way round; `n` counts replies that both know.
        correlation: with the advantages that trained, over the same replies; None where one of the
            two is the same everywhere.
    """

    arm: Arm
    with_gradient: Estimate
    mean_absolute: Estimate
    in_all_correct: float | None
    sign_changes: Estimate
    correlation: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdvantageComparison(Record):
    """The arms on the groups of one training.

    `groups`, `all_correct` and `replies` count what was recorded; `unknown` are replies that we
    failed to judge, which are in no figure. `left_out` says why an arm is not among `arms`.
    """

    run: str
    trained_by: Arm
    weight: float
    groups: int
    all_correct: int
    replies: int
    unknown: int
    arms: tuple[ArmAdvantages, ...]
    left_out: dict[str, str]
    notes: tuple[str, ...] = ()


def compare_arms(
    run: str, batches: Sequence[RecordedBatch], trained: Formula, formula: Formula, seed: int
) -> AdvantageComparison:
    """Recompute and compare.

    Every arm is tried with the settings of `formula`, whose own arm is not read; `placebo` draws
    again, with the seed, what it drew.
    """
    left_out = _left_out(batches, trained, formula)
    reference = _all(batches, trained, seed)
    known = [np.isfinite(batch.signals.outcome_P_G) for batch in batches]
    return AdvantageComparison(
        run=run,
        trained_by=trained.arm,
        weight=formula.weight,
        groups=sum(len(batch.problems) for batch in batches),
        all_correct=sum(int(_all_correct(batch.signals).sum()) for batch in batches),
        replies=sum(of.size for of in known),
        unknown=sum(int((~of).sum()) for of in known),
        arms=tuple(
            _compared(batches, dataclasses.replace(formula, arm=arm), reference, seed)
            for arm in Arm
            if arm not in left_out
        ),
        left_out={str(arm): why for arm, why in left_out.items()},
        notes=tuple(_notes(batches, reference)),
    )


def _left_out(
    batches: Sequence[RecordedBatch], trained: Formula, formula: Formula
) -> dict[Arm, str]:
    """The arms that the record has not enough for, and what it lacks."""
    lacking = {} if trained.arm is Arm.SOFT else {Arm.SOFT: NO_RATES}
    if all(np.isnan(batch.signals.thinking_P_G).all() for batch in batches):
        read = [arm for arm in Arm if dataclasses.replace(formula, arm=arm).reads_thinking]
        lacking |= dict.fromkeys(read, NO_SCORES)
    return lacking


def _all(batches: Sequence[RecordedBatch], formula: Formula, seed: int) -> list[Array]:
    """The advantages of each batch, drawn as the trainer draws."""
    return [
        advantages(batch.signals, formula, np.random.default_rng([seed, batch.step]))
        for batch in batches
    ]


def _compared(
    batches: Sequence[RecordedBatch], formula: Formula, reference: Sequence[Array], seed: int
) -> ArmAdvantages:
    own = _all(batches, formula, seed)
    size = own[0].shape[1]
    problem_P = np.concatenate([np.array(batch.problems) for batch in batches])
    correct_P = np.concatenate([_all_correct(batch.signals) for batch in batches])
    own_P_G, other_P_G = np.concatenate(own), np.concatenate(reference)
    known_P_G = np.isfinite(own_P_G)
    any_known_P = known_P_G.any(axis=1)
    absolute_P_G = np.abs(np.nan_to_num(own_P_G))
    total = float(absolute_P_G.sum())
    both_P_G = known_P_G & np.isfinite(other_P_G)
    problem_P_G = np.repeat(problem_P[:, None], size, axis=1)
    moves_P = np.any(absolute_P_G > 0, axis=1)
    changed = own_P_G[both_P_G] * other_P_G[both_P_G] < 0
    return ArmAdvantages(
        arm=formula.arm,
        with_gradient=_mean(moves_P[any_known_P], problem_P[any_known_P]),
        mean_absolute=_mean(absolute_P_G[known_P_G], problem_P_G[known_P_G]),
        in_all_correct=float(absolute_P_G[correct_P].sum()) / total if total else None,
        sign_changes=_mean(changed, problem_P_G[both_P_G]),
        correlation=_correlation(own_P_G[both_P_G], other_P_G[both_P_G]),
    )


def _mean(values: NDArray[np.bool_] | Array, problems: NDArray[np.str_]) -> Estimate:
    return cluster_mean(values.astype(float), problems.tolist())


def _correlation(first: Array, other: Array) -> float | None:
    if first.size < 2 or np.ptp(first) == 0 or np.ptp(other) == 0:  # noqa: PLR2004 - a line's ends
        return None
    return float(np.corrcoef(first, other)[0, 1])


def _all_correct(signals: Signals) -> NDArray[np.bool_]:
    """Which groups have right replies alone, those that we failed to judge aside; shape (P,)."""
    known_P_G = np.isfinite(signals.outcome_P_G)
    right_P_G = signals.passed | ~known_P_G
    return np.array(np.any(known_P_G, axis=1) & np.all(right_P_G, axis=1))


def _notes(batches: Sequence[RecordedBatch], reference: Sequence[Array]) -> list[str]:
    """Whether what trained can be computed again."""
    pairs = zip(reference, (batch.advantage_P_G for batch in batches), strict=True)
    apart = [
        float(np.max(np.abs(np.nan_to_num(own - kept)), initial=0.0))
        if np.array_equal(np.isnan(own), np.isnan(kept))
        else np.inf
        for own, kept in pairs
    ]
    if max(apart) <= _ALIKE:
        return []
    number = sum(of > _ALIKE for of in apart)
    sentence = (
        f"{number} of {len(apart)} batches were trained with advantages that differ from the "
        "recorded formula: another version computed them, or the files were changed"
    )
    return [sentence]
