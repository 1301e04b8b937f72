"""Result files of EvalPlus and BigCodeBench, as their evaluators write them, verdicts included.

One object: ``{"eval": {task_id: [{"solution", "base_status", "plus_status", ...}]}}`` (EvalPlus) or
with ``status`` in place of the two (BigCodeBench). A row of ours is one entry of a task's list.

Source: EvalPlus 0.3.1, ``evalplus/evaluate.py``; versions before 0.3 wrote ``success``, ``failed``
and ``timed out``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from lcbrb.codec import read_text
from lcbrb.errors import BadInputError, UsageError
from lcbrb.types import JsonValue

_PASSES = frozenset({"pass", "success"})
_FAILURES = frozenset({"fail", "failed", "timeout", "timed out"})
_SHOWN = 200


def read_results(path: Path) -> Iterator[tuple[int, JsonValue]] | None:
    """Place (from 1) and entry of each judged solution; None where the file is no result file.

    Raises:
        BadInputError: the file is no JSON, or its entries have no solutions.
        DataUnavailableError: the file can't be read.
    """
    try:
        value = json.loads(read_text(path))  # not `parse_json`: failed tests may hold infinities
    except (ValueError, RecursionError) as error:
        raise BadInputError(f"not valid JSON ({error})", path=path) from error
    if not isinstance(value, dict) or "eval" not in value:
        return None
    return iter(enumerate(_entries(value["eval"], path), start=1))


def _entries(tasks: JsonValue, path: Path) -> Iterator[JsonValue]:
    if not isinstance(tasks, dict):
        raise BadInputError('"eval" is no object', path=path)
    for task, entries in tasks.items():
        if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
            raise BadInputError(
                f"{task} has no list of judged solutions (EvalPlus before 0.2 kept none)", path=path
            )
        yield from ({**entry, "task_id": entry.get("task_id", task)} for entry in entries)


def recorded_pass(row: dict[str, JsonValue], name: str) -> bool | None:
    """Whether a row's status is a pass; None where there is none.

    Raises:
        UsageError: a status in no peer's words.
    """
    status = row.get(name)
    if status is None or (name == "status" and status not in _PASSES | _FAILURES):
        return None  # files of one's own may mean anything by "status"
    if status not in _PASSES | _FAILURES:
        raise UsageError(f"{name} is {status!r}, which is no status of EvalPlus")
    return status in _PASSES


def recorded_detail(row: dict[str, JsonValue]) -> str:
    """What the file says of a failure: both statuses and the inputs that failed."""
    parts = []
    for kind in ("base", "plus"):
        status, inputs = row.get(f"{kind}_status"), row.get(f"{kind}_fail_tests")
        if status is not None and status not in _PASSES:
            parts.append(f"{kind}: {status}" + (f" on {str(inputs)[:_SHOWN]}" if inputs else ""))
    return "; ".join(parts)
