"""Options of a spec string into a frozen dataclass; unknown names are refused."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from lcbrb.errors import UnknownNameError, UsageError, first_problem
from lcbrb.numerals import refuse_odd_number

T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


def member(kind: type[E], name: str, what: str) -> E:
    """A member of an enum by its value; `what` they are is told.

    Raises:
        UnknownNameError: there is none.
    """
    try:
        return kind(name.strip())
    except ValueError:
        raise UnknownNameError(what, name, [known.value for known in kind]) from None


def build(cls: type[T], options: Mapping[str, Any], where: str) -> T:
    """An instance of a dataclass from named options, which may be strings ("512", "true").

    Args:
        cls: a dataclass; its fields are the options there are.
        options: name to value.
        where: what the options belong to, for error messages.

    Raises:
        UnknownNameError: an option that the class does not have.
        UsageError: a value that does not fit its field, a missing one, or what the class itself
            refuses.
    """
    known = [field.name for field in dataclasses.fields(cls)]  # type: ignore[arg-type] # a dataclass, unsaid
    for name in options:
        if name not in known:
            raise UnknownNameError(f"option of {where}", name, known)
    try:
        built = TypeAdapter(cls).validate_python(dict(options))
    except ValidationError as error:
        name, why = first_problem(error)
        what = f"option '{name}'" if name else "options"
        raise UsageError(f"{what} of {where}: {why}") from error
    for name, given in options.items():
        refuse_odd_number(given, getattr(built, name), f"option '{name}' of {where}")
    return built
