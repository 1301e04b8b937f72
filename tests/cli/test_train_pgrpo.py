"""`lcbrb train pgrpo`: what it shows, what it refuses, and its exit code where the alarm is raised."""

import json

import pytest
from word_policy import saved_policy

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]  # of the libraries below


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return saved_policy(tmp_path_factory.mktemp("policy"))


@pytest.fixture
def train(lcbrb, tmp_path, base):
    settings = {
        "prompts": 4,
        "group_size": 4,
        "micro_batch": 8,
        "steps": 2,
        "max_tokens": 12,
        "template": "{problem}",
        "held_out": 0.2,
    }
    settings = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def run(*more, model="python:word_policy:likes_good", policy=base):
        named = ["--reward-model", model] if model else []
        return lcbrb(
            "train", "pgrpo", "--policy", policy, "--problems", "python:word_policy:digits",
            "--out", tmp_path / "run", *named, *settings, *more,
        )  # fmt: skip

    return run


def test_it_shows_pass_at_1_before_and_after_and_where_the_policy_lies(train, tmp_path):
    ended = train()
    assert ended.code == 0, ended.err
    assert "pass@1/held_out=before" in ended.out
    assert "pass@1/held_out=after" in ended.out
    assert "8 problems, 2 steps" in ended.out
    assert str(tmp_path / "run" / "model") in ended.out.replace("\n", "")
    record = json.loads(train("--json").out)  # finished: read back
    assert (record["kind"], record["config"]["arm"]) == ("training", "pgrpo")


@pytest.mark.parametrize(("alarm", "code"), [("true", 1), ("false", 0)])
def test_the_alarm_is_an_exit_code_where_that_is_asked_for(train, monkeypatch, alarm, code):
    from lcbrb.training.pgrpo import recorded
    from lcbrb.training.pgrpo.alarm import Raised

    raised = Raised(step=2, onset=0, thinking=(0.2, 0.9), outcome=(0.5, 0.4), lag=9.0)
    monkeypatch.setattr(recorded, "alarm_of", lambda _: raised)
    ended = train("-c", f"alarm={alarm}", "-c", "steps=6", "-c", "eval_every=2")
    assert ended.code == code
    assert "reward-hacking alarm at step 2" in " ".join((ended.out + ended.err).split())


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--arm", "pgrp"], "arm"),
        (["--arm", "ungated", "-c", "arm=soft"], "give only one of them"),
        (["-c", "group_size=1"], "group_size"),
        (["-c", "trl.beta=0.1"], "trl.beta is set by"),
        (["--reward-model", "length"], "a thinking reward must be in [0, 1]"),
        (["--policy", "no/such folder"], "neither a folder nor a hub model"),
        (["--problems", "no-such-benchmark"], "no-such-benchmark"),
        (["-c", "solved_in=nowhere"], "nowhere"),
    ],
)
def test_a_mistake_costs_a_sentence(train, tmp_path, more, words):
    named = {"--reward-model": "model", "--policy": "policy"}
    ended = train(**{named[more[0]]: more[1]}) if more[0] in named else train(*more)
    assert ended.code in {2, 3}
    assert words in " ".join(ended.err.split())
    assert not (tmp_path / "run" / "model").exists()


def test_an_arm_that_reads_reasoning_needs_a_reward_model(train):
    ended = train(model=None)
    assert ended.code == 2
    assert "name a reward model" in " ".join(ended.err.split())
    assert train("--arm", "outcome", model=None).code == 0
