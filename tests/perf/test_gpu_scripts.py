"""Scripts for a GPU machine run from end to end here, with a tiny model."""

import json
import runpy
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytestmark = pytest.mark.filterwarnings("ignore")  # of the libraries below
PERF = Path(__file__).resolve().parents[2] / "perf"


@pytest.fixture
def script(tmp_path, monkeypatch, capsys):
    """Runs a script in this process; what it measured, and what it said."""

    def run(name, *options):
        monkeypatch.setenv("OUT", str(tmp_path))
        monkeypatch.setattr(sys, "argv", [name, "--tiny", *options])
        monkeypatch.setattr(sys, "path", [str(PERF), *sys.path])
        runpy.run_path(str(PERF / f"{name}.py"), run_name="__main__")
        return json.loads((tmp_path / f"{name}.json").read_text()), capsys.readouterr().out

    return run


def test_scoring_by_every_way_agrees_with_higher_precision(script):
    measured, said = script("gpu_scoring")
    rows = measured["rows"]
    ways = ["flex", "paths", "padded"]
    assert [row["way"] for row in rows] == ways
    assert [row["to_float64_way"] for row in rows] == ways  # none fell back, which would hide it
    for row in rows:
        assert row["to_float64"] < 1e-5
        assert row["to_float32"] < 0.1
    assert "target: at least 60%" in said


def test_lora_of_a_tiny_model_is_timed(script):
    pytest.importorskip("trl")
    measured, _ = script("gpu_reward_model", "--pairs-a-step", "4")
    assert len(measured["losses"]) == 8
    assert measured["tokens_per_s"] > 0
