"""Results of a study that was never run."""

import numpy as np

from lcbrb.training.study.grid import AGAIN, BEST, StudySettings
from lcbrb.training.study.results import CellResult, CopyMade, Look, Measured, WarmResult

PROBLEMS, SAMPLES = 200, 4


def measured(draw, pass_rate, soundness=0.8):
    right = draw.binomial(SAMPLES, np.clip(pass_rate, 0, 1), PROBLEMS)
    mean = draw.normal(soundness, 0.1, PROBLEMS)
    return Measured(
        samples=SAMPLES,
        right=tuple(int(n) for n in right),
        sound=tuple(int(1000 * s * n) for s, n in zip(mean, right, strict=True)),
        greedy=tuple(int(n > 1) for n in right),
        soundness_of_wrong=0.3,
        well_formed=0.99,
        words=36.0,
        verbose=0.5,
        waved=0.1,
        wall_s=1.0,
    )


def gain(condition):
    """More accuracy, more pass@1; the style of errors costs; the gate guards."""
    by_name = {"outcome": 0.0, AGAIN.name: 0.0, "placebo": 0.0, BEST.name: 0.10}
    if condition.name in by_name:
        return by_name[condition.name]
    if condition.accuracy is None:
        return {"ungated": -0.2}.get(condition.arm, 0.03)
    found = 0.10 * (condition.accuracy - 50) / 50
    return found / 2 if condition.flaw == "style" else found


def warm_result(draw, seed, rate=0.4, settings="x"):
    return WarmResult(
        seed=seed,
        settings=settings,
        steps=100,
        reached=True,
        parameters=10,
        measured=measured(draw, rate),
        copies=(CopyMade(name="oracle", share=0.0, accuracy=1.0, pairs=50),),
        wall_s=60.0,
    )


def cell_result(draw, condition, seed, *, rate=0.6, settings="x", gained=0.0):  # noqa: PLR0913
    look = {"soundness": 0.6, "waved": 0.1, "verbose": 0.5, "words": 30.0, "thinking": None}
    return CellResult(
        condition=condition.name,
        arm=condition.arm,
        scorer=condition.scorer,
        accuracy=condition.accuracy,
        flaw=condition.flaw,
        seed=seed,
        settings=settings,
        looks=(Look(step=0, pass_at_1=0.4, **look), Look(step=40, pass_at_1=0.6, **look)),
        measured=measured(draw, rate, 0.7 + gained),
        accuracy_after=0.7,
        libraries={},
        log={"all_correct": [0.1, 0.2] * 20, "unscored": [0.0, None]},
        train_s=100.0,
        wall_s=150.0,
    )


def study(seeds, gain=gain, settings=None):
    """Cells of a made-up study, and its warm policies."""
    draw = np.random.default_rng(0)
    done, warm = [], []
    for seed in range(seeds):
        start = 0.4 + draw.normal(0, 0.05)
        problems = draw.normal(0, 0.1, PROBLEMS)
        warm.append(warm_result(draw, seed, start + problems))
        for condition in (settings or StudySettings()).conditions:
            rate = start + 0.3 + gain(condition) + draw.normal(0, 0.005) + problems
            done.append(cell_result(draw, condition, seed, rate=rate, gained=gain(condition)))
    return done, warm
