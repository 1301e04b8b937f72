"""Gates over run folders that a test makes."""

import datetime as dt

import pytest
from gate_runs import bench_run

from lcbrb.gates import GateConfig, compare_runs

TODAY = dt.date(2026, 11, 23)


@pytest.fixture
def gate(tmp_path):
    """Compares `base` with `cand` below the test's folder."""

    def run(base="base", cand="cand", today=TODAY, **settings):
        return compare_runs(tmp_path / base, tmp_path / cand, GateConfig(**settings), today)

    return run


@pytest.fixture
def both(tmp_path):
    """Makes the two sides from signs."""

    def make(base, cand, **given):
        bench_run(tmp_path / "base", base, policy="old", **given)
        bench_run(tmp_path / "cand", cand, policy="new", **given)

    return make
