"""The driver: estimates by sampler and part, what is left out, run folders that go on."""

import json

import pytest
import tiny
from estimates import by_name
from fakes import FakeBenchmark, FakeSandbox, InTurn

from lcbrb.errors import UsageError
from lcbrb.grading.grader import Grader
from lcbrb.harness.estimates import compare, estimates
from lcbrb.harness.run import Part, bench_recorded
from lcbrb.protocols.policy import Replayed
from lcbrb.types import Recorded, Status

PASS, FAIL, OURS = Status.PASSED, Status.WRONG_ANSWER, Status.HARNESS_ERROR


def completions(count=4, sampler="m", per_problem=1, **fields):
    return [
        tiny.completion(
            sampler=sampler, index=index, problem_id=f"p{number}", text="t", solution="x", **fields
        )
        for number in range(count)
        for index in range(per_problem)
    ]


def problems(count=4, **fields):
    return [tiny.problem(f"p{number}", **fields) for number in range(count)]


def verdicts(*statuses):
    return [tiny.verdict(status) for status in statuses]


# ------------------------------------------------------------------------------- estimates


def test_pass_at_one():
    found = by_name(estimates(completions(), verdicts(PASS, PASS, FAIL, PASS), problems()))
    assert found["pass@1"].value == 0.75
    assert (found["pass@1"].n, found["pass@1"].clusters) == (4, 4)
    assert set(found) == {"pass@1"}


def test_larger_k_up_to_the_fewest_samples():
    graded = verdicts(*([PASS] + [FAIL] * 9) * 4)
    found = by_name(estimates(completions(per_problem=10), graded, problems()))
    assert {key: one.value for key, one in found.items()} == pytest.approx(
        {"pass@1": 0.1, "pass@5": 0.5, "pass@10": 1.0}
    )
    assert found["pass@5"].clusters == 4


def test_base_and_plus_have_their_own():
    graded = [
        tiny.verdict(FAIL, base_status=PASS, plus_status=FAIL),
        tiny.verdict(PASS, base_status=PASS, plus_status=PASS),
        tiny.verdict(FAIL, base_status=FAIL, plus_status=PASS),
        tiny.verdict(Status.NO_ANSWER),
    ]
    found = by_name(estimates(completions(), graded, problems()))
    assert found["pass@1"].value == 0.25
    assert found["pass@1/tests=base"].value == 0.5
    assert found["pass@1/tests=base + plus"].value == 0.25
    assert found["pass@1/tests=base"].n == 4  # no answer fails both


def test_difficulties_where_there_are_several():
    mixed = [*problems(2, difficulty="easy"), *problems(4, difficulty="hard")[2:]]
    found = by_name(estimates(completions(), verdicts(PASS, PASS, PASS, FAIL), mixed))
    assert found["pass@1/difficulty=easy"].value == 1.0
    assert found["pass@1/difficulty=hard"].value == 0.5
    same = by_name(
        estimates(completions(), verdicts(PASS, PASS, PASS, FAIL), problems(difficulty="easy"))
    )
    assert set(same) == {"pass@1"}


def test_our_own_failures_are_in_no_estimate():
    found = by_name(estimates(completions(), verdicts(PASS, FAIL, OURS, OURS), problems()))
    assert found["pass@1"].value == 0.5
    assert found["pass@1"].n == 2
    assert estimates(completions(), verdicts(*[OURS] * 4), problems()) == {}


def test_policies_are_compared_on_the_problems_that_both_answered():
    m = completions(6), verdicts(*[PASS] * 5, FAIL)
    n = completions(5, sampler="n"), verdicts(*[FAIL] * 5)
    (found,) = compare({"n": n, "m": m})
    assert (found.subject, found.baseline) == ("n", "m")
    assert found.difference.value == -1.0
    assert found.difference.clusters == 5
    assert compare({"m": m}) == []


# -------------------------------------------------------------------------------- the run


def graded(folder, bench, made, unknown=None, **fields):
    part = Part(benchmark=bench, subject="m", policies=("replay:x",), **fields)
    grader = Grader(benchmark=bench, sandbox=FakeSandbox(), executor=InTurn())
    return bench_recorded(part, Replayed(completions=made, unknown=unknown or {}), grader, folder)


def test_a_run_says_what_it_measured(tmp_path):
    bench = FakeBenchmark(problems(), *verdicts(PASS, FAIL, PASS))
    done = graded(tmp_path / "run", bench, completions(3), unknown={"q": 2})
    record = done.record
    assert record.counts == {
        "completions": 3,
        "problems": 3,
        "unknown": 2,
        "passed": 2,
        "wrong_answer": 1,
    }
    assert (record.partial, record.coverage, record.complete) == (True, 0.75, True)
    assert record.notes == (
        "2 completions belong to no problem here and were left out (q, …)",
        "m answered 3 of 4 problems: its rates cover only these problems",
    )
    assert record.config["isolation"] == "fake"
    on_disk = json.loads((tmp_path / "run" / "record.json").read_text())
    assert by_name(on_disk["estimates"])["pass@1"]["value"] == pytest.approx(2 / 3)
    lines = (tmp_path / "run" / "samples.jsonl").read_text().splitlines()
    assert [json.loads(line)["status"] for line in lines] == ["passed", "wrong_answer", "passed"]
    assert len((tmp_path / "run" / "completions.jsonl").read_text().splitlines()) == 3


def test_a_second_start_judges_only_what_is_missing(tmp_path):
    first = FakeBenchmark(problems(), *verdicts(PASS, OURS, OURS, PASS, PASS, OURS, OURS))
    assert not graded(tmp_path, first, completions()).record.complete
    second = FakeBenchmark(problems(), *verdicts(FAIL))
    done = graded(tmp_path, second, completions())
    assert [name for name, _, _ in second.graded] == ["p1"]
    assert done.record.complete
    assert done.record.counts["passed"] == 3
    assert done.record.counts["wrong_answer"] == 1


def test_another_run_in_the_same_folder_is_refused(tmp_path):
    graded(tmp_path, FakeBenchmark(problems(), *verdicts(PASS)), completions())
    with pytest.raises(UsageError, match="another run"):
        graded(tmp_path, FakeBenchmark(problems(), *verdicts(PASS)), completions(3))


def test_a_limit_draws_problems_and_keeps_their_order():
    bench = FakeBenchmark(problems(50), *verdicts(PASS))
    names = [one.id for one in Part(benchmark=bench, limit=10).problems()]
    again = [one.id for one in Part(benchmark=bench, limit=10).problems()]
    other = [one.id for one in Part(benchmark=bench, limit=10, seed=1).problems()]
    assert names == again != other
    assert len(names) == 10
    assert sorted(names, key=lambda name: int(name[1:])) == names
    assert len(Part(benchmark=bench, limit=99).problems()) == 50


def test_recorded_verdicts_are_held_against_ours(tmp_path):
    made = completions(2, recorded=Recorded(file="f", row=0, passed=True))
    done = graded(tmp_path, FakeBenchmark(problems(2), *verdicts(PASS, FAIL)), made)
    assert done.agreement.compared == 2
    assert [one.completion.problem_id for one in done.agreement.disagreements] == ["p1"]
