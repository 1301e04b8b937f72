"""What the study's processes set for themselves."""

import platform
import subprocess
import sys

import pytest

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
