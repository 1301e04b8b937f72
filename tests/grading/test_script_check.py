"""Functions graded by trusted scripts of assertions."""

import pytest
from functions import REFERENCE, script_verdict
from sessions import LocalSandbox, LocalSession

from lcbrb.types import Status


def test_scripts_run_in_order_until_one_fails():
    verdict = script_verdict(
        REFERENCE, "assert f(1) == 2", "assert f(2) == 2, 'no'", "assert f(3) == 9"
    )
    assert verdict.status is Status.WRONG_ANSWER
    assert (verdict.tests_passed, verdict.tests_total) == (1, 3)
    assert verdict.detail == "test 1: f(2,) returned 3 (AssertionError: no)"
    assert script_verdict(REFERENCE, "assert f(1) == 2").status is Status.PASSED


@pytest.mark.parametrize(
    ("solution", "status"),
    [
        ("def f(x):\n    return 1 / 0\n", Status.RUNTIME_ERROR),
        ("def f(x:\n", Status.SYNTAX_ERROR),
        ("def f(x):\n    raise TimeoutError\n", Status.TIME_LIMIT),
        ("def f(x):\n    raise OSError\n", Status.HARNESS_ERROR),
        ("def f(x):\n    return None\n", Status.WRONG_ANSWER),
        ("def f(x):\n    return object()\n", Status.WRONG_ANSWER),
    ],
)
def test_what_went_wrong_in_a_call_keeps_its_kind(solution, status):
    guarded = "try:\n    assert abs(f(1) - 2) < 1\nexcept ValueError:\n    pass"
    assert script_verdict(solution, guarded).status is status


def test_no_script_can_catch_a_failed_call():
    catching = "try:\n    f(1)\nexcept Exception:\n    pass"
    assert script_verdict("def f(x):\n    1 / 0\n", catching).status is Status.RUNTIME_ERROR


def test_a_call_that_failed_is_not_told_with_the_answer_of_the_one_before():
    catching = "f(1)\ntry:\n    f(2)\nexcept:\n    pass\nassert False"
    verdict = script_verdict("def f(x):\n    return 7 // (2 - x)\n", catching)
    assert verdict.status is Status.WRONG_ANSWER
    assert "f(2,) failed" in verdict.detail
    assert "returned" not in verdict.detail


def test_a_script_that_can_not_run_is_our_fault():
    assert script_verdict(REFERENCE, "assert missing == 1").status is Status.HARNESS_ERROR
    assert script_verdict(REFERENCE).status is Status.HARNESS_ERROR


def test_a_fault_in_a_call_that_is_neither_the_programs_nor_the_scripts_is_ours(monkeypatch):
    def broken(*_, **__):
        raise KeyError("of the grader")

    monkeypatch.setattr(LocalSession, "call", broken)
    verdict = script_verdict(REFERENCE, "assert f(1) == 2")
    assert verdict.status is Status.HARNESS_ERROR
    assert "KeyError" in verdict.detail


def test_an_object_that_claims_to_equal_everything_does_not():
    liar = (
        "class Liar(int):\n    def __eq__(self, other):\n        return True\n"
        "    __hash__ = int.__hash__\ndef f(x):\n    return Liar(0)\n"
    )
    assert script_verdict(liar, "assert f(1) == 2").status is Status.WRONG_ANSWER
    liar = liar.replace("Liar(int)", "Liar").replace("Liar(0)", "Liar()")
    liar = liar.replace("int.__hash__", "None")
    assert script_verdict(liar, "assert f(1) == 2").status is Status.WRONG_ANSWER


def test_helpers_of_the_setup_are_there_and_the_unfinished_function_is_not():
    setup = "def helper(x):\n    return 2 * x\ndef f(x):\n    '''Unfinished.'''\n"
    verdict = script_verdict(REFERENCE, "assert f(1) == helper(1)", setup=setup)
    assert verdict.status is Status.PASSED


def test_scripts_draw_the_same_inputs_each_time():
    script = "import random\nfrom random import randint\nassert f((random.random(), randint(0, 9)))"
    sandboxes = [LocalSandbox(), LocalSandbox()]
    for sandbox in sandboxes:
        script_verdict("def f(x):\n    return True\n", script, sandbox=sandbox)
    assert sandboxes[0].called == sandboxes[1].called


def test_calls_share_one_budget_of_time():
    sandbox = LocalSandbox(cpu_s=0.7)  # and the problem's limit is two seconds
    script = "assert [f(n) for n in range(3)] == [1, 2, 3]"
    quick = "assert f(0) == 1"
    for one, status in ((script, Status.TIME_LIMIT), (quick, Status.PASSED)):
        verdict = script_verdict(REFERENCE, one, sandbox=sandbox, reference="def f(x): pass\n")
        assert verdict.status is status


def test_a_machine_on_which_the_reference_is_slow_gives_more_time():
    sandbox = LocalSandbox(cpu_s=0.7)
    script = "assert [f(n) for n in range(3)] == [1, 2, 3]"  # 2.1 s, the reference's and ours
    assert script_verdict(REFERENCE, script, sandbox=sandbox).status is Status.PASSED
    slower = "calls = []\ndef f(x):\n    if x == 2:\n        raise TimeoutError\n    return x + 1\n"
    assert script_verdict(slower, script, sandbox=sandbox).status is Status.TIME_LIMIT


def test_what_earlier_calls_used_counts_for_a_call(monkeypatch):
    sandbox, asked = LocalSandbox(cpu_s=0.5), []
    opened = LocalSession.call

    def call(self, name, arguments, *, cpu_s=None, used_s=0.0):
        asked.append((cpu_s, used_s))
        return opened(self, name, arguments, cpu_s=cpu_s, used_s=used_s)

    monkeypatch.setattr(LocalSession, "call", call)
    script_verdict(REFERENCE, "assert [f(n) for n in range(3)] == [1, 2, 3]", sandbox=sandbox)
    assert asked[:3] == [(2.0, 0.0), (2.0, 0.5), (2.0, 1.0)]


def test_a_time_limit_near_the_bound_is_two_of_three_runs_alone():
    sandbox = LocalSandbox()
    sandbox.borderline = True
    late = "def f(x):\n    raise TimeoutError('slow')\n"
    verdict = script_verdict(late, "assert f(1) == 2", sandbox=sandbox)
    assert verdict.status is Status.TIME_LIMIT
    assert sandbox.alone.count(True) == 2


def test_a_reference_is_timed_at_the_best_pace():
    sandbox = LocalSandbox()
    late = "def f(x):\n    raise TimeoutError('slow')\n"
    script_verdict(late, "assert f(1) == 2", sandbox=sandbox, reference=REFERENCE)
    assert sandbox.paced == [False, True]
