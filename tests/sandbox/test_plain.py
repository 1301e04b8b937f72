"""The plain runner, attacked: one way to read, print, fail or cheat a test."""

import json
import math
import os
import subprocess
import threading
import time
from contextlib import nullcontext
from pathlib import Path

import pytest

from lcbrb.protocols import Program
from lcbrb.sandbox import spawned
from lcbrb.sandbox.pace import PACE
from lcbrb.sandbox.plain import PlainSandbox
from lcbrb.sandbox.program import Prelude
from lcbrb.sandbox.running import UNWATCHED
from lcbrb.types import Limits, Status, TestKind

SMALL = Limits(cpu_s=4, wall_s=20, memory_mib=512, output_kib=64)
#: half a second of CPU; the kernel ends what ignores it after two
SHORT = Limits(cpu_s=0.5, wall_s=20, memory_mib=512, output_kib=64)
SHADOWS = "from builtins import *\nfrom math import pow\nhalf = 0.5\n"
HURRIED = Limits(cpu_s=4, wall_s=1.5, memory_mib=512, output_kib=64)


def run(source, given="", limits=SMALL):
    """One execution of a program that reads and prints."""
    (execution,) = PlainSandbox().run(Program(source=source), [given], limits)
    return execution


def printed(source, given="", limits=SMALL):
    """What a program that ends well prints."""
    execution = run(source, given, limits)
    assert execution.status is None, execution
    return execution.output


def call(source, *arguments, limits=SMALL):
    """One execution of a call of `f`."""
    program = Program(source=source, kind=TestKind.CALL, entry_point="f")
    given = "\n".join(map(json.dumps, arguments))
    (execution,) = PlainSandbox().run(program, [given], limits)
    return execution


def returned(source, *arguments, limits=SMALL):
    """What a call of `f` that ends well gives, as JSON has it."""
    execution = call(source, *arguments, limits=limits)
    assert execution.status is None, execution
    return json.loads(execution.output)


def is_running(pid):
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")")[-1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"  # a zombie waits for whatever inherited it, and runs no more


def wait_until(condition):
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.02)
    return condition()


# ------------------------------------------------------------------------------ standard input

READERS = {
    "input": "print(input() + input())",
    "iteration": "import sys\nprint(''.join(line.strip() for line in sys.stdin))",
    "open(0)": "print(open(0).read().replace('\\n', ''))",
    "readlines": "import sys\nprint(''.join(map(str.strip, sys.stdin.readlines())))",
    "buffer.readline": "import sys\nr = sys.stdin.buffer.readline\nprint((r().strip() + r().strip()).decode())",
    "read after input": "import sys\nfirst = input()\nprint(first + sys.stdin.read().strip())",
    "os.read": "import os\nprint(os.read(0, 100).decode().replace('\\n', ''))",
    "fstat": "import os\nprint(os.read(0, os.fstat(0).st_size).decode().replace('\\n', ''))",
    "until EOFError": "s = ''\ntry:\n    while True:\n        s += input()\nexcept EOFError:\n    print(s)",
    "iter with sentinel": "import sys\nprint(''.join(l.strip() for l in iter(sys.stdin.readline, '')))",
    "StringIO over all": "import io, os\nf = io.BytesIO(os.read(0, 10**6))\nprint((f.readline().strip() + f.readline().strip()).decode())",
}


@pytest.mark.parametrize("source", READERS.values(), ids=READERS)
def test_standard_input_can_be_read_in_any_way(source):
    assert printed(source, "ab\ncd\n") == "abcd\n"


def test_input_of_several_mebibytes_arrives_whole():
    assert printed("import sys\nprint(len(sys.stdin.read()))", "x" * 5_000_000) == "5000000\n"


def test_input_is_utf_8():
    assert printed("print(len(input()), ascii(input()))", "né\n日") == "2 '\\u65e5'\n"


def test_input_of_half_a_surrogate_pair_does_not_stop_the_runner():
    assert printed("import os\nprint(len(os.read(0, 9)))", "\ud800") == "3\n"


def test_empty_input_is_an_immediate_end_of_file():
    assert "EOFError" in run("input()").detail


