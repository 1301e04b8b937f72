"""LiveCodeBench: a pass has to be earned."""

import random

import pytest
from fakes import FakeSandbox, case, lcb_row, write_lines

from evaluators import benchmark
from lcbrb.errors import DataUnavailableError, UnknownNameError, UsageError
from lcbrb.grading.problem_set import ProblemSet
from lcbrb.protocols.sandbox import Execution
from lcbrb.sandbox.plain_sandbox import PlainSandbox
from lcbrb.types import (
    CodeCheck,
    Completion,
    Limits,
    Problem,
    Status,
    StopReason,
    TestCase,
    TestKind,
)

LIMITS = Limits(cpu_s=4, wall_s=20, memory_mib=512, output_kib=64)


def stdin_test(expected, given=""):
    return TestCase(kind=TestKind.STDIN, input=given, expected=expected)


def call_test(expected, given=""):
    return TestCase(kind=TestKind.CALL, input=given, expected=expected)


def problem(*tests, entry_point=None, limits=LIMITS):
    check = CodeCheck(tests=tests, entry_point=entry_point)
    return Problem(id="q", source="tests", prompt="Do.", check=check, limits=limits)


def completion(solution, **fields):
    return Completion(
        problem_id="q", policy_id="m", sample_index=0, text="", solution=solution, **fields
    )


def verify(one, solution, sandbox=None, **fields):
    bench = ProblemSet(name="tests", version="1", problems=(one,))
    return bench.verify(one, completion(solution, **fields), sandbox or PlainSandbox())


# ----------------------------------------------------------------------------------------- verdicts


def test_a_program_that_passes_all_tests_passes():
    tests = (stdin_test("2", "1"), stdin_test("4", "2"))
    verdict = verify(problem(*tests), "print(2 * int(input()))")
    assert (verdict.status, verdict.tests_passed, verdict.tests_total) == (Status.PASSED, 2, 2)
    assert verdict.cpu_s > 0


def test_the_first_failing_test_ends_the_judging():
    sandbox = FakeSandbox("1", "x", "3")
    tests = [stdin_test(str(number), f"in {number}") for number in (1, 2, 3)]
    verdict = verify(problem(*tests), "…", sandbox)
    assert (verdict.status, verdict.tests_passed, verdict.tests_total) == (
        Status.WRONG_ANSWER,
        1,
        3,
    )
    assert verdict.detail.startswith("test 1: line 1")
    assert sandbox.inputs == ["in 1", "in 2"]


@pytest.fixture
def three():
    return problem(*(stdin_test(str(number), f"in {number}") for number in (1, 2, 3)))


def in_company(output="", status=None):
    """An execution in a process that ran another input before."""
    return Execution(status=status, output=output, detail="crowded", fresh=False)


@pytest.mark.parametrize("limit", [Status.TIME_LIMIT, Status.MEMORY_LIMIT])
def test_a_limit_reached_in_a_shared_process_counts_only_if_it_is_alone_too(three, limit):
    sandbox = FakeSandbox("1", in_company(status=limit), "2", "3")
    verdict = verify(three, "…", sandbox)
    assert (verdict.status, verdict.tests_passed, verdict.detail) == (Status.PASSED, 3, "")
    assert (sandbox.inputs, sandbox.alone) == (["in 1", "in 2", "in 2", "in 3"], 1)


def test_an_answer_in_a_shared_process_counts_only_if_it_is_given_alone_too(three):
    sandbox = FakeSandbox("1", in_company("x"), "2", "1", in_company("x"), "1", "2", "3")
    verdict = verify(three, "…", sandbox)
    assert (verdict.status, verdict.tests_passed, verdict.detail) == (Status.PASSED, 3, "")
    assert sandbox.inputs == [f"in {number}" for number in (1, 2, 2, 1, 2, 1, 2, 3)]


