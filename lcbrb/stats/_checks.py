"""What an argument must be; each check raises `UsageError` naming the argument and its value."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from lcbrb.errors import UsageError

Values: TypeAlias = Sequence[float] | npt.NDArray[Any]
Labels: TypeAlias = Sequence[str] | Sequence[int] | npt.NDArray[Any]
Floats: TypeAlias = npt.NDArray[np.float64]


def check_whole(name: str, value: object, *, at_least: int) -> None:
    """Refuse anything but a whole number of `at_least` or more."""
    if not isinstance(value, Integral) or int(value) < at_least:
        message = f"{name} must be a whole number of at least {at_least}, not {value!r}"
        raise UsageError(message)


def check_share(name: str, value: float) -> None:
    """Refuse anything but a number strictly between 0 and 1."""
    if not 0.0 < value < 1.0:
        message = f"{name} must lie between 0 and 1 (both excluded), not {value!r}"
        raise UsageError(message)


def float_values(name: str, values: Values) -> Floats:
    """`values` as floats, shape (N,) with N >= 1, all finite."""
    try:
        values_N = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        message = f"{name} must be numbers: {error}"
        raise UsageError(message) from error
    if values_N.ndim != 1 or values_N.size == 0:
        message = f"{name} must be a flat, non-empty list of numbers, not shape {values_N.shape}"
        raise UsageError(message)
    if not np.isfinite(values_N).all():
        index = int(np.flatnonzero(~np.isfinite(values_N))[0])
        message = f"{name} must be finite, but number {index} (from 0) is {values_N[index]}"
        raise UsageError(message)
    return values_N
