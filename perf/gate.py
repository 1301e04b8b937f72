"""The gate's error rates, simulated: false alarms, wrong passes, power; and its speed.

    python perf/gate.py [--gates 2000]

Each simulated gate has several benchmarks, graded by `lcbrb.gates.decide` as for real records; only
reading files is left out. Problems' chances of being solved are drawn anew for every gate from the
beta distribution named, and each side draws its samples by them. Printed as Markdown tables.

- false alarms: nothing changed, tolerance 0: how many gates have any FAIL? The interval is the
  Clopper-Pearson interval of the count; alpha must not lie below it. Beside it what the same gates
  would do with the percentile bootstrap over problems, Bonferroni-adjusted.
- wrong passes: every benchmark dropped by just its tolerance: how many gates have any PASS?
- power: one benchmark dropped by the median minimum detectable drop, spread over its problems.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.stats import binomtest

from lcbrb.gates import GateConfig, GateVerdict
from lcbrb.gates.config import Check
from lcbrb.gates.decide import decide
from lcbrb.gates.matching import Matched, Paired
from lcbrb.gates.metrics import parse_measure
from lcbrb.gates.report import CheckResult, Direction

ALPHA = 0.05
SMALL = 50  # problems; below it the tolerance that is tried is larger
RNG = np.random.default_rng(20261123)


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """Benchmarks of one shape. `pairs`: pairs a problem, one draw each, instead of samples."""

    name: str
    problems: int
    samples: int = 1
    beta: tuple[float, float] = (0.5, 0.5)
    benchmarks: int = 4
    pairs: bool = False
    weight: float = 1.0  # share of the gates asked for


SCENARIOS = [
    Scenario(name="164 problems, 1 sample", problems=164),
    Scenario(name="164 problems, 10 samples", problems=164, samples=10),
    Scenario(name="1140 problems, 1 sample", problems=1140, weight=0.25),
    Scenario(name="880 problems, 10 samples", problems=880, samples=10, weight=0.25),
    Scenario(name="44 problems, 1-5 pairs each", problems=44, samples=5, pairs=True),
    Scenario(name="30 problems, 8 samples", problems=30, samples=8),
    Scenario(name="30 problems, 1 sample", problems=30),
    Scenario(name="10 problems, 4 samples", problems=10, samples=4),
    Scenario(name="164 problems, few differ", problems=164, beta=(0.02, 0.02)),
    Scenario(name="500 problems, few differ", problems=500, beta=(0.01, 0.01)),
]


def paired(name: str, base: np.ndarray, cand: np.ndarray, problems: np.ndarray) -> Paired:
    """What reading two run folders would give."""
    units = [f"u{i}" for i in range(len(base))]
    return Paired(
        matched=Matched(benchmark=name, check=Check(benchmark=name), baseline=None, candidate=None),
        measure=parse_measure("pass@1"),
        direction=Direction.HIGHER,
        units_N=tuple(units),
        problems_N=tuple(f"p{i}" for i in problems),
        baseline_N=tuple(base),
        candidate_N=tuple(cand),
        differences_N=tuple(np.round(cand - base, 12)),
        unpaired=0,
        quarantined=0,
        same_outputs=False,
        notes=(),
    )


def draw(scenario: Scenario, name: str, drop: float) -> Paired:
    """One benchmark, its candidate's chances lower by `drop` on average, spread by proportion."""
    chances = RNG.beta(*scenario.beta, scenario.problems)
    if scenario.pairs:
        problems = np.repeat(
            np.arange(scenario.problems),
            RNG.integers(1, scenario.samples + 1, scenario.problems),
        )
        each = chances[problems]
        worse = np.clip(each * (1.0 - drop / each.mean()), 0.0, 1.0)
        base, cand = (RNG.random(each.size) < each, RNG.random(each.size) < worse)
        return paired(name, base.astype(float), cand.astype(float), problems)
    worse = np.clip(chances * (1.0 - drop / chances.mean()), 0.0, 1.0)
    base, cand = (RNG.binomial(scenario.samples, p) / scenario.samples for p in (chances, worse))
    return paired(name, base, cand, np.arange(scenario.problems))


def gates(
    scenario: Scenario, rounds: int, config: GateConfig, drops: list[float]
) -> Iterator[tuple[list[Paired], list[CheckResult]]]:
    """Simulated gates, a drop a benchmark."""
    for _ in range(rounds):
        drawn = [draw(scenario, f"b{i}", drop) for i, drop in enumerate(drops)]
        yield drawn, decide(drawn, config, resamples=40)


