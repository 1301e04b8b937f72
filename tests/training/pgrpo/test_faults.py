"""The command as people run it: killed, cut off from its server, and started again."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from word_policy import saved_policy

import lcbrb
from lcbrb.errors import SetupError

pytestmark = pytest.mark.filterwarnings("ignore")  # of the libraries below
SUPPORT = Path(__file__).resolve().parents[2] / "support"
PROBLEMS, MODEL = "python:word_policy:digits", "python:word_policy:likes_good"
CONFIG = {
    "prompts": 4,
    "group_size": 4,
    "micro_batch": 8,
    "steps": 8,
    "learning_rate": 0.002,
    "max_tokens": 12,
    "template": "{problem}",
    "eval_every": 4,
    "save_every": 2,
    "held_out": 0.2,
}


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return saved_policy(tmp_path_factory.mktemp("policy"))


def rows(run, name):
    found = [json.loads(line) for line in (run / name).read_text().splitlines()]
    for row in found:
        figures = row.get("figures", {})
        for figure in [figure for figure in figures if figure.endswith("_s")]:
            del figures[figure]
    return found


def trained(base, out):
    return lcbrb.train_policy(PROBLEMS, base, out, reward_model=MODEL, config=CONFIG)


@pytest.mark.long
def test_a_training_that_is_killed_goes_on_as_if_it_had_not_been(base, tmp_path):
    command = [
        *(sys.executable, "-m", "lcbrb.cli.main", "train", "pgrpo", "--policy", base),
        *("--problems", PROBLEMS, "--reward-model", MODEL, "--out", str(tmp_path / "cut")),
        *(f"--config={name}={value}" for name, value in CONFIG.items()),
    ]
    environment = {**os.environ, "PYTHONPATH": str(SUPPORT)}
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as killed:
        metrics = tmp_path / "cut" / "metrics.jsonl"
        until = time.monotonic() + 500
        while time.monotonic() < until and killed.poll() is None:
            if metrics.exists() and metrics.read_text().count("\n") > 4:
                break
            time.sleep(0.01)
        killed.send_signal(signal.SIGKILL)
    assert not (tmp_path / "cut" / "model").exists(), "it was killed too late to tell anything"
    assert trained(base, tmp_path / "cut").record.complete
    trained(base, tmp_path / "whole")
    for name in ("metrics.jsonl", "rollouts.jsonl"):
        assert rows(tmp_path / "cut", name) == rows(tmp_path / "whole", name)


def test_a_server_of_rollouts_that_is_gone_is_said_and_the_steps_before_are_kept(
    base, tmp_path, monkeypatch
):
    from trl import GRPOTrainer

    own, calls = GRPOTrainer._generate_single_turn, []

    def gone(self, *given, **named):
        calls.append(self.model.training)
        if calls.count(True) > 3:
            raise ConnectionError("Connection refused by http://localhost:8000")
        return own(self, *given, **named)

    with monkeypatch.context() as patch:
        patch.setattr(GRPOTrainer, "_generate_single_turn", gone)
        with pytest.raises(
            SetupError, match=r"Connection refused.*to continue from the last complete"
        ):
            trained(base, tmp_path / "run")
    assert [row["step"] for row in rows(tmp_path / "run", "metrics.jsonl")] == [0, 1, 2, 3, 4, 5, 6]
    assert trained(base, tmp_path / "run").record.complete
