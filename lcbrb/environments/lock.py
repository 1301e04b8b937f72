"""Locks: which version of each package, and the hashes of the files that may be installed as it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lcbrb.errors import BadInputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """A package at a version; `hashes` are of every file of it that an index may give."""

    name: str
    version: str
    hashes: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The name as everybody may write it (PEP 503)."""
        return normalized(self.name)

    @property
    def requirement(self) -> str:
        """A line of a requirements file."""
        return " ".join([f"{self.name}=={self.version}", *(f"--hash={h}" for h in self.hashes)])

    def is_wheel(self, filename: str) -> bool:
        """Whether a wheel of that name is of this package at this version."""
        name, version, *_ = [*filename.split("-"), ""]
        return normalized(name) == self.key and version == self.version


def normalized(name: str) -> str:
    """A package's name in the one spelling that stands for all."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_pins(path: Path) -> list[Pin]:
    """The pins of a file with one package a line: ``NAME==VERSION [--hash=KIND:HEX …]``.

    Raises:
        BadInputError: a line is not of that form.
    """
    pins = []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
        requirement, *options = line.split()[:1] + line.split()[1:] if line.strip() else [""]
        if not requirement or requirement.startswith("#"):
            continue
        name, equals, version = requirement.partition("==")
        if not (name and equals and version) or not all(o.startswith("--hash=") for o in options):
            raise BadInputError("no NAME==VERSION with hashes", path=path, line=number)
        hashes = tuple(option.removeprefix("--hash=") for option in options)
        pins.append(Pin(name=name, version=version, hashes=hashes))
    return pins


def differences(pins: Iterable[Pin], upstream: Iterable[Pin]) -> list[str]:
    """How versions differ from those that the benchmark itself pins, in words."""
    ours: Mapping[str, Pin] = {pin.key: pin for pin in pins}
    sentences = []
    for theirs in upstream:
        own = ours.get(theirs.key)
        if own is None:
            sentences.append(f"{theirs.name} is not installed (upstream {theirs.version})")
        elif own.version != theirs.version:
            sentences.append(f"{theirs.name} {own.version} (upstream {theirs.version})")
    return sentences
