"""A pair as a row of flat columns, for tables that others read, and back without loss.

The columns are the fields of `PreferencePair`. One that holds more than a single value (where a
side comes from, turns) is JSON text: a table's own nesting would need a schema that changes with
every field, and fills what a pair lacks with nulls.
"""

from __future__ import annotations

import dataclasses
import json
import typing
from collections.abc import Mapping
from functools import cache

from lcbrb.codec import to_dict
from lcbrb.json_text import parse_json
from lcbrb.types import JsonValue, PreferencePair

VERSION = "schema_version"


@cache
def columns() -> tuple[str, ...]:
    """The names of the columns, in order."""
    return (VERSION, *(field.name for field in dataclasses.fields(PreferencePair)))


def to_columns(pair: PreferencePair) -> dict[str, str | int | None]:
    """A pair's row; a cell that has nothing is None.

    Raises:
        UsageError: a field holds a value of the wrong type.
    """
    fields = to_dict(pair)
    row: dict[str, str | int | None] = {}
    for name in columns():
        value = fields.get(name)
        nested = name in _nested() and value is not None
        row[name] = json.dumps(value, ensure_ascii=False) if nested else value
    return row


def from_columns(row: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """The pair's fields as a JSON file would have them; of such a file's row, the same.

    Raises:
        UsageError: a column of JSON holds no JSON.
    """
    fields = {}
    for name, value in row.items():
        if value is None and name in PreferencePair.LEFT_OUT_WHERE_EMPTY:
            continue
        packed = name in _nested() and isinstance(value, str)
        fields[name] = parse_json(value) if packed else value
    return fields


@cache
def _nested() -> frozenset[str]:
    """The fields that hold more than a single value."""
    hints = typing.get_type_hints(PreferencePair)
    return frozenset(name for name, hint in hints.items() if name in columns() and _is_nested(hint))


def _is_nested(hint: object) -> bool:
    if typing.get_origin(hint) in {tuple, dict, list}:
        return True
    return any(
        dataclasses.is_dataclass(part) or typing.get_origin(part) in {tuple, dict, list}
        for part in (typing.get_args(hint) or (hint,))
    )
