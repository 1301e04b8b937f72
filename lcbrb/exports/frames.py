"""Run folders as tables: CSV for spreadsheets, Parquet for everything else."""

from __future__ import annotations

import dataclasses
import io
import json
from collections.abc import Mapping
from typing import Any

from lcbrb.errors import UsageError

CSV, PARQUET = "csv", "parquet"


def tables(frames: Any, layout: str) -> dict[str, bytes]:
    """Files by their names, one for each frame that has rows.

    Values that are no plain ones (slices, a verdict's parts) are JSON in their cells.
    """
    if layout not in {CSV, PARQUET}:
        raise UsageError(f"{layout}: tables are written as csv or parquet")
    files = {}
    for field in dataclasses.fields(frames):
        frame = getattr(frames, field.name)
        if len(frame):
            files[f"{field.name}.{layout}"] = _file(frame, layout)
    return files


def _file(frame: Any, layout: str) -> bytes:
    plain = frame.map(_plain)
    if layout == CSV:
        return str(plain.to_csv(index=False, lineterminator="\n")).encode("utf-8", "replace")
    buffer = io.BytesIO()
    plain.to_parquet(buffer, index=False)
    return buffer.getvalue()


def _plain(value: object) -> object:
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value, ensure_ascii=False, default=str, sort_keys=True)
    return value
