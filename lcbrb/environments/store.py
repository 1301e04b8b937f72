"""Where environments lie, and which of them are whole.

An environment is whole once its record is written, which is done last and at once: a folder without
one was interrupted, and is nobody's environment until `create` has finished it.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from lcbrb.codec import read_record
from lcbrb.environments.definition import Definition, lock_id
from lcbrb.errors import LcbrbError, SetupError, UnknownNameError
from lcbrb.sandbox.interpreter import Interpreter, interpreter_at
from lcbrb.sandbox.launch import ENVIRONMENT
from lcbrb.types import Record

FOLDER_VARIABLE = "LCBRB_ENVIRONMENTS"
RECORD = "environment.json"
VENV = "venv"


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentRecord(Record):
    """What an environment is; its presence says that it is whole.

    `lock` is a hash of its packages, `differs` how these differ from the benchmark's own pins.
    """

    name: str
    python: str
    lock: str
    packages: int
    options: tuple[str, ...] = ()
    differs: tuple[str, ...] = ()
    disk_mib: int = 0
    created_at: dt.datetime = field(default_factory=lambda: dt.datetime.now(dt.UTC))

    @property
    def label(self) -> str:
        """As records of runs name it."""
        added = "".join(f"+{option}" for option in self.options)
        return f"{self.name}{added}, Python {self.python}, lock {self.lock}"


class State(StrEnum):
    """What a folder of an environment is good for."""

    READY = "ready"
    UNFINISHED = "unfinished: run `lcbrb env create` again"
    BROKEN = "broken: remove it and create it again"


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """A folder; `record` is None where the environment is not whole."""

    name: str
    python: str
    folder: Path
    record: EnvironmentRecord | None

    @property
    def state(self) -> State:
        """Whether it can be used; a Python that is gone takes its environments with it."""
        if self.record is None:
            return State.UNFINISHED
        return State.READY if executable(self.folder).exists() else State.BROKEN


def environments_folder() -> Path:
    """Where environments are kept: `LCBRB_ENVIRONMENTS`, else the user's data folder."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        return Path(named).expanduser().absolute()
    home = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return Path(home) / "lcbrb" / "environments"


def folder_of(name: str, python: str) -> Path:
    """The folder of an environment for a Python (``3.10``)."""
    return environments_folder() / f"{name}-{python}"


def executable(folder: Path) -> Path:
    """Its Python."""
    return folder / VENV / "bin" / "python"


def environments() -> Iterator[Environment]:
    """Every environment here, whole or not, by name."""
    root = environments_folder()
    for folder in sorted(root.iterdir()) if root.is_dir() else []:
        name, dash, python = folder.name.rpartition("-")
        if dash and folder.is_dir():
            yield Environment(name=name, python=python, folder=folder, record=record_in(folder))


def record_in(folder: Path) -> EnvironmentRecord | None:
    """The record of an environment that is whole."""
    try:
        return read_record(EnvironmentRecord, folder / RECORD)
    except LcbrbError:  # none, or of a version that is not ours: as good as unfinished
        return None


def find(definition: Definition, python: str | None = None) -> Environment:
    """The environment that is whole; the best Python first.

    Args:
        definition: what it was made from; a lock that has changed since makes it another.
        python: its version (``3.10``), if it must be that.

    Raises:
        UsageError: there is no lock for that Python.
        SetupError: there is none, or only an unfinished or outdated one.
    """
    name = definition.name
    if python is not None:
        definition.check_python(python)
    why = "is not there"
    for version in [python] if python else definition.settings.pythons:
        folder = folder_of(name, version)
        if not folder.is_dir():
            continue
        environment = Environment(
            name=name, python=version, folder=folder, record=record_in(folder)
        )
        if environment.state is State.READY and environment.record is not None:
            if environment.record.lock == lock_id(
                definition.pins(version, environment.record.options)
            ):
                return environment
            why = "was made from another lock file"
        else:
            why = f"is {environment.state.name.lower()}"
    asked, command = (f" for Python {python}", f" --python {python}") if python else ("", "")
    raise SetupError(
        f"the environment {name}{asked} {why}: `lcbrb env create {name}{command}` makes it"
    )


def interpreter_of(definition: Definition, environment: Environment) -> Interpreter:
    """The interpreter of an environment, with what its programs find set and may read.

    Raises:
        SetupError: it can't be started.
    """
    settings, folder = definition.settings, str(environment.folder)
    commands = environment.folder / VENV / "bin"  # what a program finds as ``python``
    variables = {"PATH": f"{commands}:{ENVIRONMENT['PATH']}"}
    for name, value in settings.variables.items():
        variables[name] = value.replace("{environment}", folder)
    return replace(
        interpreter_at(executable(environment.folder)),
        variables=tuple(sorted(variables.items())),
        command=str(executable(environment.folder)),
        data=(
            str(commands),
            str(environment.folder / VENV / "pyvenv.cfg"),
            *(str(environment.folder / name) for name in settings.data),
        ),
    )


def remove(name: str, python: str | None = None) -> list[Path]:
    """Remove an environment, for one Python or for all, whole or not.

    Raises:
        UnknownNameError: there is none.
    """
    existing = [e for e in environments() if e.name == name and python in {None, e.python}]
    if not existing:
        asked = f"{name} for Python {python}" if python else name
        raise UnknownNameError("environment here", asked, {e.name for e in environments()})
    for environment in existing:
        (environment.folder / RECORD).unlink(missing_ok=True)  # never half-removed taken for whole
        shutil.rmtree(environment.folder)
    return [environment.folder for environment in existing]
