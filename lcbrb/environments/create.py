"""Making an environment: fetch, install, check, and say what it is, in this order.

An environment that was interrupted is begun anew, with the wheels that were fetched already. Only
the record, written last, makes it whole (see `store`).
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lcbrb.codec import encode_pretty, write_text
from lcbrb.environments.definition import Definition, Option, Settings, lock_id
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
_ENDING_S, _POLL_S = 20.0, 0.2
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
    definition.pins(python, wanted.options)  # there are such options: else nothing is begun
    folder = folder_of(definition.name, python)
    folder.mkdir(parents=True, exist_ok=True)
    with _alone(folder):
        there = _whole(definition, python, folder)
        before = _options_before(definition, folder)
        options = tuple(sorted({*wanted.options, *before}))
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
                more=options if there is None else tuple(sorted({*options} - {*before})),
                added=added,
                anew=there is None,
            )
            record = _make(work, progress)
        _copy_data(wanted, folder)
    return Environment(name=definition.name, python=python, folder=folder, record=record)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What is to be done: `anew` from nothing, or `added` to an environment that is whole.

    `options` are those that it then has, `more` those among them that are not there yet.
    """

    definition: Definition
    base: Interpreter
    folder: Path
    options: tuple[str, ...]
    more: tuple[str, ...]
    added: list[Pin]
    anew: bool


def _make(work: _Work, progress: Progress) -> EnvironmentRecord:
    definition, settings, folder = work.definition, work.definition.settings, work.folder
    installer = Installer(python=executable(folder), folder=folder / _WHEELS)
    borrowed = settings.borrowed if work.anew else ()
    _say_what_it_takes(work, progress)
    (folder / RECORD).unlink(missing_ok=True)
    if work.anew:
        for name in (VENV, *settings.data):
            _remove(folder / name)
            (folder / name).mkdir()
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


def _remove(folder: Path) -> None:
    """Remove a folder; what a command that was killed had started may be writing there still."""
    until = time.monotonic() + _ENDING_S
    while folder.exists():
        try:
            shutil.rmtree(folder)
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(_POLL_S)


def _say_what_it_takes(work: _Work, progress: Progress) -> None:
    """Tell how much will be downloaded and stored, before anything is; refuse a disk too full."""
    settings = work.definition.settings
    parts = [settings.options[name] for name in work.more]
    counted: list[Settings | Option] = [settings, *parts] if work.anew else [*parts]
    disk_mib = sum(part.disk_mib for part in counted)
    download_mib = sum(part.download_mib for part in counted)
    minutes = sum(part.minutes for part in counted)
    half_made_mib = _size_mib(work.folder) if work.anew else 0  # used again, or removed first
    _check_room(work.folder, disk_mib + download_mib - half_made_mib)
    what = f"{len(work.added)} packages for Python {'.'.join(map(str, work.base.version))}"
    if not work.anew:
        what = f"{', '.join(work.more)}: {len(work.added)} more packages"
    elif note := settings.pythons[minor(work.base)]:
        progress.say(note)
    progress.say(
        f"{what} into {work.folder}: about {download_mib} MiB to download, {disk_mib} MiB on "
        f"disk ({disk_mib + download_mib} MiB until it is done), {minutes} min"
    )


def _options_before(definition: Definition, folder: Path) -> tuple[str, ...]:
    """The options of what is there, made from today's lock or another, that there still are."""
    record = record_in(folder)
    known = definition.settings.options
    return tuple(name for name in record.options if name in known) if record else ()


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
    """Copy data in: all of it beside first, then into place while the environment is not whole."""
    for name, source in (wanted.data or {}).items():
        part = folder / f"part-{name}"
        shutil.rmtree(part, ignore_errors=True)
        try:
            shutil.copytree(source, part)
            record = (folder / RECORD).read_text("utf-8")
            (folder / RECORD).unlink()
            shutil.copytree(part, folder / name, dirs_exist_ok=True, copy_function=os.replace)
            write_text(folder / RECORD, record)
        except OSError as error:
            raise SetupError(_uncopied(error, source, folder)) from None
        finally:
            shutil.rmtree(part, ignore_errors=True)


def _uncopied(error: OSError, source: Path, folder: Path) -> str:
    """Why data could not be copied, of the first file where several fail."""
    why = error.strerror or str(error)
    if isinstance(error, shutil.Error):
        (path, _, why), *_ = error.args[0]
        why = f"{path}: {why.partition('] ')[2] or why}"
    return f"{source} could not be copied into {folder}: {why}"


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
