"""Every attack is stopped, graded for what it is, and leaves nothing behind; the grader lives."""

import dataclasses

import hostile
import pytest

from lcbrb.grading.cases_check import CodeKind
from lcbrb.protocols.sandbox import Program, Surroundings
from lcbrb.sandbox.inside import wire
from lcbrb.types import CodeCheck, Completion, Limits, Problem, Status, TestCase, TestKind

pytestmark = pytest.mark.slow

LIMITS = Limits(cpu_s=0.6, wall_s=1.5, memory_mib=256, output_kib=256, processes=64)
#: of programs that never end, whatever they are given: each would use up twice what it may
SHORT = dataclasses.replace(LIMITS, cpu_s=0.2, wall_s=0.5)
ENDLESS = {source for source, _ in hostile.NEVER_ENDS.values()}
TESTS = tuple(TestCase(kind=TestKind.STDIN, input=f"{n}\n", expected=f"{2 * n}\n") for n in (3, 5))
CALLS = tuple(TestCase(kind=TestKind.CALL, input=f"{n}\n", expected=f"{2 * n}") for n in (3, 5))


def verdict(sandbox, source, tests=TESTS, limits=LIMITS):
    check = CodeCheck(tests=tests, entry_point="f" if tests[0].kind is TestKind.CALL else None)
    problem = Problem(id="double", source="here", prompt="", check=check, limits=limits)
    completion = Completion(
        problem_id="double", policy_id="them", sample_index=0, text=source, solution=source
    )
    return CodeKind(compare=compare, surroundings=Surroundings()).verify(
        problem, completion, sandbox
    )


def compare(test, output):
    same = output.strip() == test.expected.strip()
    return None if same else f"gave {output[:80]!r}"


def cases(*groups):
    return [
        pytest.param(source, status, id=name)
        for group in groups
        for name, (source, status) in group.items()
    ]


@pytest.mark.parametrize(
    ("source", "status"),
    cases(
        hostile.NEVER_ENDS,
        hostile.ENDS_BADLY,
        hostile.TAKES_TOO_MUCH,
        hostile.BREAKS_OUT,
        hostile.FORGES,
    ),
)
def test_a_program_is_graded_for_what_it_does(sandbox, surroundings, source, status):
    limits = SHORT if source in ENDLESS else LIMITS
    found = verdict(sandbox, surroundings.fill(source), limits=limits)
    surroundings.check(sandbox)
    assert found.status is status, found
    assert found.tests_passed == 0
    assert verdict(sandbox, hostile.DOUBLE).status is Status.PASSED  # the grader is well
    surroundings.check(sandbox)


@pytest.mark.parametrize(("source", "status"), cases(hostile.FORGED_VALUES))
def test_a_function_can_not_forge_its_value(sandbox, surroundings, source, status):
    with sandbox.open(Program(source=source), LIMITS) as session:
        execution = session.call("f", [3])
        found = execution.status
        if found is None:
            try:
                right = wire.decode(execution.output) == 6
            except ValueError:
                right = False
            found = Status.PASSED if right else Status.WRONG_ANSWER
    surroundings.check(sandbox)
    assert found is status, execution


@pytest.mark.parametrize("source", list(hostile.HARMLESS.values()), ids=hostile.HARMLESS)
def test_what_is_harmless_passes(sandbox, surroundings, source):
    found = verdict(sandbox, source)
    assert found.status is Status.PASSED, found
    surroundings.check(sandbox)


def test_what_one_program_keeps_another_does_not_find(sandbox):
    keeps = (
        "open('note', 'w').write('6')\nimport sys\nsys.path.append('x')\nprint(2 * int(input()))"
    )
    finds = "import os, sys\nassert not os.listdir('.') and 'x' not in sys.path\nprint(2 * int(input()))"
    assert verdict(sandbox, keeps).status is Status.PASSED
    assert verdict(sandbox, finds).status is Status.PASSED


