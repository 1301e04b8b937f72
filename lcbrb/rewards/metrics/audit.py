"""What an accuracy hides: length, formatting, position, calibration.

For one reward model on one set of pairs:

- *Equal length*: the length-controlled accuracy. A logistic fit of the outcome (a tie is half a
  win) on the scaled length gap (`length_gap.scaled_gaps`) gives the share of pairs that the model
  would rank right were both sides equally long, as length-controlled AlpacaEval does for a judge's
  preference (arXiv 2404.04475). Its interval is the delta method's on the logit scale with errors
  clustered by problem. Where nearly all gaps have one sign it is an extrapolation, and marked so.
- *Prefers longer*: how often the longer side gets the higher score, whichever is the better one.
- Calibration of sigma(margin), for models that say that a difference of their scores is a logit.
- Position bias, for judges: see `lcbrb.rewards.metrics.position`.

Accuracy by sign and size of the length gap are slices of `lcbrb.rewards.metrics.accuracy`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from lcbrb.rewards.kinds.baselines import Format, Length
from lcbrb.rewards.metrics import accuracy, position
from lcbrb.rewards.metrics.length_gap import GAPS, gap_in_characters, scaled_gaps, typical_gap
from lcbrb.rewards.pair_scores import score_portion
from lcbrb.stats import (
    Calibration,
    calibration,
    cluster_mean,
    fit_logistic,
    probability_at,
    slope_estimate,
)
from lcbrb.types import Estimate, Metric, PreferencePair, ScoredPair
from lcbrb.types.short_repr import ShortRepr

PREFIX = "audit/"
EQUAL_LENGTH = Metric(f"{PREFIX}equal length")
PREFERS_LONGER = Metric(f"{PREFIX}prefers longer")
ECE = Metric(f"{PREFIX}calibration error")
OVERCONFIDENCE = Metric(f"{PREFIX}overconfidence")
BRIER = Metric(f"{PREFIX}brier")
_ONE_SIDED = 0.05  # below this share of gaps of one sign, equal length is beyond the data


@dataclass(frozen=True, slots=True, kw_only=True)
class LengthFit:
    """The fit of outcomes on the scaled length gap.

    `equal`, `longer` and `shorter` are the fitted accuracies where the chosen side is as long as
    the rejected one, and longer or shorter by `gap` characters, the set's typical gap. `slope` is
    in logits per unit of the scaled gap. `extrapolated`: fewer than 5% of the gaps have the other
    sign, so that equal length lies at the edge of the data or beyond.
    """

    equal: Estimate
    longer: Estimate
    shorter: Estimate
    slope: Estimate
    gap: float
    extrapolated: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit(ShortRepr):
    """One model on one set; what does not apply is None or empty.

    `by_sign` has the accuracy where the chosen side is the longer, the shorter, or an equally long
    one, `by_gap` by how much (`length_gap.GAPS`). `length` is None where all gaps are alike, where
    a gap above some size decides every outcome (as for the baseline *length*), and where all
    outcomes are the same: then no fit is finite.
    """

    SHOWN: ClassVar[tuple[str, ...]] = ("accuracy", "prefers_longer")

    accuracy: Estimate
    by_sign: dict[str, Estimate]
    by_gap: dict[str, Estimate]
    length: LengthFit | None
    prefers_longer: Estimate | None
    calibration: Calibration | None
    position: dict[Metric, Estimate]

    @property
    def estimates(self) -> dict[Metric, Estimate]:
        """What the run's record keeps: shares only, under names that begin with ``audit/``."""
        by_metric = {
            EQUAL_LENGTH: self.length.equal if self.length else None,
            PREFERS_LONGER: self.prefers_longer,
            ECE: self.calibration.ece if self.calibration else None,
            OVERCONFIDENCE: self.calibration.overconfidence if self.calibration else None,
            BRIER: self.calibration.brier if self.calibration else None,
        }
        return {key: estimate for key, estimate in by_metric.items() if estimate is not None}


SLICES = ("length", "gap")
SIGNS = ("chosen longer", "chosen shorter", "equal")


def audit(
    pairs: Sequence[PreferencePair],
    scored: Sequence[ScoredPair],
    measured: Mapping[Metric, Estimate],
    *,
    logits: bool = False,
) -> Audit:
    """Audit what a model made of some pairs.

    There is at least one pair. `measured` is their accuracy with its slices by length and gap
    (`accuracy.estimates`); `logits` says that a difference of scores may be taken for a logit.
    """
    points = accuracy.points(scored)
    clusters = [row.problem_id for row in scored]
    margins = [row.chosen_score - row.rejected_score for row in scored]
    return Audit(
        accuracy=measured[accuracy.ACCURACY],
        by_sign=_slices(measured, "length", SIGNS),
        by_gap=_slices(measured, "gap", GAPS),
        length=_length_fit(pairs, points, clusters),
        prefers_longer=_prefers_longer(pairs, points, clusters),
        calibration=calibration(margins, points, clusters) if logits else None,
        position=position.estimates(scored),
    )


def baselines(pairs: Sequence[PreferencePair]) -> dict[str, Audit]:
    """What length alone and formatting alone get on some pairs, by the baseline's id."""
    audits = {}
    for model in (Length(), Format()):
        scored = score_portion(model, pairs)
        audits[model.id] = audit(pairs, scored, accuracy.estimates(pairs, scored, SLICES))
    return audits


def alone(audits: Mapping[str, Audit]) -> dict[Metric, Estimate]:
    """The baselines' accuracies as a run's record keeps them, under ``audit/length alone``."""
    return {Metric(f"{PREFIX}{name} alone"): measures.accuracy for name, measures in audits.items()}


def _slices(
    measured: Mapping[Metric, Estimate], name: str, values: Sequence[str]
) -> dict[str, Estimate]:
    keys = {value: accuracy.in_slice(name, value) for value in values}
    return {value: measured[key] for value, key in keys.items() if key in measured}


def _length_fit(
    pairs: Sequence[PreferencePair], points: Sequence[float], clusters: Sequence[str]
) -> LengthFit | None:
    """None where there is no finite fit; see `Audit`."""
    gaps = scaled_gaps(pairs)
    if len(set(gaps)) == 1:
        return None
    fit = fit_logistic(gaps, points, clusters)
    if fit.separated:
        return None
    typical = math.tanh(1.0)
    fewest = min(sum(gap > 0 for gap in gaps), sum(gap < 0 for gap in gaps))
    return LengthFit(
        equal=probability_at(fit, 0.0),
        longer=probability_at(fit, typical),
        shorter=probability_at(fit, -typical),
        slope=slope_estimate(fit),
        gap=typical_gap(pairs),
        extrapolated=fewest < _ONE_SIDED * len(gaps),
    )


def _prefers_longer(
    pairs: Sequence[PreferencePair], points: Sequence[float], clusters: Sequence[str]
) -> Estimate | None:
    """None where all sides are equally long."""
    gaps = [gap_in_characters(pair) for pair in pairs]
    rows = zip(gaps, points, clusters, strict=True)
    unequal = [(point if gap > 0 else 1.0 - point, cluster) for gap, point, cluster in rows if gap]
    if not unequal:
        return None
    return cluster_mean([point for point, _ in unequal], [cluster for _, cluster in unequal])
