"""Making an environment: fetch, install, check, and say what it is, in this order.

An environment that was interrupted is begun anew, with the wheels that were fetched already. Only
the record, written last, makes it whole (see `store`).
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lcbrb.codec import encode_pretty, write_text
from lcbrb.environments.definition import Definition, lock_id
from lcbrb.environments.installer import Installer, run_quietly
from lcbrb.environments.interpreters import base_interpreter, minor
from lcbrb.environments.lock import Pin, differences
from lcbrb.environments.store import (
    RECORD,
    VENV,
    Environment,
    EnvironmentRecord,
    executable,
    folder_of,
    interpreter_of,
    record_in,
)
from lcbrb.errors import DataUnavailableError, SetupError
from lcbrb.protocols.progress import SILENT, Progress
from lcbrb.sandbox.interpreter import Interpreter

_WHEELS = "wheels"
_MIB = 1 << 20
#: runs in the new environment: what is installed, and what does not import
_CHECK = """
import importlib, importlib.metadata, json, sys
failed = {}
for name in json.loads(sys.argv[1]):
    try:
        importlib.import_module(name)
    except Exception as error:
        failed[name] = f"{type(error).__name__}: {error}"
found = {d.metadata["Name"]: d.version for d in importlib.metadata.distributions()}
print("\\n" + json.dumps({"failed": failed, "found": found}))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked for: `python` as a version or a path, `data` folders to copy in, by name."""

    definition: Definition
    python: str | None = None
    options: tuple[str, ...] = ()
    data: Mapping[str, Path] | None = None


def create(wanted: Wanted, progress: Progress = SILENT) -> Environment:
    """Make an environment, or finish one; one that is whole and as asked for is left alone.

    Raises:
        UsageError: there is no lock for such a Python, or no such option.
        SetupError: no Python, no room on the disk, no index, or what is installed does not import.
        DataUnavailableError: a folder of data is not there.
    """
    definition = wanted.definition
    _check_data(wanted)
    base = base_interpreter(definition, wanted.python)
    python = minor(base)
    folder = folder_of(definition.name, python)
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        there = _whole(definition, python, folder)
        options = tuple(sorted({*wanted.options, *(there.options if there else ())}))
        added = definition.pins(python, options)
        if there is not None:
            kept = definition.pins(python, there.options)
            added = [pin for pin in added if pin not in kept]
        record = there
        if there is None or added:
            work = _Work(
                definition=definition,
                base=base,
                folder=folder,
                options=options,
                added=added,
                anew=there is None,
            )
            record = _make(work, progress)
        _copy_data(wanted, folder)
    return Environment(name=definition.name, python=python, folder=folder, record=record)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What is to be done: `anew` from nothing, or `added` to an environment that is whole."""

    definition: Definition
    base: Interpreter
    folder: Path
    options: tuple[str, ...]
    added: list[Pin]
    anew: bool


def _make(work: _Work, progress: Progress) -> EnvironmentRecord:
    definition, settings, folder = work.definition, work.definition.settings, work.folder
    installer = Installer(python=executable(folder), folder=folder / _WHEELS)
    borrowed = settings.borrowed if work.anew else ()
    if work.anew:
        _say_what_it_takes(work, progress)
    (folder / RECORD).unlink(missing_ok=True)
    if work.anew:
        for name in (VENV, *settings.data):
            shutil.rmtree(folder / name, ignore_errors=True)
            (folder / name).mkdir(parents=True)
        venv = [work.base.executable, "-m", "venv", "--clear", str(folder / VENV)]
        run_quietly(venv, None, folder)
    wanted = [*work.added, *(package.as_pin() for package in borrowed)]
    with progress.bar(f"{definition.name}: fetch", len(wanted), "packages") as advance:
        installer.fetch(wanted, advance)
    with progress.bar(f"{definition.name}: install", len(work.added), "packages") as advance:
        installer.install(work.added)
        advance(len(work.added))
    for package in borrowed:
        installer.unpack(package.as_pin(), package.members, folder / package.to)
    pins = definition.pins(minor(work.base), work.options)
    _check(definition, pins, folder, progress)
    record = EnvironmentRecord(
        name=definition.name,
        python=".".join(map(str, work.base.version)),
        lock=lock_id(pins),
        packages=len(pins),
        options=work.options,
        differs=tuple(differences(pins, definition.upstream())),
        disk_mib=_size_mib(folder / VENV),
    )
    write_text(folder / RECORD, encode_pretty(record))
    shutil.rmtree(folder / _WHEELS, ignore_errors=True)
    return record