def test_folders_that_resist_removal_are_removed(sandbox, surroundings):
    source = """
import os, time
for _ in range(1100):
    os.mkdir("d")
    os.chdir("d")
os.mkdir("x")
open("x/f", "w").close()
os.symlink("/", "x/l")
os.mkdir("closed", 0)
try:
    os.chmod("x", 0)
except PermissionError:  # level B lets no mode be changed
    pass
os.chdir("/")
time.sleep(0.6)  # somebody looks meanwhile
print(2 * int(input()))
"""
    assert verdict(sandbox, source).status is Status.PASSED
    surroundings.check(sandbox)


def test_names_that_hurt_are_removed(sandbox, surroundings):
    source = """
import os
for n in range(300):
    for name in (b"\\xff\\xfe%d", b"a\\n%d", b"-rf %d", b"\\x1b[2J%d", b"x" * 240 + b"%d"):
        os.close(os.open(name % n, os.O_CREAT))
os.symlink(".", "loop")
os.symlink("loop/loop", "loop2")
os.symlink("/etc", "etc")
os.mkdir("below")
os.symlink("..", "below/up")
print(2 * int(input()))
"""
    assert verdict(sandbox, source).status is Status.PASSED
    surroundings.check(sandbox)


def test_a_thread_unknown_to_python_does_not_work_on(sandbox, surroundings):
    source = """
import ctypes, os, time
@ctypes.CFUNCTYPE(ctypes.c_void_p, ctypes.c_void_p)
def later(_):
    while 1:
        try: open("left", "w").close()
        except OSError: pass
ctypes.CDLL(None).pthread_create(ctypes.byref(ctypes.c_ulong()), None, later, None)
print(2 * int(input()))
"""
    finds = "import os, time\ntime.sleep(0.1)\nassert not os.listdir('.')\n" + hostile.DOUBLE
    for _ in range(3):
        verdict(sandbox, source)
        assert verdict(sandbox, finds).status is Status.PASSED
    surroundings.check(sandbox)


def test_no_program_finds_another_in_its_memory(sandbox, surroundings):
    """Nor an answer, which never comes near it."""
    holds = "mark = 'a-secret-of-this-program'\n" + hostile.DOUBLE
    source = """
import re
mark = re.compile(b"a-secre[t]-o[f]-thi[s]-program")  # its own memory does not hold it
region = re.compile(b"([0-9a-f]+)-([0-9a-f]+) r")
with open("/proc/self/mem", "rb", 0) as memory:
    for first, last in region.findall(open("/proc/self/maps", "rb").read()):
        try:
            memory.seek(int(first, 16))
            if mark.search(memory.read(int(last, 16) - int(first, 16))):
                print("found")
        except (OSError, ValueError, OverflowError):
            continue
"""
    assert verdict(sandbox, holds).status is Status.PASSED
    found = verdict(sandbox, source)
    assert found.status in {Status.WRONG_ANSWER, Status.RUNTIME_ERROR}  # at B the file is closed
    assert "found" not in found.detail
    surroundings.check(sandbox)


def test_a_scratch_folder_that_is_filled_up_is_no_pass(sandbox, surroundings):
    source = """
import itertools
for n in itertools.count():
    with open(f"f{n}", "wb") as file:
        for _ in range(2):
            file.write(bytes(100 * 1024))
"""
    found = verdict(sandbox, source)
    assert found.status in {Status.RUNTIME_ERROR, Status.OUTPUT_LIMIT, Status.TIME_LIMIT}, found
    surroundings.check(sandbox)


def test_a_thousand_programs_leave_no_trace_in_the_grader(sandbox):
    import resource

    source = "x = '" + "a" * 100_000 + "'\nprint(2 * int(input()))"
    for _ in range(50):
        assert verdict(sandbox, source).status is Status.PASSED
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for n in range(300):
        assert verdict(sandbox, f"{source} # {n}").status is Status.PASSED
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 4096


def test_calls_are_answered_with_plain_data(sandbox):
    kept = verdict(sandbox, "def f(x): return 2 * x", CALLS)
    assert kept.status is Status.PASSED
