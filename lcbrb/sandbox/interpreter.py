"""Which Python a program runs under, and what of it the program may read.

A sandbox and its warm processes belong to one interpreter. A benchmark whose programs need another
Python, or packages of their own, has an environment with an interpreter of its own.
"""

from __future__ import annotations

import functools
import json
import os
import subprocess
from dataclasses import dataclass

from lcbrb.errors import SetupError
from lcbrb.sandbox.inside import python_installation

OLDEST = (3, 10)
_ANSWER_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """A Python and its folders, all as absolute paths; equal where nothing of these differs.

    `standard_library` and `site_packages` are the folders that its programs import from. Those of
    a virtual environment are the environment's. `variables` are set in the environment of its
    programs, who may read the folders of `data` too, and find `command` as ``sys.executable``:
    what starts a Python with the same packages (empty: `executable`).
    """

    executable: str
    version: tuple[int, int, int]
    standard_library: tuple[str, ...]
    site_packages: tuple[str, ...]
    variables: tuple[tuple[str, str], ...] = ()
    data: tuple[str, ...] = ()
    command: str = ""


@functools.cache
def running_interpreter() -> Interpreter:
    """The one that runs this."""
    return Interpreter(**python_installation.describe())


def interpreter_at(path: str | os.PathLike[str]) -> Interpreter:
    """Ask a Python what it is.

    Args:
        path: of its executable (or a name to look for on PATH); one in a virtual environment
            stands for that environment.

    Raises:
        SetupError: nothing is there, it is no Python, or one older than `OLDEST`.
    """
    command = [os.fspath(path), "-I", python_installation.__file__]
    try:
        process = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_ANSWER_S,
            check=False,
        )
        fields = json.loads(process.stdout)
        version = tuple(fields["version"])
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SetupError(f"no interpreter can be started at {path}: {error}") from None
    except (ValueError, TypeError, KeyError):
        said = process.stderr.decode(errors="replace").strip().splitlines() or ["it said nothing"]
        raise SetupError(f"{path} is not a Python 3.10 or newer: {said[-1]}") from None
    if version < OLDEST:
        named = ".".join(map(str, version))
        raise SetupError(f"{path} is Python {named}: programs need 3.10 or newer")
    return Interpreter(
        executable=fields["executable"],
        version=version,
        standard_library=tuple(fields["standard_library"]),
        site_packages=tuple(fields["site_packages"]),
    )
