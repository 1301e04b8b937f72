"""What the study trains: conditions, seeds, presets. A cell is a condition with a seed.

All cells of a seed start from one warm policy and see the same problems in the same order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from lcbrb.errors import UnknownNameError
from lcbrb.training.pgrpo_reward import Arm
from lcbrb.training.study.scorers import Flaw
from lcbrb.training.study.task import TaskSettings
from lcbrb.training.study.warm_up import WarmUpSettings

#: raised with any constant or formula of this folder that results depend on and settings don't tell
STUDY_VERSION = 1
LEVELS = (50.0, 55.0, 62.6, 75.0, 90.0)  # percent; 62.6 is the paper's own reward model
ORACLE = 100.0


class Scorer(StrEnum):
    """Which reward model gives the thinking score."""

    NONE = "none"
    COPY = "copy"  # of the oracle, of some accuracy
    TRAPDOOR = "trapdoor"
    GIVEN = "given"  # one that the user names


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What is trained, whatever the seed.

    Attributes:
        name: of the condition, and of its cells' files.
        arm: the formula.
        scorer: what the formula's thinking score comes from.
        accuracy: of a copy of the oracle, in percent, on pairs of the warm policy's samples; None:
            it is no copy.
        flaw: what a copy below 100 percent goes by; None: nothing.
        draw: of the sampling: conditions that differ in nothing else tell what chance does.
    """

    name: str
    arm: Arm
    scorer: Scorer = Scorer.COPY
    accuracy: float | None = None
    flaw: Flaw | None = None
    draw: int = 0


OUTCOME = Condition(name="outcome", arm=Arm.OUTCOME, scorer=Scorer.NONE)
AGAIN = Condition(name="outcome-again", arm=Arm.OUTCOME, scorer=Scorer.NONE, draw=1)
PLACEBO = Condition(name="placebo", arm=Arm.PLACEBO, accuracy=ORACLE)
BEST = Condition(name="oracle", arm=Arm.PGRPO, accuracy=ORACLE)
#: arms beside `outcome` that the gate part compares
GATE_ARMS = (Arm.PGRPO, Arm.UNGATED, Arm.SOFT, Arm.PAPO, Arm.PLACEBO)


def degraded_name(flaw: Flaw, accuracy: float) -> str:
    """The condition of a copy of the oracle."""
    return f"{flaw}-{accuracy:g}"


def gate_name(scorer: Scorer, arm: Arm) -> str:
    """The condition of an arm in the gate part."""
    return f"{scorer}-{arm}"


def dose_conditions(levels: tuple[float, ...] = LEVELS) -> list[Condition]:
    """Copies of the oracle, best first, with the placebo of the best."""
    copies = [
        Condition(name=degraded_name(flaw, level), arm=Arm.PGRPO, accuracy=level, flaw=flaw)
        for level in sorted(levels, reverse=True)
        for flaw in Flaw
    ]
    return [BEST, PLACEBO, *copies]


def gate_conditions(scorer: Scorer) -> list[Condition]:
    """Arms with one reward model that has a weakness."""
    return [Condition(name=gate_name(scorer, arm), arm=arm, scorer=scorer) for arm in GATE_ARMS]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingSettings:
    """How a cell is trained, whatever its arm.

    Attributes:
        steps: generated batches.
        prompts: of a batch.
        group: replies to each prompt.
        updates: of the policy by each batch; with more than one, clipping acts.
        learning_rate: of AdamW, constant after `rising` steps.
        weight: of the thinking reward.
        look_every: steps between looks at problems held out.
    """

    steps: int = 120
    prompts: int = 8
    group: int = 8
    updates: int = 2
    learning_rate: float = 1e-4
    rising: int = 5
    weight: float = 1.0
    look_every: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class StudySettings:
    """A whole study; all that a cell's result depends on but its condition and seed.

    A warm policy outside of `pass_rates` and `most_greedy` leaves training nothing to do, or
    nothing to begin with: no cell is trained then.

    Attributes:
        task, warm_up, training: see there.
        levels: accuracies below 100 percent, of the dose-response part.
        reward_model: spec of one that the gate part is run with too; empty: none.
        problems: held out, and `samples` of each at temperature 1 at the end of a cell.
        look_problems: held out, of which there is one sample at each look.
        calibration: problems of the training part, with 16 samples each, that copies of the oracle
            are set on.
        pass_rates: least and most pass@1 of a warm policy on the problems held out.
        most_greedy: its greedy pass rate must be below this.
        copies_within: how far the accuracy of a copy of the oracle may be from its level, on the
            samples that it was set on.
    """

    task: TaskSettings = field(default_factory=TaskSettings)
    warm_up: WarmUpSettings = field(default_factory=WarmUpSettings)
    training: TrainingSettings = field(default_factory=TrainingSettings)
    levels: tuple[float, ...] = LEVELS
    reward_model: str = ""
    problems: int = 2048
    samples: int = 4
    look_problems: int = 256
    calibration: int = 256
    pass_rates: tuple[float, float] = (0.2, 0.6)
    most_greedy: float = 0.85
    copies_within: float = 0.01

    @property
    def gate(self) -> tuple[Scorer, ...]:
        """Reward models of the gate part."""
        return (Scorer.TRAPDOOR, Scorer.GIVEN) if self.reward_model else (Scorer.TRAPDOOR,)

    @property
    def conditions(self) -> list[Condition]:
        """What is trained with each seed, what matters most first."""
        dose, gates = (
            dose_conditions(self.levels),
            [gate_conditions(scorer) for scorer in self.gate],
        )
        return [OUTCOME, *dose[:2], *(c for gate in gates for c in gate), *dose[2:], AGAIN]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One training."""

    condition: Condition
    seed: int

    @property
    def name(self) -> str:
        """Of its file, without the ending."""
        return f"seed-{self.seed}/{self.condition.name}"


def cells(settings: StudySettings, seeds: int) -> Iterator[Cell]:
    """Seed by seed, so that a study that is stopped has whole seeds."""
    for seed in range(seeds):
        for condition in settings.conditions:
            yield Cell(condition=condition, seed=seed)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preset:
    """Settings with a number of seeds, and what a cell takes as long as none was measured."""

    settings: StudySettings
    seeds: int
    cell_s: float
    warm_up_s: float


_TINY = StudySettings(
    task=TaskSettings(modulus=5, maps=2),
    warm_up=WarmUpSettings(
        width=32, layers=2, heads=2, feed_forward=64, most_tokens=40, learning_rate=5e-3, batch=16,
        steps=400, probe_every=50, probe=16, target=0.1, drills=0,
    ),
    training=TrainingSettings(steps=2, prompts=2, group=4, look_every=2),
    levels=(62.6,),
    problems=16,
    samples=2,
    look_problems=8,
    calibration=16,
    pass_rates=(0.0, 1.0),
    most_greedy=1.01,
    copies_within=1.0,
)  # fmt: skip

#: by the names that `--preset` takes
PRESETS: Mapping[str, Preset] = {
    "small": Preset(settings=StudySettings(), seeds=8, cell_s=400.0, warm_up_s=330.0),
    "tiny": Preset(settings=_TINY, seeds=2, cell_s=20.0, warm_up_s=20.0),
}


def preset(name: str) -> Preset:
    """A preset by name.

    Raises:
        UnknownNameError: there is none of that name.
    """
    if name not in PRESETS:
        raise UnknownNameError("preset", name, PRESETS)
    return PRESETS[name]
