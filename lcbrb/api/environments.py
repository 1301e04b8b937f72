"""`lcbrb.create_environment` and its kin: interpreters with a benchmark's own libraries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from lcbrb.environments import store
from lcbrb.environments.create import Wanted, create
from lcbrb.environments.definition import Definition, definition, packaged
from lcbrb.environments.store import Environment
from lcbrb.protocols.progress import SILENT, Progress


def create_environment(
    name: str,
    *,
    python: str | None = None,
    options: Sequence[str] = (),
    data: Mapping[str, Path | str] | None = None,
    progress: Progress = SILENT,
) -> Environment:
    """Make the environment that a benchmark's programs run in, or finish one that was interrupted.

    Args:
        name: of the environment (``bigcodebench``), or a folder with a definition of your own.
        python: a version (``3.10``) or an executable; None: the best that is found here.
        options: what to add (``tensorflow``).
        data: folders to copy into it, by the definition's names for them (``nltk_data``).
        progress: is told how far the work is.

    Raises:
        UsageError: no such environment or option, or there is no lock for such a Python.
        SetupError: no Python, no room on the disk, no package index, or what is installed is not
            as it should be; nothing half-made is taken for whole.
    """
    folders = {key: Path(path).expanduser() for key, path in (data or {}).items()}
    wanted = Wanted(
        definition=definition(name), python=python, options=tuple(options), data=folders
    )
    return create(wanted, progress)


def list_environments() -> list[Environment]:
    """Every environment here, whole or not.

    Raises:
        OSError: their folder can't be read.
    """
    return list(store.environments())


def known_environments() -> list[Definition]:
    """The environments that can be made by name.

    Raises:
        BadInputError: a definition can't be used.
    """
    return [definition(name) for name in packaged()]


def remove_environment(name: str, *, python: str | None = None) -> list[Path]:
    """Remove an environment, whole or not; the folders that are gone.

    Args:
        name: of the environment.
        python: its version (``3.10``); None: all that there are.

    Raises:
        UnknownNameError: there is none.
    """
    return store.remove(name, python)
