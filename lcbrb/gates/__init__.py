"""The regression gate: is a candidate worse than its baseline?

Run folders of reward models, policies and trained checkpoints alike are paired by problem and held
against each other, benchmark by benchmark. `compare_runs` gives the report, `exit_code` what CI
makes of it, `calibrate` how often the gate raises a false alarm on repeats of one subject.
docs/gate.md says how to read it.
"""

from __future__ import annotations

from lcbrb.gates.calibrate import calibrate as calibrate, find_repeats as find_repeats
from lcbrb.gates.compare import (
    FAILED as FAILED,
    compare_runs as compare_runs,
    exit_code as exit_code,
)
from lcbrb.gates.config import GateConfig as GateConfig, load_config as load_config
from lcbrb.gates.report import (
    Calibration as Calibration,
    CheckResult as CheckResult,
    GateReport as GateReport,
    GateVerdict as GateVerdict,
)
