"""What `--config` takes: a TOML file, or NAME=VALUE."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lcbrb.codec import read_text
from lcbrb.errors import BadInputError, UsageError


def read_settings(parts: Iterable[str]) -> dict[str, Any]:
    """The settings of files and of NAME=VALUE, a later one over an earlier one.

    Raises:
        UsageError: a part that is neither.
        BadInputError: a file is no TOML.
        DataUnavailableError: a file can't be read.
    """
    found: dict[str, Any] = {}
    for part in parts:
        name, equals, value = part.partition("=")
        if equals and name.isidentifier() and not Path(part).is_file():
            found[name] = _value(value)
        elif part.endswith(".toml") or Path(part).is_file():
            found |= _file(Path(part).expanduser())
        else:
            raise UsageError(f"--config takes a .toml file or NAME=VALUE, found '{part}'")
    return found


def _value(text: str) -> Any:
    """As TOML has it (``0.6``, ``["a", "b"]``), else the text itself."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _file(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise BadInputError(f"no TOML ({error})", path=path) from error
