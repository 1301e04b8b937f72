"""Single values of documents that others wrote, and one way to say what does not fit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from math import isfinite
from pathlib import Path

from lcbrb.errors import BadInputError, LcbrbError, UsageError
from lcbrb.pair_identity import mend_text
from lcbrb.rows import UNFIT
from lcbrb.types import JsonValue


class LayoutError(UsageError):
    """A document of a known tool that is not laid out as that tool writes it."""


@contextmanager
def laid_out(path: Path, what: str) -> Iterator[None]:
    """What a document in another layout raises inside becomes a `BadInputError` with its file."""
    try:
        yield
    except LayoutError as error:
        raise BadInputError(f"not {what}: {error}", path=path) from error
    except LcbrbError:
        raise
    except UNFIT as error:
        raise BadInputError(f"not {what}: {_why(error)}", path=path) from error


def _why(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"no field {error}"
    if isinstance(error, AttributeError | TypeError):
        return f"a value of the wrong type ({error})"
    return str(error) or "nested too deeply"


def plain(value: JsonValue) -> JsonValue:
    """A value as a record can hold it: no NaN, no infinity, no half of a surrogate pair."""
    if isinstance(value, str):
        return mend_text(value)
    if isinstance(value, float) and not isfinite(value):
        return str(value)
    if isinstance(value, dict):
        return {mend_text(name): plain(item) for name, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def number(value: object) -> float | None:
    """A finite number, also of a truth value; None for anything else, and for what is no float."""
    try:
        return float(value) if isinstance(value, int | float) and isfinite(value) else None
    except OverflowError:  # a whole number of hundreds of digits
        return None


def whole(value: object, name: str) -> int:
    """A whole number that is not negative.

    Raises:
        LayoutError: it is something else.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise LayoutError(f"{name} is {str(value)[:40]!r}, not a count")
    return value


def text(value: object, name: str) -> str:
    """A text that is not empty.

    Raises:
        LayoutError: it is something else.
    """
    if not isinstance(value, str) or not value.strip():
        raise LayoutError(f"{name} is not a text")
    return value