# ----------------------------------------------------------------------------- standard output

WRITERS = {
    "print": "print('a b')",
    "no final newline": "print('a b', end='')",
    "sys.stdout.write": "import sys\nsys.stdout.write('a b')",
    "sys.stdout.buffer": "import sys\nsys.stdout.buffer.write(b'a b')",
    "os.write": "import os\nos.write(1, b'a b')",
    "open(1)": "print('a b', file=open(1, 'w'))",
    "a thread that outlives the program": "import threading, time\nthreading.Thread(target=lambda: (time.sleep(0.2), print('a b'))).start()",
    "atexit": "import atexit\natexit.register(print, 'a b')",
    "unflushed at sys.exit": "import sys\nsys.stdout.write('a b')\nsys.exit()",
}


@pytest.mark.parametrize("source", WRITERS.values(), ids=WRITERS)
def test_output_is_taken_however_it_is_written(source):
    assert printed(source).strip() == "a b"


def test_flushed_output_survives_os_exit():
    assert printed("import os\nprint('a', flush=True)\nos._exit(0)") == "a\n"


def test_output_that_is_no_utf_8_is_taken_with_replacement_characters():
    assert printed("import sys\nsys.stdout.buffer.write(b'a\\xff\\n')") == "a\ufffd\n"


def test_integers_of_any_length_are_printed():
    assert len(printed("print(7**20000)")) == 16903


def test_standard_errors_are_no_output():
    execution = run("import sys\nprint('x', file=sys.stderr)\nprint(1)")
    assert (execution.output, execution.detail) == ("1\n", "x")


# ------------------------------------------------------------------------ ordinary programs


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


def test_python_functions_recurse_deeply():
    source = "def f(n):\n    return n and 1 + f(n - 1)\nprint(f(45_000))"
    assert printed(source) == "45000\n"


def test_cached_functions_recurse_deeply():
    source = "from functools import cache\n@cache\ndef f(n):\n    return n and 1 + f(n - 1)\nprint(f(20_000))"
    assert printed(source) == "20000\n"


def test_threads_with_large_stacks_run():
    source = "import threading\nthreading.stack_size(2**26)\nt = threading.Thread(target=lambda: print(input()))\nt.start()\nt.join()"
    assert printed(source, "7") == "7\n"


def test_numpy_can_be_imported():
    assert (
        printed("import numpy\nprint(numpy.arange(4).sum())", limits=Limits(memory_mib=1024))
        == "6\n"
    )


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
    program = Program(source="print(pow(2, 3), len([half]))", prelude=SHADOWS)
    (execution,) = PlainSandbox().run(program, [""], SMALL)
    assert execution.output == "8.0 1\n"


def test_the_prelude_runs_before_the_program_in_its_namespace():
    program = Program(source="print(sqrt(4))", prelude="from math import *\n")
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


def test_the_memory_of_the_judge_is_not_charged_to_a_program():
    ballast = bytearray(b"x") * (200 << 20)
    assert run("print(1)").peak_memory_mib < 100
    del ballast


# ------------------------------------------------------------------------ failures, each its own

