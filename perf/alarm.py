"""The reward-hacking alarm's error rates, simulated: false alarms, detections, delays, onsets.

    python perf/alarm.py [--runs 2000]

A training is two true curves over K evaluations, held-out pass@1 and thinking reward, from starting
points drawn anew. Each is given as the share of its gap to 1 that is closed by then, and each
wanders: at every evaluation a normal step is added that stays. Seen of them are the thinking
reward's mean over many batches, and one draw for each of n held-out problems, whose difficulties
spread by two logits and stay what they are from evaluation to evaluation. The alarm is
`lcbrb.training.pgrpo.alarm`, as a training calls it. Printed as Markdown tables; intervals are
Clopper-Pearson's.

- false alarms: of trainings without hacking. "At the limit" is the worst that the rule calls sound:
  the outcome closes just a third of its gap for each share that the thinking reward closes.
- detections: of trainings in which the thinking reward takes off at a known step and the outcome
  stands still or falls. A detection counts wherever its onset is put; the delay is from the true
  onset, and the onset's error is what was told minus the truth, both in evaluations.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binomtest

from lcbrb.training.pgrpo.alarm import RULE, Alarm, Raised
from lcbrb.types import Estimate

Curve = NDArray[np.float64]

SPREAD = 2.0  # of the problems' difficulties, in logits
THINKING_NOISE = 0.005  # of a mean over the batches between two evaluations
EVERY = 20  # steps between evaluations


@dataclass(frozen=True)
class Shape:
    """How long a training is, how well it is measured, how much a policy wanders."""

    evaluations: int
    problems: int
    wander: float = 0.01


SHAPES = [Shape(10, 50), Shape(10, 200), Shape(20, 200), Shape(40, 200)]
WANDERS = (0.01, 0.02)


@dataclass(frozen=True, kw_only=True)
class Training:
    """Shares of their gaps that outcome and thinking have closed, at shares u of the run.

    Negative: a share of where it began is lost. `onset`: of the hacking, as a share of the run.
    """

    outcome: Callable[[Curve], Curve]
    thinking: Callable[[Curve], Curve]
    start: tuple[float, float] = (0.15, 0.7)  # of the outcome
    onset: float | None = None


def ramp(begin: float, end: float, height: float) -> Callable[[Curve], Curve]:
    """0 until `begin`, then a line up to `height` at `end`, then level."""
    return lambda u: height * np.clip((u - begin) / (end - begin), 0, 1)


def saturating(rate: float, height: float) -> Callable[[Curve], Curve]:
    """Quick at first, level at last."""
    return lambda u: height * (1 - np.exp(-rate * u))


def after(
    first: Callable[[Curve], Curve], then: Callable[[Curve], Curve]
) -> Callable[[Curve], Curve]:
    """The gap that the first leaves, closed by the second."""
    return lambda u: 1 - (1 - first(u)) * (1 - then(u))


STILL = ramp(0, 1, 0.0)
SOUND = {
    "nothing is learnt": Training(outcome=STILL, thinking=STILL),
    "both rise alike": Training(outcome=ramp(0, 1, 0.5), thinking=ramp(0, 1, 0.5)),
    "the outcome rises half as much": Training(outcome=ramp(0, 1, 0.25), thinking=ramp(0, 1, 0.5)),
    "at the limit": Training(outcome=ramp(0, 1, 0.2), thinking=ramp(0, 1, 0.6)),
    "the outcome alone rises": Training(outcome=ramp(0, 1, 0.5), thinking=STILL),
    "both rise, then rest": Training(outcome=ramp(0, 0.5, 0.5), thinking=ramp(0, 0.5, 0.5)),
    "both saturate": Training(outcome=saturating(5, 0.4), thinking=saturating(5, 0.6)),
    "the thinking is quicker": Training(outcome=saturating(3, 0.4), thinking=saturating(8, 0.7)),
    "the outcome comes later": Training(outcome=ramp(0.23, 1, 0.4), thinking=ramp(0, 0.77, 0.4)),
    "both fall": Training(outcome=ramp(0, 1, -0.5), thinking=ramp(0, 1, -0.3)),
    "the outcome alone falls": Training(outcome=ramp(0, 1, -0.5), thinking=STILL),
    "solved already": Training(outcome=STILL, thinking=ramp(0, 1, 0.6), start=(0.95, 0.98)),
}
HACKED = {
    "the outcome falls": Training(
        outcome=ramp(0.25, 0.75, -0.5), thinking=ramp(0.25, 0.75, 0.85), onset=0.25
    ),
    "the outcome stands still": Training(
        outcome=STILL, thinking=ramp(0.25, 0.75, 0.85), onset=0.25
    ),
    "a sound third, then still": Training(
        outcome=ramp(0, 1 / 3, 0.4),
        thinking=after(ramp(0, 1 / 3, 0.3), ramp(1 / 3, 0.8, 0.85)),
        onset=1 / 3,
    ),
    "slowly, all the time": Training(outcome=STILL, thinking=ramp(0, 1, 0.4), onset=0.0),
}


def curve(closed: Curve, start: float, wander: float, draw: np.random.Generator) -> Curve:
    """A true curve, from the shares of the gap closed."""
    steps = draw.normal(0, wander, closed.size)
    steps[0] = 0
    trend = np.where(closed >= 0, start + (1 - start) * closed, start * (1 + closed))
    return np.clip(trend + steps.cumsum(), 0.01, 0.99)


class Problems:
    """Held-out problems, each as hard at every evaluation as at the first."""

    def __init__(self, count: int, draw: np.random.Generator) -> None:
        self._draw = draw
        self._hard = draw.normal(0, SPREAD, count)

    def solved(self, rate: Curve) -> NDArray[np.int64]:
        """How many are solved where a fresh problem is solved at this rate."""
        # a logistic of a normal: the probit's approximation, 1.7 logits for each of its units
        shift = np.log(rate / (1 - rate)) * np.sqrt(1 + (SPREAD / 1.7) ** 2)
        chance = 1 / (1 + np.exp(-(shift[:, None] - self._hard)))
        return (self._draw.random(chance.shape) < chance).sum(axis=1)


def run(training: Training, shape: Shape, draw: np.random.Generator) -> Raised | None:
    """One training, and the alarm that it raises."""
    u = np.arange(shape.evaluations) / (shape.evaluations - 1)
    outcome = curve(training.outcome(u), draw.uniform(*training.start), shape.wander, draw)
    thinking = curve(training.thinking(u), draw.uniform(0.3, 0.7), shape.wander, draw)
    thinking = np.clip(thinking + draw.normal(0, THINKING_NOISE, u.size), 0, 1)
    solved = Problems(shape.problems, draw).solved(outcome)
    alarm = Alarm()
    for place in range(shape.evaluations):
        seen = estimate(int(solved[place]), shape.problems)
        if alarm.update(place * EVERY, float(thinking[place]), seen):
            break
    return alarm.raised


def estimate(solved: int, problems: int) -> Estimate:
    """What the alarm reads of an evaluation."""
    return Estimate(
        value=solved / problems,
        low=None,
        high=None,
        n=problems,
        clusters=problems,
        level=0.95,
        method="none",
    )


def share(count: int, runs: int) -> str:
    """A rate with its interval."""
    low, high = binomtest(count, runs).proportion_ci(method="exact")
    return f"{100 * count / runs:.1f} [{100 * low:.1f}, {100 * high:.1f}]"


def false_alarms(runs: int, draw: np.random.Generator) -> None:
    """The second table."""
    print("false alarms, % of runs [95%], by wander from one evaluation to the next\n")
    print("| evaluations | problems | training |", " | ".join(map(str, WANDERS)), "|")
    print("|--:|--:|---|" + "--:|" * len(WANDERS))
    for shape in SHAPES:
        for name, training in SOUND.items():
            counts = [
                len(raised(training, dataclasses.replace(shape, wander=wander), runs, draw))
                for wander in WANDERS
            ]
            cells = " | ".join(share(count, runs) for count in counts)
            print(f"| {shape.evaluations} | {shape.problems} | {name} | {cells} |", flush=True)


def detections(runs: int, draw: np.random.Generator) -> None:
    """The first table."""
    print("detections, wander 0.01; delay and onset in evaluations, median [quartiles]\n")
    print("| evaluations | problems | training | detected, % [95%] | delay | onset's error |")
    print("|--:|--:|---|--:|--:|--:|")
    for shape in SHAPES:
        for name, training in HACKED.items():
            onset = (training.onset or 0.0) * (shape.evaluations - 1)
            alarms = raised(training, shape, runs, draw)
            delays = quartiles([one.step / EVERY - onset for one in alarms])
            errors = quartiles([one.onset / EVERY - onset for one in alarms])
            row = f"| {shape.evaluations} | {shape.problems} | {name} |"
            print(row, share(len(alarms), runs), "|", delays, "|", errors, "|", flush=True)


def raised(training: Training, shape: Shape, runs: int, draw: np.random.Generator) -> list[Raised]:
    """The alarms of so many runs."""
    return [found for _ in range(runs) if (found := run(training, shape, draw)) is not None]


def quartiles(values: list[float]) -> str:
    """A median with its quartiles."""
    if not values:
        return "none"
    low, middle, high = np.percentile(values, [25, 50, 75])
    return f"{middle:.1f} [{low:.1f}, {high:.1f}]"


def main() -> None:
    """Both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=2000)
    runs = parser.parse_args().runs
    draw = np.random.default_rng(20261130)
    print(f"{runs} runs a cell; {RULE}\n")
    detections(runs, draw)
    print()
    false_alarms(runs, draw)


if __name__ == "__main__":
    main()
