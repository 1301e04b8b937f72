"""What the kernel grants root it may refuse others: the same attacks, judged by an ordinary user.

At level A such a grader has a user namespace, and its programs are the grader's own user at both
levels.
"""

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.geteuid() != 0, reason="the other tests run as an ordinary user already"),
]

NOBODY = 65534
HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
#: some of each kind of attack, by words in the names of tests
ATTACKS = (
    "kills reads removes forks mounts raises special knobs filters outlive hurt threads disk locked"
).split()
NEEDS_PACKAGES = ("numpy", "array")
_ASKS = "import json, sys; print(json.dumps(sys.version_info[:2]))"


def interpreter():
    """A Python of this version that everybody may run; root's own may lie in root's home."""
    name = "python{}.{}".format(*sys.version_info)
    for found in (sys.executable, shutil.which(name, path="/usr/local/bin:/usr/bin")):
        try:
            ran = as_nobody([found or "", "-c", _ASKS], cwd="/", stdout=subprocess.PIPE)
        except OSError:
            continue
        if ran.returncode == 0 and json.loads(ran.stdout) == list(sys.version_info[:2]):
            return found
    pytest.skip("no Python of this version that an ordinary user may run")


def as_nobody(command, **how):
    return subprocess.run(
        command, user=NOBODY, group=NOBODY, extra_groups=[], text=True, check=False, **how
    )


def test_the_attacks_fail_for_an_ordinary_user():
    python = interpreter()
    folder = Path(tempfile.mkdtemp())  # not below pytest's own, which are closed to others
    os.chown(folder, NOBODY, NOBODY)
    packages = importlib.metadata.distribution("pytest").locate_file("")
    places = {
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "PYTHONPATH": f"{ROOT}{os.pathsep}{packages}",
    }
    chosen = f"({' or '.join(ATTACKS)}) and not ({' or '.join(NEEDS_PACKAGES)})"
    command = [python, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", chosen]
    command += [f"--basetemp={folder}/pytest", "-c", str(ROOT / "pyproject.toml")]
    files = [HERE / "test_attacks.py", HERE.parent / "sandbox" / "test_used_up.py"]
    try:
        ran = as_nobody(
            [*command, *map(str, files)],
            cwd=folder,
            env={**os.environ, **places},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    assert ran.returncode == 0, ran.stdout[-4000:]
    assert " passed" in ran.stdout
