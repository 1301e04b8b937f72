"""A call that a program is sent while the grader still looks at its answer to the one before."""

import time

import pytest

from lcbrb.grading.cases_check import CodeKind
from lcbrb.protocols.sandbox import Program, Surroundings
from lcbrb.sandbox.channel import Channel
from lcbrb.sandbox.levels import sandbox_for
from lcbrb.types import CodeCheck, Completion, Limits, Problem, Status, TestCase, TestKind

LIMITS = Limits(cpu_s=0.5, wall_s=5, memory_mib=256, output_kib=64)
SPIN = """
import time
def f(seconds):
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return seconds
"""


def executions(source, *inputs, limits=LIMITS):
    program = Program(source=source, kind=TestKind.CALL, entry_point="f")
    return sandbox_for().run(program, inputs, limits)


def outputs(found):
    return [(one.status, one.output) for one in found]


def verdict(source, *inputs):
    """Of a program that should give back what it is given."""
    tests = tuple(TestCase(kind=TestKind.CALL, input=text, expected=text) for text in inputs)
    problem = Problem(
        id="p",
        source="s",
        prompt="",
        check=CodeCheck(tests=tests, entry_point="f"),
        limits=LIMITS,
    )
    completion = Completion(
        problem_id="p", policy_id="x", sample_index=0, text=source, solution=source
    )
    kind = CodeKind(
        compare=lambda test, got: None if got == test.expected else got, surroundings=Surroundings()
    )
    return kind.verify(problem, completion, sandbox_for())


def test_a_program_is_at_its_next_call_while_the_grader_looks_at_the_last_answer():
    source = "import time\ndef f(n): return [n, time.time()]"
    answers = []
    for one in executions(source, "1", "2"):
        answers.append((one.output, time.time()))
        time.sleep(0.3)
    (_, looked), (second, _) = answers
    assert float(second.rstrip("]").split(",")[1]) < looked + 0.2


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_no_answer_is_lost_where_several_wait_to_be_read(count):
    found = []
    for one in executions("def f(n): return n", *map(str, range(count))):
        time.sleep(0.05)
        found.append((one.status, one.output))
    assert found == [(None, str(number)) for number in range(count)]


def test_globals_are_fresh_in_a_call_that_was_sent_ahead():
    source = "seen = []\ndef f(n):\n    seen.append(n)\n    return seen"
    assert outputs(executions(source, "1", "2", "3")) == [(None, f"[{n}]") for n in (1, 2, 3)]


def test_long_arguments_are_not_sent_ahead_and_arrive():
    long = '"' + "x" * 300_000 + '"'
    assert outputs(executions("def f(s): return len(s)", "[]", long, '"y"', long)) == [
        (None, str(n)) for n in (0, 300_000, 1, 300_000)
    ]


def test_a_call_sent_ahead_that_takes_too_long_is_never_in_time():
    found = []
    for one in executions(SPIN, "0.0", "0.7"):
        found.append(one)
        time.sleep(0.4)  # of a grader that is busy elsewhere, while the program goes on
    first, second = found
    assert first.status is None
    assert second.status is Status.TIME_LIMIT
    assert not second.fresh


def test_time_limits_are_of_one_call_though_calls_are_sent_ahead():
    found = verdict(SPIN, "0.3", "0.3", "0.3")
    assert (found.status, found.tests_passed) == (Status.PASSED, 3), found
    assert verdict(SPIN, "0.0", "0.95").status is Status.TIME_LIMIT


def test_the_call_behind_a_wrong_answer_is_stopped_with_the_program():
    source = "def f(n):\n    while n == 2: pass\n    return 0"
    began = time.monotonic()
    found = verdict(source, "1", "2")
    assert found.status is Status.WRONG_ANSWER
    assert found.cpu_s < LIMITS.cpu_s
    assert time.monotonic() - began < LIMITS.wall_s


def test_a_death_in_the_call_sent_ahead_spares_the_answer_before_it():
    source = "import os\ndef f(n):\n    if n == 2: os._exit(3)\n    return n"
    first, second = executions(source, "1", "2")
    assert (first.status, first.output) == (None, "1")
    assert second.status is Status.RUNTIME_ERROR
    found = verdict(source, "1", "2")
    assert (found.status, found.tests_passed) == (Status.RUNTIME_ERROR, 1)


FLOOD = "import os\ndef f(n):\n    if n == 2: os.write(1, b'x' * 65536)\n    return n"


@pytest.mark.parametrize("late_s", [0, 0.05])
@pytest.mark.parametrize(
    ("source", "status", "passed"),
    [
        (FLOOD, Status.OUTPUT_LIMIT, 1),
        (FLOOD.replace("return n", "return 0"), Status.WRONG_ANSWER, 0),
    ],
)
def test_what_the_next_call_prints_is_not_held_against_the_one_before(
    monkeypatch, source, status, passed, late_s
):
    exchange = Channel.exchange

    def late(self, *given):
        reply = exchange(self, *given)
        time.sleep(late_s)
        return reply

    monkeypatch.setattr(Channel, "exchange", late)
    for _ in range(5):
        found = verdict(source, "1", "2")
        assert (found.status, found.tests_passed) == (status, passed)


def test_a_grader_that_is_late_holds_no_call_against_the_one_before(monkeypatch):
    exchange = Channel.exchange

    def late(self, *given):
        reply = exchange(self, *given)
        time.sleep(0.5)  # the program is at its next call, and uses CPU time
        return reply

    monkeypatch.setattr(Channel, "exchange", late)
    assert verdict(SPIN, "0.42", "0.42", "0.42").status is Status.PASSED


def test_a_call_sent_ahead_may_not_block_for_longer():
    limits = Limits(cpu_s=1, wall_s=1, memory_mib=256, output_kib=64)
    found = []
    for one in executions("import time\ndef f(n): time.sleep(n)", "0", "1.5", limits=limits):
        found.append(one)
        time.sleep(0.8)
    assert [one.status for one in found] == [None, Status.TIME_LIMIT]
    assert "blocked" in found[1].detail
