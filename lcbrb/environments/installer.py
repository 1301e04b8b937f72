"""pip, as environments are made with it: wheels first, kept, then all of them at once.

Wheels are fetched a few at a time and kept when they are whole, so what was interrupted goes on
where it was. Every file is held against the hashes of its lock before it is used.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import tempfile
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lcbrb.environments.lock import Pin
from lcbrb.errors import SetupError
from lcbrb.sandbox.inside import kernel

_AT_ONCE = 8
#: what builds a package that an index has as source only: the lock's own, never a newer one
_BUILDERS = frozenset({"setuptools", "wheel"})
_FULL = re.compile(r"No space left on device|Disk quota exceeded", re.IGNORECASE)
_HASHES = "DO NOT MATCH THE HASHES"
_UNBUILT = re.compile(r"Failed building wheel for (\S+)")
_NO_METADATA = "metadata-generation-failed"
_COLLECTED = re.compile(r"^\s*Collecting ([\w.-]+)", re.MULTILINE)
_ERROR = re.compile(r"^ERROR: (.+)$", re.MULTILINE)
_SHOWN = 300
#: what would make our pip another: another project's environment, a lock of one's own
_UNSET = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "PIP_REQUIRE_VIRTUALENV", "PIP_TARGET")


@dataclass(frozen=True, slots=True, kw_only=True)
class Installer:
    """pip of a virtual environment; `folder` is where wheels are kept meanwhile."""

    python: Path
    folder: Path

    def missing(self, pins: Iterable[Pin]) -> list[Pin]:
        """Those of which there is no wheel yet."""
        names = [path.name for path in self.folder.glob("*.whl")]
        return [pin for pin in pins if not any(pin.is_wheel(name) for name in names)]

    def fetch(self, pins: Sequence[Pin], advance: Callable[[int], object]) -> None:
        """Get a wheel of each, or build it with the lock's setuptools, which are installed here.

        Raises:
            SetupError: the index does not give one, or not what the lock says; the disk is full.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        missing = self.missing(pins)
        advance(len(pins) - len(missing))
        builders = [pin for pin in pins if pin.key in _BUILDERS]
        self._fetch([pin for pin in missing if pin in builders], advance)
        if builders:
            self.install(builders)
        self._fetch([pin for pin in missing if pin not in builders], advance)
        if left := self.missing(pins):
            names = ", ".join(pin.name for pin in left)
            raise SetupError(f"pip made no wheel of {names}")

    def _fetch(self, missing: Sequence[Pin], advance: Callable[[int], object]) -> None:
        for start in range(0, len(missing), _AT_ONCE):
            chunk = missing[start : start + _AT_ONCE]
            with tempfile.TemporaryDirectory(dir=self.folder, prefix="part-") as part:
                wanted = Path(part, "wanted.txt")
                wanted.write_text("".join(f"{pin.requirement}\n" for pin in chunk), "utf-8")
                how = ("--no-deps", "--no-build-isolation", "--require-hashes")
                self._pip("wheel", *how, "-r", wanted, "-w", part)
                for wheel in Path(part).glob("*.whl"):
                    wheel.replace(self.folder / wheel.name)
            advance(len(chunk))

    def install(self, pins: Sequence[Pin]) -> None:
        """Install the wheels of these.

        Raises:
            SetupError: pip refuses, or the disk is full.
        """
        wheels = [
            path
            for path in sorted(self.folder.glob("*.whl"))
            if any(pin.is_wheel(path.name) for pin in pins)
        ]
        self._pip("install", "--no-deps", "--no-index", "--no-warn-script-location", *wheels)

    def unpack(self, pin: Pin, members: str, target: Path) -> None:
        """Put what a fetched wheel holds below a folder, or one file of it, somewhere else.

        A target ``X.zip/NAME`` is a file in an archive, which is made with it.
        """
        wheel = next(path for path in self.folder.glob("*.whl") if pin.is_wheel(path.name))
        with zipfile.ZipFile(wheel) as packed:
            for member in packed.infolist():
                inside = member.filename.removeprefix(members)
                if member.is_dir() or inside == member.filename or ".." in Path(inside).parts:
                    continue
                _put(target / inside if inside else target, packed.read(member))

    def _pip(self, *arguments: str | Path) -> None:
        kept = {name: value for name, value in os.environ.items() if name not in _UNSET}
        command = [self.python, "-m", "pip", *arguments, "--progress-bar", "off", "--no-input"]
        if arguments[0] == "wheel":
            command += ["--retries", "2"]
        own = {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "TMPDIR": str(self.folder)}
        run_quietly(command, kept | own, self.folder)


def _put(path: Path, content: bytes) -> None:
    archive, in_archive, name = str(path).partition(".zip/")
    outer = Path(archive + ".zip") if in_archive else path
    outer.parent.mkdir(parents=True, exist_ok=True)
    if in_archive:
        with zipfile.ZipFile(outer, "a") as made:
            made.writestr(name, content)
    else:
        outer.write_bytes(content)


def run_quietly(
    command: Sequence[str | Path], environment: dict[str, str] | None, folder: Path
) -> str:
    """Run a command that makes part of an environment; its output.

    Raises:
        SetupError: it failed; why, and what to do, in one sentence.
    """
    try:
        process = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            preexec_fn=_end_with_us,
        )
    except OSError as error:
        raise SetupError(f"{command[0]} can't be started: {error.strerror or error}") from None
    if process.returncode:
        raise SetupError(_why(process.stdout, folder))
    return process.stdout


def _end_with_us() -> None:
    """Be killed with this process: what goes on alone writes into the folder of who is next."""
    if kernel.SUPPORTED:
        kernel.die_with_parent(signal.SIGKILL)


def _why(output: str, folder: Path) -> str:
    if _FULL.search(output):
        return f"the disk that holds {folder} is full: make room, and run the same command again"
    if _HASHES in output:
        return (
            "the package index sent a file whose hash differs from the lock file: it was not "
            "installed; use an index that you trust (PIP_INDEX_URL)"
        )
    unbuilt = _UNBUILT.findall(output)
    if _NO_METADATA in output:  # of what it was at
        unbuilt = _COLLECTED.findall(output.partition(_NO_METADATA)[0])[-1:]
    if unbuilt:
        return f"pip could not build {unbuilt[0]} from source (is a C compiler installed?)"
    errors = _ERROR.findall(output) or output.strip().splitlines()[-1:] or ["it said nothing"]
    said = " ".join(errors[-1].split())[:_SHOWN]
    return (
        f"pip failed: {said}; can the package index be reached (PIP_INDEX_URL)? Downloads are "
        "kept: run the same command again"
    )
