"""What a warm process does ahead of its children is done there, and nothing of it is left."""

import subprocess
import sys

import pytest
from confined_runs import LIMITS

from lcbrb.protocols.sandbox import Program, Surroundings
from lcbrb.sandbox.inside import practice, wire
from lcbrb.types import TestKind

#: the service's own code, as a program's first call finds it: Python puts other instructions in
#: the place of those that have run some times
ADAPTED = """
import sys

def f(_):
    frame = sys._getframe(1)
    return frame.f_code.co_name, frame.f_code._co_code_adaptive != frame.f_code.co_code
"""
FINDS = """
import gc, sys

def names(value):
    return set(value) if type(value) is dict and all(type(key) is str for key in value) else set()

kept = [value for value in gc.get_objects() if "Solution" in names(value)]
print([value["__name__"] for value in kept if value.get("__name__") != "__main__"])
print("solution" in sys.modules, sys.modules["__main__"].__dict__ is globals())
print(sys.stdin.read())
"""


#: in a process of its own, since it changes streams and modules, with the streams of a warm one
PRACTISES = """
import os, sys
from lcbrb.sandbox.inside import practice
from lcbrb.sandbox.inside.program_server import ProgramServer
from lcbrb.sandbox.inside.start_state import Surroundings

words = set()

def serve(channel, spares):
    server = ProgramServer(channel, spares, ".", Surroundings("", 1000), lambda: 0)
    server.messages.send = lambda text: words.add(text.split()[0])
    return server

told = int(sys.argv[1])
practice.practise(serve)
os.write(told, " ".join(sorted(words)).encode())
"""


@pytest.mark.parametrize("prelude", ["", "from math import *"])
def test_a_child_finds_the_service_adapted(sandbox, prelude):
    around = Surroundings(prelude=prelude)
    program = Program(source=ADAPTED, kind=TestKind.CALL, entry_point="f", surroundings=around)
    with sandbox.open(program, LIMITS) as session:
        batch = session.call_each([("f", wire.encode([1]))])
    assert wire.decode(batch.outputs[0]) == ("_call", True)


def test_nothing_of_the_practice_is_left(sandbox):
    (execution,) = sandbox.run(Program(source=FINDS), ["read"], LIMITS)
    assert execution.status is None, execution.detail
    assert execution.output.splitlines() == ["[]", "False True", "read"]


def test_all_that_is_practised_succeeds(tmp_path):
    nowhere, said = subprocess.DEVNULL, tmp_path / "said"
    with said.open("w") as file:
        command = [sys.executable, "-c", PRACTISES, str(file.fileno())]
        streams = {"stdin": nowhere, "stdout": nowhere, "stderr": nowhere}
        subprocess.run(command, check=True, pass_fds=[file.fileno()], **streams)
    assert said.read_text().split() == ["loaded", "returned"]


def test_gaps_are_filled_with_little():
    filling = practice.filling()
    assert len(filling) > 20
    assert sum(len(value) for value in filling) < 2 << 20
