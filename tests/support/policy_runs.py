"""Folders of policies' trainings, written as `lcbrb train pgrpo` writes them but without any."""

import dataclasses

import numpy as np
from boards import record, write_record

from lcbrb import codec
from lcbrb.stats import wilson
from lcbrb.training.pgrpo_reward import Formula, Signals, advantages, rewards
from lcbrb.training.run_files import METRICS, ROLLOUTS
from lcbrb.types import PolicyStep, Rollout, Status

PROMPTS, SIZE = 3, 4
CONFIG = {
    "trains": "policy",
    "arm": "pgrpo",
    "thinking_weight": 1.0,
    "scale_rewards": "group",
    "min_spread": 0.0,
    "prompts": PROMPTS,
    "group_size": SIZE,
    "reward_model": {"id": "likes-good"},
}
RIGHT = [[1, 1, 1, 1], [1, 0, 1, 0], [0, 0, 0, 0]]
SCORES = [[0.9, 0.8, 0.3, 0.6], [0.2, 0.9, 0.7, 0.1], [0.5, 0.4, 0.9, 0.2]]
NAN = float("nan")


def policy_record(**given):
    """The record of a finished training; `config` is over `CONFIG`."""
    config = CONFIG | given.pop("config", {})
    named = {"kind": "training", "subject": "policy on tiny", "counts": {"steps": 4}, "seed": 7}
    return record(**named | given, config=config)


def rows(step, right=RIGHT, scores=SCORES, text="<think>t</think><answer>a</answer>", **formula):
    """The rows of a batch; NaN in `right` is a harness error, in `scores` no score."""
    right_P_G, score_P_G = np.array(right, float), np.array(scores, float)
    signals = Signals(
        well_formed_P_G=np.ones_like(right_P_G),
        outcome_P_G=right_P_G,
        pass_rate_P_G=right_P_G,
        thinking_P_G=score_P_G,
    )
    used = Formula(**formula)
    draws = [np.random.default_rng([7, step]) for _ in range(2)]
    advantage_P_G, reward_P_G = (
        advantages(signals, used, draws[0]),
        rewards(signals, used, draws[1]),
    )
    return [
        Rollout(
            step=step,
            problem_id=f"p{group}",
            group=group,
            sample_index=place,
            text=text,
            tokens=5,
            truncated=False,
            well_formed=True,
            status=_status(right_P_G[group, place]),
            outcome=None if np.isnan(right_P_G[group, place]) else bool(right_P_G[group, place]),
            pass_rate=_known(right_P_G[group, place]),
            thinking=_known(score_P_G[group, place]),
            reward=_known(reward_P_G[group, place]),
            advantage=_known(advantage_P_G[group, place]),
        )
        for group, place in np.ndindex(right_P_G.shape)
    ]


def held_out_row(step=0):
    """A reply to a problem held out."""
    return dataclasses.replace(rows(step)[0], held_out=True, advantage=None, problem_id="held")


def _status(right):
    return (
        Status.HARNESS_ERROR
        if np.isnan(right)
        else (Status.WRONG_ANSWER, Status.PASSED)[int(right)]
    )


def _known(value):
    return None if np.isnan(value) else float(value)


def policy_steps(
    count=20, every=5, held_out=lambda u: 0.3 + 0.3 * u, thinking=lambda u: 0.5 + 0.2 * u
):
    """Steps of a training; curves are functions of the share of it that is done."""
    found = [PolicyStep(step=0, held_out=wilson(round(100 * held_out(0.0)), 100))]
    for step in range(1, count + 1):
        u = step / count
        batch = {
            "gate_rate": held_out(u),
            "all_correct": 0.2 + 0.2 * u,
            "all_wrong": 0.4 - 0.3 * u,
            "mixed": 0.4 + 0.1 * u,
            "reward": 1.0 + u,
            "ungated_minus_gated": 0.3 - 0.2 * u,
            "spread_all_correct": 0.1,
            "thinking": thinking(u),
            "thinking_right": thinking(u) + 0.1,
            "thinking_wrong": thinking(u) - 0.1,
            "well_formed": 0.9,
            "truncated": 0.05 * (1 - u),
            "reasoning_length": 200 - 40 * u,
            "without_gradient": 0.3,
            "unscored": float(step == 1),
            "sampling_s": 3.0,
            "scoring_s": 0.5,
            "waiting_s": 0.1,
        }
        every_step = {
            "clip_ratio": 0.01 * (step % 2),
            "entropy": 1.0 - 0.5 * u,
            "tokens": 60.0,
            "step_s": 5.0,
        }
        found.append(
            PolicyStep(
                step=step,
                epoch=step / 4,
                loss=0.1 - 0.05 * u,
                learning_rate=1e-6,
                grad_norm=0.5 + 0.1 * (step % 3),
                figures=every_step | (batch if step % 2 else {}),
                held_out=None if step % every else wilson(round(100 * held_out(u)), 100),
            )
        )
    return found


def write_policy_run(folder, replies=(), steps=(), **given):
    """A folder; `given` are fields of its record."""
    write_record(folder, policy_record(**given))
    if replies is not None:
        codec.write_records(folder / ROLLOUTS, replies)
    codec.write_records(folder / METRICS, steps)
    return folder
