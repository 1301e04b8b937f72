"""Scores, coverage and ranks."""

import numpy as np
import pytest
from boards import policy_run, problems, record, reward_run, write_record

from lcbrb.runs.results import read_results
from lcbrb.stats import wilson
from lcbrb.types import Metric
from leaderboards.columns import columns
from leaderboards.models import NO_FILE
from leaderboards.scoring import standings


def standing(folder):
    (column,) = columns(read_results([folder]), NO_FILE)
    return {one.row.name: one for one in standings(column)}


def test_the_record_s_own_estimate_is_shown_where_its_rows_agree(tmp_path):
    policy_run(tmp_path / "a", {"a": {"q1": "pw", "q2": "p", "q3": "w"}})
    one = standing(tmp_path)["a"]
    assert one.estimate is one.recorded
    assert "bootstrap" in one.estimate.method
    assert not one.contradicted


def test_where_a_record_says_another_score_its_rows_count(tmp_path):
    policy_run(
        tmp_path / "a", {"a": problems("pwww")}, estimates={Metric("pass@1"): wilson(99, 100)}
    )
    one = standing(tmp_path)["a"]
    assert (one.estimate.value, one.contradicted) == (0.25, True)


def test_our_failures_are_in_no_score_and_in_the_coverage(tmp_path):
    policy_run(tmp_path / "a", {"a": problems("pph")})
    one = standing(tmp_path)["a"]
    assert (one.estimate.value, one.estimate.n) == (1.0, 2)
    assert one.coverage == pytest.approx(2 / 3)
    assert one.rank is None  # below 95% of the problems


def test_a_run_over_a_few_problems_of_a_benchmark_has_no_rank(tmp_path):
    policy_run(tmp_path / "a", {"a": problems("ppp")}, coverage=3 / 879)
    one = standing(tmp_path)["a"]
    assert one.estimate.value == 1.0
    assert one.coverage == pytest.approx(3 / 879)
    assert one.rank is None


def test_a_row_without_a_verdict_has_no_score(tmp_path):
    policy_run(tmp_path / "a", {"a": problems("hh")})
    one = standing(tmp_path)["a"]
    assert (one.estimate, one.rank, one.coverage) == (None, None, 0.0)


def test_models_that_can_t_be_told_apart_share_a_rank(tmp_path):
    good, close, bad = "p" * 40, "p" * 38 + "ww", "w" * 35 + "p" * 5
    for name, letters in (("good", good), ("close", close), ("bad", bad), ("worse", bad)):
        policy_run(tmp_path / name, {name: problems(letters)})
    found = standing(tmp_path)
    assert {name: one.rank for name, one in found.items()} == {
        "good": 1, "close": 1, "bad": 3, "worse": 3,
    }  # fmt: skip
    assert list(found) == ["good", "close", "bad", "worse"]


def test_ranks_are_adjusted_for_the_number_of_pairs(tmp_path):
    """p = 0.016 between two; among six models it is no finding."""
    better, other = "p" * 7 + "w" * 13, "w" * 20
    for name in ("a", "b"):
        policy_run(tmp_path / name, {name: problems(better if name == "a" else other)})
    assert standing(tmp_path)["b"].rank == 2
    for name in ("c", "d", "e", "f"):
        policy_run(tmp_path / name, {name: problems(other)})
    assert standing(tmp_path)["b"].rank == 1


def test_reward_models_are_paired_by_pair_and_clustered_by_problem(tmp_path):
    pairs = {f"x{i}": (f"q{i // 4}", "W") for i in range(80)}
    lost = {name: (problem, "L") for name, (problem, _) in pairs.items()}
    tied = {name: (problem, "T") for name, (problem, _) in pairs.items()}
    for name, outcomes in (("right", pairs), ("wrong", lost), ("ties", tied)):
        reward_run(tmp_path / name, name, outcomes)
    found = standing(tmp_path)
    assert {name: one.rank for name, one in found.items()} == {"right": 1, "ties": 2, "wrong": 3}
    assert found["ties"].estimate.value == 0.5
    assert (found["right"].estimate.n, found["right"].estimate.clusters) == (80, 20)


def test_bare_figures_have_a_score_and_no_rank(tmp_path):
    write_record(
        tmp_path / "s", record(subject="arm", estimates={Metric("gate_rate"): wilson(3, 9)})
    )
    one = standing(tmp_path)["arm"]
    assert (one.estimate.value, one.rank) == (pytest.approx(1 / 3), None)


def test_no_model_is_found_better_too_often_where_all_are_alike(tmp_path_factory):
    rng = np.random.default_rng(5)
    split = 0
    for _ in range(40):
        folder = tmp_path_factory.mktemp("board")
        for name in "abcd":
            letters = "".join("p" if one else "w" for one in rng.random(30) < 0.5)
            policy_run(folder / name, {name: problems(letters)})
        split += any(one.rank != 1 for one in standing(folder).values())
    assert split <= 7  # binomial(40, 0.05) exceeds 7 once in 1,600
