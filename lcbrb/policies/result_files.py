"""What EvalPlus' and BigCodeBench's evaluators write: ``{"eval": {task_id: [solution, …]}, …}``.

A solution is an object with ``solution``, and ``base_status`` with ``plus_status`` or ``status``
(BigCodeBench). Source: EvalPlus 0.3.1, ``evalplus/evaluate.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from lcbrb.codec import read_text
from lcbrb.errors import BadInputError, in_file
from lcbrb.json_text import parse_json_with_infinities
from lcbrb.types import JsonValue


def read_document(path: Path) -> JsonValue:
    """A JSON file's value; failed tests may hold infinities.

    Raises:
        BadInputError, DataUnavailableError: the file is no JSON, or can't be read.
    """
    with in_file(path):
        return parse_json_with_infinities(read_text(path))


def is_result_file(document: JsonValue) -> bool:
    """Whether a JSON document is laid out so."""
    return isinstance(document, dict) and "eval" in document


def graded_solutions(path: Path, document: JsonValue) -> Iterator[tuple[int, JsonValue]]:
    """Place (from 1) and graded solution, each with its ``task_id``.

    Raises:
        BadInputError: a task holds no list of them.
    """
    return enumerate(_solutions(path, document), start=1)


def _solutions(path: Path, document: JsonValue) -> Iterator[JsonValue]:
    tasks = document["eval"]
    if not isinstance(tasks, dict):
        raise BadInputError('"eval" is not an object', path=path)
    for task, entries in tasks.items():
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise BadInputError(
                f"{task} has no list of judged solutions (EvalPlus before 0.2 kept none)", path=path
            )
        yield from ({**entry, "task_id": entry.get("task_id", task)} for entry in entries)
