"""Verdicts on pairs of run folders: what passes, fails, stays open, is missing or refused."""

import dataclasses
import datetime as dt
import json

import pytest

from gate_runs import bench_run, pair_run, record, sample, write_record
from lcbrb import codec
from lcbrb.errors import BadInputError, DataUnavailableError, LcbrbError, UsageError
from lcbrb.gates import GateConfig, GateReport, GateVerdict, compare_runs, exit_code
from lcbrb.gates.config import Check, Missing
from lcbrb.gates.report import Difference, Direction
from lcbrb.runs import RECORD, SAMPLES, SCORES
from lcbrb.types import Status

PASS, FAIL, OPEN, MISSING = (
    GateVerdict.PASS,
    GateVerdict.FAIL,
    GateVerdict.INCONCLUSIVE,
    GateVerdict.MISSING,
)


def verdicts(report):
    return {(check.benchmark, check.metric): check.verdict for check in report.checks}


# ---------------------------------------------------------------------------------- verdicts


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
    told = "the outputs are the same, but verdicts differ: the judging is unstable here"
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
    assert "not shown to be so by more than 11.0 points" in check.reason
    assert gate(tolerance=0.25).verdict is PASS


def test_a_few_losses_are_no_drop_yet_and_the_report_says_what_could_be_told(gate, both):
    both("+" * 50, "+" * 47 + "---")
    (check,) = gate().checks
    assert check.verdict is OPEN
    assert check.minimum_detectable_drop > 0.1
    told = f"a drop of {100 * check.minimum_detectable_drop:.1f} points could be told (power 80%)"
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


# -------------------------------------------------------------- our own failures, and gaps


def test_a_harness_error_is_left_out_and_never_a_loss(gate, both):
    both("+" * 40, "h" * 10 + "+" * 30)
    (check,) = gate(tolerance=0.3).checks
    assert check.candidate.value == 1.0
    assert check.lost == ()
    assert check.unpaired == 10
    assert check.verdict is OPEN  # those ten might be losses
    assert "10 results are lacking" in check.reason
    both("+" * 40, "h" + "+" * 39)
    assert gate(tolerance=0.3).verdict is PASS


def test_what_failed_on_both_sides_is_lacking_too(gate, both):
    both("h" * 10 + "+" * 30, "h" * 10 + "+" * 30)
    (check,) = gate(tolerance=0.3).checks
    assert (check.unpaired, check.verdict) == (10, OPEN)


def test_a_sample_that_was_tried_again_counts_once_with_its_last_verdict(gate, both, tmp_path):
    both("+" * 100, "+" * 100)
    path = tmp_path / "cand" / SAMPLES
    first = codec.encode(sample("p0000", 0, "h", "new"))
    path.write_text(first + "\n" + path.read_text())
    (check,) = gate(tolerance=0.05).checks
    assert (check.unpaired, check.verdict) == (0, PASS)


def test_a_run_that_was_stopped_is_compared_on_what_it_has_and_says_so(gate, tmp_path):
    bench_run(tmp_path / "base", "+" * 100)
    bench_run(tmp_path / "cand", "-" * 40, complete=False, counts={})
    with (tmp_path / "cand" / SAMPLES).open("a") as file:
        file.write('{"schema_version": 1, "problem_id": "p00')  # as a kill leaves it
    (check,) = gate().checks
    assert check.verdict is FAIL
    assert "the candidate's run is incomplete" in check.notes
    assert check.unpaired == 60


def test_a_run_without_a_result_is_missing_and_not_zero(gate, tmp_path):
    bench_run(tmp_path / "base", "+" * 10)
    write_record(tmp_path / "cand", record(complete=False))
    report = gate()
    assert report.verdict is MISSING
    assert report.checks[0].reason == "the candidate does not have a result here"


def test_results_of_different_problems_have_nothing_to_be_compared_by(gate, tmp_path):
    bench_run(tmp_path / "base", {"a": "+"})
    bench_run(tmp_path / "cand", {"b": "+"})
    report = gate()
    assert (report.verdict, report.checks[0].reason) == (MISSING, "no result is on both sides")


def test_a_benchmark_that_a_side_lacks_is_missing(gate, tmp_path):
    for side, names in (("base", "ab"), ("cand", "bc")):
        for name in names:
            bench_run(tmp_path / side / name, "+-" * 100, benchmark=name)
    report = gate()
    assert verdicts(report) == {("a", ""): MISSING, ("b", "pass@1"): PASS, ("c", ""): MISSING}
    assert [check.blocking for check in report.checks] == [True, True, False]
    assert (report.verdict, exit_code(report, strict=False)) == (MISSING, 1)
    noted = gate(missing=Missing.NOTE)
    assert (noted.verdict, exit_code(noted, strict=False)) == (PASS, 0)
    assert exit_code(noted, strict=True) == 5


