"""Control groups: found where they may be made, limits that no right program meets, and removed."""

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from confined_runs import DOUBLE, LIMITS, outputs
from processes import wait_until

from lcbrb.protocols.sandbox import Program
from lcbrb.sandbox import cgroups
from lcbrb.sandbox.cgroups import LAYERS, Homes, find_homes
from lcbrb.types import Status

MIB = 1 << 20


# ------------------------------------------------------------------------------- where they can be


def mounted(*rows):
    return "".join(
        f"{number} 24 0:{number} {root} {point} rw,relatime shared:9 - {kind} cgroup {options}\n"
        for number, (root, point, kind, options) in enumerate(rows)
    )


@pytest.mark.parametrize("own", ["/", "/ours/below"])
def test_groups_of_the_first_version(tmp_path, own):
    for name in ("memory", "pids"):
        (tmp_path / name / own.strip("/")).mkdir(parents=True)
    mounts = mounted(
        ("/", tmp_path / "cpu", "cgroup", "rw,cpu,cpuacct"),
        ("/", tmp_path / "memory", "cgroup", "rw,memory"),
        ("/", tmp_path / "pids", "cgroup", "rw,pids"),
        ("/", tmp_path / "both", "cgroup2", "rw"),
    )
    found = cgroups._homes(mounts, f"3:memory:{own}\n2:cpu,cpuacct:/x\n1:pids:{own}\n0::/\n")
    below = own.strip("/")
    assert found == Homes(
        version=1, memory=tmp_path / "memory" / below, tasks=tmp_path / "pids" / below
    )


@pytest.mark.parametrize(
    ("switched_on", "usable"), [("cpu memory pids\n", True), ("memory\n", False), ("\n", False)]
)
def test_groups_of_the_second_version_need_their_controllers(tmp_path, switched_on, usable):
    home = tmp_path / "ours"
    home.mkdir()
    (home / "cgroup.subtree_control").write_text(switched_on)
    found = cgroups._homes(mounted(("/", tmp_path, "cgroup2", "rw,nsdelegate")), "0::/ours\n")
    assert found == (Homes(version=2, memory=home, tasks=home) if usable else None)


def test_a_group_that_can_not_be_seen_is_no_home(tmp_path):
    mounts = mounted(
        ("/other", tmp_path, "cgroup", "rw,memory"), ("/", tmp_path, "cgroup", "rw,pids")
    )
    assert cgroups._homes(mounts, "3:memory:/ours\n1:pids:/\n") is None


def test_where_none_can_be_made_programs_run_without(sandbox, monkeypatch):
    monkeypatch.setattr(cgroups, "find_homes", lambda: None)
    assert outputs(sandbox.run(DOUBLE, ["4\n"], LIMITS)) == [(None, "8\n")]
    assert not set(LAYERS) & set(sandbox.layers)


# -------------------------------------------------------------------------------- what they do here


@pytest.fixture
def homes():
    found = find_homes()
    if found is None:
        pytest.skip("no control group can be made here")
    return found


@pytest.fixture
def group(homes, sandbox):
    assert outputs(sandbox.run(DOUBLE, ["4\n"], LIMITS)) == [(None, "8\n")]
    assert set(LAYERS) <= set(sandbox.layers)
    (warm,) = sandbox.pool.idle()
    return warm._group


TAKES = "import mmap\nm = mmap.mmap(-1, 200 << 20)\nfor at in range(0, 200 << 20, 4096): m[at] = 1\nprint('took it')"


def test_a_program_meets_its_own_limit_first(sandbox, group):
    assert outputs(sandbox.run(Program(source=TAKES), [""], LIMITS)) == [(None, "took it\n")]
    too_much = Program(source="bytearray(1 << 30)")
    (found,) = sandbox.run(too_much, [""], LIMITS)
    assert found.status is Status.MEMORY_LIMIT
    assert "wanted more" in found.detail


def test_a_death_by_the_groups_limit_is_a_memory_limit(sandbox, group):
    (group._memory / group._files.memory).write_text(str(100 * MIB))
    (found,) = sandbox.run(Program(source=TAKES), [""], LIMITS)
    assert found.status is Status.MEMORY_LIMIT
    kills = Program(source="import os\nos.kill(os.getpid(), 9)")
    (found,) = sandbox.run(kills, [""], LIMITS)
    assert found.status is Status.RUNTIME_ERROR
    (group._memory / group._files.memory).write_text(str(1000 * MIB))
    assert outputs(sandbox.run(Program(source=TAKES), [""], LIMITS)) == [(None, "took it\n")]


def test_the_limits_are_those_of_the_program(sandbox, group):
    list(sandbox.run(DOUBLE, ["4\n"], replace(LIMITS, memory_mib=2048, processes=9)))
    held = int((group._memory / group._files.memory).read_text())
    assert 2048 * MIB < held < 4096 * MIB
    assert 9 < int((group._tasks / group._files.tasks).read_text()) < 30


def test_a_group_goes_with_its_warm_process(sandbox, group):
    folders = group._folders
    assert all(folder.exists() for folder in folders)
    sandbox.close()
    assert not any(folder.exists() for folder in folders)


_GRADER = """
import os, signal
from lcbrb.protocols.sandbox import Program
from lcbrb.sandbox.confined_sandbox import ConfinedSandbox
from lcbrb.types import Limits
sandbox = ConfinedSandbox("B")
list(sandbox.run(Program(source="print(1)"), [""], Limits()))
(warm,) = sandbox.pool.idle()
print(*warm._group._folders, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_grader_leaves_is_removed_by_the_next(homes):
    ran = subprocess.run([sys.executable, "-c", _GRADER], stdout=subprocess.PIPE, check=False)
    left = [Path(name) for name in ran.stdout.decode().split()]
    assert left

    def gone():  # its processes may need a moment to end
        find_homes.cache_clear()
        find_homes()
        return not any(folder.exists() for folder in left)

    wait_until(gone)


def test_a_living_graders_group_stays(group):
    find_homes.cache_clear()
    find_homes()
    assert all(folder.exists() for folder in group._folders)


def test_a_new_group_stays_before_it_has_a_process(homes):
    new = cgroups.Group(homes)
    find_homes.cache_clear()
    find_homes()  # as the next grader does
    there = all(folder.exists() for folder in new._folders)
    new.close()
    assert there


def test_a_fork_of_the_grader_leaves_it_alone(sandbox, group):
    pid = os.fork()
    if not pid:
        try:
            sandbox.close()
            os._exit(0 if outputs(sandbox.run(DOUBLE, ["4\n"], LIMITS)) == [(None, "8\n")] else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert all(folder.exists() for folder in group._folders)
