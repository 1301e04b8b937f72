"""`lcbrb.gate` and `lcbrb.calibrate_gate`: is a candidate worse than its baseline?"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path

from lcbrb.gates import (
    Calibration,
    GateConfig,
    GateReport,
    calibrate,
    compare_runs,
    find_repeats,
    load_config,
)
from lcbrb.gates.config import parse_allow


def gate(
    baseline: Path | str,
    candidate: Path | str,
    *,
    config: GateConfig | Path | str | None = None,
    allow: Sequence[str] = (),
) -> GateReport:
    """Compare a candidate with its baseline, paired by problem.

    FAIL: the interval of the difference lies below zero and the drop exceeds the tolerance. PASS:
    the interval lies above minus the tolerance. Otherwise INCONCLUSIVE, with the smallest drop that
    could have been detected; MISSING if a side has no result. Intervals are adjusted for the number
    of checks.

    Args:
        baseline: a run folder, or a folder of run folders.
        candidate: the same for the model that is to be let in.
        config: tolerances, directions, metrics and quarantine (gate.toml, or as read from one);
            without it, a drop of 2 points is accepted.
        allow: compare even if the runs differ in ``version``, ``data``, ``sampling``, ``isolation``
            or ``judge``.

    Returns:
        The report; `lcbrb.gates.exit_code` gives the exit code for CI.

    Raises:
        LcbrbError: there is no run, a file can't be read, or the records don't compare.
    """
    return compare_runs(Path(baseline), Path(candidate), _settings(config, allow))


def calibrate_gate(
    repeats: Path | str | Sequence[Path | str],
    *,
    config: GateConfig | Path | str | None = None,
    allow: Sequence[str] = (),
) -> Calibration:
    """Compare repeated runs of one baseline, to measure how often the gate fails by chance.

    Args:
        repeats: the folder that holds the repeats, or the repeats themselves.
        config: as for `gate`.
        allow: as for `gate`.

    Raises:
        LcbrbError: there are fewer than two repeats, or they don't compare.
    """
    paths = [repeats] if isinstance(repeats, Path | str) else repeats
    return calibrate(find_repeats([Path(path) for path in paths]), _settings(config, allow))


def _settings(config: GateConfig | Path | str | None, allow: Sequence[str]) -> GateConfig:
    if not isinstance(config, GateConfig):
        config = load_config(None if config is None else Path(config))
    allowed = parse_allow(allow)
    return dataclasses.replace(config, allow=tuple(dict.fromkeys([*config.allow, *allowed])))
