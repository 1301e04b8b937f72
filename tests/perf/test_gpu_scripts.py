"""Scripts for a GPU machine run from end to end here, with a tiny model."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
PERF = Path(__file__).resolve().parents[2] / "perf"


def test_scoring_by_every_way_agrees_with_higher_precision(tmp_path: Path) -> None:
    environment = {**os.environ, "OUT": str(tmp_path), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(PERF / "gpu_scoring.py"), "--tiny"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = json.loads((tmp_path / "gpu_scoring.json").read_text())["rows"]
    ways = ["flex", "paths", "padded"]
    assert [row["way"] for row in rows] == ways
    assert [row["to_float64_way"] for row in rows] == ways  # none fell back, which would hide it
    for row in rows:
        assert row["to_float64"] < 1e-5
        assert row["to_float32"] < 0.1
    assert "target: at least 60%" in done.stdout


def test_lora_of_a_tiny_model_is_timed(tmp_path: Path) -> None:
    pytest.importorskip("trl")
    environment = {**os.environ, "OUT": str(tmp_path), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, str(PERF / "gpu_reward_model.py"), "--tiny", "--pairs-a-step", "4"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads((tmp_path / "gpu_reward_model.json").read_text())
    assert len(found["losses"]) == 8
    assert found["tokens_per_s"] > 0
