"""What a cell tells the trainer, and what it keeps of the trainer's figures."""

import pytest

from lcbrb.training.pgrpo_reward import Arm
from lcbrb.training.study.grid import PRESETS, StudySettings
from lcbrb.training.study.trainer import KEPT, Training, figures
from lcbrb.types import PolicyStep


def test_a_batch_has_what_any_of_its_updates_told():
    steps = [
        PolicyStep(step=1, grad_norm=0.5, figures={"gate_rate": 0.4, "clip_ratio": 0.0}),
        PolicyStep(step=2, grad_norm=0.7, figures={"clip_ratio": 0.01}),
        PolicyStep(step=3, grad_norm=None, figures={"gate_rate": 0.123456, "clip_ratio": 0.0}),
        PolicyStep(step=4, grad_norm=None, figures={}),
    ]
    found = figures(steps, 2)
    assert found["gate_rate"] == [0.4, 0.1235]
    assert found["clip_ratio"] == [0.01, 0.0]
    assert found["grad_norm"] == [0.7, None]
    assert found["thinking_right"] == [None, None]
    assert "unscored" in found
    assert set(found) == {*KEPT, "grad_norm"}


@pytest.mark.parametrize("name", PRESETS)
def test_every_condition_can_be_told_to_the_trainer(name):
    settings = PRESETS[name].settings
    for condition in settings.conditions:
        training = Training(
            settings=settings.training, condition=condition, benchmark=None, sandbox=None,
            thinking=None, most_tokens=settings.warm_up.most_tokens, seed=3,
        )  # fmt: skip
        told = training.policy_settings
        assert told.arm is condition.arm
        assert told.steps == settings.training.steps * settings.training.updates
        assert (told.group_size, told.prompts) == (
            settings.training.group,
            settings.training.prompts,
        )
        assert told.max_tokens == settings.warm_up.most_tokens <= 96


def test_all_conditions_of_a_seed_differ_in_arm_reward_model_or_draw():
    seen = {(c.arm, c.scorer, c.accuracy, c.flaw, c.draw) for c in StudySettings().conditions}
    assert len(seen) == len(StudySettings().conditions)
    assert {c.arm for c in StudySettings().conditions} == {
        Arm.OUTCOME, Arm.PGRPO, Arm.UNGATED, Arm.SOFT, Arm.PAPO, Arm.PLACEBO,
    }  # fmt: skip
