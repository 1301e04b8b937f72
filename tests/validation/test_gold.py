"""Validation: a gold passes, a broken copy fails, and what is otherwise is named."""

import ast

import pytest
from fakes import InTurn
from sessions import LocalSandbox

from evaluators import benchmark
from lcbrb.errors import UsageError
from lcbrb.grading.problem_set import ProblemSet
from lcbrb.grading.program_mutants import mutants
from lcbrb.sandbox.inside import wire
from lcbrb.types import CodeCheck, FunctionCheck, Oracle, Problem
from lcbrb.validation.gold import Outcome, check_golds, golds

GOLD = "def f(x):\n    if x < 3 and x != 1:\n        return x + 1\n    return 7\n"


def problem(reference=GOLD, inputs=(1, 2, 3), **fields):
    calls = tuple(wire.encode([one]) for one in inputs)
    check = FunctionCheck(entry_point="f", reference=reference, base_inputs=calls, **fields)
    return Problem(id="p", source="tests", prompt="?", check=check)


def checked(one):
    bench = ProblemSet(name="b", version="1", problems=[one])
    (found,) = check_golds(bench, [one], LocalSandbox(), InTurn())
    return found


def test_a_gold_with_tests_that_see_is_good():
    assert checked(problem()).outcome is Outcome.GOOD


def test_a_benchmark_that_takes_any_answer_is_blind():
    found = checked(problem(oracle=Oracle.ANYTHING))
    assert found.outcome is Outcome.BLIND
    assert found.tried == len(list(mutants(GOLD, "f")))


def test_a_gold_that_fails_is_named_with_the_reason():
    found = checked(problem(reference="import random\ndef f(x):\n    return random.random()\n"))
    assert found.outcome is Outcome.FAILS
    assert "wrong_answer" in found.detail


def test_a_gold_that_can_not_run_has_no_verdict():
    assert checked(problem(reference="def f(x):\n    1 / 0\n")).outcome is Outcome.NO_VERDICT


def test_mutants_differ_from_the_gold_and_parse():
    found = list(mutants(GOLD, "f"))
    unchanged = ast.unparse(ast.parse(GOLD))
    assert len(set(found)) == len(found) >= 5
    for mutant in found:
        assert ast.unparse(ast.parse(mutant)) != unchanged
    assert any("<=" in one for one in found)
    assert any(" == 1" in one for one in found)
    assert any(" or " in one for one in found)
    assert any("x - 1" in one for one in found)
    assert any("return 8" in one for one in found)
    assert found[-1].endswith("return None\n")


def test_there_are_at_most_a_dozen_small_changes():
    long = "def f(x):\n" + "    x = x + 1\n" * 100 + "    return x\n"
    assert len(list(mutants(long, "f"))) == 13


def test_a_benchmark_without_golds_says_so():
    one = Problem(id="p", source="tests", prompt="?", check=CodeCheck(tests=()))
    bench = ProblemSet(name="b", version="1", problems=[one])
    with pytest.raises(UsageError, match="b has no gold solutions"):
        golds(bench, [one])


def test_minis_golds_are_its_recorded_passes():
    bench = benchmark("mini")
    assert len(golds(bench, bench.load())) == len(bench.load())
