"""What `--config` takes: a TOML file, or NAME=VALUE (``trl.beta=0`` for a value in a table)."""

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
    settings: dict[str, Any] = {}
    for part in parts:
        name, equals, value = part.partition("=")
        *tables, last = name.split(".")
        if equals and all(map(str.isidentifier, (*tables, last))) and not Path(part).exists():
            _table(settings, tables)[last] = _value(value)
        elif part.endswith(".toml") or Path(part).exists():
            settings |= read_toml(Path(part).expanduser())
        else:
            raise UsageError(f"--config takes a .toml file or NAME=VALUE, not '{part}'")
    return settings


def settings_with(parts: Iterable[str] | None, **named: str | None) -> dict[str, Any]:
    """The same, with those that have an option of their own.

    Raises:
        UsageError: a setting that is given twice, and differs.
    """
    settings = read_settings(parts or ())
    for name, value in named.items():
        if value is None:
            continue
        if settings.get(name, value) != value:
            raise UsageError(
                f"--{name} {value}, and {settings[name]} in --config: give only one of them"
            )
        settings[name] = value
    return settings


def _table(inner: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """The table of such a name in a table, made where it is missing."""
    for name in names:
        table = inner.setdefault(name, {})
        if not isinstance(table, dict):
            raise UsageError(
                f"--config {name}: it is given a value and is also used as a table: keep one of "
                "the two"
            )
        inner = table
    return inner


def _value(text: str) -> Any:
    """As TOML has it (``0.6``, ``["a", "b"]``), else the text itself."""
    try:
        return parse_toml(f"value = {text}")["value"]
    except UsageError:
        return text
