"""Every arm's advantages on recorded groups: the figures, who is left out, what is refused."""

import dataclasses

import numpy as np
import pytest
from policy_runs import NAN, RIGHT, held_out_row, rows, write_policy_run

import lcbrb
from lcbrb import codec
from lcbrb.errors import BadInputError, DataUnavailableError, UsageError
from lcbrb.training.pgrpo_reward import Arm
from lcbrb.training.run_files import ROLLOUTS


def compared(folder, replies, **given):
    """The one comparison of a folder, with its arms by name."""
    config = given.pop("tried", None)
    found = lcbrb.compare_advantages(write_policy_run(folder, replies, **given), config=config)
    assert len(found) == 1
    return found[0], {arm.arm: arm for arm in found[0].arms}


def test_the_figures_of_a_batch_worked_by_hand(tmp_path):
    found, arms = compared(tmp_path / "run", [*rows(0), held_out_row()])
    assert (found.groups, found.all_correct, found.replies, found.unknown) == (3, 1, 12, 0)
    assert (found.trained_by, found.notes) == (Arm.PGRPO, ())
    # the all-correct group moves by its scores, the mixed one in any case, the all-wrong one never
    assert arms[Arm.PGRPO].with_gradient.value == pytest.approx(2 / 3)
    assert arms[Arm.OUTCOME].with_gradient.value == pytest.approx(1 / 3)
    assert arms[Arm.UNGATED].with_gradient.value == 1.0
    assert arms[Arm.PGRPO].with_gradient.n == 3
    # half of the mixed group is right: |A| is sqrt(3)/2 but for epsilon, in one group of three
    outcome = 0.5 / (np.std([1, 0, 1, 0], ddof=1) + 1e-4) / 3
    assert arms[Arm.OUTCOME].mean_absolute.value == pytest.approx(outcome)
    assert (arms[Arm.OUTCOME].mean_absolute.n, arms[Arm.OUTCOME].in_all_correct) == (12, 0.0)
    assert arms[Arm.PGRPO].correlation == pytest.approx(1.0)
    assert arms[Arm.PGRPO].sign_changes.value == 0.0
    assert arms[Arm.OUTCOME].correlation < 0.9
    assert 0.3 < arms[Arm.PGRPO].in_all_correct < 0.6


def test_replies_that_we_failed_to_judge_are_in_no_mean(tmp_path):
    right = [[1, 1, NAN, 1], RIGHT[1], [NAN] * 4]
    found, arms = compared(tmp_path / "run", rows(0, right))
    assert (found.groups, found.all_correct, found.replies, found.unknown) == (3, 1, 12, 5)
    assert arms[Arm.PGRPO].with_gradient.n == 2
    assert arms[Arm.PGRPO].with_gradient.value == 1.0
    assert arms[Arm.PGRPO].mean_absolute.n == 7
    assert arms[Arm.OUTCOME].mean_absolute.value == pytest.approx(
        4 * 0.5 / (np.std([1, 0, 1, 0], ddof=1) + 1e-4) / 7
    )


@pytest.mark.parametrize("arm", [Arm.PGRPO, Arm.PLACEBO, Arm.GDPO, Arm.PAPO])
def test_what_trained_is_drawn_and_computed_again_exactly(tmp_path, arm):
    replies = [*rows(0, arm=arm), *rows(2, arm=arm)]
    found, arms = compared(tmp_path / "run", replies, config={"arm": arm})
    assert found.notes == ()
    assert arms[arm].correlation == pytest.approx(1.0)
    changed = [dataclasses.replace(replies[0], advantage=9.0), *replies[1:]]
    found, _ = compared(tmp_path / "changed", changed, config={"arm": arm})
    assert "1 of 2 batches were trained with advantages that differ" in found.notes[0]


