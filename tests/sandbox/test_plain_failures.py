"""How programs fail, run by the plain sandbox: each failure has its status."""

import os
import threading
from contextlib import nullcontext

import pytest
from plain_runs import HURRIED, SHORT, run

from lcbrb.sandbox.pace import PACE, UNWATCHED
from lcbrb.types import Limits, Status

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


def test_an_error_is_shown_without_our_own_frames():
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
