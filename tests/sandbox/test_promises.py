"""What docs/sandbox.md says of each level, and that a test holds each promise in its table."""

import importlib.util
import re
from pathlib import Path

import pytest
from confined_runs import LIMITS

from lcbrb.protocols.sandbox import Program
from lcbrb.sandbox.inside import seccomp
from lcbrb.sandbox.visible_files import ANSWERS
from lcbrb.types import Limits

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs" / "sandbox.md"
_URETPROBE = 335  # newer kernels let it past every filter, and kill who calls it


def said(sandbox, source, limits=LIMITS):
    (execution,) = sandbox.run(Program(source=source), [""], limits)
    assert execution.status is None, execution
    return execution.output.split()


def raised(sandbox, *attempts):
    """The class of what each attempt raises; "none" where it succeeds."""
    source = "".join(
        f"try:\n    {attempt}\n    print('none')\nexcept Exception as e: print(type(e).__name__)\n"
        for attempt in attempts
    )
    return said(sandbox, "import os, subprocess, sys\n" + source, Limits())


def test_no_process_can_be_started(sandbox):
    attempts = (
        "os.fork()",
        "os.posix_spawn('/bin/true', ['true'], {})",
        "os.execv('/bin/true', ['true'])",
        "subprocess.run(['/bin/true'])",
        "import multiprocessing; multiprocessing.Process(target=print).start()",
    )
    assert raised(sandbox, *attempts) == ["PermissionError"] * len(attempts)


def test_shared_memory_with_a_name_lies_in_the_scratch_folder_or_nowhere(sandbox):
    attempts = (
        "import multiprocessing; multiprocessing.Lock()",
        "from multiprocessing.pool import ThreadPool; assert ThreadPool(2).map(abs, [-1]) == [1]",
        "import multiprocessing; q = multiprocessing.SimpleQueue(); q.put(1); assert q.get() == 1",
    )
    found = raised(sandbox, *attempts)
    if sandbox.level == "A":
        assert found == ["none"] * len(attempts)
    else:
        assert set(found) <= {"PermissionError", "FileNotFoundError", "OSError"}


def test_shared_memory_is_gone_with_its_program(sandbox):
    leaves = (
        "from multiprocessing import shared_memory, resource_tracker\n"
        "resource_tracker.register = lambda *_: None\n"
        "try: shared_memory.SharedMemory('kept', create=True, size=4096); print('made')\n"
        "except OSError: print('refused')"
    )
    made = said(sandbox, leaves, Limits())
    assert made == (["made"] if sandbox.level == "A" else ["refused"])
    looks = "import os; print(len(os.listdir('/dev/shm')) if os.path.isdir('/dev/shm') else 0)"
    if sandbox.level == "A":
        assert said(sandbox, looks, Limits()) == ["0"]


def test_which_files_can_be_read_and_seen(sandbox, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("nobody's business")
    opens, looks, lists = raised(
        sandbox,
        f"open({str(secret)!r})",
        f"os.stat({str(secret)!r})",
        f"os.listdir({str(tmp_path)!r})",
    )
    told = {
        "A": ("FileNotFoundError", "FileNotFoundError", "FileNotFoundError"),
        "B": ("PermissionError", "none", "PermissionError"),
        "C": ("none", "none", "none"),
    }
    assert (opens, looks, lists) == told[sandbox.level]


def test_which_files_can_be_changed(sandbox, tmp_path):
    other = tmp_path / "other"
    other.write_text("as it was")
    changes = (
        f"open({str(other)!r}, 'a')",
        f"os.chmod({str(other)!r}, 0o777)",
        f"os.utime({str(other)!r})",
        f"os.remove({str(other)!r})",
        f"os.mkdir({str(tmp_path / 'new')!r})",
    )
    assert "none" not in raised(sandbox, *changes)
    own = ("open('x', 'w')", "os.chmod('x', 0o700)", "os.utime('x')")
    told = {
        "A": ["none"] * 3,
        "B": ["none", "PermissionError", "PermissionError"],
        "C": ["PermissionError"] * 3,
    }
    assert raised(sandbox, *own) == told[sandbox.level]
    assert other.read_text() == "as it was"


def test_a_program_sees_no_process_but_its_own(sandbox):
    source = "import os\nprint(*[n for n in os.listdir('/proc') if n.isdigit() and n != str(os.getpid())])"
    if sandbox.level == "A":
        assert said(sandbox, source) == []
    elif sandbox.level == "B":
        assert raised(sandbox, "os.listdir('/proc')") == ["PermissionError"]


@pytest.mark.parametrize("package", ANSWERS)
def test_packages_with_answers_are_out_of_sight(sandbox, package):
    if importlib.util.find_spec(package) is None:
        pytest.skip("not installed")
    if sandbox.level == "C":
        pytest.skip("level C hides no file")
    (what,) = raised(sandbox, f"import {package}; open({package}.__file__)")
    assert what != "none"  # at A an empty folder lies in its place


def test_no_other_call_gets_through(sandbox):
    """Beside those in the list, which the other tests attack."""
    allowed = {*seccomp._PROGRAM.values(), _URETPROBE}
    source = f"""
import ctypes
libc = ctypes.CDLL(None)
got_through = []
for number in sorted(set(range(520)) - {allowed}):
    if libc.syscall(ctypes.c_long(number), *[ctypes.c_long(0)] * 6) != -1:
        got_through.append(number)
print(got_through)
"""
    assert said(sandbox, source) == ["[]"]


# ------------------------------------------------------------------------------- the table of the docs


def named_tests():
    """File and name of every test in the table."""
    table = DOCS.read_text("utf-8").partition("## What holds it")[2].partition("\n## ")[0]
    for row in table.splitlines():
        if row.startswith("|") and "`" in row:
            *_, held, _ = row.split("|")
            file = ""
            for name in re.findall(r"`([^`]+)`", held):
                file, _, test = name.partition("::") if "::" in name else (file, "", name)
                yield file, test


def test_every_test_in_the_table_is_there():
    named = list(named_tests())
    assert len(named) > 20
    for file, name in named:
        text = (ROOT / "tests" / file).read_text("utf-8")
        assert re.search(rf"def {name}\(", text), (file, name)
