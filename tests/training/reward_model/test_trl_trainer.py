"""LoRA and all weights by TRL's trainer: what it leaves to its caller, and that a resume is exact."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tiny import EOS, pair, save_classifier, save_language_model

import lcbrb
from lcbrb.errors import IncompleteRunError, SetupError
from lcbrb.rewards import reward_model
from lcbrb.rewards.forward.options import ModelOptions
from lcbrb.rewards.pair_sides import sides_of
from lcbrb.training.reward_model.base_model import load_base
from lcbrb.training.reward_model.frozen.fit import fit_head
from lcbrb.training.reward_model.frozen.states import states_of
from lcbrb.training.reward_model.settings import RewardSettings
from lcbrb.training.reward_model.tokenised import tokenise
from lcbrb.training.supervised import Job
from lcbrb.training.tokenised import Tokenised

pytestmark = pytest.mark.filterwarnings("ignore")  # of the libraries below
CONFIG = {
    "trunk": "lora",
    "epochs": 2,
    "batch_size": 4,
    "micro_batch": 2,
    "learning_rate": 0.01,
    "lora_rank": 4,
}


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LCBRB_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def bases(tmp_path_factory):
    root = tmp_path_factory.mktemp("bases")
    return {
        "llama": save_language_model(root / "llama", chat=True),
        "ends in its padding": save_classifier(root / "pad", "llama", chat=True, pad=EOS),
        "bert": save_classifier(root / "bert", "bert"),
    }


def pairs(count=12):
    return [
        pair(f"p{i}", chosen=f"{i} and {i} make {2 * i}, yes", rejected=f"{i} or {i}: {3 * i + 1}?")
        for i in range(count)
    ]


def train(base, out, **config):
    return lcbrb.train_reward_model(pairs(), str(base), out, config={**CONFIG, **config})


@pytest.mark.parametrize("trunk", ["lora", "full"])
@pytest.mark.parametrize("kind", ["llama", "ends in its padding", "bert"])
def test_the_checkpoint_scores_as_the_trainer_did(bases, tmp_path, kind, trunk):
    trained = train(bases[kind], tmp_path / "run", trunk=trunk)
    model = reward_model(f"hf:{trained.model}")
    by_id = {one.id: one for one in pairs()}
    for row in trained.held_out.scored:
        both = model.score(sides_of(by_id[row.pair_id]))
        assert both == pytest.approx([row.chosen_score, row.rejected_score], abs=1e-5)
    told = [step.accuracy for step in trained.steps if step.accuracy is not None]
    assert (
        max(told)
        == trained.held_out.record.estimates[next(iter(trained.held_out.record.estimates))].value
    )
    assert [step.step for step in trained.steps] == list(range(1, len(trained.steps) + 1))
    assert not list((tmp_path / "run").glob("checkpoint-*"))


def test_all_weights_of_an_adapter_are_trained_and_saved_whole(bases, tmp_path):
    first = train(bases["llama"], tmp_path / "one")
    trained = train(first.model, tmp_path / "two", trunk="full")
    model = reward_model(f"hf:{trained.model}")
    row = trained.held_out.scored[0]
    one = next(one for one in pairs() if one.id == row.pair_id)
    both = model.score(sides_of(one))
    assert both == pytest.approx([row.chosen_score, row.rejected_score], abs=1e-5)
    assert not (trained.model / "adapter_config.json").exists()


def a_job(base, folder, count=12, **config):
    settings = RewardSettings(**{**CONFIG, **config})
    tokens = tokenise(base.tokenizer, pairs(count), 256, settings)
    return Job(
        train=tokens,
        held_out=Tokenised(),
        settings=settings,
        seed=0,
        folder=folder,
    )


# the last micro-batch has one pair; only here a bias has gradients
UNEVEN = {"micro_batch": 2, "count": 11, "weight_decay": 30.0, "loss": "regression"}


@pytest.mark.parametrize("kind", ["llama", "ends in its padding", "bert"])
@pytest.mark.parametrize(
    "how",
    [{}, {"loss": "regression", "centering": 0.1}, {"margin": 0.5, "warmup": 0.2}, UNEVEN],
)
def test_a_frozen_trunk_has_the_same_losses_under_trl(bases, tmp_path, kind, how):
    from lcbrb.training.reward_model.trl_trainer import train_with_trl

    base = load_base(str(bases[kind]), ModelOptions())
    job = a_job(base, tmp_path, trunk="full", **{"micro_batch": 4, **how})
    states, _ = states_of(base, job.train.rows, tmp_path / "cache")
    base.draw_head(0)
    first = {name: value.clone() for name, value in base.head.state_dict().items()}
    own = fit_head(base.head, base.scores, states, None, job.settings, 0)
    base.head.load_state_dict(first)
    trained = {id(weight) for weight in base.head.parameters()}
    for weight in base.model.parameters():
        weight.requires_grad_(id(weight) in trained)
    _, theirs = train_with_trl(base, job)
    assert len(theirs.steps) == len(own.steps) == 6
    for one, two in zip(own.steps, theirs.steps, strict=True):
        assert two.loss == pytest.approx(one.loss, abs=1e-5)
        assert two.learning_rate == pytest.approx(one.learning_rate)


def test_the_loss_of_even_batches_is_trl_s_own(bases, tmp_path):
    from trl import RewardTrainer

    from lcbrb.training.reward_model import trl_trainer

    base = load_base(str(bases["llama"]), ModelOptions())
    base.draw_head(0)
    job = a_job(base, tmp_path, trunk="full", micro_batch=4, margin=0.5)
    trainer, _ = trl_trainer._trainer(base, job)
    rows = [trainer.train_dataset[row] for row in range(4)]
    own = trainer.compute_loss(trainer.model, trainer.data_collator(rows))
    batch = trainer.data_collator(rows)
    del batch["rows"], batch["targets"]
    theirs = RewardTrainer.compute_loss(trainer, trainer.model, batch)
    assert float(own) == pytest.approx(float(theirs), abs=1e-6)


def test_a_loss_that_is_no_number_names_the_pairs(bases, tmp_path, monkeypatch):
    from lcbrb.training.reward_model import trl_classes

    monkeypatch.setattr(
        trl_classes, "loss_of", lambda _, better, *__: (better * float("nan")).mean()
    )
    with pytest.raises(
        IncompleteRunError, match=r"the loss of step 1, of the pairs \w{12}, \w{12}, is"
    ):
        train(bases["llama"], tmp_path / "run", loss="regression")
    assert json.loads((tmp_path / "run" / "record.json").read_text())["complete"] is False


KILLED = """
import os, signal, sys
sys.path.insert(0, "tests/training/reward_model"); sys.path.insert(0, "tests/support")
import test_trl_trainer as own
from lcbrb.training import trl_shared
whole = trl_shared.Callback.on_save
def on_save(self, args, state, control, **more):
    if state.global_step == int(sys.argv[3]):
        os.kill(os.getpid(), signal.SIGKILL)  # between the step and the mark that it is saved
    whole(self, args, state, control, **more)
