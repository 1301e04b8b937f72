"""Several processes train one model: as one does, with one that writes; in pieces or not."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from accelerate.commands.config.config_args import load_config_from_file
from accelerate.commands.launch import _validate_launch_command, launch_command_parser
from launched import fsdp_env
from tiny import pair, save_language_model

import lcbrb
from lcbrb import codec
from lcbrb.errors import UsageError
from lcbrb.rewards import reward_model
from lcbrb.rewards.pair_sides import sides_of
from lcbrb.training import processes
from lcbrb.training.launch import LAUNCHES, launch_file

pytestmark = [pytest.mark.filterwarnings("ignore"), pytest.mark.long]
SCRIPT = Path(__file__).parents[1] / "support" / "launched.py"
CONFIG = {
    "trunk": "full",
    "epochs": 2,
    "batch_size": 4,
    "micro_batch": 1,  # two of them in each of two processes; the last batch has 3 pairs for 4
    "learning_rate": 0.01,
    "eval_every": 2,
}


def pairs(count=13):
    return [
        pair(f"p{i}", chosen=f"{i} and {i} make {2 * i}, yes", rejected=f"{i} or {i}: {3 * i + 1}?")
        for i in range(count)
    ]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return save_language_model(tmp_path_factory.mktemp("base") / "llama", chat=True)


@pytest.fixture
def launched(tmp_path, base):
    """Two processes by `torchrun`, on CPUs."""
    codec.write_records(tmp_path / "pairs.jsonl", pairs())

    def run(kind, kill=0, out="run", **config):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        options = [f"-c{name}={value}" for name, value in {**CONFIG, **config}.items()]
        return subprocess.run(
            [
                sys.executable, "-W", "ignore", "-m", "torch.distributed.run", "--nproc-per-node=2",
                f"--master-port={port}", SCRIPT, kind, str(kill), "train", "reward-model",
                "--pairs", tmp_path / "pairs.jsonl", "--base", base, "--out", tmp_path / out,
                "-cdevice=cpu", *options,
            ],
            env={**os.environ, **(fsdp_env() if kind == "fsdp" else {}), "HF_HUB_OFFLINE": "1"},
            capture_output=True,
            text=True,
            check=False,
            timeout=500,
        )  # fmt: skip

    return run


def arguments(name, tmp_path):
    """What `accelerate launch` makes of one of the files."""
    path = tmp_path / f"{name}.yaml"
    path.write_text(launch_file(name))
    given = ["--config_file", str(path), "--num_processes", "2", "-m", "lcbrb"]
    return _validate_launch_command(launch_command_parser().parse_args(given))[0]


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "trunk"), [("ddp", "lora"), ("fsdp", "full"), ("fsdp", "lora")])
def test_two_processes_train_as_one_does_and_go_on_after_a_kill(
    launched, base, tmp_path, kind, trunk
):
    killed = launched(kind, kill=4, trunk=trunk)
    assert killed.returncode != 0
    assert (tmp_path / "run" / "checkpoint-4").exists()
    ended = launched(kind, trunk=trunk)
    assert ended.returncode == 0, ended.stderr[-3000:]
    assert ended.stdout.count("on held-out pairs") == 1
    assert set(re.findall(r"weights: (\w+)", ended.stderr)) == {
        "DTensor" if kind == "fsdp" else "Tensor"
    }
    log = (tmp_path / "run" / "log.txt").read_text()
    assert [word in log for word in ("started", "resumed", "finished")] == [True] * 3
    assert log.count("resumed") == 1
    alone = lcbrb.train_reward_model(
        pairs(), str(base), tmp_path / "alone", config={**CONFIG, "trunk": trunk, "device": "cpu"}
    )
    together = lcbrb.train_reward_model(
        str(tmp_path / "pairs.jsonl"),
        str(base),
        tmp_path / "run",
        config={**CONFIG, "trunk": trunk},
    )
    assert together.record.counts["processes"] == 2
    assert [step.step for step in together.steps] == list(range(1, 7))
    for one, two in zip(alone.steps, together.steps, strict=True):
        assert two.loss == pytest.approx(one.loss, abs=1e-5)
        assert two.grad_norm == pytest.approx(one.grad_norm, rel=1e-3)
        assert two.accuracy == one.accuracy
        assert two.held_out_loss == pytest.approx(one.held_out_loss, abs=1e-5)
    by_id = {one.id: one for one in pairs()}
    model = reward_model(f"hf:{together.model}")
    for one, two in zip(alone.held_out.scored, together.held_out.scored, strict=True):
        assert two.chosen_score == pytest.approx(one.chosen_score, abs=1e-4)
        both = model.score(sides_of(by_id[two.pair_id]))
        assert both == pytest.approx([two.chosen_score, two.rejected_score], abs=1e-5)


@pytest.mark.slow
def test_what_the_first_process_refuses_ends_all(launched, tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "scores.jsonl").write_text("{}\n")
    ended = launched("ddp")
    assert ended.returncode != 0
    assert ended.stderr.count("contains samples but no record.json: choose another folder") == 2


@pytest.mark.parametrize("name", [n for n, file in LAUNCHES.items() if file.endswith(".yaml")])
def test_accelerate_takes_the_file(name, tmp_path):
    (tmp_path / "own.yaml").write_text(launch_file(name))
    read = load_config_from_file(str(tmp_path / "own.yaml"))
    assert str(read.distributed_type).lower().endswith(name)
    told = arguments(name, tmp_path)
    assert (told.num_processes, told.mixed_precision) == (2, "bf16")
    assert told.use_fsdp == (name == "fsdp")
    assert told.use_deepspeed == (name == "deepspeed")


def test_the_file_for_fsdp_asks_for_its_second_version(tmp_path):
    told = arguments("fsdp", tmp_path)
    assert int(told.fsdp_version) == 2
    assert told.fsdp_state_dict_type == "FULL_STATE_DICT"


def test_the_file_for_deepspeed_asks_for_stage_2(tmp_path):
    assert int(arguments("deepspeed", tmp_path).zero_stage) == 2


def test_a_single_device_for_several_processes_is_refused(monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    with pytest.raises(UsageError, match="each process needs its own device"):
        processes.joined("cuda:0")


@pytest.mark.parametrize(
    ("environ", "first"),
    [
        ({}, True),
        ({"WORLD_SIZE": "1", "RANK": "3"}, True),
        ({"WORLD_SIZE": "2", "RANK": "1"}, False),
    ],
)
def test_which_process_prints(monkeypatch, environ, first):
    for name in ("WORLD_SIZE", "RANK"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert processes.is_first() is first
