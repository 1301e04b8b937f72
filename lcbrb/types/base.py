"""What every record shares."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

JsonValue = Any  # what `json.loads` returns; a precise recursive alias costs more than it tells


class Record:
    """Base class of every record that is written to disk.

    Fields in `LEFT_OUT_WHERE_EMPTY` are not written where they are None or empty, so that records
    from before they existed, and hashes of these, stay as they were.
    """

    __slots__ = ()
    LEFT_OUT_WHERE_EMPTY: ClassVar[tuple[str, ...]] = ()
    SCHEMA_VERSION: ClassVar[int] = 1
    __pydantic_config__: ClassVar[dict[str, Any]] = {
        "extra": "forbid",
        "strict": True,
        "allow_inf_nan": False,
    }

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Callable[[Any], Any]) -> Any:
        schema = handler(source)
        if cls.LEFT_OUT_WHERE_EMPTY:
            for field in schema["schema"]["fields"]:
                if field["name"] in cls.LEFT_OUT_WHERE_EMPTY:
                    field["serialization_exclude_if"] = lambda value: value is None or value == ()
        return schema

    @classmethod
    def upgraded(cls, fields: dict[str, JsonValue], version: int) -> dict[str, JsonValue]:
        """The fields of a record of an older schema version, as this version has them."""
        del version
        return fields
