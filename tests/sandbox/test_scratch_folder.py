"""Folders that a killed grader left are removed by the next one; those of the living stay."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from processes import descendants, wait_until

from lcbrb.sandbox import scratch_folder
from lcbrb.sandbox.levels import probe
from lcbrb.sandbox.scratch_folder import ScratchFolder

_GRADER = """
import sys
from lcbrb.protocols.sandbox import Program
from lcbrb.sandbox.confined_sandbox import ConfinedSandbox
from lcbrb.types import Limits
fills = "import os\\nos.makedirs('a/b')\\nopen('a/b/c', 'w').close()\\nwhile 1: pass"
list(ConfinedSandbox(sys.argv[1]).run(Program(source=fills), [""], Limits(cpu_s=600)))
"""
#: the warm process and its child; at A the first process of the namespace is between them
_PROCESSES = {"A": 3, "B": 2}


@pytest.fixture(params=["A", "B"])
def level(request):
    """Comes before `parent`: the probe has a folder too."""
    if not probe(request.param).live:
        pytest.skip(f"level {request.param} is not live here")
    return request.param


@pytest.fixture
def parent(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    scratch_folder._remove_abandoned.cache_clear()
    yield tmp_path
    monkeypatch.undo()
    tempfile.tempdir = None


def test_what_a_killed_grader_leaves_is_gone_when_the_next_one_starts(level, parent):
    grader = subprocess.Popen([sys.executable, "-c", _GRADER, level])

    def runs():
        return len(descendants(grader.pid)) == _PROCESSES[level]

    try:
        wait_until(lambda: any(parent.glob("*/a/b/c")) if level == "B" else runs())
    finally:
        grader.kill()
        grader.wait()
    assert len(list(parent.iterdir())) == (level == "B")  # at A there is none outside of the view
    made = ScratchFolder()
    assert [str(folder) for folder in parent.iterdir()] == [made.path]
    made.close()
    assert not list(parent.iterdir())


def test_a_living_graders_folder_stays(parent):
    made = ScratchFolder()
    another = "from lcbrb.sandbox.scratch_folder import ScratchFolder\nScratchFolder().close()"
    subprocess.run([sys.executable, "-c", another], check=True)
    assert Path(made.path).exists()
    made.close()


def test_what_is_not_ours_stays(parent):
    (parent / "lcbrb-other").mkdir()
    (parent / "elsewhere").mkdir()
    (parent / "elsewhere" / "file").touch()
    (parent / "lcbrb-scratch-link").symlink_to(parent / "elsewhere")
    ScratchFolder().close()
    assert (parent / "lcbrb-other").exists()
    assert (parent / "elsewhere" / "file").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_folders_of_another_user_stay(parent):
    theirs = parent / "lcbrb-scratch-theirs"
    theirs.mkdir()
    os.chown(theirs, 65534, 65534)
    ScratchFolder().close()
    assert theirs.exists()
