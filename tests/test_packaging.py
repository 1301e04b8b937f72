"""The wheel holds the three packages, the embedded data, and nothing else at its top level."""

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MOST_BYTES = 1_800_000  # of it 0.25 MB the embedded benchmark, 0.2 MB locks with hashes


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    (path,) = folder.glob("*.whl")
    return path


def names_in(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


@pytest.mark.slow
def test_top_level_is_the_three_packages(wheel):
    tops = {name.split("/")[0] for name in names_in(wheel)}
    assert {top for top in tops if not top.endswith(".dist-info")} == {
        "evaluators",
        "lcbrb",
        "leaderboards",
    }


def test_embedded_benchmark_travels_with_the_wheel(wheel):
    names = names_in(wheel)
    assert "lcbrb/data/mini/pairs.jsonl" in names
    assert (
        sum(name.startswith("lcbrb/data/mini/") and name.endswith(".toml") for name in names) >= 40
    )
    assert "lcbrb/sandbox/inside/spawned.py" in names
    assert "lcbrb/data/launch/fsdp.yaml" in names
    assert {"lcbrb/py.typed", "evaluators/py.typed", "leaderboards/py.typed"} <= set(names)


def test_wheel_is_small(wheel):
    assert wheel.stat().st_size < MOST_BYTES


def test_wheel_carries_no_cache_and_no_tests(wheel):
    parts = {part for name in names_in(wheel) for part in name.split("/")}
    assert not {part for part in parts if part in {"__pycache__", "tests"} or part[:5] == "test_"}
