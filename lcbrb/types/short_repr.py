"""What a notebook shows of a report that holds thousands of rows: their number, not the rows."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence, Sized
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar

_FEW = 2  # entries that are shown one by one
_LONGEST = 120  # characters of a single value


class ShortRepr:
    """Mixin of a dataclass whose `repr` fits on a screen, however much it holds.

    Fields that are None or empty are left out, and those that are not in `SHOWN`, where a class
    has one; "…" says so. Equality and what is written to files are the dataclass's own.
    """

    __slots__ = ()
    SHOWN: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **given: Any) -> None:
        """Keep `dataclass` from writing a `repr`: it leaves one that the class has."""
        super().__init_subclass__(**given)
        cls.__repr__ = ShortRepr.__repr__  # type: ignore[method-assign]  # the mixin's own, on purpose

    def __repr__(self) -> str:
        names = [field.name for field in dataclasses.fields(self)]  # type: ignore[arg-type] # a dataclass, by its use
        values = {name: getattr(self, name) for name in self.SHOWN or names}
        shown = [f"{name}={_shown(value)}" for name, value in values.items() if not _empty(value)]
        more = ["…"] if len(values) < len(names) else []
        return f"{type(self).__name__}({', '.join([*shown, *more])})"


def _empty(value: object) -> bool:
    return value is None or (isinstance(value, Sized) and len(value) == 0)


def _shown(value: object) -> str:
    if isinstance(value, ShortRepr):
        return repr(value)
    if isinstance(value, StrEnum | Path):
        return str(value)
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping):
        few = [f"{key!s}: {_shown(entry)}" for key, entry in list(value.items())[:_FEW]]
        more = [f"… {len(value)} in all"] if len(value) > _FEW else []
        return f"{{{', '.join([*few, *more])}}}"
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        named = all(isinstance(entry, str | ShortRepr) for entry in value[:_FEW])
        if len(value) <= _FEW and named:
            return f"[{', '.join(map(_shown, value))}]"
        return f"<{len(value)} {type(value[0]).__name__}>"
    line = " ".join(repr(value).split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