def test_a_benchmark_that_is_asked_for_and_nowhere_is_missing(gate, both):
    both("+" * 10, "+" * 10)
    report = gate(checks=(Check(benchmark="livecodebench"),), tolerance=0.5)
    assert verdicts(report) == {("code", "pass@1"): PASS, ("livecodebench", ""): MISSING}
    assert report.checks[1].reason == "neither side has a result here"


# ------------------------------------------------------------------------ same terms, or told


@pytest.mark.parametrize(
    ("field", "value", "kind", "named"),
    [
        ("benchmark_version", "2", "version", "benchmark version 1 against 2"),
        ("dataset_sha256", "cd" * 32, "data", "data hash abababababab against cdcdcdcdcdcd"),
        (
            "config",
            {"sampling": {"temperature": 0.2, "seed": 1}},
            "sampling",
            "settings temperature 0.8 against 0.2",
        ),
        ("config", {}, "sampling", "settings sampling"),
        (
            "config",
            {"sampling": {"temperature": 0.8, "seed": 0}, "templates": ["other@1"]},
            "sampling",
            "settings templates",
        ),
    ],
)
def test_other_terms_are_refused_and_named_unless_told(  # noqa: PLR0913, PLR0917 - a row
    gate, tmp_path, field, value, kind, named
):
    config = {"sampling": {"temperature": 0.8, "seed": 0}}
    bench_run(tmp_path / "base", "+-" * 100, config=config)
    bench_run(tmp_path / "cand", "+-" * 100, **{"config": config, field: value})
    with pytest.raises(UsageError, match=rf"code: {named}.*--allow {kind}$"):
        gate()
    report = gate(allow=(Difference(kind),))
    assert report.verdict is PASS
    assert report.notes == (f"code: {named} (allowed)",)


def test_another_seed_is_no_other_sampling(gate, tmp_path):
    for name, seed in (("base", 0), ("cand", 1)):
        config = {"sampling": {"temperature": 0.8, "seed": seed}, "completions_sha256": name}
        bench_run(tmp_path / name, "+-" * 100, config=config, seed=seed)
    assert gate().verdict is PASS


def test_another_number_of_samples_is_another_sampling(gate, both):
    both({"p": "++", "q": "+"}, {"p": "+", "q": "+"})
    with pytest.raises(UsageError, match="2 against 1 samples a problem"):
        gate()


def test_releases_of_one_benchmark_meet_and_are_refused(gate, tmp_path):
    bench_run(tmp_path / "base", "+" * 50, benchmark="he+@v1", benchmark_version="v1")
    bench_run(tmp_path / "cand", "+" * 40, benchmark="he+@v2", benchmark_version="v2")
    with pytest.raises(UsageError, match=r"he\+: benchmark version v1 against v2"):
        gate()
    checks = (Check(benchmark="he+", tolerance=0.5),)
    (check,) = gate(allow=(Difference.VERSION, Difference.DATA), checks=checks).checks
    assert (check.benchmark, check.verdict, check.tolerance) == ("he+", PASS, 0.5)
    assert check.difference.clusters == 40


def test_on_other_data_the_common_problems_are_compared(gate, tmp_path):
    bench_run(tmp_path / "base", "+-" * 100)
    bench_run(tmp_path / "cand", "+-" * 95, dataset_sha256="cd" * 32)
    (check,) = gate(allow=(Difference.DATA,)).checks
    assert (check.verdict, check.unpaired) == (PASS, 0)
    assert check.notes == ("10 results are not on both sides: not in both data sets",)


# ------------------------------------------------------------------------------ who meets whom


def test_a_new_name_meets_the_old_one_and_several_meet_by_name(gate, tmp_path):
    for side in ("base", "cand"):
        for name in ("length", "random"):
            pair_run(tmp_path / side / name, {f"p{i}": "+-" for i in range(200)}, subject=name)
    report = gate()
    assert [(c.baseline_subject, c.candidate_subject) for c in report.checks] == [
        ("length", "length"),
        ("random", "random"),
    ]


def test_several_that_can_not_be_told_apart_are_refused(gate, tmp_path):
    for side, names in (("base", "ab"), ("cand", "cd")):
        for name in names:
            bench_run(tmp_path / side / name, "+-", policy=name)
    with pytest.raises(UsageError, match=r"can't tell which of c, d .* which of a, b"):
        gate()


def test_two_runs_of_the_same_are_refused(gate, tmp_path):
    for name in ("first", "second"):
        bench_run(tmp_path / "base" / name, "+-")
    bench_run(tmp_path / "cand", "+-")
    with pytest.raises(UsageError, match="the baseline has two runs of m on code"):
        gate()


def test_runs_of_a_kind_that_is_yet_to_come_are_compared_by_what_they_hold(gate, tmp_path):
    for side, signs in (("base", "+" * 30), ("cand", "-" * 30)):
        bench_run(tmp_path / side, signs, kind="pgrpo", benchmark="held-out")
    assert verdicts(gate()) == {("held-out", "pass@1"): FAIL}


