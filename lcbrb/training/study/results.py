"""What a study keeps: one small file for each warm policy and each cell, which can be committed."""

from __future__ import annotations

from dataclasses import dataclass

from lcbrb.types import JsonValue, Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured(Record):
    """A policy on problems held out, so that two policies can be compared problem by problem.

    Attributes:
        samples: at temperature 1, of each problem.
        right: how many of them pass all tests, by problem.
        sound: the summed soundness of the right ones, by problem, in thousandths.
        greedy: 1 where the greedy reply passes, by problem.
        soundness_of_wrong: mean soundness of wrong samples; None without any.
        well_formed: share of samples in the format.
        words: mean number of words of a reasoning.
        verbose: filler words before steps, an item.
        waved: share of items that are hand-waves.
        thinking_right, thinking_wrong: mean score of the reward model that was trained against, of
            right and of wrong samples, or of the trapdoor where none was; None without such
            samples, and of warm policies.
        wall_s: what measuring took.
    """

    samples: int
    right: tuple[int, ...]
    sound: tuple[int, ...]
    greedy: tuple[int, ...]
    soundness_of_wrong: float | None
    well_formed: float
    words: float
    verbose: float
    waved: float
    thinking_right: float | None = None
    thinking_wrong: float | None = None
    wall_s: float

    @property
    def pass_at_1(self) -> float:
        """At temperature 1."""
        return sum(self.right) / (self.samples * len(self.right))

    @property
    def greedy_pass(self) -> float:
        """Of the greedy replies."""
        return sum(self.greedy) / max(1, len(self.greedy))

    @property
    def soundness(self) -> float | None:
        """The mean among right samples."""
        right = sum(self.right)
        return sum(self.sound) / 1000 / right if right else None


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyMade(Record):
    """A reward model as it was set for a seed: `accuracy` on samples that it was not set on.

    `pairs` are of right samples of one problem with different soundness; None where there are none.
    """

    name: str
    share: float
    accuracy: float | None
    pairs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmResult(Record):
    """The policy that all cells of a seed start from.

    `settings` is the hash of what it depends on, `steps` those of its warm-up; `reached` says
    whether the target's pass rate ended it, and not the number of steps.
    """

    seed: int
    settings: str
    steps: int
    reached: bool
    parameters: int
    measured: Measured
    copies: tuple[CopyMade, ...]
    wall_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedCell(Record):
    """A training that ended without a result; `message` says why."""

    condition: str
    seed: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Look(Record):
    """A policy in training on some problems held out, one sample of each.

    `thinking` is as in `Measured`; it was None where there was no reward model.
    """

    step: int
    pass_at_1: float
    soundness: float | None
    waved: float
    verbose: float
    words: float
    thinking: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CellResult(Record):
    """A training and what came of it.

    Attributes:
        condition: its name.
        arm, scorer, accuracy, flaw: as `lcbrb.training.study.grid.Condition` has them; an accuracy
            is of copies of the oracle alone, a flaw of those below 100 percent.
        seed: of the warm policy and of the order of problems.
        settings: the hash of what the result depends on beside these.
        looks: while it was trained.
        measured: at the end.
        accuracy_after: the reward model's pairwise accuracy on the trained policy's right samples;
            None without a reward model or without pairs that differ in soundness.
        libraries: versions of what trained it.
        log: series of the trainer's own log, by name; None where a step has no such value.
        train_s, wall_s: of the training alone, and with measuring.
    """

    condition: str
    arm: str
    scorer: str
    accuracy: float | None
    flaw: str | None
    seed: int
    settings: str
    looks: tuple[Look, ...]
    measured: Measured
    accuracy_after: float | None
    libraries: dict[str, JsonValue]
    log: dict[str, JsonValue]
    train_s: float
    wall_s: float
