"""Settings for GPUs that come with the package, as this code and TRL read them."""

import pytest

from lcbrb.cli.settings import read_settings
from lcbrb.config import build
from lcbrb.errors import UsageError
from lcbrb.training.launch import LAUNCHES, launch_file
from lcbrb.training.pgrpo.arguments import grpo_arguments
from lcbrb.training.pgrpo.settings import PolicySettings

pytestmark = pytest.mark.filterwarnings("ignore")  # of the libraries below
NAMES = [name for name, file in LAUNCHES.items() if file.endswith(".toml")]


def settings(name, tmp_path):
    """As `train pgrpo --config FILE` has them, on this machine."""
    path = tmp_path / LAUNCHES[name]
    path.write_text(launch_file(name))
    given = read_settings([str(path), "device=cpu"])
    return build(PolicySettings, given, "train pgrpo")


def arguments(name, tmp_path, processes):
    """What TRL makes of them in one of so many processes."""
    return grpo_arguments(settings(name, tmp_path), 0, tmp_path, processes)


def test_which_settings_there_are():
    assert NAMES == ["pgrpo-vllm", "pgrpo-lora"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("processes", [1, 8])
def test_trl_takes_them_with_two_updates_a_batch(name, tmp_path, processes):
    told = arguments(name, tmp_path, processes)
    found = settings(name, tmp_path)
    assert told.steps_per_generation == 2 * told.gradient_accumulation_steps
    everywhere = told.per_device_train_batch_size * told.steps_per_generation * processes
    assert everywhere == found.prompts * found.group_size


@pytest.mark.parametrize("name", NAMES)
def test_they_are_the_papers(name, tmp_path):
    told = arguments(name, tmp_path, 8)
    assert (told.num_generations, told.max_completion_length, told.temperature) == (8, 4096, 1.0)
    assert (told.epsilon, told.epsilon_high, told.beta) == (0.2, 0.28, 0.0)
    assert settings(name, tmp_path).formula == PolicySettings().formula


def test_those_for_vllm_train_all_weights_and_sample_in_each_process(tmp_path):
    told = arguments("pgrpo-vllm", tmp_path, 8)
    assert (told.use_vllm, told.vllm_mode, told.vllm_tensor_parallel_size) == (True, "colocate", 1)
    assert told.vllm_max_model_length > told.max_completion_length
    assert told.learning_rate == 1e-6
    assert settings("pgrpo-vllm", tmp_path).lora_rank == 0


def test_those_for_lora_train_adapters_and_need_no_vllm(tmp_path):
    told = arguments("pgrpo-lora", tmp_path, 1)
    assert not told.use_vllm
    assert told.learning_rate == 1e-5
    assert settings("pgrpo-lora", tmp_path).lora_rank == 16


@pytest.mark.parametrize("more", [{"resample": 1}, {"parts": 3}])
def test_groups_that_are_sampled_apart_must_lie_whole_on_a_process(tmp_path, more):
    split = {"prompts": 3, "group_size": 4, "micro_batch": 3, "device": "cpu"}
    with pytest.raises(UsageError, match="whole groups in each process"):
        grpo_arguments(PolicySettings(**split, **more), 0, tmp_path, 2)
    assert grpo_arguments(PolicySettings(**split, **more), 0, tmp_path).num_generations == 4


def test_a_batch_that_can_not_be_shared_out_is_refused(tmp_path):
    with pytest.raises(UsageError, match="can't be divided among 3 processes"):
        grpo_arguments(PolicySettings(device="cpu"), 0, tmp_path, 3)