def test_policies_and_reward_models_on_a_benchmark_of_the_same_name_do_not_meet(gate, tmp_path):
    for side in ("base", "cand"):
        bench_run(tmp_path / side / "policy", "+-" * 100, benchmark="mini")
        pair_run(tmp_path / side / "rm", {f"p{i}": "+-" for i in range(200)}, benchmark="mini")
    found = verdicts(gate())
    assert found == {("mini", "accuracy"): PASS, ("mini", "pass@1"): PASS}


# ---------------------------------------------------------------------------------- quarantine


def quarantine(tmp_path, until, problem="p0000"):
    path = tmp_path / "quarantine.toml"
    path.write_text(
        f'[[problem]]\nbenchmark = "code"\nproblem = "{problem}"\nuntil = {until}\n'
        'reason = "flaky"\n'
    )
    return path


def test_a_quarantined_problem_is_left_out_up_to_its_last_day(gate, both, tmp_path):
    both("+" * 30, "-" + "+" * 29)
    path = quarantine(tmp_path, "2026-11-23")
    (check,) = gate(quarantine=path).checks
    assert (check.quarantined, check.lost, check.difference.n) == (1, (), 29)
    report = gate(quarantine=path, today=dt.date(2026, 11, 24))
    assert report.checks[0].lost == ("p0000",)
    assert report.notes == ("code p0000 was quarantined until 2026-11-23 and counts again (flaky)",)


def test_pairs_of_a_quarantined_problem_are_left_out_together(gate, tmp_path):
    for side in ("base", "cand"):
        pair_run(tmp_path / side, {"a": "++", "b": "+-"}, benchmark="code")
    (check,) = gate(quarantine=quarantine(tmp_path, "2027-01-01", "a")).checks
    assert (check.quarantined, check.difference.n) == (1, 2)


# --------------------------------------------------------------------------- hostile records


def refused(gate, kind=LcbrbError):
    with pytest.raises(kind) as caught:
        gate()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_newer_schema_is_refused(gate, both, tmp_path):
    both("+-", "+-")
    path = tmp_path / "cand" / RECORD
    path.write_text(path.read_text().replace('"schema_version": 1', '"schema_version": 99'))
    told = refused(gate, BadInputError)
    assert f"{path}: RunRecord of schema 99" in told
    assert "upgrade lcbrb" in told


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1e999"])
def test_a_score_that_is_no_number_is_refused(gate, tmp_path, value):
    for side in ("base", "cand"):
        pair_run(tmp_path / side, {"p": "+-", "q": "++"})
    path = tmp_path / "cand" / SCORES
    path.write_text(path.read_text().replace('"chosen_score": 1.0', f'"chosen_score": {value}', 1))
    assert f"{path}, line 1" in refused(gate, BadInputError)


def test_a_finished_run_whose_file_lost_lines_is_refused(gate, both, tmp_path):
    both("+" * 10, "+" * 10)
    path = tmp_path / "cand" / SAMPLES
    path.write_bytes(path.read_bytes()[:-30])
    assert f"{path}: holds 9 of the 10 results" in refused(gate, BadInputError)
    path.unlink()
    assert "holds 0 of the 10 results" in refused(gate, BadInputError)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff\xfe", b'{"schema_version": 1}'])
def test_a_broken_record_is_refused(gate, both, tmp_path, content):
    both("+-", "+-")
    (tmp_path / "base" / RECORD).write_bytes(content)
    assert str(tmp_path / "base" / RECORD) in refused(gate, BadInputError)


def test_no_folder_a_file_and_an_empty_folder_are_told_apart(gate, tmp_path):
    bench_run(tmp_path / "cand", "+-")
    refused(gate, DataUnavailableError)
    (tmp_path / "base").mkdir()
    assert "no record.json" in refused(gate, UsageError)


def test_a_sample_of_ten_megabytes_is_read_and_not_shown(gate, both, tmp_path):
    both("+" * 200, "+" * 200)
    huge = sample("p0000", 0, "+", "new", detail="x" * 10_000_000)
    path = tmp_path / "cand" / SAMPLES
    rest = path.read_text().split("\n", 1)[1]
    path.write_text(codec.encode(huge) + "\n" + rest)
    report = gate()
    assert report.verdict is PASS
    assert len(codec.encode(report)) < 10_000


def test_a_metric_that_a_run_does_not_have_is_refused(gate, both):
    both("+-", "+-")
    for metric, told in (
        ("pass@5", "5 samples of a problem, and there are 1"),
        ("pass@1/plus", "needs plus tests"),
    ):
        with pytest.raises(UsageError, match=told):
            gate(checks=(Check(benchmark="code", metric=metric),))


# -------------------------------------------------------------------------------- the report


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
