"""A head on a frozen trunk: what is trained is what `lcbrb eval` loads and scores."""

import json
import os
import signal
import subprocess
import sys

import pytest
import torch
from tiny import pair, save_classifier, save_language_model

import lcbrb
from lcbrb.errors import IncompleteRunError, ModelLoadError, SetupError, UsageError
from lcbrb.rewards import reward_model
from lcbrb.rewards.forward.options import ModelOptions
from lcbrb.rewards.pair_sides import sides_of
from lcbrb.training.reward_model.base_model import load_base

CONFIG = {"trunk": "frozen", "epochs": 8, "batch_size": 8, "micro_batch": 4, "learning_rate": 0.01}


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("LCBRB_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="session")
def bases(tmp_path_factory):
    root = tmp_path_factory.mktemp("bases")
    return {
        "llama": save_language_model(root / "llama", chat=True),
        "bert": save_classifier(root / "bert", "bert"),
        "roberta": save_classifier(root / "roberta", "roberta"),
    }


def pairs(count=24):
    """Sums that are right against sums that are not; a head can tell them by their words."""
    return [
        pair(f"p{i}", chosen=f"{i} and {i} make {2 * i}, yes", rejected=f"{i} or {i}: {3 * i + 1}?")
        for i in range(count)
    ]


def train(base, out, given=None, **config):
    return lcbrb.train_reward_model(given or pairs(), str(base), out, config={**CONFIG, **config})


@pytest.mark.parametrize("kind", ["llama", "bert", "roberta"])
def test_the_checkpoint_scores_as_the_trainer_did(bases, tmp_path, kind):
    trained = train(bases[kind], tmp_path / "run")
    model = reward_model(f"hf:{trained.model}")
    by_id = {one.id: one for one in pairs()}
    for row in trained.held_out.scored:
        both = model.score(sides_of(by_id[row.pair_id]))
        assert both == pytest.approx([row.chosen_score, row.rejected_score], abs=1e-5)
    assert trained.steps[-1].loss < trained.steps[0].loss


def test_a_folder_is_named_as_it_stands(bases, tmp_path):
    trained = train(bases["llama"], tmp_path / "run")
    assert reward_model(str(trained.model)).score(sides_of(pairs()[0]))
    assert reward_model(str(trained.path)).revision == reward_model(f"hf:{trained.model}").revision


def test_only_the_head_is_saved(bases, tmp_path):
    trained = train(bases["llama"], tmp_path / "run")
    assert (trained.model / "adapter_model.safetensors").stat().st_size < 2000
    assert "bounds are (-inf, inf)" in (trained.model / "README.md").read_text()


def test_states_are_computed_once(bases, tmp_path):
    first = train(bases["llama"], tmp_path / "one")
    again = train(bases["llama"], tmp_path / "two", loss="regression")
    assert first.record.counts["sequences_computed"] == 48
    assert again.record.counts["sequences_computed"] == 0


def test_cross_validation_ranks_each_pair_by_heads_that_did_not_see_its_problem(bases, tmp_path):
    told = train(bases["llama"], tmp_path / "run", folds=3, seeds=2).record.estimates
    ((metric, estimate),) = told.items()
    assert str(metric) == "cross-validated accuracy"
    assert (estimate.n, estimate.clusters) == (21, 21)
    assert estimate.value > 0.7  # sums that are right end in the same words
    shuffled = [one if i % 2 else one.swap() for i, one in enumerate(pairs())]
    told = train(bases["llama"], tmp_path / "chance", shuffled, folds=3, seeds=2).record.estimates
    assert next(iter(told.values())).value < 0.7
    with pytest.raises(UsageError, match="folds of"):
        train(bases["llama"], tmp_path / "many", folds=30)
    with pytest.raises(UsageError, match=r"folds \(cross-validation\) are only for --trunk frozen"):
        train(bases["llama"], tmp_path / "lora", folds=3, trunk="lora")


def test_the_same_settings_train_the_same_head(bases, tmp_path):
    one, two = (train(bases["llama"], tmp_path / name) for name in "ab")
    assert [step.loss for step in one.steps] == [step.loss for step in two.steps]
    other = lcbrb.train_reward_model(
        pairs(), str(bases["llama"]), tmp_path / "c", seed=1, config=CONFIG
    )
    assert [step.loss for step in other.steps] != [step.loss for step in one.steps]


def test_a_finished_training_is_read_back(bases, tmp_path):
    first = train(bases["llama"], tmp_path / "run")
    again = train(bases["llama"], tmp_path / "run")
    assert again.record.run_id == first.record.run_id
    assert again.held_out.scored == first.held_out.scored
    assert list(again.steps) == list(first.steps)
    page = (tmp_path / "run" / "curves.html").read_text("utf-8")
    assert f"Training finished after {len(first.steps)} steps." in page
    assert '"kept":{' in page
    with pytest.raises(UsageError, match=r"another run .*learning_rate"):
        train(bases["llama"], tmp_path / "run", learning_rate=0.5)


def test_a_finished_training_that_was_moved_is_read_back_without_scoring_anew(bases, tmp_path):
    first = train(bases["llama"], tmp_path / "run")
    (tmp_path / "run").rename(tmp_path / "moved")
    again = train(bases["llama"], tmp_path / "moved")
    assert again.held_out.fresh == 0
    assert again.held_out.scored == first.held_out.scored
    assert again.model == tmp_path / "moved" / "model"


def test_pairs_that_are_too_long_are_named(bases, tmp_path):
    long = pair("long", chosen="x" * 300, rejected="y")
    trained = train(bases["llama"], tmp_path / "run", [*pairs(), long], held_out=0)
    assert trained.record.counts["over_long"] == 1
    assert any("1 of 25 pairs to train on were left out" in note for note in trained.record.notes)
    (row,) = (tmp_path / "run" / "over_long.jsonl").read_text().splitlines()
    assert json.loads(row)["pair_id"] == long.id
    assert trained.held_out is None
    too_long = r"all 21 pairs to train on are too long \(a side has more than 3 tokens\)"
    with pytest.raises(UsageError, match=too_long):
        train(bases["llama"], tmp_path / "short", max_length=3)


def test_a_loss_that_is_no_number_ends_it(bases, tmp_path, monkeypatch):
    from lcbrb.training.reward_model.frozen import fit

    monkeypatch.setattr(fit, "loss_of", lambda _, chosen, *__: (chosen * float("nan")).mean())
    with pytest.raises(IncompleteRunError, match="the loss of step 1 is nan"):
        train(bases["llama"], tmp_path / "run")
    record = json.loads((tmp_path / "run" / "record.json").read_text())
    assert record["complete"] is False
    assert any("the loss of step 1" in note for note in record["notes"])
    assert not (tmp_path / "run" / "model").exists()
    page = (tmp_path / "run" / "curves.html").read_text("utf-8")
    assert "it ended after 0 steps" in page
    assert "the loss of step 1 is nan" in page


def test_a_training_stopped_from_the_keyboard_says_so_beside_its_curves(
    bases, tmp_path, monkeypatch
):
    from lcbrb.training.reward_model.frozen import fit

    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(fit, "evaluate", stopped)
    with pytest.raises(KeyboardInterrupt):
        train(bases["llama"], tmp_path / "run")
    assert "stopped from the keyboard" in (tmp_path / "run" / "curves.html").read_text("utf-8")


def test_a_problem_on_both_sides_is_refused_before_anything_is_computed(bases, tmp_path):
    with pytest.raises(UsageError, match="would measure memory"):
        lcbrb.train_reward_model(
            pairs(), str(bases["llama"]), tmp_path / "run", held_out=pairs()[:3], config=CONFIG
        )
    assert not (tmp_path / "run").exists()


def test_the_best_weights_are_kept(bases, tmp_path):
    trained = train(bases["llama"], tmp_path / "run", patience=2, epochs=30, learning_rate=0.3)
    told = [step for step in trained.steps if step.accuracy is not None]
    best = max(told, key=lambda step: (step.accuracy, -step.held_out_loss))
    assert trained.record.counts["best_step"] == best.step
    kept = trained.held_out.record.estimates
    assert next(iter(kept.values())).value == pytest.approx(best.accuracy)


def test_a_trained_head_is_trained_further(bases):
    base = load_base(str(bases["bert"]), ModelOptions())
    before = base.head.weight.clone()
    base.draw_head(7)
    assert not base.fresh
    assert torch.equal(base.head.weight, before)


@pytest.mark.parametrize("trunk", ["frozen", "lora"])
def test_an_adapter_on_an_adapter_is_refused_since_it_could_not_name_it(bases, tmp_path, trunk):
    first = train(bases["llama"], tmp_path / "one")
    with pytest.raises(UsageError, match="can't be trained on top of it"):
        train(first.model, tmp_path / "two", trunk=trunk)


def test_pairs_that_stand_there_twice_count_once(bases, tmp_path):
    trained = train(bases["llama"], tmp_path / "run", [*pairs(), *pairs()], folds=2)
    assert trained.record.counts["pairs"] + trained.record.counts["pairs_held_out"] == 24
    assert any("24 duplicate pairs" in note for note in trained.record.notes)


def test_an_end_between_evaluation_and_record_is_gone_on_from(bases, tmp_path, monkeypatch):
    from lcbrb.training.reward_model import run as reward_model

    with monkeypatch.context() as broken:
        broken.setattr(
            reward_model, "model_card", lambda *_: (_ for _ in ()).throw(OSError(28, ""))
        )
        with pytest.raises(OSError, match="28"):
            train(bases["llama"], tmp_path / "run")
    head = next((tmp_path / "run" / "held_out").iterdir())
    record = json.loads((head / "record.json").read_text())
    (head / "record.json").write_text(json.dumps({**record, "revision": "of other weights"}))
    assert train(bases["llama"], tmp_path / "run").record.complete


def test_a_torn_line_of_metrics_is_cut(bases, tmp_path, monkeypatch):
    from lcbrb.training.reward_model import run as reward_model

    with monkeypatch.context() as broken:
        broken.setattr(reward_model, "save", lambda *_: (_ for _ in ()).throw(SetupError("full")))
        with pytest.raises(SetupError):
            train(bases["llama"], tmp_path / "run")
    with (tmp_path / "run" / "metrics.jsonl").open("a") as file:
        file.write('{"step": 9')
    assert train(bases["llama"], tmp_path / "run").record.complete


def test_a_finished_run_without_its_model_is_told(bases, tmp_path):
    import shutil

    trained = train(bases["llama"], tmp_path / "run")
    shutil.rmtree(trained.model)
    with pytest.raises(UsageError, match="whose model/ is gone"):
        train(bases["llama"], tmp_path / "run")


@pytest.mark.parametrize(
    ("given", "config", "seed", "told"),
    [
        ([], {}, 0, "there are no pairs"),
        (pairs(), {}, -1, "seed -1"),
        (pairs(), {"dtype": "bfloat16"}, 0, "computed in float32"),
    ],
)
def test_what_can_not_be_trained_is_refused(bases, tmp_path, given, config, seed, told):  # noqa: PLR0913, PLR0917
    with pytest.raises(UsageError, match=told):
        lcbrb.train_reward_model(
            given, str(bases["llama"]), tmp_path / "run", seed=seed, config={**CONFIG, **config}
        )


def test_a_model_that_lacks_more_than_a_head_is_refused(tmp_path):
    folder = save_language_model(tmp_path / "m")
    from safetensors.torch import load_file, save_file

    tensors = load_file(folder / "model.safetensors")
    name = next(key for key in tensors if "q_proj" in key)
    del tensors[name]
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ModelLoadError, match="q_proj"):
        load_base(str(folder), ModelOptions())


