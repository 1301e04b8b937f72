"""What every record shares."""

from __future__ import annotations

from typing import Any, ClassVar

JsonValue = Any  # what `json.loads` returns; a precise recursive alias costs more than it tells


class Record:
    """Base of every record that is written to disk: what the codec needs to know about it."""

    __slots__ = ()
    SCHEMA_VERSION: ClassVar[int] = 1
    __pydantic_config__: ClassVar[dict[str, Any]] = {
        "extra": "forbid",
        "strict": True,
        "allow_inf_nan": False,
    }

    @classmethod
    def upgraded(cls, fields: dict[str, JsonValue], version: int) -> dict[str, JsonValue]:
        """The fields of a record of an older schema version, as this version has them."""
        del version
        return fields
