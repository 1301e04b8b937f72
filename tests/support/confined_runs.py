"""What tests of the confined sandbox share."""

from lcbrb.protocols.sandbox import Program
from lcbrb.types import Limits

LIMITS = Limits(cpu_s=4, wall_s=20, memory_mib=256, output_kib=64)
SHORT = Limits(cpu_s=0.3, wall_s=20, memory_mib=256, output_kib=64)
SPIN_A_LITTLE_TOO_LONG = "import time\nwhile time.process_time() < 0.36: pass"
DOUBLE = Program(source="print(2 * int(input()))")


def outputs(executions):
    """Status and output of each."""
    return [(execution.status, execution.output) for execution in executions]
