"""What a program may use up: threads, disk space, locks. At every level, whatever kind of user."""

import os
from dataclasses import replace
from types import SimpleNamespace

import pytest
from confined_runs import LIMITS

from lcbrb.protocols.sandbox import Program
from lcbrb.sandbox import thread_watch
from lcbrb.types import Status

WIDE = replace(LIMITS, output_kib=16 * 1024, memory_mib=4096)
CALL = "import ctypes, os\nlibc = ctypes.CDLL(None, use_errno=True)\ndef call(*a): return libc.syscall(*map(ctypes.c_long, a))\n"


def ran(sandbox, source, limits=WIDE):
    (execution,) = sandbox.run(Program(source=source), [""], limits)
    return execution


def missing(path):
    raise FileNotFoundError(path)


@pytest.fixture
def writable(sandbox):
    if sandbox.level == "C":
        pytest.skip("at level C no file can be made")
    return sandbox


class TestThreads:
    def test_no_more_live_at_once_than_allowed(self, sandbox):
        source = """
import threading
gate, made = threading.Event(), 0
try:
    for made in range(40):
        threading.Thread(target=gate.wait, daemon=True).start()
except RuntimeError as error:
    print(made, error)
"""
        found = ran(sandbox, source, replace(WIDE, processes=20))
        made, _, said = found.output.partition(" ")
        assert int(made) == 19, found  # beside the main one
        assert "can't start new thread" in said

    def test_any_number_may_come_and_go(self, sandbox):
        source = """
import threading
for _ in range(100):
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
print("all")
"""
        assert ran(sandbox, source, replace(WIDE, processes=20)).output == "all\n"

    def test_the_next_program_has_the_limit_of_its_own(self, sandbox):
        source = """
import threading
gate = threading.Event()
threads = [threading.Thread(target=gate.wait) for _ in range(10)]
for thread in threads: thread.start()
gate.set()
print("all")
"""
        few, many = replace(WIDE, processes=5), replace(WIDE, processes=30)
        found = [ran(sandbox, source, limits).status for limits in (many, few, many)]
        # with a thread that waits for ever, the program is blocked after its error
        assert found[0] is None
        assert found[1] in {Status.RUNTIME_ERROR, Status.TIME_LIMIT}
        assert found[2] is None

    def test_no_more_where_nobody_can_count_them(self, sandbox, monkeypatch):
        """Rather than a program that waits for ever."""
        monkeypatch.setattr(thread_watch, "os", SimpleNamespace(listdir=missing, close=os.close))
        source = "import threading\ntry: threading.Thread(target=int).start()\nexcept RuntimeError as e: print('refused')"
        assert ran(sandbox, source).output == "refused\n"

    def test_a_program_is_answered_in_a_fork_of_the_grader(self, sandbox):
        source = (
            "import threading\nt = threading.Thread(target=print, args=(6,))\nt.start()\nt.join()"
        )
        assert ran(sandbox, source).output == "6\n"
        pid = os.fork()
        if not pid:
            try:
                os._exit(0 if ran(sandbox, source).output == "6\n" else 1)
            finally:
                os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        assert ran(sandbox, source).output == "6\n"


