"""What a study's cells say: endpoints by condition, planned contrasts, and what could be told.

A contrast is a weighted sum of conditions, taken within each seed and problem. Its interval is over
seeds and problems (`two_way_mean`); its test is the exact sign flip over seeds, which are the only
independent trainings. Planned contrasts are adjusted by Holm's method within an endpoint, all
others have an interval and no test.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from lcbrb.stats import PairedResult, holm, paired_difference, two_way_mean, wilson
from lcbrb.training.pgrpo.alarm import Alarm, Raised
from lcbrb.training.pgrpo_reward import Arm
from lcbrb.training.study.endpoints import Array, Endpoint, table, values
from lcbrb.training.study.grid import (
    AGAIN,
    BEST,
    ORACLE,
    OUTCOME,
    PLACEBO,
    Scorer,
    StudySettings,
    degraded_name,
    gate_name,
)
from lcbrb.training.study.results import CellResult, Measured
from lcbrb.training.study.scorers import Flaw
from lcbrb.types import Estimate

TESTED = (Endpoint.SAMPLED, Endpoint.SOUNDNESS)
ALPHA, POWER = 0.05, 0.8
WARM = "warm-up"  # the condition that nothing was trained in

#: results by condition, then by seed
Results = Mapping[str, Mapping[int, Measured]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contrast:
    """A question as a weighted sum of conditions; `planned` ones are tested."""

    name: str
    asks: str
    weights: Mapping[str, float]
    planned: bool = False


def difference(a: str, b: str, asks: str = "", *, planned: bool = False) -> Contrast:
    """One condition minus another."""
    return Contrast(name=f"{a} - {b}", asks=asks, weights={a: 1.0, b: -1.0}, planned=planned)


def slope(flaw: Flaw, levels: Sequence[float], asks: str, *, planned: bool = False) -> Contrast:
    """The least-squares slope over copies of the oracle, for 10 points of accuracy."""
    named = {degraded_name(flaw, level): level for level in levels} | {BEST.name: ORACLE}
    mean = sum(named.values()) / len(named)
    spread = sum((level - mean) ** 2 for level in named.values())
    weights = {name: 10.0 * (level - mean) / spread for name, level in named.items()}
    return Contrast(name=f"slope by {flaw}", asks=asks, weights=weights, planned=planned)


def contrasts(settings: StudySettings) -> list[Contrast]:
    """The planned ones first; they are those that LOG.md names before any run."""
    gate = [gate_name(Scorer.TRAPDOOR, arm) for arm in (Arm.PGRPO, Arm.UNGATED)]
    between = [level for level in settings.levels if level > min(settings.levels)]
    flaws = {degraded_name(Flaw.NOISE, level): 1.0 / len(between) for level in between}
    flaws |= {degraded_name(Flaw.STYLE, level): -1.0 / len(between) for level in between}
    planned = [
        difference(BEST.name, OUTCOME.name, "does a perfect thinking score help?", planned=True),
        difference(BEST.name, PLACEBO.name, "is it what the scores say?", planned=True),
        slope(Flaw.NOISE, settings.levels, "does more accuracy help more?", planned=True),
        Contrast(
            name="noise - style",
            asks="at the same accuracy, does it matter what the errors go by?",
            weights=flaws,
            planned=True,
        ),
        difference(gate[0], gate[1], "does the gate guard against a weak spot?", planned=True),
    ]
    doses = [degraded_name(flaw, level) for flaw in Flaw for level in settings.levels]
    others = [PLACEBO.name, *doses]
    others += [c.name for c in settings.conditions if c.scorer not in {Scorer.NONE, Scorer.COPY}]
    return [
        *(contrast for contrast in planned if any(contrast.weights.values())),
        slope(Flaw.STYLE, settings.levels, "does more accuracy help more, by style?"),
        *(difference(name, OUTCOME.name) for name in others),
        difference(AGAIN.name, OUTCOME.name, "what does chance do?"),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A contrast on an endpoint; `p_adjusted` within the planned ones of that endpoint."""

    contrast: Contrast
    endpoint: Endpoint
    estimate: Estimate
    by_seed: tuple[float, ...]
    p_value: float | None = None
    p_adjusted: float | None = None


def estimates(results: Results, endpoint: Endpoint) -> dict[str, Estimate]:
    """An endpoint of each condition, over the seeds that it has."""
    return {
        name: two_way_mean(table([by_seed[seed] for seed in sorted(by_seed)], endpoint))
        for name, by_seed in results.items()
        if by_seed
    }


