"""Verdicts on pairs of run folders: what passes, fails and stays open, and the report of it."""

import dataclasses
import datetime as dt
import json

import pytest
from gate_runs import bench_run, pair_run, record, sample, verdicts, write_record

from lcbrb import codec
from lcbrb.gates import GateConfig, GateReport, GateVerdict, compare_runs
from lcbrb.gates.config import Check
from lcbrb.gates.report import Direction
from lcbrb.runs.folder import SAMPLES
from lcbrb.types import Status

PASS = GateVerdict.PASS
FAIL = GateVerdict.FAIL
OPEN = GateVerdict.INCONCLUSIVE


# ----------------------------------------------------------------------------------------- verdicts


def test_a_run_against_itself_passes_whatever_the_tolerance(gate, both):
    both("+-+-", "+-+-")
    report = gate(cand="base", tolerance=0.0)
    assert report.verdict is PASS
    assert report.checks[0].reason == "both sides gave the same outputs, and the same verdicts"


def test_the_same_outputs_judged_otherwise_are_no_pass_by_themselves(gate, tmp_path):
    config = {"completions_sha256": "12ab"}
    bench_run(tmp_path / "base", "+" * 30, config=config)
    bench_run(tmp_path / "same", "+" * 30, config=config)
    bench_run(tmp_path / "cand", "-" + "+" * 29, config=config)
    assert gate(cand="same").verdict is PASS
    (check,) = gate().checks
    assert check.verdict is OPEN
    told = "the outputs are the same, but the verdicts differ: grading is unstable here"
    assert check.notes == (told,)


def test_equal_scores_are_the_same_outputs(gate, tmp_path):
    for side, shift in (("base", 0.0), ("cand", 0.0), ("other", 1.0)):
        pair_run(tmp_path / side, {f"p{i}": "+-" for i in range(30)}, wall_s=shift)
    assert gate().verdict is PASS
    assert gate(cand="other").verdict is OPEN


def test_a_clear_drop_fails_and_names_what_was_lost(gate, both):
    both("+" * 60 + "-" * 40, "+" * 40 + "-" * 59 + "+")
    report = gate()
    (check,) = report.checks
    assert (report.verdict, check.verdict) == (FAIL, FAIL)
    assert check.difference.value == pytest.approx(-0.19)
    assert check.difference.high < 0
    assert check.lost == tuple(f"p{i:04d}" for i in range(40, 60))
    assert check.won == ("p0099",)
    assert (check.baseline.value, check.candidate.value) == (0.6, 0.41)
    assert check.p_value == pytest.approx(22 / 2**21)
    assert (check.baseline_subject, check.candidate_subject) == ("old", "new")


def test_a_drop_within_the_tolerance_does_not_fail(gate, both):
    both("+" * 100, "+" * 90 + "-" * 10)
    (check,) = gate(tolerance=0.11).checks
    assert check.verdict is OPEN
    assert "not certainly by more than 11.0 points" in check.reason
    assert gate(tolerance=0.25).verdict is PASS


def test_a_few_losses_are_no_drop_yet_and_the_report_says_what_could_be_told(gate, both):
    both("+" * 50, "+" * 47 + "---")
    (check,) = gate().checks
    assert check.verdict is OPEN
    assert check.minimum_detectable_drop > 0.1
    told = f"the detectable drop is {100 * check.minimum_detectable_drop:.1f} points (power 80%)"
    assert told in check.reason


def test_equal_results_of_different_outputs_pass_where_the_unseen_is_small_enough(gate, both):
    both("+-" * 100, "+-" * 100)
    assert gate(tolerance=0.02).verdict is PASS
    both("+-" * 20, "+-" * 20)
    assert gate(tolerance=0.02).verdict is OPEN


def test_one_problem_is_open_and_not_a_crash(gate, both):
    both("+", "-")
    (check,) = gate().checks
    assert check.verdict is OPEN
    assert check.difference.low is None


def test_scored_pairs_are_compared_pair_by_pair_and_clustered_by_problem(gate, tmp_path):
    pair_run(tmp_path / "base", {f"p{i}": "++=+" for i in range(40)}, subject="one")
    pair_run(tmp_path / "cand", {f"p{i}": "+-=-" for i in range(40)}, subject="two")
    (check,) = gate().checks
    assert (check.verdict, check.metric, check.benchmark) == (FAIL, "accuracy", "pairs")
    assert (check.difference.n, check.difference.clusters) == (160, 40)
    assert check.difference.value == -0.5
    assert len(check.lost) == 80