def _say_what_it_takes(work: _Work, progress: Progress) -> None:
    """Tell how much will be downloaded and stored, before anything is; refuse a disk too full."""
    settings = work.definition.settings
    needed_mib = settings.disk_mib + settings.download_mib
    _check_room(work.folder, needed_mib)
    if note := settings.pythons[minor(work.base)]:
        progress.say(note)
    progress.say(
        f"{len(work.added)} packages for Python {'.'.join(map(str, work.base.version))} into "
        f"{work.folder}: about {settings.download_mib} MiB to download, {settings.disk_mib} MiB on "
        f"disk ({needed_mib} MiB until it is done), {settings.minutes} minutes"
    )


def _whole(definition: Definition, python: str, folder: Path) -> EnvironmentRecord | None:
    """The record of an environment that is there and holds what today's lock says."""
    record = record_in(folder)
    if record is None or not executable(folder).exists():
        return None
    known = set(record.options) <= definition.settings.options.keys()
    if known and record.lock == lock_id(definition.pins(python, record.options)):
        return record
    return None


def _check(definition: Definition, pins: list[Pin], folder: Path, progress: Progress) -> None:
    """Hold what is installed against the lock, and import what must be importable."""
    environment = Environment(name=definition.name, python="", folder=folder, record=None)
    variables = dict(interpreter_of(definition, environment).variables)
    modules = definition.settings.imports
    with progress.bar(f"{definition.name}: check", len(modules), "imports") as advance:
        said = run_quietly(
            [executable(folder), "-I", "-c", _CHECK, json.dumps(modules)],
            {"PATH": os.environ.get("PATH", ""), "HOME": str(folder), **variables},
            folder,
        )
        advance(len(modules))
    report = json.loads(said.strip().splitlines()[-1])
    if report["failed"]:
        name, why = next(iter(report["failed"].items()))
        more = (
            f" ({len(report['failed'])} modules fail in all)" if len(report["failed"]) > 1 else ""
        )
        raise SetupError(f"{name} does not import in {folder}{more}: {why}")
    there = {Pin(name=name, version="").key: version for name, version in report["found"].items()}
    if wrong := [pin.name for pin in pins if there.get(pin.key) != pin.version]:
        raise SetupError(
            f"{', '.join(wrong)} in {folder} differ from the lock file: remove the environment "
            "and create it again"
        )


def _check_room(folder: Path, needed_mib: int) -> None:
    free_mib = shutil.disk_usage(folder).free // _MIB
    if free_mib < needed_mib:
        raise SetupError(
            f"{folder} needs {needed_mib} MiB of disk, and {free_mib} MiB are free: make room, "
            "or keep environments elsewhere (LCBRB_ENVIRONMENTS)"
        )


def _check_data(wanted: Wanted) -> None:
    for name, source in (wanted.data or {}).items():
        if name not in wanted.definition.settings.data:
            known = ", ".join(wanted.definition.settings.data) or "none"
            raise DataUnavailableError(f"{wanted.definition.name} takes no data {name} ({known})")
        if not source.is_dir():
            raise DataUnavailableError(f"{source}: there is no such folder for {name}")


def _copy_data(wanted: Wanted, folder: Path) -> None:
    for name, source in (wanted.data or {}).items():
        shutil.copytree(source, folder / name, dirs_exist_ok=True)


def _size_mib(folder: Path) -> int:
    sizes = (path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())
    return sum(sizes) // _MIB


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one command at a time work there."""
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise SetupError(
                f"{folder} is being made by another command: wait until that has finished"
            ) from None
        yield
