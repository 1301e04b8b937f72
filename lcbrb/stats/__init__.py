"""Estimates with intervals, paired comparisons, pass@k and planning.

A problem is the unit that was drawn at random; samples, pairs and tests of one problem resemble
one another. So everything here resamples, flips or counts *clusters* (problems), never single
observations: with several observations a problem, per-observation intervals can be three times
too narrow (Miller 2024, arXiv:2411.00640).

Three rules hold throughout:

* No interval is made up: where the data can't carry one, `low` and `high` are None and `method`
  says why. Data without any variation gets a bound from the number of clusters, never [x, x].
* The same data and seed give the same numbers, whatever order the observations come in.
* A bad argument raises `lcbrb.errors.UsageError`.
"""

from __future__ import annotations

from lcbrb.stats.best_of import (
    Samples,
    best_of_k,
    mean_best_of_k,
    mean_spearman,
    pooled_spearman,
    spearman,
)
from lcbrb.stats.calibration import Calibration, calibration
from lcbrb.stats.drop_planning import minimum_detectable_drop
from lcbrb.stats.drops import DropTest, drop_interval, drop_test
from lcbrb.stats.groups import letters, tied_ranks
from lcbrb.stats.intervals import cluster_mean, effective_sd, wilson
from lcbrb.stats.logistic import LogisticFit, fit_logistic, probability_at, slope_estimate
from lcbrb.stats.paired import (
    PairedResult,
    clusters_for_effect,
    comparisons,
    holm,
    mcnemar_exact,
    minimum_detectable_effect,
    paired_difference,
)
from lcbrb.stats.passk import mean_pass_at_k, pass_at_k
from lcbrb.stats.stratified import stratified_mean
from lcbrb.stats.votes import Ballot, maj_at_k, mean_avg_at_k, mean_maj_at_k

__all__ = [
    "Ballot",
    "Calibration",
    "DropTest",
    "LogisticFit",
    "PairedResult",
    "Samples",
    "best_of_k",
    "calibration",
    "cluster_mean",
    "clusters_for_effect",
    "comparisons",
    "drop_interval",
    "drop_test",
    "effective_sd",
    "fit_logistic",
    "holm",
    "letters",
    "maj_at_k",
    "mcnemar_exact",
    "mean_avg_at_k",
    "mean_best_of_k",
    "mean_maj_at_k",
    "mean_pass_at_k",
    "mean_spearman",
    "minimum_detectable_drop",
    "minimum_detectable_effect",
    "paired_difference",
    "pass_at_k",
    "pooled_spearman",
    "probability_at",
    "slope_estimate",
    "spearman",
    "stratified_mean",
    "tied_ranks",
    "wilson",
]
