"""What a training is made of: figures worked by hand, tasks, the order of prompts, settings."""

import numpy as np
import pytest
import tiny
from hypothesis import given, strategies as st
from word_policy import Digits

import lcbrb
from lcbrb import codec
from lcbrb.cli.settings import read_settings
from lcbrb.errors import UsageError
from lcbrb.grading.single_tests import spaced
from lcbrb.training.order import GroupOrder
from lcbrb.training.pgrpo.rollouts import NUMBERS, in_groups, signals_of
from lcbrb.training.pgrpo.settings import PolicySettings
from lcbrb.training.pgrpo.statistics import statistics
from lcbrb.training.pgrpo.tasks import parted, solved_by_some, tasks_of
from lcbrb.training.pgrpo_reward import Arm, Formula, advantages, rewards

NAN = float("nan")


def test_figures_of_a_batch_worked_by_hand():
    rows = np.array(
        [  # well formed, outcome, pass rate, thinking, truncated, length of the reasoning
            [1, 1, 1, 0.9, 0, 10],
            [1, 1, 1, 0.5, 0, 20],  # all correct: rewards 2.9, 2.5
            [1, 0, 0, 0.8, 0, 30],
            [0, 0, 0, 0.0, 1, NAN],  # all wrong
            [1, 1, 1, 0.4, 0, 40],
            [1, NAN, NAN, 0.2, 0, 20],  # one could not be judged: all correct as far as known
        ]
    )
    groups = in_groups(rows, 2)
    signals = signals_of(groups)
    paid = rewards(signals, Formula())
    found = statistics(groups, Formula(), advantages(signals, Formula()), paid)
    expected = {
        "gate_rate": 3 / 5,
        "all_correct": 2 / 3,
        "all_wrong": 1 / 3,
        "mixed": 0.0,
        "reward": (2.9 + 2.5 + 1.0 + 0.0 + 2.4) / 5,
        "ungated_minus_gated": 0.8 / 5,
        "spread_all_correct": (np.std([2.9, 2.5], ddof=1) + 0) / 2,
        "thinking_right": (0.9 + 0.5 + 0.4) / 3,
        "thinking_wrong": 0.8,
        "thinking": (0.9 + 0.5 + 0.8 + 0.4 + 0.2) / 5,
        "well_formed": 5 / 6,
        "truncated": 1 / 6,
        "reasoning_length": 24.0,
        "without_gradient": 1 / 3,
        "unscored": 1.0,
    }
    assert found == pytest.approx(expected)
    assert len(NUMBERS) == rows.shape[1]


def test_without_a_reward_model_the_reward_is_that_of_all_replies():
    outcome = Formula(arm=Arm.OUTCOME)
    rows = [[1, passed, passed, NAN, 0, 5] for passed in (1, 1, 1, 0)]
    groups = in_groups(np.array(rows), 4)
    signals = signals_of(groups)
    paid = rewards(signals, outcome)
    found = statistics(groups, outcome, advantages(signals, outcome), paid)
    assert found["reward"] == 1.75
    assert not {"ungated_minus_gated", "thinking"} & found.keys()


def test_what_there_is_nothing_to_compute_from_is_left_out():
    groups = in_groups(np.array([[0, NAN, NAN, NAN, 0, NAN]] * 2), 2)
    found = statistics(groups, Formula(), *[np.full((1, 2), NAN)] * 2)
    assert found == {"well_formed": 0, "truncated": 0, "without_gradient": 1, "unscored": 2}


def test_problems_held_out_are_drawn_by_the_seed_and_never_trained_on():
    tasks = tasks_of([Digits(20)], "{problem}")
    first, again, other = (parted(tasks, None, 0.25, 99, seed) for seed in (0, 0, 1))
    assert first == again != other
    given_ones = parted(tasks[:10], tasks[10:], 0.1, 3, 0)
    assert (given_ones.train, given_ones.held_out) == (tasks[:10], tasks[10:13])
    assert len(first.held_out) == 5
    assert not {t.problem.id for t in first.train} & {t.problem.id for t in first.held_out}
    assert len(parted(tasks, None, 0.25, 3, 0).held_out) == 3
    with pytest.raises(UsageError, match="held-out set"):
        parted(tasks, tasks[:1], 0.1, 9, 0)


def test_problems_are_chosen_by_the_share_that_a_policy_solved(tmp_path):
    texts = {"d00": "1111", "d10": "1110", "d20": "1000", "d30": "0000"}
    rows = [
        tiny.completion(sampler="m", index=at, problem_id=name, text=text, solution=text)
        for name, answers in texts.items()
        for at, text in enumerate(answers)
    ]
    recorded = tmp_path / "m.jsonl"
    codec.write_records(recorded, rows)
    lcbrb.bench(f"replay:{recorded}", "python:word_policy:digits", out=tmp_path / "run")
    tasks = tasks_of([Digits()], "{problem}")
    run = tmp_path / "run"
    found = [t.problem.id for t in solved_by_some(tasks, run, 0.1, 0.9)]
    assert found == ["d10", "d20"]
    assert [t.problem.id for t in solved_by_some(tasks, run, 0.25, 0.25)] == ["d20"]
    with pytest.raises(UsageError, match="4 were attempted and none"):
        solved_by_some(tasks, run, 0.3, 0.4)


def test_a_statement_that_occurs_twice_is_one_task():
    assert len(tasks_of([Digits(5), Digits(7)], "{problem}")) == 7


@given(st.integers(1, 30), st.integers(1, 6), st.integers(1, 4), st.integers(1, 4))
def test_an_epoch_has_whole_batches_each_as_often_as_asked_for(count, prompts, size, repeats):
    order = GroupOrder(count, 0, prompts=prompts, group_size=size, repeats=repeats)
    rows = list(order)
    assert len(rows) == len(order)
    width = prompts * size
    batches = [rows[at : at + width] for at in range(0, len(rows), width)]
    for place in range(0, len(batches), repeats):
        group = batches[place : place + repeats]
        assert all(batch == group[0] for batch in group)
        assert group[0][::size] == list(dict.fromkeys(group[0]))
    used = {row for batch in batches for row in batch}
    assert len(used) == count // prompts * prompts


def test_the_order_is_of_seed_and_epoch_alone():
    def order(epoch, seed=0):
        found = GroupOrder(20, seed, prompts=2, group_size=2, repeats=1)
        found.set_epoch(epoch)
        return list(found)

    assert order(3) == order(3)
    assert order(3) != order(4)
    assert order(3) != order(3, seed=1)


@given(st.integers(0, 60), st.integers(1, 20))
def test_tests_are_spaced_over_all_of_them(count, most):
    found = spaced(count, most)
    assert found == sorted(set(found))
    assert len(found) == min(count, most)
    if found and most > 1:
        assert (found[0], found[-1]) == (0, count - 1)


def test_a_setting_in_a_table_is_named_with_a_dot(tmp_path):
    file = tmp_path / "s.toml"
    file.write_text("steps = 4\n[trl]\nuse_vllm = true\n")
    assert read_settings([str(file), "trl.vllm_mode=colocate"]) == {
        "steps": 4,
        "trl": {"use_vllm": True, "vllm_mode": "colocate"},
    }
    with pytest.raises(UsageError, match="is also used as a table"):
        read_settings(["steps=4", "steps.x=1"])


def test_defaults_go_together_and_name_the_papers_formula():
    settings = PolicySettings()
    assert settings.formula == Formula()
    assert PolicySettings(lora_rank=16).rate == 1e-5
