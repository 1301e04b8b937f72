"""Programs run by the plain sandbox, a process each, with small limits."""

import json

from lcbrb.protocols.sandbox import Program
from lcbrb.sandbox.plain_sandbox import PlainSandbox
from lcbrb.types import Limits, TestKind

SMALL = Limits(cpu_s=4, wall_s=20, memory_mib=512, output_kib=64)
#: half a second of CPU; the kernel ends what ignores it after two
SHORT = Limits(cpu_s=0.5, wall_s=20, memory_mib=512, output_kib=64)
HURRIED = Limits(cpu_s=4, wall_s=1.5, memory_mib=512, output_kib=64)


def run(source, given="", limits=SMALL):
    """One execution of a program that reads and prints."""
    (execution,) = PlainSandbox().run(Program(source=source), [given], limits)
    return execution


def printed(source, given="", limits=SMALL):
    """What a program that ends well prints."""
    execution = run(source, given, limits)
    assert execution.status is None, execution
    return execution.output


def call(source, *arguments, limits=SMALL):
    """One execution of a call of `f`."""
    program = Program(source=source, kind=TestKind.CALL, entry_point="f")
    given = "\n".join(map(json.dumps, arguments))
    (execution,) = PlainSandbox().run(program, [given], limits)
    return execution


def returned(source, *arguments, limits=SMALL):
    """What a call of `f` that ends well gives, as JSON has it."""
    execution = call(source, *arguments, limits=limits)
    assert execution.status is None, execution
    return json.loads(execution.output)