FAILURES = {
    "an uncaught exception": ("1 / 0", Status.RUNTIME_ERROR, "ZeroDivisionError"),
    "endless recursion": ("def f(): f()\nf()", Status.RUNTIME_ERROR, "RecursionError"),
    "os._exit with a code": ("import os\nos._exit(3)", Status.RUNTIME_ERROR, "exit code 3"),
    "a segmentation fault": ("import ctypes\nctypes.string_at(0)", Status.RUNTIME_ERROR, "SIGSEGV"),
    "abort": ("import os\nos.abort()", Status.RUNTIME_ERROR, "SIGABRT"),
    "killing itself": ("import os\nos.kill(os.getpid(), 9)", Status.RUNTIME_ERROR, "SIGKILL"),
    "a real-time signal": (
        "import os\nos.kill(os.getpid(), 40)",
        Status.RUNTIME_ERROR,
        "signal 40",
    ),
    "an exception that is no Exception": (
        "class E(BaseException): pass\nraise E",
        Status.RUNTIME_ERROR,
        "E",
    ),
    "KeyboardInterrupt": ("raise KeyboardInterrupt", Status.RUNTIME_ERROR, "KeyboardInterrupt"),
    "an unknown module": ("import no_such_module", Status.RUNTIME_ERROR, "ModuleNotFoundError"),
    "wrong syntax": ("print(", Status.SYNTAX_ERROR, "SyntaxError: '(' was never closed"),
    "wrong indentation": (" x = 1\ny = 2", Status.SYNTAX_ERROR, "IndentationError"),
    "mixed tabs": ("if 1:\n\tx = 1\n        y = 2", Status.SYNTAX_ERROR, "TabError"),
    "a null byte": ("x = 1\0", Status.SYNTAX_ERROR, "null bytes"),
    "half a surrogate pair": ("x = '\ud800'", Status.SYNTAX_ERROR, "UnicodeEncodeError"),
    "brackets the parser refuses": ("(" * 500 + ")" * 500, Status.SYNTAX_ERROR, "too many nested"),
    "nesting that kills the parser": ("-" * 100_000 + "1", Status.SYNTAX_ERROR, "MemoryError"),
    "nesting that kills the compiler": (
        "1" + "+1" * 200_000,
        Status.SYNTAX_ERROR,
        "RecursionError",
    ),
    "doubling a text": ("x = 'a'\nwhile 1: x += x", Status.MEMORY_LIMIT, "512 MiB"),
    "one huge allocation": ("x = bytearray(700 << 20)", Status.MEMORY_LIMIT, "512 MiB"),
    "a memory error of its own kind": (
        "class E(MemoryError): pass\nraise E",
        Status.MEMORY_LIMIT,
        "512 MiB",
    ),
    "output without end": ("while 1: print('x' * 1000)", Status.OUTPUT_LIMIT, "64 KiB"),
    "a flood past sys.stdout": (
        "import os\nwhile 1: os.write(1, b'x' * 1000)",
        Status.OUTPUT_LIMIT,
        "64 KiB",
    ),
    "a flood whose errors are caught": (
        "while 1:\n  try: print('x' * 9999, flush=True)\n  except OSError: break",
        Status.OUTPUT_LIMIT,
        "64 KiB",
    ),
}


@pytest.mark.parametrize(("source", "status", "detail"), FAILURES.values(), ids=FAILURES)
def test_every_failure_has_its_status_and_says_why(source, status, detail):
    execution = run(source)
    assert (execution.status, execution.output) == (status, "")
    assert detail in execution.detail


def test_memory_full_of_small_objects_is_a_memory_limit():
    tight = Limits(cpu_s=20, wall_s=60, memory_mib=96)
    assert run("x = []\nwhile 1: x.append([])", limits=tight).status is Status.MEMORY_LIMIT


def test_numpys_own_memory_error_is_a_memory_limit():
    source = "import numpy\nnumpy.empty(2000 << 20, 'u1')"
    assert run(source, limits=Limits(memory_mib=1024)).status is Status.MEMORY_LIMIT


def test_an_endless_loop_is_a_time_limit():
    execution = run("while 1: pass", limits=SHORT)
    assert execution.status is Status.TIME_LIMIT
    assert "0.5 s of CPU time" in execution.detail


def test_a_loop_that_catches_everything_is_a_time_limit():
    source = "while 1:\n    try:\n        while 1: pass\n    except BaseException: pass"
    assert run(source, limits=SHORT).status is Status.TIME_LIMIT


def test_a_loop_that_ignores_the_signal_is_a_time_limit():
    source = "import signal\nsignal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile 1: pass"
    execution = run(source, limits=SHORT)
    assert execution.status is Status.TIME_LIMIT
    assert execution.cpu_s < 5


def test_a_right_answer_that_took_too_long_is_a_time_limit(monkeypatch):
    monkeypatch.setattr(PACE, "beside", lambda: nullcontext(UNWATCHED))  # this machine is fast
    source = "import time\nwhile time.process_time() < 0.7: pass\nprint(1)"
    assert run(source, limits=SHORT).status is Status.TIME_LIMIT


