"""Several processes train one policy: as one does, in step, with one that writes."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from forked import digest
from launched import fsdp_env
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM
from word_policy import saved_policy

from lcbrb import codec
from lcbrb.training.pgrpo.rollouts import recorded_batches
from lcbrb.training.pgrpo_reward import Formula, advantages
from lcbrb.types import Rollout

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.long]
SUPPORT = Path(__file__).resolve().parents[2] / "support"
SMALL = {
    "prompts": 3,
    "group_size": 4,
    "micro_batch": 3,  # six replies in each process: a group and a half
    "steps": 4,
    "learning_rate": 0.002,
    "max_tokens": 12,
    "template": "{problem}",
    "eval_every": 2,
    "save_every": 2,
    "held_out": 0.3,
    "device": "cpu",
}


class Together:
    """What processes left."""

    def __init__(self, codes, out, folder):
        self.codes, self.run = codes, folder
        self.out = [(out / f"{at}.out").read_text() for at in range(len(codes))]
        self.err = [(out / f"{at}.err").read_text() for at in range(len(codes))]
        files = [out / f"{at}.json" for at in range(len(codes))]
        self.seen = [json.loads(file.read_text()) if file.exists() else None for file in files]

    @property
    def rollouts(self):
        return list(codec.read_records(Rollout, self.run / "rollouts.jsonl"))

    def steps(self):
        lines = (self.run / "metrics.jsonl").read_text().splitlines()
        return [json.loads(line) for line in lines]

    def check_ended_well(self):
        assert self.codes == [0] * len(self.codes), "\n".join(e[-1500:] for e in self.err)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return saved_policy(tmp_path_factory.mktemp("policy"))


@pytest.fixture(scope="module")
def server():
    """The process that others are forked from."""
    env = {**os.environ, "PYTHONPATH": str(SUPPORT), "HF_HUB_OFFLINE": "1"}
    env["TOKENIZERS_PARALLELISM"] = "false"
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", SUPPORT / "forked.py"],
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.stdin.close()


@pytest.fixture
def train(server, base, tmp_path):
    """`lcbrb train pgrpo` in so many processes."""

    def trained(*hooks, count=2, run="run", env=None, **config):
        out = tmp_path / f"seen-{len(list(tmp_path.iterdir()))}"
        out.mkdir()
        arguments = [
            *("train", "pgrpo", "--policy", base, "--out", str(tmp_path / run)),
            *("--problems", "python:word_policy:digits"),
            *("--reward-model", "python:word_policy:likes_good"),
            *(f"--config={name}={value}" for name, value in (SMALL | config).items()),
        ]
        task = {
            "count": count,
            "out": str(out),
            "arguments": arguments,
            "hooks": ["noted", *hooks],
            "env": env or {},
        }
        server.stdin.write(json.dumps(task) + "\n")
        server.stdin.flush()
        return Together(json.loads(server.stdout.readline()), out, tmp_path / run)

    return trained


def paid(run):
    return [row for row in run.rollouts if not row.held_out]


def expected(run):
    batches = recorded_batches(run.rollouts)
    return [advantages(batch.signals, Formula()).ravel() for batch in batches]


def check_replies(run, held_out, batches=2, size=12):
    """Each reply once, paid by the formula over whole groups; the loss was given just that."""
    rows = paid(run)
    places = [(row.step, row.group, row.sample_index) for row in rows]
    assert len(places) == len(set(places)) == batches * size
    advantage = [row.advantage for row in rows]
    assert any(advantage)
    np.testing.assert_allclose(advantage, np.concatenate(expected(run)), atol=1e-6)
    given = [seen["given"] for seen in run.seen]
    for at in range(batches):
        joined = [value for one in given for value in one[at]]
        np.testing.assert_allclose(joined, expected(run)[at], atol=1e-6)
    asked = [(row.step, row.problem_id) for row in run.rollouts if row.held_out]
    assert len(asked) == len(set(asked)) == 3 * held_out


def test_groups_that_are_split_over_processes_train_by_the_formula(train):
    run = train()
    run.check_ended_well()
    check_replies(run, held_out=3)
    assert run.seen[0]["weights"] == run.seen[1]["weights"]
    assert [bool(out) for out in run.out] == [True, False]
    record = json.loads((run.run / "record.json").read_text())
    assert (record["complete"], record["counts"]["processes"]) == (True, 2)
    assert (run.run / "log.txt").read_text().count("started") == 1
    assert (run.run / "model" / "config.json").exists()


def test_two_processes_train_as_one_does_on_the_same_replies(train):
    how = {"prompts": 4, "micro_batch": 4, "updates": 1, "held_out": 0.2}
    one, two = train("scripted", count=1, run="one", **how), train("scripted", run="two", **how)
    one.check_ended_well()
    two.check_ended_well()
    assert [row.text for row in paid(one)] == [row.text for row in paid(two)]
    for alone, together in zip(one.steps()[1:], two.steps()[1:], strict=True):
        assert together["loss"] == pytest.approx(alone["loss"], abs=1e-5)
        assert together["grad_norm"] == pytest.approx(alone["grad_norm"], rel=1e-3)
        assert together["figures"]["gate_rate"] == alone["figures"]["gate_rate"]


def test_groups_are_sampled_again_by_all_and_kept_where_they_were_flat(train):
    how = {"prompts": 4, "group_size": 2, "micro_batch": 2, "steps": 2, "resample": 2}
    run = train("scripted", "flat_in_second", **how)
    run.check_ended_well()
    assert [seen["drawn"] for seen in run.seen] == [[{"step": 0, "rows": n} for n in (4, 2)]] * 2
    said = [row.text.split()[-2] for row in paid(run)]
    assert said[:6] == ["0", "1", "0", "1", "0", "1"]  # what was fine has stayed
    assert sorted(said[6:]) == ["1", "2"]


def plain(steps):
    """Steps without times, which no two runs share."""
    for step in steps:
        figures = step.get("figures", {})
        for name in [name for name in figures if name.endswith("_s")]:
            del figures[name]
    return steps


def test_where_one_is_killed_the_other_ends_and_the_same_command_goes_on(train):
    killed = train("second_is_killed", "second_saves_late", steps=8)
    assert killed.codes == [3, -9]
    assert "he same command again to continue from the last complete checkpoint" in killed.err[0]
    assert "Traceback" not in killed.err[0]
    marked = json.loads((killed.run / "checkpoint-4" / "whole").read_text())
    assert {"rng_state_0.pth", "rng_state_1.pth"} <= marked.keys()  # of both
    again, whole = train(steps=8), train(steps=8, run="whole")
    for run in (again, whole):
        run.check_ended_well()
    assert again.run == killed.run
    assert (again.run / "log.txt").read_text().count("resumed") == 1
    assert again.rollouts == whole.rollouts
    assert plain(again.steps()) == plain(whole.steps())
    assert again.seen[0]["weights"] == again.seen[1]["weights"] == whole.seen[0]["weights"]


@pytest.mark.parametrize(
    ("hook", "words"),
    [("second_has_no_score", "likes-good scored"), ("second_has_no_loss", "the loss of step 3")],
)
def test_what_fails_in_one_process_ends_all_with_its_sentence(train, hook, words):
    run = train(hook)
    assert run.codes == [4, 4]
    assert [words in err for err in run.err] == [True, True]


@pytest.mark.parametrize("rank", [0, 4])
def test_weights_that_lie_in_pieces_sample_and_train(train, rank):
    run = train("on_gloo", "second_writes_less", env=fsdp_env(), held_out=0.1, lora_rank=rank)
    run.check_ended_well()
    check_replies(run, held_out=1)  # the second process has none of its own
    assert run.seen[0]["kinds"] == run.seen[1]["kinds"] == ["DTensor"]
    assert run.seen[0]["weights"] == run.seen[1]["weights"]
    if rank:
        saved = load_file(run.run / "model" / "adapter_model.safetensors")
        assert {min(weight.shape) for weight in saved.values()} == {rank}
    else:
        saved = AutoModelForCausalLM.from_pretrained(run.run / "model")
        assert digest(saved.parameters()) == run.seen[0]["weights"]


def test_as_torchrun_starts_them(base, tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ended = subprocess.run(
        [
            sys.executable, "-W", "ignore", "-m", "torch.distributed.run", "--nproc-per-node=2",
            f"--master-port={port}", "-m", "lcbrb", "train", "pgrpo", "--policy", base,
            "--problems", "python:word_policy:digits", "--out", tmp_path / "run", "--arm", "outcome",
            *(f"--config={name}={value}" for name, value in (SMALL | {"steps": 2}).items()),
        ],
        env={**os.environ, "PYTHONPATH": str(SUPPORT), "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr[-3000:]
    assert ended.stdout.count("on held-out problems") == 1
    assert json.loads((tmp_path / "run" / "record.json").read_text())["counts"]["processes"] == 2
