"""Programs beside which unit tests run may start others and talk to them; they still get nowhere.

The sandbox's own attacks again, in the one way of running that allows processes and sockets.
"""

from __future__ import annotations

from dataclasses import replace

import hostile
import pytest
from unit_tested import LIMITS, RIGHT, sandboxes, unit_tested, verdict

from lcbrb.types import Status

pytestmark = pytest.mark.slow

SHORT = replace(LIMITS, cpu_s=1.0, wall_s=2.0, memory_mib=256)
WRONG = "\ndef task_func(x):\n    return 0\n"
#: what a program of another kind may not do, and these may, among themselves
ALLOWED = {
    "a pool of processes",
    "an abstract socket",
    "makes a socket that sends to any",
}


def level_a():
    (found,) = [level.values[0] for level in sandboxes() if level.id == "A"]
    if found is None or not hasattr(found, "pool"):
        pytest.skip("level A is not live")
    return found


@pytest.mark.parametrize("name", sorted(hostile.BREAKS_OUT.keys() - ALLOWED))
def test_what_breaks_out_elsewhere_gets_nowhere_here(name, surroundings):
    source, _ = hostile.BREAKS_OUT[name]
    sandbox, problem = level_a(), replace(unit_tested(), limits=SHORT)
    found = verdict(sandbox, surroundings.fill(source) + WRONG, problem)
    assert found.status not in {Status.PASSED, Status.HARNESS_ERROR}, found
    surroundings.check(sandbox)


@pytest.mark.parametrize("name", hostile.TAKES_TOO_MUCH)
def test_what_takes_too_much_is_stopped(name, surroundings):
    source, _ = hostile.TAKES_TOO_MUCH[name]
    sandbox, problem = level_a(), replace(unit_tested(), limits=SHORT)
    found = verdict(sandbox, source + WRONG, problem)
    assert found.status not in {Status.PASSED, Status.HARNESS_ERROR}, found
    surroundings.check(sandbox)


def test_after_all_that_a_right_program_passes():
    assert verdict(level_a(), RIGHT).status is Status.PASSED
