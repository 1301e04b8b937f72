"""Scores and coverage, as records and rows have them; ranks are the page's (tests/e2e/test_board_numbers.py)."""

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


def test_a_run_over_a_few_problems_of_a_benchmark_has_no_rank(tmp_path):
    policy_run(tmp_path / "a", {"a": problems("ppp")}, coverage=3 / 879)
    one = standing(tmp_path)["a"]
    assert one.estimate.value == 1.0
    assert one.coverage == pytest.approx(3 / 879)


def test_a_row_without_a_verdict_has_no_score(tmp_path):
    policy_run(tmp_path / "a", {"a": problems("hh")})
    one = standing(tmp_path)["a"]
    assert (one.estimate, one.coverage) == (None, 0.0)


def test_rows_are_best_first_and_those_without_a_score_last(tmp_path):
    for name, letters in (("none", "hhhh"), ("bad", "wwww"), ("good", "pppp"), ("half", "ppww")):
        policy_run(tmp_path / name, {name: problems(letters)})
    assert list(standing(tmp_path)) == ["good", "half", "bad", "none"]


def test_rows_without_a_record_s_score_are_estimated_as_a_record_would(tmp_path):
    answers = {f"q{i}": "pw" if i % 3 else "pp" for i in range(30)}
    policy_run(tmp_path / "a", {"a": answers}, estimates={})
    one = standing(tmp_path)["a"]
    assert one.recorded is None
    assert one.estimate.value == pytest.approx(2 / 3)
    assert (one.estimate.n, one.estimate.clusters) == (60, 30)
    assert one.estimate.low < 2 / 3 < one.estimate.high
    assert "bootstrap" in one.estimate.method


def test_reward_models_are_counted_by_pair_and_clustered_by_problem(tmp_path):
    outcomes = {f"x{i}": (f"q{i // 4}", "WTL"[i % 3]) for i in range(81)}
    reward_run(tmp_path / "a", "a", outcomes, estimates={})
    one = standing(tmp_path)["a"]
    assert one.estimate.value == pytest.approx(0.5)
    assert (one.estimate.n, one.estimate.clusters) == (81, 21)


def test_bare_figures_have_the_first_as_their_score(tmp_path):
    write_record(
        tmp_path / "s", record(subject="arm", estimates={Metric("gate_rate"): wilson(3, 9)})
    )
    assert standing(tmp_path)["arm"].estimate.value == pytest.approx(1 / 3)
