"""Tests of a program run together first; what fails there is run again, and only that counts."""

from evaluators._code import verify_tests
from lcbrb.protocols import Execution, Program
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

    def run(self, program, inputs, limits, *, fresh=False):
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
    return verify_tests(PROBLEM, COMPLETION, Program(source="x"), sandbox, compare)


def test_what_passes_together_passes():
    sandbox = Scripted({})
    found = verdict(sandbox)
    assert (found.status, found.tests_passed, found.tests_total) == (Status.PASSED, 4, 4)
    assert not any(fresh for _, fresh in sandbox.asked)
    assert found.cpu_s == 4.0


def test_a_failure_among_others_is_run_again_alone_and_the_rest_goes_on():
    sandbox = Scripted({"1": "wrong"})
    found = verdict(sandbox)
    assert (found.status, found.tests_passed) == (Status.PASSED, 4)
    assert [text for text, fresh in sandbox.asked if fresh] == ["1"]


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
        def run(self, program, inputs, limits, *, fresh=False):
            yield from list(super().run(program, list(inputs)[:2], limits, fresh=fresh))[:1]

    found = verdict(Lazy({}))
    assert found.status is Status.HARNESS_ERROR


def test_nothing_to_run_is_our_failure():
    bare = Problem(id="p", source="s", prompt="", check=CodeCheck(tests=()), limits=Limits())
    found = verify_tests(bare, COMPLETION, Program(source="x"), Scripted({}), compare)
    assert found.status is Status.HARNESS_ERROR
