"""A/A runs: repeats of one subject against one another."""

import pytest
from gate_runs import bench_run

from lcbrb.errors import UsageError
from lcbrb.gates import GateConfig, calibrate, find_repeats


def repeats(tmp_path, *signs, **given):
    for index, results in enumerate(signs):
        bench_run(tmp_path / f"r{index}" / "code", results, **given)
    return find_repeats([tmp_path])


def test_every_two_repeats_meet_in_both_roles(tmp_path):
    found = calibrate(repeats(tmp_path, "+-" * 50, "+-" * 50, "-" + "-" + "+-" * 49), GateConfig())
    assert found.false_alarms.value == 0.0
    assert (found.false_alarms.n, found.false_alarms.clusters) == (6, 1)
    (check,) = found.checks
    assert check.comparisons == 6
    assert sum(check.verdicts.values()) == 6
    assert check.largest_drop == pytest.approx(0.01)
    (flaky,) = check.flaky
    assert (flaky.problem_id, flaky.changed, flaky.comparisons) == ("p0000", 2, 3)


def test_a_repeat_that_is_worse_raises_a_false_alarm(tmp_path):
    found = calibrate(repeats(tmp_path, "+" * 40, "+" * 20 + "-" * 20), GateConfig())
    assert found.false_alarms.value == 0.5
    assert found.checks[0].verdicts == {"FAIL": 1, "PASS": 1}
    assert found.false_alarms.low < 0.5 < found.false_alarms.high


def test_unlike_repeats_of_ten_give_an_interval_from_five(tmp_path):
    found = calibrate(repeats(tmp_path, *["+-" * 10] * 10), GateConfig())
    assert (found.false_alarms.n, found.false_alarms.clusters) == (90, 5)


def test_a_copy_is_no_repeat(tmp_path):
    paths = repeats(tmp_path, "+-", "+-", run_id="same")
    with pytest.raises(UsageError, match="a copy is not a repeat"):
        calibrate(paths, GateConfig())


def test_repeats_without_a_common_benchmark_are_refused(tmp_path):
    for name in "ab":
        bench_run(tmp_path / name, "+-", benchmark=name)
    with pytest.raises(UsageError, match="no benchmark was run in two"):
        calibrate(find_repeats([tmp_path]), GateConfig())


def test_one_repeat_is_not_enough(tmp_path):
    bench_run(tmp_path / "r0" / "code", "+-")
    for paths in ([tmp_path], [tmp_path / "r0" / "code"], [tmp_path / "nowhere"]):
        with pytest.raises(UsageError, match="two repeated runs"):
            find_repeats(paths)


def test_repeats_may_be_named_one_by_one_or_lie_side_by_side(tmp_path):
    one, other = (bench_run(tmp_path / name, "+-") for name in "ab")
    (tmp_path / "notes").mkdir()
    assert find_repeats([one, other]) == find_repeats([tmp_path]) == [one, other]
