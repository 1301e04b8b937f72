"""Finding a Python of a wanted version on this machine: by uv, in pyenv's folder, on PATH."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from lcbrb.environments.definition import Definition
from lcbrb.errors import SetupError
from lcbrb.sandbox.interpreter import Interpreter, interpreter_at

_ANSWER_S = 60.0
_VERSION = re.compile(r"\d+\.\d+")


def base_interpreter(definition: Definition, wanted: str | None = None) -> Interpreter:
    """The Python that an environment is made with.

    Args:
        definition: of the environment; of its Pythons the first that is found here is taken.
        wanted: a version (``3.10``) or the path of an executable.

    Raises:
        UsageError: there is no lock for such a Python.
        SetupError: no such Python is found.
    """
    pythons = definition.settings.pythons
    if wanted is not None and _VERSION.fullmatch(wanted):
        definition.check_python(wanted)
        pythons = {wanted: ""}
    elif wanted is not None:
        python = interpreter_at(Path(wanted).expanduser())
        definition.check_python(minor(python))
        return python
    for version in pythons:
        for path in _candidates(version):
            with suppress(SetupError):
                interpreter = interpreter_at(path)
                if minor(interpreter) == version:
                    return interpreter
    names = " or ".join(pythons)
    raise SetupError(
        f"no Python {names} was found (by uv, in pyenv's folder, or on PATH): install one (`uv "
        f"python install {next(iter(pythons))}`), or name its executable with --python"
    )


def minor(interpreter: Interpreter) -> str:
    """``3.10`` of 3.10.13."""
    major, small, _ = interpreter.version
    return f"{major}.{small}"


def _candidates(version: str) -> Iterator[Path]:
    """Paths where a Python of that version may be, the likeliest first."""
    if uv := shutil.which("uv"):
        command = [uv, "python", "find", "--no-python-downloads", version]
        with suppress(OSError, subprocess.TimeoutExpired):
            process = subprocess.run(
                command, capture_output=True, text=True, timeout=_ANSWER_S, check=False
            )
            if process.returncode == 0 and process.stdout.strip():
                yield Path(process.stdout.strip())
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    versions = sorted(pyenv.glob(f"versions/{version}.*"), key=_patch, reverse=True)
    yield from (path / "bin" / "python" for path in versions)
    if path := shutil.which(f"python{version}"):
        yield Path(path)


def _patch(folder: Path) -> int:
    digits = folder.name.rpartition(".")[2]
    return int(digits) if digits.isdecimal() else -1
