"""The plots of a policy's training: which figures of a step stand on which, and what they say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lcbrb.training.pgrpo.alarm import THINKING
from lcbrb.types import PolicyStep

Value = Callable[[PolicyStep], float | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """A plot: its lines are names with the values of a step that they show."""

    title: str
    note: str
    label: str
    lines: dict[str, Value]
    shares: bool = False


def _figure(name: str) -> Value:
    return lambda step: step.figures.get(name)


def _update(step: PolicyStep) -> float | None:
    """Seconds of a step that are none of sampling, scoring and waiting."""
    whole = step.figures.get("step_s")
    if whole is None:
        return None
    parts = ("sampling_s", "scoring_s", "waiting_s")
    return max(0.0, whole - sum(step.figures.get(name, 0.0) for name in parts))


PASS = Figure(
    title="Held-out pass@1",
    note="With 95% intervals, clustered by problem.",
    label="pass@1",
    lines={"pass@1": lambda step: step.held_out.value if step.held_out else None},
    shares=True,
)
FIGURES = (
    PASS,
    Figure(
        title="Thinking reward",
        note="Mean score of the reasoning in the sampled replies.",
        label="score",
        lines={
            "all": _figure(THINKING),
            "right replies": _figure("thinking_right"),
            "wrong replies": _figure("thinking_wrong"),
        },
        shares=True,
    ),
    Figure(
        title="Gate",
        note="Share of replies that pass all tests, the only ones whose reasoning can be rewarded.",
        label="share",
        lines={"gate rate": _figure("gate_rate")},
        shares=True,
    ),
    Figure(
        title="Groups",
        note="Shares of a batch. Groups that are all right or all wrong have no gradient from "
        "the outcome.",
        label="share",
        lines={
            "all correct": _figure("all_correct"),
            "mixed": _figure("mixed"),
            "all wrong": _figure("all_wrong"),
            "no gradient": _figure("without_gradient"),
        },
        shares=True,
    ),
    Figure(
        title="Reward",
        note="Mean reward by the arm's formula, and the part of the ungated reward that the "
        "paper's gate withholds.",
        label="reward",
        lines={"reward": _figure("reward"), "withheld": _figure("ungated_minus_gated")},
    ),
    Figure(
        title="Spread in all-correct groups",
        note="Mean standard deviation of the rewards: if it is tiny, noise is amplified.",
        label="std",
        lines={"spread": _figure("spread_all_correct")},
    ),
    Figure(
        title="Length of the reasoning",
        note="Mean, in characters.",
        label="characters",
        lines={"reasoning": _figure("reasoning_length")},
    ),
    Figure(
        title="Form",
        note="Shares of replies in the exact think-and-answer format, and of replies cut at the "
        "token limit.",
        label="share",
        lines={"well formed": _figure("well_formed"), "cut": _figure("truncated")},
        shares=True,
    ),
    Figure(
        title="Gradient norm",
        note="Before it is cut.",
        label="norm",
        lines={"norm": lambda step: step.grad_norm},
    ),
    Figure(
        title="Clipped",
        note="Share of tokens whose ratio was clipped; 0 in the first update of a batch.",
        label="share",
        lines={"clip ratio": _figure("clip_ratio")},
    ),
    Figure(
        title="Entropy",
        note="Of the policy's tokens, in nats.",
        label="nats",
        lines={"entropy": _figure("entropy")},
    ),
    Figure(
        title="Seconds",
        note="Per step. Grading runs while replies are sampled and scored; the rest is waiting "
        "time.",
        label="s",
        lines={
            "sampling": _figure("sampling_s"),
            "waiting for graders": _figure("waiting_s"),
            "scoring": _figure("scoring_s"),
            "update": _update,
        },
    ),
)