class TestDisk:
    @pytest.mark.parametrize(
        "source",
        [
            """
held = []
for n in range(9):
    file = open(f"f{n}", "wb")
    os.unlink(f"f{n}")
    for _ in range(8): file.write(bytes(1 << 20))
    held.append(file)
""",
            """
import mmap
held = []
for n in range(9):
    with open(f"f{n}", "w+b") as file:
        os.unlink(f"f{n}")
        for _ in range(8): file.write(bytes(1 << 20))
        file.flush()
        held.append(mmap.mmap(file.fileno(), 4096))
""",
            """
for n in range(9):
    with open(f"f{n}", "wb") as file:
        for _ in range(8): file.write(bytes(1 << 20))
""",
            "for n in range(5000): open(f'f{n}', 'w').close()",
        ],
        ids=["files without names", "mapped files", "files", "many names"],
    )
    def test_more_than_allowed_at_the_end_is_no_pass(self, writable, source):
        """At level A the file system itself is full; a program may bear it, and is stopped."""
        keeps = "import builtins, os\n" + source + "\nbuiltins.held = globals().get('held')"
        found = [ran(writable, keeps) for _ in range(3)]
        assert not [execution for execution in found if execution.status is None], found
        if writable.level == "B":
            assert {execution.status for execution in found} == {Status.OUTPUT_LIMIT}

    def test_what_is_removed_again_does_not_count(self, writable):
        source = """
import os
for n in range(9):
    with open("f", "wb") as file:
        for _ in range(8): file.write(bytes(1 << 20))
    os.unlink("f")
print("done")
"""
        assert ran(writable, source).output == "done\n"

    def test_the_folder_of_one_program_does_not_count_for_the_next(self, writable):
        """Nor does it hide what the next one does."""
        fills = "for n in range(5):\n  with open(f'f{n}', 'wb') as f: f.write(bytes(15 << 20))"
        for _ in range(2):
            assert ran(writable, fills).status is not None
            assert ran(writable, "open('f', 'w').close()\nprint(1)").output == "1\n"

    @pytest.mark.parametrize(
        ("call", "error"),
        [
            ("call(285, d, 1, 0, 1 << 28)", 95),  # fallocate, keeping the size
            ("call(285, d, 0, 0, 1 << 20)", 95),
            ("call(16, d, 0x40305828, ctypes.addressof(space))", 1),  # the same by ioctl
            ("call(257, -100, ctypes.addressof(dot), 0o20200002, 0o600)", 1),  # O_TMPFILE
            ("call(46, d, 0, 0)", 1),  # sendmsg, which takes descriptors
        ],
    )
    def test_no_space_is_taken_unseen(self, writable, call, error):
        source = CALL + (
            "d = os.open('f', os.O_CREAT | os.O_RDWR)\n"
            "space = (ctypes.c_int64 * 6)(0, 0, 1 << 28)\n"
            "dot = ctypes.create_string_buffer(b'.')\n"
            f"print({call}, ctypes.get_errno())"
        )
        assert ran(writable, source).output == f"-1 {error}\n"

    @pytest.mark.parametrize(
        "source",
        [
            "f = tempfile.TemporaryFile()\nf.write(b'6')\nf.seek(0)\nprint(int(f.read()))",
            "f = open('x', 'w+b')\nos.posix_fallocate(f.fileno(), 0, 9)\nprint(6 * (f.read() == bytes(9)))",
            "import sqlite3\nc = sqlite3.connect('x.db')\nc.execute('create table t (a)')\nc.execute('insert into t values (6)')\nc.commit()\nprint(*c.execute('select a from t').fetchone())",
            "import fcntl\nf = open('x', 'w')\nfcntl.flock(f, fcntl.LOCK_EX)\nprint(6)",
        ],
        ids=["file without a name", "space ahead", "database", "lock"],
    )
    def test_what_is_usual_works(self, writable, source):
        found = ran(writable, "import os, tempfile\n" + source)
        assert (found.status, found.output) == (None, "6\n"), found


@pytest.mark.parametrize(
    "attempt",
    [
        "fcntl.fcntl(library, 1024, fcntl.F_RDLCK)",  # a lease: others can't write
        "fcntl.fcntl(library, 1024, fcntl.F_WRLCK)",  # nor read
        "fcntl.fcntl(folder, 1026, 1)",  # a signal at what others do there
        "fcntl.fcntl(r, 1031, 1 << 20)",  # memory of the kernel's
    ],
)
def test_no_file_that_may_be_read_is_kept_from_others(sandbox, attempt):
    source = f"""
import fcntl, json, os
library = os.open(json.__file__, os.O_RDONLY)
folder = os.open(os.path.dirname(json.__file__), os.O_RDONLY)
r, w = os.pipe()
try:
    {attempt}
except PermissionError:
    print("refused")
"""
    assert ran(sandbox, source).output == "refused\n"


def test_where_no_file_can_be_changed_none_can_be_locked(sandbox):
    source = """
import fcntl, json, os
library = os.open(json.__file__, os.O_RDONLY)
for attempt in (fcntl.flock, fcntl.lockf):
    try:
        attempt(library, fcntl.LOCK_SH)
    except PermissionError:
        print("refused")
"""
    assert ran(sandbox, source).output == "refused\n" * (2 if sandbox.level == "C" else 0)
