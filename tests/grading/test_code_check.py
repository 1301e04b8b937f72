"""Tests of a program run together first; what fails there is run again, and only that counts."""

from dataclasses import replace

import pytest

from lcbrb.grading.cases_check import CodeKind
from lcbrb.protocols.sandbox import Execution
from lcbrb.types import CodeCheck, Completion, Limits, Problem, Status, TestCase, TestKind

TESTS = tuple(TestCase(kind=TestKind.STDIN, input=str(n), expected=str(n)) for n in range(4))
PROBLEM = Problem(id="p", source="s", prompt="", check=CodeCheck(tests=TESTS), limits=Limits())
COMPLETION = Completion(problem_id="p", policy_id="m", sample_index=0, text="", solution="x")


class Scripted:
    """A sandbox whose programs say what they are told to, together and alone."""

    level = "D"

    def __init__(self, together, alone=None):
        self.together, self.alone = together, alone or {}
        self.asked = []

    def run(self, program, inputs, limits, *, fresh=False, together=False):
        for position, text in enumerate(inputs):
            self.asked.append((text, fresh))
            answers = self.alone if fresh else self.together
            answer = answers.get(text, text)
            first = fresh or position == 0
            if isinstance(answer, Status):
                yield Execution(status=answer, detail="as told", fresh=first, cpu_s=1.0)
            else:
                yield Execution(status=None, output=answer, fresh=first, cpu_s=1.0)


def compare(test, output):
    return None if output == test.expected else f"gave {output}"


def verdict(sandbox):
    return CodeKind(compare=compare).verify(PROBLEM, COMPLETION, sandbox)


def test_what_passes_together_passes():
    sandbox = Scripted({})
    found = verdict(sandbox)
    assert (found.status, found.tests_passed, found.tests_total) == (Status.PASSED, 4, 4)
    assert not any(fresh for _, fresh in sandbox.asked)
    assert found.cpu_s == 4.0


def test_a_limit_reached_among_others_is_run_again_alone_and_the_rest_goes_on():
    sandbox = Scripted({"1": Status.TIME_LIMIT})
    found = verdict(sandbox)
    assert (found.status, found.tests_passed) == (Status.PASSED, 4)
    assert [text for text, fresh in sandbox.asked if fresh] == ["1"]


def test_a_limit_reached_at_the_last_test_is_run_again_alone():
    sandbox = Scripted({"3": Status.MEMORY_LIMIT})
    found = verdict(sandbox)
    assert (found.status, found.tests_passed) == (Status.PASSED, 4)
    assert sandbox.asked[-1] == ("3", True)


@pytest.mark.parametrize("answer", ["wrong", Status.RUNTIME_ERROR])
def test_one_that_bears_no_company_is_judged_in_the_reference_mode(answer):
    sandbox = Scripted({"2": answer})
    found = verdict(sandbox)
    assert (found.status, found.tests_passed) == (Status.PASSED, 4)
    assert sandbox.asked[-4:] == [("0", True), ("1", True), ("2", True), ("3", True)]


def test_the_reference_mode_counts_for_all_tests_of_one_that_bears_no_company():
    sandbox = Scripted({"2": "wrong"}, alone={"1": "wrong alone"})
    found = verdict(sandbox)
    assert (found.status, found.tests_passed) == (Status.WRONG_ANSWER, 1)
    assert found.detail == "test 1: gave wrong alone"


class Drawn(Scripted):
    """As `Scripted`, with other answers every time it is asked to run tests together."""

    def run(self, program, inputs, limits, *, fresh=False, together=False):
        if not fresh:
            self.together, *self.later = self.later
        return super().run(program, inputs, limits, fresh=fresh)


class Split(Scripted):
    """The third test begins a process; the fourth fails in its company."""

    def run(self, program, inputs, limits, *, fresh=False, together=False):
        inputs = list(inputs)
        if together:
            self.company = inputs
        for text, execution in zip(
            inputs, super().run(program, inputs, limits, fresh=fresh), strict=True
        ):
            yield replace(execution, fresh=execution.fresh or text == "2")


def test_a_failure_is_looked_for_in_the_company_that_it_had():
    sandbox = Split({"3": "wrong"})
    assert verdict(sandbox).status is Status.PASSED
    assert sandbox.company == ["2", "3"]


@pytest.mark.parametrize("again", [{}, {"1": "wrong"}])
def test_chance_has_one_attempt(again):
    sandbox = Drawn({})
    sandbox.later = [{"2": "wrong"}, again]
    found = verdict(sandbox)
    assert (found.status, found.tests_passed) == (Status.WRONG_ANSWER, 2)
    assert found.detail == "test 2: gave wrong (but not every time it was run)"


def test_no_chance_is_seen_where_a_limit_is_reached_meanwhile():
    sandbox = Drawn({})
    sandbox.later = [{"2": "wrong"}, {"1": Status.TIME_LIMIT}]
    assert verdict(sandbox).status is Status.PASSED


def test_a_failure_alone_is_the_verdict():
    sandbox = Scripted({"1": "wrong"}, alone={"1": Status.MEMORY_LIMIT})
    found = verdict(sandbox)
    assert (found.status, found.tests_passed) == (Status.MEMORY_LIMIT, 1)
    assert found.detail == "test 1: as told"


def test_the_first_test_of_a_process_is_alone_already():
    sandbox = Scripted({"0": "wrong"})
    found = verdict(sandbox)
    assert (found.status, found.tests_passed) == (Status.WRONG_ANSWER, 0)
    assert found.detail == "test 0: gave wrong"
    assert sandbox.asked == [("0", False)]


def test_a_sandbox_that_gives_up_early_is_our_failure():
    class Lazy(Scripted):
        def run(self, program, inputs, limits, *, fresh=False, together=False):
            yield from list(super().run(program, list(inputs)[:2], limits, fresh=fresh))[:1]

    found = verdict(Lazy({}))
    assert found.status is Status.HARNESS_ERROR


def test_nothing_to_run_is_our_failure():
    bare = Problem(id="p", source="s", prompt="", check=CodeCheck(tests=()), limits=Limits())
    found = CodeKind(compare=compare).verify(bare, COMPLETION, Scripted({}))
    assert found.status is Status.HARNESS_ERROR