def test_a_sleeper_is_a_time_limit_that_says_blocked():
    execution = run("import time\ntime.sleep(60)", limits=HURRIED)
    assert execution.status is Status.TIME_LIMIT
    assert "blocked" in execution.detail
    assert execution.wall_s < 5


def test_waiting_for_a_thread_that_never_ends_is_a_time_limit():
    source = "import threading\nthreading.Thread(target=threading.Event().wait).start()\nprint(1)"
    assert run(source, limits=HURRIED).status is Status.TIME_LIMIT


def test_other_work_on_the_machine_takes_nothing_from_a_programs_time():
    busy = "import time\nend = time.monotonic() + 3\nwhile time.monotonic() < end: pass"
    crowd = [threading.Thread(target=run, args=(busy,)) for _ in range(4 * (os.cpu_count() or 1))]
    for one in crowd:
        one.start()
    source = "import time\nwhile time.process_time() < 0.6: pass\nprint(1)"
    execution = run(source, limits=Limits(cpu_s=1.0, wall_s=60))
    for one in crowd:
        one.join()
    assert execution.status is None
    assert execution.wall_s > 1.0  # more than the limit would be, were it on wall time


def test_an_error_is_shown_without_the_runners_own_frames():
    detail = run("def f():\n    return 1 / 0\nf()").detail
    assert detail.splitlines()[1:] == [
        '  File "solution.py", line 3, in <module>',
        '  File "solution.py", line 2, in f',
        "ZeroDivisionError: division by zero",
    ]


def test_a_long_error_is_cut_from_the_front():
    detail = run("raise ValueError('a' * 9000 + 'the end')").detail
    assert len(detail) <= 2000
    assert detail.endswith("the end")


# ------------------------------------------------------------------------- keeping house


def test_the_working_directory_is_private_and_gone_afterwards():
    source = "import os\nopen('mine', 'w').write('x')\nprint(os.getcwd(), os.listdir(), os.environ['HOME'])"
    first, second = (printed(source).split(maxsplit=1) for _ in range(2))
    assert first[0] != second[0]
    assert first[1] == f"['mine'] {first[0]}\n"
    assert not Path(first[0]).exists()


def test_folders_nested_deeper_than_python_can_remove_are_removed():
    source = (
        "import os\nprint(os.getcwd())\nfor _ in range(1000):\n    os.mkdir('d')\n    os.chdir('d')"
    )
    assert not Path(printed(source).strip()).exists()


def test_folders_closed_to_their_owner_are_removed():
    source = "import os\nprint(os.getcwd())\nos.makedirs('d/e')\nos.chmod('d', 0)"
    assert not Path(printed(source).strip()).exists()


def test_children_that_a_program_leaves_behind_are_killed():
    source = "import os, time\npid = os.fork()\nif pid: print(pid)\nelse: time.sleep(60)"
    pid = int(printed(source))
    assert wait_until(lambda: not is_running(pid))


def test_children_of_a_blocked_program_are_killed(tmp_path):
    note = tmp_path / "pid"
    source = f"import os, time\npid = os.fork()\nif pid: open({str(note)!r}, 'w').write(str(pid))\ntime.sleep(60)"
    assert run(source, limits=HURRIED).status is Status.TIME_LIMIT
    pid = int(note.read_text(encoding="utf-8"))
    assert wait_until(lambda: not is_running(pid))


def test_a_program_can_close_every_descriptor():
    source = "import os\nprint(1, flush=True)\nos.closerange(0, 256)\nos._exit(0)"
    assert printed(source) == "1\n"


def test_a_failure_stays_one_where_every_descriptor_is_closed():
    execution = run("import os\nprint(1, flush=True)\nos.closerange(0, 256)\n1 / 0")
    assert execution.status is Status.RUNTIME_ERROR


def test_a_program_that_empties_what_it_can_write_to_is_still_the_one_to_blame():
    source = "import os\nfor fd in range(256):\n    try: os.ftruncate(fd, 0)\n    except OSError: pass\nos._exit(7)"
    assert run(source).status is Status.RUNTIME_ERROR


