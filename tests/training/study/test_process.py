"""What the study's processes set for themselves."""

import os
import platform
import signal
import subprocess
import sys

import pytest
from processes import descendants, is_running, wait_until

_HELD = """
from pathlib import Path
from lcbrb.training.study.process import keep_freed_memory
assert keep_freed_memory()
block = b"x" * (100 << 20)
del block
status = Path("/proc/self/status").read_text()
print(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")))
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="a setting of glibc")
def test_large_blocks_are_kept_when_they_are_freed():
    out = subprocess.run([sys.executable, "-c", _HELD], capture_output=True, text=True, check=False)
    assert out.returncode == 0, out.stderr
    assert int(out.stdout) > 100 << 10  # in KiB


_WAITING = """
import signal, time
from lcbrb.training.study.process import in_processes
if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job ignores it
    in_processes(2, time.sleep, 600)
"""


def test_an_interrupt_of_one_process_ends_the_others(tmp_path):
    program = tmp_path / "waiting.py"
    program.write_text(_WAITING, encoding="utf-8")
    with subprocess.Popen([sys.executable, str(program)], stderr=subprocess.DEVNULL) as parent:
        wait_until(lambda: len(descendants(parent.pid)) == 3)  # one of them tracks
        workers = descendants(parent.pid)
        os.kill(parent.pid, signal.SIGINT)
        try:
            parent.wait(timeout=30)
        finally:
            parent.kill()
    wait_until(lambda: not any(map(is_running, workers)))