def test_a_failure_in_a_shared_process_that_happens_alone_too_is_told_as_it_was_alone(three):
    alone = Execution(status=Status.RUNTIME_ERROR, detail="alone")
    sandbox = FakeSandbox("1", in_company(status=Status.TIME_LIMIT), alone, "3")
    verdict = verify(three, "…", sandbox)
    assert (verdict.status, verdict.detail) == (Status.RUNTIME_ERROR, "test 1: alone")
    assert sandbox.inputs == ["in 1", "in 2", "in 2"]


def test_a_failure_in_a_process_of_its_own_is_not_run_again(three):
    sandbox = FakeSandbox(Execution(status=Status.TIME_LIMIT), "1")
    assert verify(three, "…", sandbox).status is Status.TIME_LIMIT
    assert sandbox.alone == 0


def test_costs_add_up_over_the_tests():
    runs = [
        Execution(status=None, output="1", cpu_s=0.5, wall_s=1.0, peak_memory_mib=30.0),
        Execution(status=None, output="1", cpu_s=0.25, wall_s=0.5, peak_memory_mib=20.0),
    ]
    verdict = verify(problem(stdin_test("1"), stdin_test("1")), "…", FakeSandbox(*runs))
    assert (verdict.cpu_s, verdict.wall_s, verdict.peak_memory_mib) == (0.75, 1.5, 30.0)


def test_memory_that_was_not_measured_is_not_called_zero():
    verdict = verify(
        problem(stdin_test("1")), "…", FakeSandbox(Execution(status=Status.TIME_LIMIT))
    )
    assert verdict.peak_memory_mib is None


@pytest.mark.parametrize("status", [s for s in Status if s.value.endswith(("_limit", "_error"))])
def test_how_a_program_ended_becomes_its_verdict(status):
    run = Execution(status=status, detail="so it ended")
    verdict = verify(problem(stdin_test("1")), "…", FakeSandbox(run))
    assert (verdict.status, verdict.detail) == (status, "test 0: so it ended")


def test_a_sandbox_that_gives_up_early_is_our_failure():
    verdict = verify(problem(stdin_test("1"), stdin_test("1")), "…", FakeSandbox("1"))
    assert verdict.status is Status.HARNESS_ERROR


def test_a_problem_without_tests_passes_nothing():
    assert verify(problem(), "print(1)").status is Status.HARNESS_ERROR


def test_without_a_program_there_is_no_answer():
    assert verify(problem(stdin_test("1")), None).status is Status.NO_ANSWER


def test_without_a_program_a_cut_reply_is_truncated():
    verdict = verify(problem(stdin_test("1")), None, stop_reason=StopReason.LENGTH)
    assert verdict.status is Status.TRUNCATED


def test_the_official_graders_names_are_in_scope():
    source = "print(gcd(4, 6), Counter('aa')['a'], pow(2, 3, 5), bisect_left([1], 1), math.pi > 3, List[int] is not None)"
    assert verify(problem(stdin_test("2 2 3 0 True True")), source).status is Status.PASSED


def test_a_function_is_called_with_one_argument_a_line():
    tests = (call_test("[1, 2]", "[1]\n[2]"), call_test("[]", "[]\n[]"))
    source = "class Solution:\n    def join(self, a: List[int], b): return tuple(a + b)"
    assert verify(problem(*tests, entry_point="join"), source).status is Status.PASSED


CHEATS = {
    "an object that equals everything": "class E:\n    def __eq__(self, other): return True\ndef f(): return E()",
    "a list that equals everything": "class E(list):\n    def __eq__(self, other): return True\ndef f(): return E()",
    "leaving with a good exit code": "import sys\ndef f(): sys.exit(0)",
    "leaving at once": "import os\ndef f(): os._exit(0)",
    "replacing json": "import json\njson.dumps = lambda *a: '1'\ndef f(): return 2",
    "reporting a pass": "import os\ndef f():\n    for fd in range(3, 20):\n        try: os.write(fd, b'passed\\nreturned true\\n')\n        except OSError: pass\n    os._exit(0)",
    "returning nothing": "def f(): pass",
}


