"""Checkpoints of a stopped training: what is damaged is seen and told, what is needed is kept."""

import json

import pytest

from lcbrb.training.resume import WHOLE, checkpoints, mark_whole, remove_older


def checkpoint(folder, step, best=None, *, marked=True):
    path = folder / f"checkpoint-{step}"
    (path / "part").mkdir(parents=True)
    (path / "trainer_state.json").write_text(json.dumps({"best_global_step": best}))
    (path / "model.safetensors").write_bytes(b"weights" * step)
    (path / "part" / "0.pt").write_bytes(b"optimizer")
    if marked:
        mark_whole(path)
    return path


def names(paths):
    return [path.name for path in paths]


def test_whole_ones_are_found_in_the_order_of_their_steps(tmp_path):
    for step in (20, 9, 100):
        checkpoint(tmp_path, step)
    checkpoint(tmp_path, 200, marked=False)
    found = checkpoints(tmp_path)
    assert names(found.usable) == ["checkpoint-9", "checkpoint-20", "checkpoint-100"]
    assert found.note() == ""


def cut(path):
    (path / "model.safetensors").write_bytes(b"weights")


def flip(path):
    (path / "model.safetensors").write_bytes(b"weighty" * 4)


def lose(path):
    (path / "part" / "0.pt").unlink()


def unmark(path):
    (path / WHOLE).write_text("")


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (cut, r"model.safetensors has 7 of 28 bytes"),
        (flip, "the content of model.safetensors has changed"),
        (lose, "part/0.pt is gone"),
        (unmark, "its marker file can't be read"),
    ],
)
def test_a_damaged_one_is_told_and_the_one_before_is_taken(tmp_path, harm, told):
    checkpoint(tmp_path, 2)
    harm(checkpoint(tmp_path, 4))
    found = checkpoints(tmp_path)
    assert names(found.usable) == ["checkpoint-2"]
    assert found.note() == f"damaged: checkpoint-4 ({told}); training went on from checkpoint-2"


def test_one_whose_best_weights_are_damaged_is_not_gone_on_from(tmp_path):
    checkpoint(tmp_path, 2)
    cut(checkpoint(tmp_path, 4, best=4))
    checkpoint(tmp_path, 6, best=4)
    assert names(checkpoints(tmp_path).usable) == ["checkpoint-2"]
    assert "checkpoint-6 (its best weights, of checkpoint-4," in checkpoints(tmp_path).note()


def test_without_any_left_training_begins_anew(tmp_path):
    cut(checkpoint(tmp_path, 4))
    assert checkpoints(tmp_path).note().endswith("training began anew")


def test_two_and_the_best_of_both_are_kept(tmp_path):
    for step, best in ((2, 2), (4, 2), (6, 2), (8, 8), (10, 8)):
        checkpoint(tmp_path, step, best)
        remove_older(tmp_path)
        if step == 8:  # the newest two, and what the older of these goes on from
            assert {*names(checkpoints(tmp_path).usable)} == {
                "checkpoint-2",
                "checkpoint-6",
                "checkpoint-8",
            }
    assert names(checkpoints(tmp_path).usable) == ["checkpoint-8", "checkpoint-10"]