def findings(results: Results, planned: Sequence[Contrast]) -> list[Finding]:
    """Every contrast whose conditions have a seed in common, on every endpoint."""
    found = []
    for endpoint in Endpoint:
        family = [
            finding
            for contrast in planned
            if (finding := _finding(results, contrast, endpoint)) is not None
        ]
        found += _adjusted(family)
    return found


def _finding(results: Results, contrast: Contrast, endpoint: Endpoint) -> Finding | None:
    weighed = contrast_table(results, contrast, endpoint)
    if weighed is None:
        return None
    by_seed_S = weighed.mean(axis=1)
    tested = contrast.planned and endpoint in TESTED
    return Finding(
        contrast=contrast,
        endpoint=endpoint,
        estimate=two_way_mean(weighed),
        by_seed=tuple(float(value) for value in by_seed_S),
        p_value=_sign_flips(by_seed_S).p_value if tested else None,
    )


def contrast_table(results: Results, contrast: Contrast, endpoint: Endpoint) -> Array | None:
    """The weighted sum by seed and problem; None where no seed has all of the conditions."""
    held = [set(results.get(name, {})) for name in contrast.weights]
    seeds = sorted(set.intersection(*held))
    if not seeds:
        return None
    rows = [
        sum(weight * values(results[name][seed], endpoint) for name, weight in weights)
        for seed in seeds
        for weights in [contrast.weights.items()]
    ]
    return np.stack([np.asarray(row, float) for row in rows])


def _sign_flips(by_seed_S: Array) -> PairedResult:
    return paired_difference(by_seed_S, np.zeros_like(by_seed_S), list(range(by_seed_S.size)))


def _adjusted(family: Sequence[Finding]) -> list[Finding]:
    """Holm's method over those that were tested."""
    tested = [finding.p_value for finding in family if finding.p_value is not None]
    adjusted = iter(holm(tested))
    return [
        finding if finding.p_value is None else _with(finding, next(adjusted)) for finding in family
    ]


def _with(finding: Finding, p_adjusted: float) -> Finding:
    return Finding(
        contrast=finding.contrast,
        endpoint=finding.endpoint,
        estimate=finding.estimate,
        by_seed=finding.by_seed,
        p_value=finding.p_value,
        p_adjusted=p_adjusted,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """What a study of so many seeds could tell, by what chance alone does between twins.

    Attributes:
        endpoint: of which.
        seeds: with both twins.
        sd: of the twins' difference between seeds.
        detectable: the difference that one test at `ALPHA` finds with `POWER`; None below 3 seeds.
        least_p: the smallest p value that the exact test can give, before Holm.
    """

    endpoint: Endpoint
    seeds: int
    sd: float
    detectable: float | None
    least_p: float


def sensitivity(results: Results) -> list[Sensitivity]:
    """From the twins of the outcome arm, which differ in their draws alone."""
    twins = difference(AGAIN.name, OUTCOME.name)
    found = []
    for endpoint in Endpoint:
        weighed = contrast_table(results, twins, endpoint)
        if weighed is None or len(weighed) < 2:  # noqa: PLR2004 - a spread needs two
            continue
        seeds = len(weighed)
        sd = float(weighed.mean(axis=1).std(ddof=1))
        found.append(
            Sensitivity(
                endpoint=endpoint,
                seeds=seeds,
                sd=sd,
                detectable=_detectable(sd, seeds),
                least_p=least_p(seeds),
            )
        )
    return found


def least_p(seeds: int) -> float:
    """Of a sign flip over so many seeds: all of one sign, or all of the other."""
    return 2.0 ** (1 - seeds)


def _detectable(sd: float, seeds: int) -> float | None:
    """By Student's t: (t(1 - alpha/2) + t(power)) * sd / sqrt(S), which is a little too small."""
    from scipy.special import stdtrit

    if seeds <= 2:  # noqa: PLR2004 - one degree of freedom tells nothing
        return None
    both = stdtrit(seeds - 1, 1.0 - ALPHA / 2.0) + stdtrit(seeds - 1, POWER)
    return float(both) * sd / math.sqrt(seeds)


def alarm_of(cell: CellResult, problems: int) -> Raised | None:
    """The reward-hacking alarm, had it watched the looks at so many problems held out.

    None where it is not raised, and where there is no thinking score to rise.
    """
    alarm = Alarm()
    for look in cell.looks:
        if look.thinking is None:
            return None
        alarm.update(look.step, look.thinking, wilson(look.pass_at_1 * problems, problems))
    return alarm.raised


def by_condition(cells: Sequence[CellResult], warm: Mapping[int, Measured]) -> Results:
    """Results of cells, with the policies that they started from."""
    found: dict[str, dict[int, Measured]] = {WARM: dict(warm)}
    for cell in cells:
        found.setdefault(cell.condition, {})[cell.seed] = cell.measured
    return found
