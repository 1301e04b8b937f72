"""Hypothesis strategies for every record of `lcbrb.types`, read off the fields' types.

A new record or field is covered without a line here, until it has a type that none had before.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import datetime as dt
import enum
import types
import typing

from hypothesis import strategies as st

import lcbrb.types
from lcbrb.types.problems import check_types

RECORD_TYPES = [
    cls
    for cls in vars(lcbrb.types).values()
    if dataclasses.is_dataclass(cls) and issubclass(cls, lcbrb.types.Record)
]

# what line splitters, JSON writers and file systems have tripped over
AWKWARD = [
    "",
    " ",
    "a\r\nb\n",
    "\u2028\u2029\x85\x0b\x0c\x1c",
    "\ufeff",
    "\x00",
    "\\u0000",
    '"}\n{"',
    "é𝔸",
]

texts = st.text(max_size=20) | st.sampled_from(AWKWARD)
numbers = st.floats(allow_nan=False, allow_infinity=False)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | numbers | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)

_PLAIN = {
    str: texts,
    int: st.integers(),
    float: numbers,
    bool: st.booleans(),
    type(None): st.none(),
    dt.date: st.dates(),
    dt.datetime: st.datetimes(timezones=st.just(dt.UTC)),
    typing.Any: json_values,
    lcbrb.types.Metric: st.builds(
        lambda name, slices: lcbrb.types.Metric.of(name, **slices),
        texts,
        st.dictionaries(texts, texts, max_size=2),
    ),
}


def records(cls):
    """Any record of a type, every field drawn."""
    hints = typing.get_type_hints(cls)
    return st.builds(
        cls, **{field.name: _values(hints[field.name]) for field in dataclasses.fields(cls)}
    )


any_record = st.one_of([st.deferred(lambda cls=cls: records(cls)) for cls in RECORD_TYPES])


def _values(hint):
    if hint in _PLAIN:
        return _PLAIN[hint]
    if hint is lcbrb.types.Check:
        return st.one_of([_values(check) for check in check_types()])
    parts = typing.get_args(hint)
    origin = typing.get_origin(hint)
    if origin in {types.UnionType, typing.Union}:
        return st.one_of([_values(part) for part in parts])
    if origin is collections.abc.Sequence or (origin is tuple and parts[1:] == (...,)):
        return st.lists(_values(parts[0]), max_size=3).map(tuple)
    if origin is dict:
        return st.dictionaries(_values(parts[0]), _values(parts[1]), max_size=3)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return st.sampled_from(hint)
    if dataclasses.is_dataclass(hint):
        return st.deferred(lambda: records(hint))
    raise TypeError(f"no strategy for {hint}: add one to tests/support/strategies.py")
