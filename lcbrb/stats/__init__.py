"""Estimates with intervals, paired comparisons, pass@k and the smallest drop to be told.

A problem is the unit that was drawn at random; samples, pairs and tests of one problem resemble
one another. So everything here resamples, flips or counts *clusters* (problems), never single
observations: with several observations a problem, per-observation intervals can be three times
too narrow (Miller 2024, arXiv:2411.00640).

SciPy gives what it has of this (quantiles, exact binomial and beta tails); its own bootstrap and
permutation tests know no clusters. It is imported where it is needed, as that takes half a second.

Three rules hold throughout:

* No interval is made up: where the data can't carry one, `low` and `high` are None and `method`
  says why. Data without any variation gets a bound from the number of clusters, never [x, x].
* The same data and seed give the same numbers, whatever order the observations come in.
* A bad argument raises `lcbrb.errors.UsageError`.
"""

from __future__ import annotations

from lcbrb.stats.balanced_f1 import balanced_f1 as balanced_f1
from lcbrb.stats.best_of import (
    Samples as Samples,
    best_of_k as best_of_k,
    mean_best_of_k as mean_best_of_k,
    mean_spearman as mean_spearman,
    pooled_spearman as pooled_spearman,
    spearman as spearman,
)
from lcbrb.stats.calibration import Calibration as Calibration, calibration as calibration
from lcbrb.stats.detectable_difference import (
    design_effect as design_effect,
    minimum_detectable_difference as minimum_detectable_difference,
)
from lcbrb.stats.drop_planning import minimum_detectable_drop as minimum_detectable_drop
from lcbrb.stats.drops import (
    DropTest as DropTest,
    drop_interval as drop_interval,
    drop_test as drop_test,
)
from lcbrb.stats.error_bounds import error_rate_bound as error_rate_bound
from lcbrb.stats.groups import letters as letters, tied_ranks as tied_ranks
from lcbrb.stats.intervals import cluster_mean as cluster_mean, wilson as wilson
from lcbrb.stats.logistic import (
    LogisticFit as LogisticFit,
    fit_logistic as fit_logistic,
    probability_at as probability_at,
    slope_estimate as slope_estimate,
)
from lcbrb.stats.maj_at_k import (
    Ballot as Ballot,
    maj_at_k as maj_at_k,
    mean_avg_at_k as mean_avg_at_k,
    mean_maj_at_k as mean_maj_at_k,
)
from lcbrb.stats.paired import (
    PairedResult as PairedResult,
    comparisons as comparisons,
    holm as holm,
    mcnemar_exact as mcnemar_exact,
    paired_difference as paired_difference,
)
from lcbrb.stats.pass_at_k import mean_pass_at_k as mean_pass_at_k, pass_at_k as pass_at_k
from lcbrb.stats.rater_agreement import (
    cohens_kappa as cohens_kappa,
    krippendorff_alpha as krippendorff_alpha,
)
from lcbrb.stats.stratified import stratified_mean as stratified_mean
from lcbrb.stats.two_way import two_way_mean as two_way_mean
