"""The `lcbrb_gate` fixture, in a pytest of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from gate_runs import bench_run

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
TESTS = """
def test_good(lcbrb_gate):
    assert lcbrb_gate("base", "same").verdict == "PASS"

def test_bad(lcbrb_gate):
    lcbrb_gate("base", "cand")

def test_open(lcbrb_gate):
    lcbrb_gate("base", "few")

def test_strict(lcbrb_gate):
    lcbrb_gate("base", "few", strict=True)

def test_config(lcbrb_gate):
    lcbrb_gate("base", "few", config="gate.toml", strict=True)
"""


def test_the_fixture_fails_a_test_where_the_gate_does_not_pass(tmp_path):
    signs = {"base": "+" * 200, "same": "+" * 200, "cand": "-" * 200, "few": "+" * 196 + "-" * 4}
    for name, results in signs.items():
        bench_run(tmp_path / name, results)
    (tmp_path / "gate.toml").write_text("tolerance = 0.1\n")
    (tmp_path / "test_gate.py").write_text(TESTS)
    command = [sys.executable, "-m", "pytest", "-p", "lcbrb.pytest_plugin", "-rA", "-q"]
    done = subprocess.run(
        [*command, "-p", "no:cacheprovider"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    lines = {line.split(" - ")[0] for line in done.stdout.splitlines() if "test_gate.py::" in line}
    assert lines == {
        "PASSED test_gate.py::test_good",
        "FAILED test_gate.py::test_bad",
        "PASSED test_gate.py::test_open",
        "FAILED test_gate.py::test_strict",
        "PASSED test_gate.py::test_config",
    }, done.stdout + done.stderr
    assert "code pass@1: FAIL, worse by 100.0 points" in done.stdout
    assert "Traceback" not in done.stdout


def test_loading_the_plugin_loads_nothing_else_of_ours():
    code = (
        "import sys, lcbrb.pytest_plugin; "
        "print(sorted(name for name in sys.modules if name.startswith('lcbrb')), 'numpy' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "['lcbrb', 'lcbrb.pytest_plugin', 'lcbrb.version'] False\n"
