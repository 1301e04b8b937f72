"""What `--config` takes: a TOML file, or NAME=VALUE."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lcbrb.errors import UsageError
from lcbrb.rows import parse_toml, read_toml


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
        if equals and name.isidentifier() and not Path(part).exists():
            found[name] = _value(value)
        elif part.endswith(".toml") or Path(part).exists():
            found |= read_toml(Path(part).expanduser())
        else:
            raise UsageError(f"--config takes a .toml file or NAME=VALUE, found '{part}'")
    return found


def _value(text: str) -> Any:
    """As TOML has it (``0.6``, ``["a", "b"]``), else the text itself."""
    try:
        return parse_toml(f"value = {text}")["value"]
    except UsageError:
        return text