def test_a_model_that_can_not_be_saved_is_a_clear_end_and_is_resumed(bases, tmp_path, monkeypatch):
    from lcbrb.training.reward_model import saving

    with monkeypatch.context() as broken:
        broken.setattr(saving, "_whole", lambda *_: (_ for _ in ()).throw(OSError(28, "full")))
        with pytest.raises(SetupError, match=r"can.t be saved in .*full"):
            train(bases["llama"], tmp_path / "run")
    assert not list((tmp_path / "run").glob("model*"))
    assert train(bases["llama"], tmp_path / "run").record.complete


KILLED = """
import os, signal, sys
import lcbrb
from lcbrb.training.reward_model.frozen import cache
whole = cache.HiddenStates.add
count = 0
def add(self, key, state):
    global count
    count += 1
    if count > 10:
        os.kill(os.getpid(), signal.SIGKILL)
    whole(self, key, state)
cache.HiddenStates.add = add
sys.path.insert(0, "tests/training/reward_model"); sys.path.insert(0, "tests/support")
import test_frozen
test_frozen.train(sys.argv[1], sys.argv[2])
"""


def test_a_kill_loses_no_state_that_was_kept(bases, tmp_path):
    run = subprocess.run(
        [sys.executable, "-c", KILLED, str(bases["llama"]), str(tmp_path / "run")],
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        check=False,
        timeout=300,
    )
    assert run.returncode == -signal.SIGKILL
    assert train(bases["llama"], tmp_path / "run").record.counts["sequences_computed"] == 38