trl_shared.Callback.on_save = on_save
own.train(sys.argv[1], sys.argv[2], **own.LONGER)
"""
LONGER = {"epochs": 3, "eval_every": 2}


def goes_on_exactly(bases, tmp_path):
    """Started again it has the steps and the scores of a run that was never ended."""
    left = {path.name for path in (tmp_path / "run").glob("checkpoint-*")}
    assert "checkpoint-6" in left
    resumed = train(bases["llama"], tmp_path / "run", **LONGER)
    unbroken = train(bases["llama"], tmp_path / "other", **LONGER)
    assert [step.step for step in resumed.steps] == list(range(1, 10))
    for one, two in zip(unbroken.steps, resumed.steps, strict=True):
        assert two.loss == pytest.approx(one.loss, abs=1e-6)
        assert two.accuracy == one.accuracy
    for one, two in zip(unbroken.held_out.scored, resumed.held_out.scored, strict=True):
        assert two.chosen_score == pytest.approx(one.chosen_score, abs=1e-5)


class PlugPulledError(BaseException):
    """Nobody handles it, as nobody handles the end of a process."""


def test_an_end_between_step_and_save_is_gone_on_from_exactly(bases, tmp_path, monkeypatch):
    from lcbrb.training.trl_shared import Callback

    whole = Callback.on_save

    def on_save(self, args, state, control, **more):
        if state.global_step == 6:
            raise PlugPulledError  # between the step and the mark that it is saved
        whole(self, args, state, control, **more)

    with monkeypatch.context() as patched:
        patched.setattr(Callback, "on_save", on_save)
        with pytest.raises(PlugPulledError):
            train(bases["llama"], tmp_path / "run", **LONGER)
    goes_on_exactly(bases, tmp_path)


@pytest.mark.long
def test_a_kill_between_step_and_save_is_gone_on_from_exactly(bases, tmp_path):
    run = subprocess.run(
        [
            sys.executable,
            "-W",
            "ignore",
            "-c",
            KILLED,
            str(bases["llama"]),
            str(tmp_path / "run"),
            "6",
        ],
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        check=False,
        timeout=400,
    )
    assert run.returncode == -signal.SIGKILL
    goes_on_exactly(bases, tmp_path)


def full_at(monkeypatch, step):
    """No room for the checkpoint of a step."""
    from lcbrb.training.reward_model import trl_classes

    whole = trl_classes.Trainer._save_checkpoint

    def full(self, *given):
        if self.state.global_step == step:
            raise OSError(28, "No space left on device")
        whole(self, *given)

    monkeypatch.setattr(trl_classes.Trainer, "_save_checkpoint", full)


def test_a_full_disk_is_a_clear_end_and_what_is_whole_is_kept(bases, tmp_path, monkeypatch):
    with monkeypatch.context() as broken:
        full_at(broken, 4)
        with pytest.raises(
            SetupError, match=r"No space left.*to continue from the last complete checkpoint"
        ):
            train(bases["llama"], tmp_path / "run", **LONGER)
    assert [path.name for path in (tmp_path / "run").glob("checkpoint-*")] == ["checkpoint-2"]
    assert train(bases["llama"], tmp_path / "run", **LONGER).record.counts["steps"] == 9


def test_a_damaged_checkpoint_is_told_and_the_one_before_is_gone_on_from(
    bases, tmp_path, monkeypatch
):
    with monkeypatch.context() as broken:
        full_at(broken, 6)
        with pytest.raises(SetupError):
            train(bases["llama"], tmp_path / "run", **LONGER)
    damaged = tmp_path / "run" / "checkpoint-4" / "optimizer.pt"
    damaged.write_bytes(damaged.read_bytes()[:100])
    resumed = train(bases["llama"], tmp_path / "run", **LONGER)
    assert [step.step for step in resumed.steps] == list(range(1, 10))
    (note,) = [note for note in resumed.record.notes if "damaged" in note]
    assert "checkpoint-4 (optimizer.pt has 100 of" in note
    assert "went on from checkpoint-2" in note


def test_a_folder_that_was_moved_ends_with_its_best_weights_and_its_patience_stays_spent(
    bases, tmp_path, monkeypatch
):
    from lcbrb.training.reward_model import run as reward_model, trl_classes

    accuracies = iter([0.9, 0.5, 0.4, *[0.3] * 10])  # of steps 2, 4, 6: the first is the best
    monkeypatch.setattr(trl_classes, "accuracy_and_loss", lambda *_: (next(accuracies), 0.1))
    with monkeypatch.context() as broken:
        broken.setattr(reward_model, "save", lambda *_: (_ for _ in ()).throw(SetupError("full")))
        with pytest.raises(SetupError):
            train(bases["llama"], tmp_path / "run", patience=2, **LONGER)
    (tmp_path / "run").rename(tmp_path / "moved")
    name = "adapter_model.safetensors"
    best = (tmp_path / "moved" / "checkpoint-2" / name).read_bytes()
    assert best != (tmp_path / "moved" / "checkpoint-6" / name).read_bytes()
    resumed = train(bases["llama"], tmp_path / "moved", patience=2, **LONGER)
    assert len(resumed.steps) == 6
    assert resumed.record.counts["best_step"] == 2
    assert (resumed.model / name).read_bytes() == best


def test_trl_that_is_not_there_is_named(bases, tmp_path, monkeypatch):
    import importlib.util

    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        "find_spec",
        lambda name, *more: None if name == "trl" else find(name, *more),
    )
    with pytest.raises(SetupError, match=r"lcbrb\[train\]"):
        train(bases["llama"], Path(tmp_path / "run"))