def test_arms_that_need_what_was_not_recorded_are_left_out_by_name(tmp_path):
    silent = rows(0, scores=[[NAN] * 4] * 3, arm=Arm.OUTCOME)
    found, arms = compared(tmp_path / "run", silent, config={"arm": "outcome"})
    assert list(arms) == [Arm.OUTCOME]
    assert set(found.left_out) == {*Arm} - {Arm.OUTCOME}
    assert "no thinking scores" in found.left_out["pgrpo"]
    found, arms = compared(tmp_path / "scored", rows(0))
    assert set(found.left_out) == {"soft"}
    assert set(compared(tmp_path / "soft", rows(0, arm=Arm.SOFT), config={"arm": "soft"})[1]) == {
        *Arm
    }


def test_other_settings_can_be_tried(tmp_path):
    found, arms = compared(tmp_path / "run", rows(0), tried={"min_spread": "0.5"})
    assert arms[Arm.PGRPO].with_gradient.value == pytest.approx(1 / 3)
    assert found.notes == ()
    assert arms[Arm.PGRPO].correlation < 1.0  # with what trained, whose min_spread was 0
    with pytest.raises(UsageError, match=r"thinking_weigth.*did you mean thinking_weight"):
        lcbrb.compare_advantages(tmp_path / "run", config={"thinking_weigth": 2})
    with pytest.raises(UsageError, match="thinking_weight"):
        lcbrb.compare_advantages(tmp_path / "run", config={"thinking_weight": -1})


def test_several_runs_below_a_folder(tmp_path):
    for name, arm in (("b", "outcome"), ("a", "pgrpo")):
        write_policy_run(tmp_path / name, rows(0, arm=Arm(arm)), config={"arm": arm})
    found = lcbrb.compare_advantages([tmp_path, tmp_path / "a"])
    assert [(one.run, one.trained_by) for one in found] == [
        (str(tmp_path / "a"), "pgrpo"),
        (str(tmp_path / "b"), "outcome"),
    ]


def test_a_batch_that_is_being_written_is_left_out_and_told(tmp_path):
    run = write_policy_run(tmp_path / "run", [*rows(0), *rows(2)[:-1]], complete=False)
    with (run / ROLLOUTS).open("a") as file:
        file.write(codec.encode(rows(2)[-1])[:40])  # a kill in the middle of a line
    found = lcbrb.compare_advantages(run)[0]
    assert found.groups == 3
    assert "step 2" in found.notes[0]
    assert "left out" in found.notes[0]


def test_what_can_not_be_compared_is_refused_by_name(tmp_path):
    def refused(error, match, replies, **given):
        run = write_policy_run(tmp_path / f"run{len(list(tmp_path.iterdir()))}", replies, **given)
        with pytest.raises(error, match=match):
            lcbrb.compare_advantages(run)
        return run

    refused(UsageError, "has no rollouts.jsonl", None)
    refused(UsageError, "no complete batch", [held_out_row()])
    refused(UsageError, "no training of a policy", rows(0), config={"trains": "reward model"})
    refused(BadInputError, r"rollouts.jsonl: the groups of step 0 have \[3, 4\]", rows(0)[:-1])
    refused(BadInputError, "2 groups of 4 replies, but the training has 3 of 4", rows(0)[:8])
    run = refused(BadInputError, "3 groups of 4", rows(0), config={"group_size": 8})
    lines = (run / ROLLOUTS).read_text().splitlines(keepends=True)
    (run / ROLLOUTS).write_text("".join([lines[0], lines[1][:30] + "\n", *lines[2:]]))
    with pytest.raises(BadInputError, match=r"rollouts.jsonl, line 2"):
        lcbrb.compare_advantages(run)
    mixed = rows(0)
    mixed[1] = dataclasses.replace(mixed[1], problem_id="other")
    refused(BadInputError, "several problems", mixed)
    with pytest.raises(DataUnavailableError, match="nowhere"):
        lcbrb.compare_advantages(tmp_path / "nowhere")
