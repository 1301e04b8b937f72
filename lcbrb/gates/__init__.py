"""The regression gate: is a candidate worse than its baseline?

Run folders of reward models, policies and trained checkpoints alike are paired by problem and held
against each other, benchmark by benchmark. `compare_runs` gives the report, `exit_code` what CI
makes of it, `calibrate` how often the gate raises a false alarm on repeats of one subject.
docs/gate.md says how to read it.
"""

from __future__ import annotations

from lcbrb.gates.calibrate import calibrate, find_repeats
from lcbrb.gates.compare import FAILED, compare_runs, exit_code
from lcbrb.gates.config import GateConfig, load_config
from lcbrb.gates.report import Calibration, CheckResult, GateReport, GateVerdict

__all__ = [
    "FAILED",
    "Calibration",
    "CheckResult",
    "GateConfig",
    "GateReport",
    "GateVerdict",
    "calibrate",
    "compare_runs",
    "exit_code",
    "find_repeats",
    "load_config",
]
