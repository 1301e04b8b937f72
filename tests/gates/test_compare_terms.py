"""Which runs are compared with which, and on the same terms."""

import pytest
from gate_runs import bench_run, pair_run, verdicts

from lcbrb.errors import UsageError
from lcbrb.gates import GateVerdict
from lcbrb.gates.config import Check
from lcbrb.gates.report import Difference

PASS = GateVerdict.PASS
FAIL = GateVerdict.FAIL


# ------------------------------------------------------------------------------ same terms, or told


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


def test_a_run_whose_programs_could_read_the_tests_is_refused_beside_one_whose_could_not(
    gate, tmp_path
):
    bench_run(tmp_path / "base", "+-" * 100, config={"isolation": "A"})
    bench_run(tmp_path / "cand", "+-" * 100, config={"isolation": "D"})
    said = r"code: the candidate's programs could have read the tests \(level D\)"
    with pytest.raises(UsageError, match=rf"{said}.*--allow isolation$"):
        gate()
    report = gate(allow=(Difference.ISOLATION,))
    assert report.verdict is PASS
    assert "(allowed)" in report.notes[0]


@pytest.mark.parametrize(
    ("config", "noted"),
    [
        ({"isolation": "D"}, True),
        ({"isolation": "D", "tests_in_reach": True}, True),
        ({"isolation": "D", "tests_in_reach": False}, False),  # answers, and no programs
        ({"isolation": "B"}, False),
        ({}, False),
    ],
)
def test_two_such_runs_are_compared_with_a_note(gate, tmp_path, config, noted):
    for name in ("base", "cand"):
        bench_run(tmp_path / name, "+-" * 100, config=config)
    (check,) = gate().checks
    assert ("the baseline's programs could have read the tests" in " ".join(check.notes)) is noted


def test_another_seed_is_no_other_sampling(gate, tmp_path):
    for name, seed in (("base", 0), ("cand", 1)):
        config = {"sampling": {"temperature": 0.8, "seed": seed}, "completions_sha256": name}
        bench_run(tmp_path / name, "+-" * 100, config=config, seed=seed)
    assert gate().verdict is PASS


def test_another_number_of_samples_is_another_sampling(gate, both):
    both({"p": "++", "q": "+"}, {"p": "+", "q": "+"})
    with pytest.raises(UsageError, match="2 against 1 samples per problem"):
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
    assert check.notes == ("10 results are missing on one side: not in both data sets",)


# ----------------------------------------------------------------------------------- who meets whom


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
    with pytest.raises(UsageError, match=r"unclear which of c, d .* which of a, b"):
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
