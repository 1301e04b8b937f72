"""BigCodeBench's own checker as a peer: asked in the environment's Python, calibrated as graded."""

from __future__ import annotations

from dataclasses import replace

import pytest
from unit_tested import RIGHT, unit_tested

from lcbrb.errors import SetupError, UsageError
from lcbrb.sandbox.interpreter import running_interpreter
from lcbrb.validation.peer import Tests, check_peer
from lcbrb.validation.unit_test_peer import BigCodeBench

CHECKER = """
import os
def untrusted_check(code, test_code, entry_point, *limits):
    assert "class TestCases" in test_code and entry_point == "task_func" and len(limits) == 5
    if "die" in code:
        os._exit(3)
    right = code.startswith("# calibrated") and "x + 1" in code
    return ("pass", {}) if right else ("fail", {"test_one": "AssertionError: " + "no " * 400})
"""


@pytest.fixture
def interpreter(tmp_path):
    """This Python, with a package in the checker's place."""
    for name, text in {
        "bigcodebench/__init__.py": "",
        "bigcodebench/eval/__init__.py": CHECKER,
        "matplotlib/__init__.py": "",
        "matplotlib/pyplot.py": "",
        "bigcodebench-0.2.5.dist-info/METADATA": "Name: bigcodebench\nVersion: 0.2.5\n",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return replace(running_interpreter(), site_packages=(str(tmp_path),))


def test_it_says_what_it_thinks_of_each_program(interpreter):
    peer = BigCodeBench(interpreter)
    try:
        problem = unit_tested(calibration="# calibrated\n")
        wrong = RIGHT.replace("+ 1", "+ 2")
        right, fails, dies, again = peer.grade(problem, [RIGHT, wrong, "die", RIGHT])
    finally:
        peer.close()
    assert peer.version == "0.2.5"
    assert right[Tests.BASE].passed is again[Tests.BASE].passed is True
    assert fails[Tests.BASE].passed is False
    assert fails[Tests.BASE].detail.startswith("fail test_one: ")
    assert dies[Tests.BASE].passed is None


def test_an_environment_without_it_says_what_to_install(interpreter, tmp_path):
    (tmp_path / "bigcodebench" / "eval" / "__init__.py").write_text("import not_there", "utf-8")
    with pytest.raises(SetupError, match=r"not_there.*env create bigcodebench --with checker"):
        BigCodeBench(interpreter)


def test_it_grades_its_own_benchmark_alone():
    check_peer("bigcodebench", "bigcodebench-hard:instruct?tasks=all")
    with pytest.raises(UsageError, match="'bigcodebench' for bigcodebench and bigcodebench-hard"):
        check_peer("bigcodebench", "humaneval+")
