"""What a study of so many seeds could find, by what chance alone does between twins."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from lcbrb.training.study.analysis import ALPHA, Results, contrast_rows, difference
from lcbrb.training.study.endpoints import Endpoint
from lcbrb.training.study.grid import AGAIN, OUTCOME

POWER = 0.8
_FEWEST = 2  # seeds that have a spread


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensitivity:
    """What could be told of an endpoint.

    Attributes:
        endpoint: of which.
        seeds: with both twins.
        sd: of the twins' difference between seeds.
        planned: seeds of the study when it is whole.
        detectable: the difference of two conditions that so many seeds tell from chance, after
            Holm, in `POWER` of studies; None: none, however large.
        least_p: the smallest p value there can be, after Holm.
    """

    endpoint: Endpoint
    seeds: int
    sd: float
    planned: int
    detectable: float | None
    least_p: float


def sensitivity(results: Results, planned: int, contrasts: int) -> list[Sensitivity]:
    """From the twins of the outcome arm, which differ in their draws alone.

    Holm corrects for so many `contrasts`.
    """
    twins = difference(AGAIN.name, OUTCOME.name)
    made = []
    for endpoint in Endpoint:
        rows = contrast_rows(results, twins, endpoint).values()
        by_seed = [float(row.mean()) for row in rows if row is not None]
        if len(by_seed) < _FEWEST:
            continue
        sd = float(np.std(by_seed, ddof=1))
        made.append(
            Sensitivity(
                endpoint=endpoint,
                seeds=len(by_seed),
                sd=sd,
                planned=planned,
                detectable=detectable(sd, planned, contrasts),
                least_p=min(1.0, contrasts * least_p(planned)),
            )
        )
    return made


def least_p(seeds: int) -> float:
    """Of a sign flip over so many seeds: all of one sign, or all of the other."""
    return 2.0 ** (1 - seeds)


def detectable(sd: float, seeds: int, contrasts: int) -> float | None:
    """The difference that the test finds with `POWER`, at the first step of Holm's method.

    Where only the least p value passes, all seeds must have the difference's sign, each with
    probability Phi(difference / sd): Phi(z) ** seeds = power, and the difference is sd * z. Where
    more pass, by Student's t, which is a little too small. None where not even the least passes.
    """
    from scipy.special import ndtri, stdtrit

    if contrasts * least_p(seeds) > ALPHA:
        return None
    if contrasts * 2 * least_p(seeds) > ALPHA:
        return float(ndtri(POWER ** (1 / seeds))) * sd
    level = ALPHA / contrasts
    both = stdtrit(seeds - 1, 1.0 - level / 2.0) + stdtrit(seeds - 1, POWER)
    return float(both) * sd / math.sqrt(seeds)