@pytest.mark.parametrize("source", CHEATS.values(), ids=CHEATS)
def test_no_trick_passes_a_test_of_a_function(source):
    answer = str(random.randrange(10**9, 10**10))
    assert verify(problem(call_test(answer), entry_point="f"), source).status is not Status.PASSED


# ------------------------------------------------------------------------------ the expected answer


SECRET = "answer-" + "271828182845"
FROM_INSIDE = """
import gc, os, re, sys
pattern = re.compile(rb"answer-[0-9]{12}")
places = [repr(os.environ), repr(sys.argv), repr(globals()), repr(sys.modules["__main__"].__dict__)]
places += [repr(thing) for thing in gc.get_objects() if isinstance(thing, (dict, list, tuple))]
places.append(open("/proc/self/cmdline").read())
found = any(pattern.search(place.encode("utf-8", "replace")) for place in places)
for descriptor in range(256):
    try:
        found |= bool(pattern.search(os.pread(descriptor, 1 << 20, 0)))
    except OSError:
        pass
print("found" if found else "nothing")
"""
FROM_MEMORY = """
import re
pattern = re.compile(rb"answer-[0-9]{12}")
found = False
with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
    for line in maps:
        span, rights = line.split()[:2]
        start, end = (int(part, 16) for part in span.split("-"))
        if rights.startswith("rw"):
            try:
                memory.seek(start)
                found |= bool(pattern.search(memory.read(end - start)))
            except (OSError, ValueError):
                pass
print("found" if found else "nothing")
"""
searches = pytest.mark.parametrize("search", [FROM_INSIDE, FROM_MEMORY], ids=["inside", "memory"])


@searches
def test_a_program_can_not_find_the_expected_answer(search):
    verdict = verify(problem(stdin_test(SECRET, "input"), limits=Limits()), search)
    assert verdict.status is Status.WRONG_ANSWER
    assert verdict.detail.startswith("test 0: line 1: printed 'nothing'")


@searches
def test_the_search_finds_what_a_program_does_have(search):
    source = "kept = [open(0).read()]\n" + search
    assert (
        verify(problem(stdin_test("found", SECRET), limits=Limits()), source).status
        is Status.PASSED
    )


# ------------------------------------------------------------------------------------------ by name


@pytest.fixture(autouse=True)
def _no_data(monkeypatch):
    monkeypatch.delenv("LCBRB_DATA", raising=False)


def test_a_file_of_problems_is_a_benchmark(tmp_path):
    path = write_lines(tmp_path / "mine.jsonl", [lcb_row(public=[case("1\n", "2\n")])])
    bench = benchmark(str(path))
    assert (bench.name, bench.metric, len(bench.version)) == ("mine.jsonl", "pass@1", 12)
    (one,) = bench.load()
    assert bench.verify(one, completion("print(2)"), PlainSandbox()).status is Status.PASSED


def test_a_file_that_is_not_there_is_said_so():
    with pytest.raises(DataUnavailableError, match="no such file of problems"):
        benchmark("nowhere/mine.jsonl.gz")


def test_an_empty_file_is_no_benchmark(tmp_path):
    path = tmp_path / "mine.jsonl"
    path.write_text("\n")
    with pytest.raises(UsageError, match="holds no problems"):
        benchmark(str(path))


def test_a_name_nobody_knows_gives_the_nearest():
    with pytest.raises(UnknownNameError, match="did you mean livecodebench"):
        benchmark("livecodebenhc")


def test_mini_is_a_benchmark():
    bench = benchmark("mini")
    assert bench.name == "mini"
    assert len(bench.load()) >= 40


def test_the_local_data_is_a_benchmark(monkeypatch, tmp_path):
    write_lines(tmp_path / "livecodebench" / "test.jsonl", [lcb_row("a"), lcb_row("b")])
    monkeypatch.setenv("LCBRB_DATA", str(tmp_path))
    bench = benchmark("livecodebench?difficulty=easy")
    assert (bench.name, bench.version) == ("livecodebench?difficulty=easy", "v5-local")
    assert [one.id for one in bench.load()] == ["a", "b"]
