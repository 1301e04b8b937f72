"""False alarms and power of whole gates, simulated; `perf/gate.py` is the large one."""

import numpy as np
import pytest
from gate_runs import record
from scipy.stats import binom

from lcbrb.gates import GateConfig, GateVerdict
from lcbrb.gates.compare import compare_sides
from lcbrb.gates.decide import overall
from lcbrb.gates.quarantine import Quarantine
from lcbrb.runs.results import Result, ResultKind
from lcbrb.types import SampleVerdict, Status, Verdict

pytestmark = pytest.mark.slow

ALPHA = 0.05
PASSED, WRONG = (Verdict(status=status) for status in (Status.PASSED, Status.WRONG_ANSWER))


def side(rng, chances_BG, samples):
    """A policy that solves the problems of B benchmarks with these chances."""
    return [
        Result(
            folder=None,
            record=record(benchmark=f"b{b}"),
            subject="m",
            kind=ResultKind.POLICY,
            sample_rows=tuple(
                SampleVerdict(
                    problem_id=f"p{problem}",
                    policy_id="m",
                    sample_index=index,
                    status=(PASSED if hit else WRONG).status,
                    verdict=PASSED if hit else WRONG,
                )
                for problem, hits in enumerate(
                    rng.random((len(chances_G), samples)) < chances_G[:, None]
                )
                for index, hit in enumerate(hits)
            ),
        )
        for b, chances_G in enumerate(chances_BG)
    ]


def gates(rounds, shape, samples, change=lambda chances_BG: chances_BG):
    """Gates without tolerance over benchmarks whose chances are drawn anew each time."""
    rng = np.random.default_rng(20261123)
    config = GateConfig(tolerance=0.0, alpha=ALPHA)
    for _ in range(rounds):
        chances_BG = rng.beta(0.5, 0.5, shape)
        old, new = side(rng, chances_BG, samples), side(rng, change(chances_BG), samples)
        yield compare_sides(old, new, config, Quarantine())[0]


@pytest.mark.parametrize(("shape", "samples"), [((3, 30), 1), ((2, 12), 4)])
def test_where_nothing_changed_a_gate_seldom_fails(shape, samples):
    rounds = 250
    failed = sum(overall(checks) is GateVerdict.FAIL for checks in gates(rounds, shape, samples))
    assert failed <= binom.ppf(0.999, rounds, ALPHA)


def test_a_drop_of_the_size_that_could_be_told_is_told():
    rounds, shape, samples = 120, (1, 60), 3
    drops = [checks[0].minimum_detectable_drop for checks in gates(20, shape, samples)]
    drop = float(np.median(drops))

    def spread(chances_BG):
        return np.clip(chances_BG * (1.0 - drop / chances_BG.mean()), 0.0, 1.0)

    failed = sum(
        checks[0].verdict is GateVerdict.FAIL for checks in gates(rounds, shape, samples, spread)
    )
    assert binom.ppf(0.001, rounds, 0.7) <= failed <= binom.ppf(0.999, rounds, 0.9)
