"""Ordinary programs, run by the plain sandbox."""

import math

import pytest
from plain_runs import SMALL, printed, returned, run

from lcbrb.protocols.sandbox import Program, Surroundings
from lcbrb.sandbox.inside.start_state import Prelude
from lcbrb.sandbox.plain_sandbox import PlainSandbox
from lcbrb.types import Limits

SHADOWS = "from builtins import *\nfrom math import pow\nhalf = 0.5\n"


@pytest.mark.parametrize("guard", ["__name__ == '__main__'", "'__main__' == __name__"])
def test_the_main_guard_of_a_program_holds(guard):
    assert printed(f"if {guard}:\n    print(1)") == "1\n"


def test_what_a_function_file_keeps_for_main_does_not_run():
    assert returned("def f(): return 1\nif __name__ == '__main__': f = input()") == 1


@pytest.mark.parametrize("name", ["exit", "quit", "sys.exit"])
def test_a_program_may_stop_itself(name):
    assert printed(f"import sys\nprint(1)\n{name}()\nprint(2)") == "1\n"


def test_stopping_with_an_error_code_fails_no_program():
    assert printed("print(1)\nexit(3)") == "1\n"


DEEP = "import sys\nsys.setrecursionlimit(50_000)\n"


def test_python_functions_recurse_deeply():
    source = f"{DEEP}def f(n):\n    return n and 1 + f(n - 1)\nprint(f(45_000))"
    assert printed(source) == "45000\n"


def test_cached_functions_recurse_deeply():
    source = f"{DEEP}from functools import cache\n@cache\ndef f(n):\n    return n and 1 + f(n - 1)\nprint(f(20_000))"
    assert printed(source) == "20000\n"


def test_threads_with_large_stacks_run():
    source = "import threading\nthreading.stack_size(2**26)\nt = threading.Thread(target=lambda: print(input()))\nt.start()\nt.join()"
    assert printed(source, "7") == "7\n"


def test_numpy_can_be_imported():
    assert (
        printed("import numpy\nprint(numpy.arange(4).sum())", limits=Limits(memory_mib=1024))
        == "6\n"
    )


def test_a_byte_order_mark_at_the_start_is_skipped():
    assert printed("\ufeffprint(1)") == "1\n"


def test_dataclasses_find_their_module():
    source = "from __future__ import annotations\nimport dataclasses\n@dataclasses.dataclass\nclass P:\n    x: dataclasses.InitVar[int]\nprint(P(1))"
    assert printed(source) == "P()\n"


def test_the_hash_of_a_text_is_the_same_in_every_process():
    outputs = {printed("print(hash('a'))") for _ in range(3)}
    assert len(outputs) == 1


def test_a_program_sees_no_names_but_its_own():
    source = "print(sorted(name for name in globals() if not name.startswith('__')))"
    assert printed(source) == "[]\n"


def test_only_names_that_differ_from_the_builtins_are_copied_from_the_prelude():
    names = Prelude(SHADOWS)
    assert names.copied == {"pow": math.pow}
    assert set(names.shared) == {"half"}
    program = Program(
        source="print(pow(2, 3), len([half]))", surroundings=Surroundings(prelude=SHADOWS)
    )
    (execution,) = PlainSandbox().run(program, [""], SMALL)
    assert execution.output == "8.0 1\n"


def test_the_prelude_runs_before_the_program_in_its_namespace():
    program = Program(
        source="print(sqrt(4))", surroundings=Surroundings(prelude="from math import *\n")
    )
    (execution,) = PlainSandbox().run(program, [""], SMALL)
    assert execution.output == "2.0\n"


def test_inputs_run_one_by_one_and_only_when_asked_for(tmp_path):
    mark = tmp_path / "mark"
    executions = PlainSandbox().run(
        Program(source=f"open({str(mark)!r}, 'a').write(input())"), ["a", "b", "c"], SMALL
    )
    next(executions)
    next(executions)
    executions.close()
    assert mark.read_text(encoding="utf-8") == "ab"


def test_cost_is_measured():
    execution = run("x = bytearray(60 << 20)\nn = 3_000_000\nwhile n: n -= 1")
    assert 0.02 < execution.cpu_s < 4
    assert execution.wall_s >= execution.cpu_s * 0.5
    assert 60 < execution.peak_memory_mib < 120


def test_the_memory_of_the_grader_is_not_charged_to_a_program():
    ballast = bytearray(b"x") * (200 << 20)
    assert run("print(1)").peak_memory_mib < 100
    del ballast
