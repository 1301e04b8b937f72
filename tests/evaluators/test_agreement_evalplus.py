"""Our verdicts beside EvalPlus' recorded ones: a sample of each file, and every known difference.

All of it is graded by ``lcbrb bench`` on the six files; here are the differences by id, each with
its cause, and enough of the rest to notice when a rule changes.
"""

import pytest
from fakes import DATA, reads_data

from evaluators import benchmark
from lcbrb.policies.replay import from_spec
from lcbrb.registry import parse_spec
from lcbrb.sandbox.levels import sandbox_for
from lcbrb.types import Status

QWEN = "qwen2.5-coder-1.5b-base"
FILES = [
    ("Meta-Llama-3-8B-Instruct.humaneval", "humaneval+@v0.1.10"),
    ("Meta-Llama-3-8B-Instruct.mbpp", "mbpp+@v0.2.0"),
    ("Mistral-7B-Instruct-v0.2.humaneval", "humaneval+@v0.1.10"),
    ("Mistral-7B-Instruct-v0.2.mbpp", "mbpp+@v0.2.0"),
    (f"{QWEN}.humaneval", "humaneval+@v0.1.9"),
    (f"{QWEN}.mbpp", "mbpp+@v0.1.0"),
]
# This file was graded by an EvalPlus from before these tasks were compared as sets (its commits
# 8649c02 and 921208e, April 2024): it wants the reference's very order and type.
BEFORE_SETS = {
    ("Mbpp/2", "base"),
    ("Mbpp/2", "plus"),
    ("Mbpp/232", "base"),
    ("Mbpp/249", "base"),
    ("Mbpp/579", "plus"),
}


def graded(file, name, wanted):
    """(problem, kind of tests) to (recorded pass, our pass)."""
    bench = benchmark(name)
    problems = bench.load()
    path = f"{DATA}/judged/evalplus/{file}.eval_results.json.gz"
    completions = from_spec(parse_spec(f"replay:{path}")).replay(problems).completions
    by_id = {problem.id: problem for problem in problems}
    found = {}
    for one in completions:
        if wanted(one.problem_id):
            verdict = bench.verify(by_id[one.problem_id], one, sandbox_for())
            base, plus = (
                verdict.base_status or verdict.status,
                verdict.plus_status or verdict.status,
            )
            found[one.problem_id, "base"] = one.recorded.base_passed, base is Status.PASSED
            found[one.problem_id, "plus"] = one.recorded.plus_passed, plus is Status.PASSED
    return found


def differing(found):
    return {key for key, (theirs, ours) in found.items() if theirs != ours}


@reads_data
@pytest.mark.parametrize(("file", "name"), FILES, ids=[file for file, _ in FILES])
def test_a_sample_of_each_file_agrees(file, name):
    found = graded(file, name, lambda problem_id: int(problem_id.split("/")[1]) % 16 == 9)
    assert len(found) >= 20
    assert {passed for passed, _ in found.values()} == {True, False}
    assert differing(found) <= BEFORE_SETS


@reads_data
def test_the_differences_are_those_that_are_explained():
    names = {name for name, _ in BEFORE_SETS}
    found = graded(f"{QWEN}.mbpp", "mbpp+@v0.1.0", names.__contains__)
    assert differing(found) == BEFORE_SETS
    assert all(found[key] == (False, True) for key in BEFORE_SETS)
