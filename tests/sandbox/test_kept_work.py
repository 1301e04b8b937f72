"""Work that a program keeps for the next input, where fresh globals do not reach."""

import pytest
from confined_runs import outputs

from lcbrb.protocols.sandbox import Program
from lcbrb.sandbox import base_sandbox
from lcbrb.types import Limits, Status, TestKind

LIMITS = Limits(cpu_s=0.2, wall_s=20, memory_mib=256, output_kib=64)
#: input 3 takes NEEDED seconds, and those before it do SHARE each of that ahead
SPREADS = """
import builtins, time
def f(n):
    left, begun = getattr(builtins, "left", NEEDED), time.process_time()
    builtins.left = left - SHARE
    most = SHARE if n < 3 else left
    while time.process_time() < begun + most: pass
    return n
"""


def spread(sandbox, kind, needed, **how):
    source = SPREADS.replace("SHARE", "0.08").replace("NEEDED", str(needed))
    if kind is TestKind.STDIN:
        source += "print(f(int(input())))"
    program = Program(source=source, kind=kind, entry_point="f")
    return list(sandbox.run(program, ["1", "2", "3"], LIMITS, **how))


KINDS = pytest.mark.parametrize("kind", [TestKind.STDIN, TestKind.CALL])


@KINDS
def test_no_input_pays_for_another(sandbox, kind):
    found = spread(sandbox, kind, 0.6)
    assert [execution.status for execution in found] == [None, None, Status.TIME_LIMIT]
    assert all(execution.fresh for execution in found)


@KINDS
def test_what_may_have_been_paid_for_is_run_again_alone(sandbox, kind, monkeypatch):
    monkeypatch.setattr(base_sandbox, "_SHARED", 2.0)
    found = spread(sandbox, kind, 0.3)
    assert [execution.fresh for execution in found] == [True, False, True]


@KINDS
def test_burning_time_splits_no_company_that_is_to_be_together(sandbox, kind):
    found = spread(sandbox, kind, 0.3, together=True)
    assert [execution.fresh for execution in found] == [True, False, False]


def test_a_process_that_used_little_gets_every_input(sandbox):
    program = Program(source="import os\nprint(os.getpid())")
    found = outputs(sandbox.run(program, [""] * 20, LIMITS))
    assert len(set(found)) == 1
