"""What a study's cells say: endpoints by condition, planned contrasts, and what could be told.

A contrast is a weighted sum of conditions, taken within each seed and problem. Its interval is over
seeds and problems (`two_way_mean`); its test is the sign flip over seeds, which are the only
independent trainings (exact up to 12 of them). Planned contrasts are adjusted by Holm's method
within an endpoint, all others have an interval and no test. Nothing is tested before all seeds
that were planned are whole.
"""

from __future__ import annotations

import dataclasses
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
ALPHA = 0.05
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
    """A contrast on an endpoint.

    Attributes:
        by_seed: the contrast in each seed.
        left_out: seeds in which a condition has no value, as none of its answers is right.
        p_value: None unless it was tested.
        p_adjusted: within the planned contrasts of the endpoint.
    """

    contrast: Contrast
    endpoint: Endpoint
    estimate: Estimate
    by_seed: tuple[float, ...]
    left_out: tuple[int, ...] = ()
    p_value: float | None = None
    p_adjusted: float | None = None


def estimates(results: Results, endpoint: Endpoint) -> dict[str, Estimate]:
    """An endpoint of each condition, over the seeds that have a value of it."""
    tables = {
        name: table([by_seed[seed] for seed in sorted(by_seed)], endpoint)
        for name, by_seed in results.items()
    }
    return {
        name: two_way_mean(values_S_P)
        for name, values_S_P in tables.items()
        if values_S_P is not None
    }


def seeds_to_test(results: Results, settings: StudySettings, planned: int) -> tuple[int, ...]:
    """The planned seeds; none as long as one of them is not whole.

    Who looks at tests while trainings are still to come may stop where chance is kind.
    """
    names = [
        condition.name for condition in settings.conditions if condition.scorer is not Scorer.GIVEN
    ]
    seeds = range(planned)
    whole = all(seed in results.get(name, {}) for name in names for seed in seeds)
    return tuple(seeds) if whole else ()


def findings(
    results: Results, asked: Sequence[Contrast], tested: Sequence[int] = ()
) -> list[Finding]:
    """Every contrast whose conditions have a seed in common, on every endpoint.

    Planned contrasts are of the seeds in `tested` (`seeds_to_test`); without any none is tested.
    """
    rows = []
    for endpoint in Endpoint:
        family = [
            finding
            for contrast in asked
            if (finding := _finding(results, contrast, endpoint, tested)) is not None
        ]
        rows += _adjusted(family, sum(contrast.planned for contrast in asked))
    return rows


def _finding(
    results: Results, contrast: Contrast, endpoint: Endpoint, tested: Sequence[int]
) -> Finding | None:
    if not (contrast.planned and endpoint in TESTED):
        tested = ()
    return contrasted(results, contrast, endpoint, tested)


def contrasted(
    results: Results, contrast: Contrast, endpoint: Endpoint, tested: Sequence[int] = ()
) -> Finding | None:
    """A contrast of the seeds that are tested, with its p value; of all and without where none is.

    None where no seed has a value of all conditions.
    """
    rows = contrast_rows(results, contrast, endpoint)
    if tested:
        rows = {seed: rows[seed] for seed in tested if seed in rows}
    whole = {seed: row for seed, row in rows.items() if row is not None}
    if not whole:
        return None
    weighed = np.stack(list(whole.values()))
    by_seed_S = weighed.mean(axis=1)
    return Finding(
        contrast=contrast,
        endpoint=endpoint,
        estimate=two_way_mean(weighed),
        by_seed=tuple(float(value) for value in by_seed_S),
        left_out=tuple(seed for seed in rows if seed not in whole),
        p_value=_sign_flips(by_seed_S).p_value if tested else None,
    )


def contrast_rows(
    results: Results, contrast: Contrast, endpoint: Endpoint
) -> dict[int, Array | None]:
    """The weighted sum by problem of each seed that has all conditions; None: no value in one."""
    held = [set(results.get(name, {})) for name in contrast.weights]
    return {
        seed: _weighed([(w, results[name][seed]) for name, w in contrast.weights.items()], endpoint)
        for seed in sorted(set.intersection(*held))
    }


def _weighed(weights: Sequence[tuple[float, Measured]], endpoint: Endpoint) -> Array | None:
    terms: list[Array] = []
    for weight, measured in weights:
        by_problem = values(measured, endpoint)
        if by_problem is None:
            return None
        terms.append(weight * by_problem)
    summed: Array = np.sum(terms, axis=0)
    return summed


def _sign_flips(by_seed_S: Array) -> PairedResult:
    return paired_difference(by_seed_S, np.zeros_like(by_seed_S), list(range(by_seed_S.size)))


def _adjusted(family: Sequence[Finding], planned: int) -> list[Finding]:
    """Holm's method over those that were planned; one that could not be tested counts as p = 1."""
    tested = [finding.p_value for finding in family if finding.p_value is not None]
    if not tested:
        return list(family)
    adjusted = iter(holm([*tested, *[1.0] * (planned - len(tested))]))
    return [
        finding
        if finding.p_value is None
        else dataclasses.replace(finding, p_adjusted=next(adjusted))
        for finding in family
    ]


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
    by_name: dict[str, dict[int, Measured]] = {WARM: dict(warm)}
    for cell in cells:
        by_name.setdefault(cell.condition, {})[cell.seed] = cell.measured
    return by_name
