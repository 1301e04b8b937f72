"""What a benchmark puts around its programs is its own rule: the recursion limit, above all."""

import pytest
from functions import plus_verdict, script_verdict
from tiny import completion

from lcbrb.grading.cases_check import SURROUNDINGS, CodeKind
from lcbrb.protocols.sandbox import Program, Surroundings
from lcbrb.sandbox.levels import LEVELS, probe
from lcbrb.types import CodeCheck, Limits, Problem, Status, TestCase, TestKind

LIMITS = Limits(cpu_s=10, wall_s=60, memory_mib=512, output_kib=64)
DEEP = "def depth(n): return n and 1 + depth(n - 1)\n"


@pytest.fixture(params=LEVELS)
def sandbox(request):
    found = probe(request.param)
    if not found.live:
        pytest.skip(f"level {request.param} is not live here: {found.problem}")
    return found.sandbox


def depth(sandbox, wanted, surroundings):
    program = Program(source=DEEP + "print(depth(int(input())))", surroundings=surroundings)
    (execution,) = sandbox.run(program, [str(wanted)], LIMITS)
    return execution


def test_a_program_recurses_as_deep_as_its_surroundings_say(sandbox):
    usual, deep = Surroundings(), Surroundings(recursion_limit=50_000)
    for surroundings, wanted, status in (
        (usual, 950, None),
        (usual, 1050, Status.RUNTIME_ERROR),
        (deep, 40_000, None),
        (usual, 1050, Status.RUNTIME_ERROR),
    ):
        execution = depth(sandbox, wanted, surroundings)
        assert execution.status is status, execution
        assert status is None or "RecursionError" in execution.detail


@pytest.mark.parametrize(("wanted", "status"), [(900, Status.PASSED), (3000, Status.RUNTIME_ERROR)])
def test_functions_have_the_limit_of_python(wanted, status):
    """HumanEval's, MBPP's and EvalPlus' harnesses leave it as it is."""
    sandbox = probe("D").sandbox
    solution = DEEP + f"def f(x): return x + 1 + depth({wanted}) - {wanted}"
    assert plus_verdict(solution, sandbox=sandbox).status is status
    assert script_verdict(solution, "assert f(1) == 2", sandbox=sandbox).status is status


def test_programs_under_tests_have_that_of_livecodebench():
    solution = DEEP + "print(depth(int(input())))"
    tests = (TestCase(kind=TestKind.STDIN, input="9000", expected="9000"),)
    problem = Problem(id="p", source="s", prompt="", check=CodeCheck(tests=tests), limits=LIMITS)
    found = CodeKind().verify(problem, completion(solution=solution), probe("D").sandbox)
    assert found.status is Status.PASSED
    assert SURROUNDINGS.recursion_limit == 50_000
