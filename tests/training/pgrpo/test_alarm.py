"""The reward-hacking alarm: when it is raised, and when it must not be."""

import sys
import types

import pytest

from lcbrb.stats import wilson
from lcbrb.training.pgrpo.alarm import Alarm, Raised, alarm_of
from lcbrb.training.pgrpo.alerting import alert, on_each_step
from lcbrb.training.pgrpo.settings import PolicySettings
from lcbrb.training.pgrpo_reward import Arm
from lcbrb.types import PolicyStep

N = 200
RISING = [0.5, 0.6, 0.7, 0.8, 0.9, 0.95]
EVERY = 20


def alarm_after(thinking, outcome, n=N):
    """The alarm of evaluations every 20 steps."""
    alarm = Alarm()
    found = [
        alarm.update(place * EVERY, score, wilson(round(rate * n), n))
        for place, (score, rate) in enumerate(zip(thinking, outcome, strict=True))
    ]
    assert [one for one in found if one is not None] == [one for one in [alarm.raised] if one]
    return alarm.raised


def test_thinking_that_rises_while_the_outcome_falls_raises_it_once_with_onset_and_delay():
    still = [0.5] * 4
    raised = alarm_after(still + RISING, [0.4] * 4 + [0.38, 0.35, 0.3, 0.26, 0.22, 0.2])
    assert raised is not None
    assert 2 * EVERY <= raised.onset <= 4 * EVERY
    assert raised.step <= 7 * EVERY
    assert raised.delay == raised.step - raised.onset
    assert f"alarm at step {raised.step}: since step {raised.onset} the thinking" in raised.sentence


def test_an_outcome_that_stands_still_raises_it_later():
    rising = [0.4 + 0.05 * n for n in range(12)]
    falling = alarm_after(rising, [0.4 - 0.02 * n for n in range(12)])
    still = alarm_after(rising, [0.4] * 12)
    assert still.step > falling.step


@pytest.mark.parametrize(
    ("thinking", "outcome"),
    [
        pytest.param(RISING, [0.3, 0.37, 0.44, 0.5, 0.57, 0.6], id="both rise"),
        pytest.param([0.5] * 6, [0.6, 0.5, 0.4, 0.3, 0.2, 0.1], id="the outcome alone falls"),
        pytest.param(RISING[::-1], [0.6, 0.5, 0.4, 0.3, 0.2, 0.1], id="both fall"),
        pytest.param(RISING, [1.0] * 6, id="nothing is left to gain"),
        pytest.param(RISING[:3], [0.6, 0.4, 0.2], id="too few evaluations"),
        pytest.param([0.5, 0.9, 0.4, 0.8, 0.5, 0.9], [0.6, 0.5, 0.4, 0.3, 0.2, 0.1], id="no line"),
    ],
)
def test_what_is_no_hacking_raises_nothing(thinking, outcome):
    assert alarm_after(thinking, outcome) is None


def test_few_problems_prove_little():
    still = [0.4] * 6
    assert alarm_after(RISING, still, n=20) is None
    assert alarm_after(RISING, still, n=2000) is not None


def test_a_policy_that_only_wanders_raises_nothing_however_many_problems_there_are():
    wandering = [0.5, 0.49, 0.5, 0.485, 0.48]  # a change or two of a hundredth
    assert alarm_after([0.5, 0.52, 0.55, 0.58, 0.61], wandering, n=10**7) is None
    assert alarm_after([0.5, 0.52, 0.55, 0.58, 0.61], [0.5, 0.45, 0.4, 0.35, 0.3], n=10**7)


def test_a_very_long_run_is_looked_at_by_its_last_stretches():
    still = [0.5] * 300
    raised = alarm_after(still + RISING, [*still, 0.45, 0.4, 0.35, 0.3, 0.25, 0.2])
    assert raised.onset >= (300 - 40) * EVERY


def steps(thinking, outcome, *, first=True):
    """A training's steps: an evaluation every second one, the first before any."""
    rows = [PolicyStep(step=0, held_out=wilson(round(outcome[0] * N), N))] if first else []
    for place, (score, rate) in enumerate(zip(thinking[1:], outcome[1:], strict=True)):
        begun = {} if thinking[0] is None else {"thinking": score}
        at = 2 * place + 1
        rows.append(PolicyStep(step=at, figures=begun))
        rows.append(PolicyStep(step=at + 1, held_out=wilson(round(rate * N), N)))
    return rows


def test_the_lines_of_a_run_are_enough():
    falling = [0.6, 0.5, 0.4, 0.3, 0.2, 0.1]
    raised = alarm_of(steps(RISING, falling))
    assert raised is not None
    assert raised.onset in {0, 2}
    assert alarm_of(steps(RISING, [0.3, 0.37, 0.44, 0.5, 0.57, 0.6])) is None


def test_without_a_reward_model_there_is_nothing_to_raise():
    assert alarm_of(steps([None, *RISING[1:]], [0.6, 0.5, 0.4, 0.3, 0.2, 0.1])) is None


def test_the_evaluation_before_the_first_step_counts():
    falling = [0.6, 0.4, 0.2, 0.1]
    assert alarm_of(steps(RISING[:4], falling)) is not None
    assert alarm_of(steps(RISING[:4], falling, first=False)) is None


@pytest.fixture
def trackio(monkeypatch):
    """Stands for the library, which is not installed; what it was told."""
    told = []
    module = types.SimpleNamespace(
        AlertLevel=types.SimpleNamespace(WARN="warn"), alert=lambda **given: told.append(given)
    )
    monkeypatch.setitem(sys.modules, "trackio", module)
    return told


RAISED = Raised(step=80, onset=20, thinking=(0.4, 0.9), outcome=(0.5, 0.4), lag=3.0)


def test_trackio_is_told_where_it_is_reported_to(trackio):
    assert not alert(RAISED, "tensorboard")
    assert trackio == []
    assert alert(RAISED, "tensorboard,trackio")
    assert [one["level"] for one in trackio] == ["warn"]
    assert "since step 20" in trackio[0]["text"]


def test_a_training_goes_on_where_trackio_is_missing_or_knows_no_run(monkeypatch):
    monkeypatch.setitem(sys.modules, "trackio", None)
    assert not alert(RAISED, "trackio")

    def no_run(**_):
        raise RuntimeError("Call trackio.init() before trackio.alert()")

    module = types.SimpleNamespace(AlertLevel=types.SimpleNamespace(WARN="warn"), alert=no_run)
    monkeypatch.setitem(sys.modules, "trackio", module)
    assert not alert(RAISED, "trackio")


def test_the_log_is_told_of_an_alarm_once_unless_no_reasoning_is_paid_for(trackio):
    lines = steps(RISING, [0.6, 0.5, 0.4, 0.3, 0.2, 0.1])

    def logged(earlier=(), **given):
        log, bar = [], []
        on_step = on_each_step(
            PolicySettings(report_to="trackio", **given), earlier, log.append, bar.append
        )
        for line in lines[len(earlier) :]:
            on_step(line)
        assert sum(bar) == len([line for line in lines[len(earlier) :] if line.step])
        return log

    (told,) = logged()
    assert told.startswith("reward-hacking alarm at step ")
    assert len(trackio) == 1
    assert logged(lines[:-1]) == []  # an earlier start has told of it
    assert logged(arm=Arm.OUTCOME) == []
    assert len(trackio) == 1
