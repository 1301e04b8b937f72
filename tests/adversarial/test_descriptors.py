"""A program has its channel and its streams, however many descriptors the grader has open."""

import os
import resource
from contextlib import ExitStack, contextmanager

import pytest

from lcbrb.protocols.sandbox import Program
from lcbrb.sandbox.confined_sandbox import ConfinedSandbox
from lcbrb.sandbox.plain_sandbox import PlainSandbox
from lcbrb.types import Limits

LIMITS = Limits(cpu_s=10, wall_s=60, memory_mib=256, output_kib=64)
LISTS = """
import os
found = []
for number in range(8192):
    try: os.fstat(number)
    except OSError: continue
    found.append(number)
print(*found)
"""
STREAMS = [0, 1, 2]
CHANNEL_AND_SPARES = [248, 249, 250, 251]
READS_FRAMES = """
import gc, re, sys
told = re.compile('(exit_code|cpu_s|peak_kib).{,3} -?[0-9]')
seen = []
frame = sys._getframe()
while frame:
    seen += [repr(value) for value in frame.f_locals.values()]
    frame = frame.f_back
seen += [repr(value) for value in gc.get_objects() if type(value) in (bytes, str, dict, tuple)]
print([text for text in seen if told.search(text)])
"""


@contextmanager
def open_descriptors(count):
    """Have so many open, from the lowest free one on."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = count + 1000
    if hard != resource.RLIM_INFINITY and hard < wanted:
        pytest.skip(f"no process may have {wanted} descriptors here")
    with ExitStack() as stack:
        if soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
            stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        for _ in range(count):
            stack.callback(os.close, os.open("/dev/null", os.O_RDONLY))
        yield


@pytest.fixture(params=[0, 140, 5000])
def crowd(request):
    with open_descriptors(request.param):
        yield request.param


@pytest.fixture
def new_sandbox(sandbox, crowd):
    """Its warm processes are started while that many descriptors are open."""
    del crowd
    new = ConfinedSandbox(sandbox.level)
    yield new
    new.close()


def test_a_program_has_no_descriptor_of_the_graders(new_sandbox):
    first, second = new_sandbox.run(Program(source=LISTS), ["", ""], LIMITS, fresh=True)
    assert list(map(int, first.output.split())) == STREAMS + CHANNEL_AND_SPARES, first
    assert second.output == first.output


def test_a_program_without_confinement_has_none_either(crowd):
    del crowd
    (execution,) = PlainSandbox().run(Program(source=LISTS), [""], LIMITS)
    opened = list(map(int, execution.output.split()))
    assert len(opened) == len(STREAMS + CHANNEL_AND_SPARES)
    assert max(opened) < CHANNEL_AND_SPARES[-1]


@pytest.mark.parametrize("end", ["", "import os\nos._exit(7)"], ids=["usual", "early"])
def test_a_program_finds_nothing_that_was_said_of_the_one_before(sandbox, end):
    for _ in range(3):  # one is forked while the one before is still there, the next after it
        list(sandbox.run(Program(source=end), [""], LIMITS))
        (execution,) = sandbox.run(Program(source=READS_FRAMES), [""], LIMITS)
        assert execution.output == "[]\n", execution