def test_no_descriptor_of_the_judge_reaches_a_program(tmp_path):
    with (tmp_path / "private").open("w") as private:
        os.set_inheritable(private.fileno(), True)
        names = printed(
            "import os\nfor fd in os.listdir('/proc/self/fd'):\n    try: print(os.readlink(f'/proc/self/fd/{fd}'))\n    except OSError: pass"
        )
    assert "private" not in names


def test_a_program_sees_nothing_of_the_judges_environment(monkeypatch):
    monkeypatch.setenv("SOME_TOKEN", "hush")
    assert (
        printed("import os\nprint(os.environ.get('SOME_TOKEN'), 'hush' in str(os.environ))")
        == "None False\n"
    )


def test_several_judges_at_once_do_not_mix_their_programs_up():
    found = {}

    def one(number):
        found[number] = printed("print(input())", str(number))

    crowd = [threading.Thread(target=one, args=(number,)) for number in range(12)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    assert found == {number: f"{number}\n" for number in range(12)}


# ----------------------------------------------------------------------- values of a call


class TestReturnedValues:
    """What a function gives, as the judge sees it."""

    @pytest.mark.parametrize(
        ("expression", "value"),
        {
            "a tuple": ("(1, 2)", [1, 2]),
            "tuples within lists": ("[(1, (2,)), ()]", [[1, [2]], []]),
            "a dict with int keys": ("{1: 'a', 2: 'b'}", {"1": "a", "2": "b"}),
            "a dict with bool and None keys": ("{True: 1, None: 2}", {"true": 1, "null": 2}),
            "a subclass of int": ("type('I', (int,), {})(7)", 7),
            "a subclass of str": ("type('S', (str,), {})('s')", "s"),
            "a subclass of float": ("type('F', (float,), {})(0.5)", 0.5),
            "a subclass of list": ("type('L', (list,), {})([1])", [1]),
            "a defaultdict": ("__import__('collections').defaultdict(list, a=[1])", {"a": [1]}),
            "an enum of ints": ("__import__('enum').IntEnum('E', 'a b').b", 2),
            "None": ("None", None),
            "booleans": ("[True, False]", [True, False]),
            "an infinity": ("float('inf')", float("inf")),
            "a huge integer": ("10**300", 10**300),
            "text of any kind": (r"'\ud800\u2028\n'", "\ud800\u2028\n"),
        }.values(),
    )
    def test_plain_values_arrive_as_json_has_them(self, expression, value):
        assert returned(f"def f(): return {expression}") == value

    def test_nan_arrives_as_nan(self):
        value = returned("def f(): return float('nan')")
        assert math.isnan(value)

    def test_numpy_values_are_flattened(self):
        source = "import numpy as n\ndef f(): return [n.int64(3), n.float64(0.5), n.bool_(True), n.arange(3)]"
        assert returned(source, limits=Limits(memory_mib=1024)) == [3, 0.5, True, [0, 1, 2]]

    @pytest.mark.parametrize(
        "expression",
        ["Equal()", "(n for n in [1])", "{1}", "b'1'", "1j", "iter([1])", "int", "object()"],
    )
    def test_any_other_value_becomes_one_that_equals_no_answer(self, expression):
        equal = "class Equal:\n    def __eq__(self, other): return True\n"
        value = returned(f"{equal}def f(): return {expression}")
        assert list(value) == ["lcbrb:opaque"]

    def test_an_integer_that_claims_to_equal_everything_is_just_its_value(self):
        lying = "class Lie(int):\n    def __eq__(self, other): return True\n    def __repr__(self): return '42'\n    __str__ = __repr__\n"
        assert returned(f"{lying}def f(): return Lie(7)") == 7

    def test_a_value_nested_without_end_is_no_answer(self):
        assert "lcbrb:opaque" in call("def f():\n    x = []\n    x.append(x)\n    return x").output

    def test_integers_longer_than_python_likes_to_print_arrive(self):
        assert len(call("def f(): return 10**9000").output) == 9001


class TestCalls:
    """How a function is found and called."""

    def test_a_method_of_solution_is_called_on_an_instance(self):
        source = "class Solution:\n    def f(self, a, b): return a + b"
        assert returned(source, [1], [2]) == [1, 2]

    def test_without_a_class_the_function_itself_is_called(self):
        assert returned("def f(a): return a * 2", "ab") == "abab"

    def test_a_class_without_the_method_does_not_hide_the_function(self):
        assert returned("class Solution: pass\ndef f(): return 3") == 3

    def test_line_separators_within_an_argument_do_not_split_it(self):
        program = Program(source="def f(a): return a", kind=TestKind.CALL, entry_point="f")
        (execution,) = PlainSandbox().run(program, ['"a\u2028\x85b"'], SMALL)
        assert json.loads(execution.output) == "a\u2028\x85b"

    def test_a_missing_function_is_a_runtime_error(self):
        execution = call("def g(): return 1")
        assert execution.status is Status.RUNTIME_ERROR
        assert "KeyError: 'f'" in execution.detail

    def test_leaving_before_the_return_is_a_runtime_error(self):
        execution = call("def f(): exit()")
        assert execution.status is Status.RUNTIME_ERROR
        assert "before the function returned" in execution.detail

    def test_os_exit_instead_of_a_return_is_a_runtime_error(self):
        assert call("import os\ndef f(): os._exit(0)").status is Status.RUNTIME_ERROR

    def test_what_a_function_prints_is_not_its_answer(self):
        execution = call("def f(): print('[1]')")
        assert json.loads(execution.output) is None

    def test_a_thread_that_a_function_leaves_running_does_not_hold_its_answer_up(self):
        source = "import threading\ndef f():\n    threading.Thread(target=threading.Event().wait).start()\n    return 1"
        assert returned(source, limits=SMALL) == 1

    def test_a_value_larger_than_the_output_limit_is_an_output_limit(self):
        assert call("def f(): return 'x' * 70_000").status is Status.OUTPUT_LIMIT

    def test_arguments_that_are_no_json_are_our_failure(self):
        program = Program(source="def f(a): return a", kind=TestKind.CALL, entry_point="f")
        (execution,) = PlainSandbox().run(program, ["[1,"], SMALL)
        assert execution.status is Status.HARNESS_ERROR


# -------------------------------------------------------------------------- our own failures


def test_a_runner_that_does_not_start_is_our_failure(monkeypatch, tmp_path):
    broken = tmp_path / "boot.py"
    broken.write_text("raise SystemExit('no such luck')")
    monkeypatch.setattr(spawned, "BOOT", str(broken))
    execution = run("print(1)")
    assert execution.status is Status.HARNESS_ERROR
    assert "no such luck" in execution.detail


def test_an_interpreter_that_is_gone_is_our_failure(monkeypatch):
    monkeypatch.setattr(spawned, "PYTHON", "/no/such/python")
    execution = run("print(1)")
    assert execution.status is Status.HARNESS_ERROR
    assert "/no/such/python" in execution.detail


def test_a_prelude_that_fails_is_our_failure():
    program = Program(source="print(1)", prelude="1 / 0")
    (execution,) = PlainSandbox().run(program, [""], SMALL)
    assert execution.status is Status.HARNESS_ERROR


def test_a_failure_of_ours_leaves_no_process_behind(monkeypatch):
    started = []

    class Noted(subprocess.Popen):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            started.append(self.pid)

    def broken(channel):
        raise OSError("no descriptor left")

    monkeypatch.setattr(subprocess, "Popen", Noted)
    monkeypatch.setattr(spawned, "hello", broken)
    assert run("print(1)").status is Status.HARNESS_ERROR
    assert started
    assert not any(map(is_running, started))


def test_the_process_limit_comes_on_top_of_what_the_user_runs_already():
    """The kernel counts every thread of the user, not only a program's."""
    stop = threading.Event()
    crowd = [threading.Thread(target=stop.wait) for _ in range(30)]
    for thread in crowd:
        thread.start()
    try:
        source = "import resource\nprint(resource.getrlimit(resource.RLIMIT_NPROC)[0])"
        assert int(printed(source, limits=Limits(processes=8))) >= 30 + 8
    finally:
        stop.set()
        for thread in crowd:
            thread.join()