def test_a_lower_rate_can_be_the_better_one(gate, both):
    both("+" * 100, "+" * 70 + "t" * 30)
    checks = (Check(benchmark="code", metric="truncated"),)
    (check,) = gate(checks=checks).checks
    assert (check.verdict, check.direction) == (FAIL, Direction.LOWER)
    assert check.difference.value == 0.3
    assert 0 < check.difference.low < 0.3 < check.difference.high
    turned = (Check(benchmark="code", metric="truncated", direction=Direction.HIGHER),)
    assert gate(checks=turned).verdict is PASS


def test_base_and_plus_tests_and_several_metrics_are_checked_apart(gate, tmp_path):
    for name, plus in (("base", "+"), ("cand", "-")):
        rows = [
            dataclasses.replace(
                sample(f"p{i}", 0, plus, base_status=Status.PASSED),
                verdict=dataclasses.replace(
                    sample("p", 0, plus).verdict,
                    base_status=Status.PASSED,
                    plus_status=sample("p", 0, plus).status,
                ),
            )
            for i in range(30)
        ]
        write_record(tmp_path / name, record())
        codec.write_records(tmp_path / name / SAMPLES, rows)
    checks = tuple(Check(benchmark="code", metric=f"pass@1/{t}") for t in ("base", "plus"))
    found = verdicts(gate(checks=checks, tolerance=0.2))
    assert found == {("code", "pass@1/base"): PASS, ("code", "pass@1/plus"): FAIL}


def test_several_samples_a_problem_are_one_cluster(gate, both):
    both({f"p{i}": "++--" for i in range(50)}, {f"p{i}": "+---" for i in range(50)})
    (check,) = gate().checks
    assert check.verdict is FAIL
    assert (check.difference.n, check.difference.clusters) == (50, 50)
    pass_at_2 = (Check(benchmark="code", metric="pass@2"),)
    (check,) = gate(checks=pass_at_2).checks
    assert check.baseline.value == pytest.approx(5 / 6)
    assert check.candidate.value == pytest.approx(1 / 2)


def test_holm_is_applied_over_all_checks(gate, tmp_path):
    for i in range(4):
        bench_run(tmp_path / "base" / f"b{i}", "+" * 30, policy="old", benchmark=f"b{i}")
        lost = 6 if i else 20
        bench_run(
            tmp_path / "cand" / f"b{i}",
            "-" * lost + "+" * (30 - lost),
            policy="new",
            benchmark=f"b{i}",
        )
    report = gate()
    assert report.tested == 4
    p_values = [check.p_value for check in report.checks]
    assert p_values == [2**-20, 2**-6, 2**-6, 2**-6]
    assert [c.p_adjusted for c in report.checks] == pytest.approx([4 * 2**-20, *[3 * 2**-6] * 3])
    levels = [check.difference.level for check in report.checks]
    assert levels == pytest.approx([1 - 0.05 / m - 0.05 / 4 for m in (4, 3, 2, 1)])
    assert [check.verdict for check in report.checks] == [FAIL, FAIL, FAIL, FAIL]
    open_ones = gate(alpha=0.04)
    assert [check.verdict for check in open_ones.checks] == [FAIL, OPEN, OPEN, OPEN]
    levels = [check.difference.level for check in open_ones.checks]
    assert levels == pytest.approx([1 - 0.04 / m - 0.04 / 4 for m in (4, 3, 3, 3)])


# --------------------------------------------------------------------------------------- the report


def test_a_report_is_written_and_read_back(gate, both):
    both("+" * 30, "+" * 20 + "-" * 10)
    report = gate()
    assert codec.decode(GateReport, codec.encode(report)) == report
    document = json.loads(codec.encode_pretty(report))
    assert document["verdict"] == "FAIL"
    assert {"n", "clusters", "low", "high", "level", "method"} <= set(
        document["checks"][0]["difference"]
    )


def test_the_same_records_give_the_same_report(tmp_path):
    bench_run(tmp_path / "base", {f"p{i}": "+-+" for i in range(40)})
    bench_run(tmp_path / "cand", {f"p{i}": "+--" if i % 3 else "+++" for i in range(40)})
    day = dt.date(2026, 11, 23)
    first, again = (
        compare_runs(tmp_path / "base", tmp_path / "cand", GateConfig(), day) for _ in range(2)
    )
    assert first == again