def bootstrap_fails(drawn: list[Paired], alpha: float, resamples: int = 1000) -> bool:
    """Whether any benchmark's percentile interval lies below 0."""
    for one in drawn:
        _, inverse = np.unique(one.problems_N, return_inverse=True)
        sums = np.bincount(inverse, weights=one.differences_N)
        counts = np.bincount(inverse)
        picked = RNG.integers(0, len(sums), (resamples, len(sums)))
        means = sums[picked].sum(1) / counts[picked].sum(1)
        if np.quantile(means, 1.0 - alpha / len(drawn)) < 0.0:
            return True
    return False


def share(count: int, n: int) -> str:
    """``4.1% [3.3, 5.0]``."""
    low, high = binomtest(count, n).proportion_ci(0.95)
    return f"{100 * count / n:.1f}% [{100 * low:.1f}, {100 * high:.1f}]"


def error_rates(rounds: int) -> None:
    """The first table."""
    print(
        "| 4 benchmarks of | gates | any FAIL | any FAIL, bootstrap | any PASS at the tolerance |"
    )
    print("|---|---|---|---|---|")
    strict = GateConfig(alpha=ALPHA, tolerance=0.0)
    for scenario in SCENARIOS:
        n = int(rounds * scenario.weight)
        few = n // 4
        nothing = [0.0] * scenario.benchmarks
        failed = boot = 0
        for index, (drawn, checks) in enumerate(gates(scenario, n, strict, nothing)):
            failed += any(check.verdict is GateVerdict.FAIL for check in checks)
            if index < few:
                boot += bootstrap_fails(drawn, ALPHA)
        tolerance = 0.1 if scenario.problems < SMALL else 0.05
        passing = GateConfig(alpha=ALPHA, tolerance=tolerance)
        dropped = [tolerance] * scenario.benchmarks
        half = n // 2
        passed = sum(
            any(check.verdict is GateVerdict.PASS for check in checks)
            for _, checks in gates(scenario, half, passing, dropped)
        )
        row = [scenario.name, str(n), share(failed, n), share(boot, few), share(passed, half)]
        print(f"| {' | '.join(row)} |", flush=True)


def power(rounds: int) -> None:
    """The second table."""
    print("| 4 benchmarks of | minimum detectable drop, points | FAIL at that drop (wanted: 80%) |")
    print("|---|---|---|")
    config = GateConfig(alpha=ALPHA, tolerance=0.0)
    for scenario in SCENARIOS:
        nothing = [0.0] * scenario.benchmarks
        stated = [
            check.minimum_detectable_drop
            for _, checks in gates(scenario, 50, config, nothing)
            for check in checks
            if check.minimum_detectable_drop is not None
        ]
        drop = float(np.median(stated)) if stated else 1.0
        n = int(rounds * scenario.weight / 2)
        if drop > 0.9 * scenario.beta[0] / sum(scenario.beta):
            print(f"| {scenario.name} | {100 * drop:.1f} | (no such drop is left) |", flush=True)
            continue
        drops = [drop, *nothing[1:]]
        found = sum(
            checks[0].verdict is GateVerdict.FAIL for _, checks in gates(scenario, n, config, drops)
        )
        print(f"| {scenario.name} | {100 * drop:.1f} | {share(found, n)} |", flush=True)


def speed() -> None:
    """The whole command on two records of 1,140 problems."""
    sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "support"))
    from gate_runs import bench_run

    with tempfile.TemporaryDirectory() as folder:
        for side in ("base", "cand"):
            signs = "".join(RNG.choice(["+", "-"], 1140))
            bench_run(Path(folder) / side, signs)
        command = [sys.executable, "-m", "lcbrb.cli.main", "gate", "base", "cand"]
        times = []
        for _ in range(5):
            began = time.perf_counter()
            subprocess.run(
                command,
                cwd=folder,
                env={"PYTHONPATH": str(Path(__file__).parent.parent), "PATH": ""},
                capture_output=True,
                check=False,
            )
            times.append(time.perf_counter() - began)
    times.sort()
    print(f"two records of 1,140 problems: {times[2]:.2f} s ({times[0]:.2f} to {times[-1]:.2f})")


def main() -> None:
    """Simulate, then time."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--gates", type=int, default=1000, help="simulated gates a scenario")
    arguments = parser.parse_args()
    began = time.perf_counter()
    error_rates(arguments.gates)
    print()
    power(arguments.gates)
    print()
    speed()
    print(f"the simulation took {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
