"""What a pair of run folders lacks, or what is left out on purpose."""

import datetime as dt

import tiny
from gate_runs import bench_run, pair_run, record, sample, verdicts, write_record

from lcbrb import codec
from lcbrb.gates import GateVerdict, exit_code
from lcbrb.gates.config import Check, Missing
from lcbrb.gates.side_notes import side_notes
from lcbrb.runs.folder import PAIRS, SAMPLES

PASS = GateVerdict.PASS
FAIL = GateVerdict.FAIL
OPEN = GateVerdict.INCONCLUSIVE
MISSING = GateVerdict.MISSING


# ----------------------------------------------------------------------- our own failures, and gaps


def test_a_harness_error_is_left_out_and_never_a_loss(gate, both):
    both("+" * 40, "h" * 10 + "+" * 30)
    (check,) = gate(tolerance=0.3).checks
    assert check.candidate.value == 1.0
    assert check.lost == ()
    assert check.unpaired == 10
    assert check.verdict is OPEN  # those ten might be losses
    assert "10 results are missing" in check.reason
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


def test_runs_over_a_part_of_the_benchmark_say_so_though_they_meet_on_all_they_have(gate, tmp_path):
    bench_run(tmp_path / "base", "+" * 40, coverage=0.136)
    bench_run(tmp_path / "cand", "+" * 40)
    (check,) = gate().checks
    assert check.notes == ("the baseline answered 13.6% of the benchmark's problems",)


def test_a_part_of_a_set_of_pairs_is_told_in_pairs():
    part = record(kind="reward-model", coverage=0.25)
    assert list(side_notes("candidate", part)) == [
        "the candidate answered 25.0% of the benchmark's pairs"
    ]


def test_a_run_without_a_result_is_missing_and_not_zero(gate, tmp_path):
    bench_run(tmp_path / "base", "+" * 10)
    write_record(tmp_path / "cand", record(complete=False))
    report = gate()
    assert report.verdict is MISSING
    assert report.checks[0].reason == "the candidate has no result here"


def test_pairs_that_were_kept_before_the_first_score_are_no_result(gate, tmp_path):
    stopped = write_record(tmp_path / "base", record(kind="reward-model", complete=False))
    codec.write_records(stopped / PAIRS, [tiny.pair()])
    pair_run(tmp_path / "cand", {"p": "++"}, benchmark="code")
    (check,) = gate().checks
    assert check.reason == "the baseline has no result here"
    assert not check.blocking


def test_results_of_different_problems_have_nothing_to_be_compared_by(gate, tmp_path):
    bench_run(tmp_path / "base", {"a": "+"})
    bench_run(tmp_path / "cand", {"b": "+"})
    report = gate()
    assert (report.verdict, report.checks[0].reason) == (
        MISSING,
        "no problem has a result on both sides",
    )


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


# --------------------------------------------------------------------------------------- quarantine


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
    assert report.notes == (
        "code p0000 was in quarantine until 2026-11-23 and counts again (flaky)",
    )


def test_pairs_of_a_quarantined_problem_are_left_out_together(gate, tmp_path):
    for side in ("base", "cand"):
        pair_run(tmp_path / side, {"a": "++", "b": "+-"}, benchmark="code")
    (check,) = gate(quarantine=quarantine(tmp_path, "2027-01-01", "a")).checks
    assert (check.quarantined, check.difference.n) == (1, 2)
