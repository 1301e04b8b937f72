"""Potato: tasks and a configuration out, its annotations in.

Layouts as its documentation and its files have them: a task is a line with `id`, `text` and the
list that a `pairwise` scheme compares; ``annotation_output/PERSON/user_state.json`` holds for each
task's id its labels, as pairs of ``{"schema", "name"}`` and value or as nested objects; its JSONL
export has a row with `instance_id`, `user_id` and `labels` for each task and person. A pairwise
answer is stored as ``selection``: ``A``, ``B`` or ``tie``.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lcbrb import codec
from lcbrb.errors import BadInputError, UsageError, in_file
from lcbrb.json_text import parse_json
from lcbrb.pairs.review.findings import Preference
from lcbrb.pairs.review.tools import Shown, Task, found, person
from lcbrb.rows import Row, parse_rows

TASKS, CONFIG = "tasks.jsonl", "config.yaml"
ORIGIN = "potato"
_SCHEME, _STATE, _LABELS = "better", "user_state.json", "instance_id_to_label_to_value"
_PLACES = {"A": "first", "B": "second", "tie": "equal"}
_CONFIG = f"""annotation_task_name: Which reasoning is better?
task_dir: .
output_annotation_dir: annotation_output/
data_files:
  - {TASKS}
item_properties:
  id_key: id
  text_key: text
user_config:
  allow_all_users: true
annotation_schemes:
  - annotation_type: pairwise
    name: {_SCHEME}
    description: Which reasoning is better?
    mode: binary
    items_key: sides
    labels: ["First", "Second"]
    allow_tie: true
    tie_label: No difference
    label_requirement:
      required: true
"""


def write_tasks(tasks: list[Task], folder: Path) -> list[Path]:
    """Write the tasks, and the configuration to start potato with.

    Its pages take texts as HTML, so what would be markup is escaped.
    """
    lines = [
        json.dumps(
            {
                "id": task.id,
                "text": html.escape(task.prompt),
                "sides": [html.escape(task.first), html.escape(task.second)],
            },
            ensure_ascii=False,
        )
        for task in tasks
    ]
    codec.write_text(folder / TASKS, "".join(line + "\n" for line in lines))
    codec.write_text(folder / CONFIG, _CONFIG)
    return [folder / TASKS, folder / CONFIG]


def read_annotations(path: Path, shown: Mapping[str, Shown]) -> list[Preference]:
    """The preferences in an output folder, one person's state, or a JSONL export.

    Raises:
        BadInputError: a file is none of these; file and row are named.
        DataUnavailableError: there is no such file.
    """
    if path.is_dir():
        states = sorted(path.rglob(_STATE))
        if not states:
            raise BadInputError(
                f"there is no {_STATE} in it: name potato's output folder", path=path
            )
        return [preference for state in states for preference in _of_state(state, shown)]
    if path.name == _STATE:
        return _of_state(path, shown)
    return list(parse_rows(path, "an annotation of potato", lambda row: _of_row(row, shown)))


def _of_state(path: Path, shown: Mapping[str, Shown]) -> list[Preference]:
    with in_file(path):
        state = parse_json(codec.read_text(path))
        if not isinstance(state, dict) or not isinstance(state.get(_LABELS), dict):
            raise UsageError(
                f"no '{_LABELS}': not the format in which potato keeps a person's annotations"
            )
        author = person(state.get("user_id"))
        return [
            preference
            for task_id, labels in state[_LABELS].items()
            for preference in _preferences(task_id, author, labels, shown)
        ]


def _of_row(row: Row, shown: Mapping[str, Shown]) -> Iterator[Preference]:
    yield from _preferences(row["instance_id"], person(row["user_id"]), row["labels"], shown)


def _preferences(
    task_id: object, author: str, labels: Any, shown: Mapping[str, Shown]
) -> Iterator[Preference]:
    """One preference, or none where the task was seen and not answered."""
    task, selection = found(task_id, shown), _selection(labels)
    if not selection:
        return
    if selection not in _PLACES:
        raise UsageError(f"task {task_id} has the selection {selection!r}, not A, B or tie")
    yield Preference(
        pair_id=task.pair_id,
        annotator=author,
        choice=task.choice(_PLACES[selection]),
        first=task.first,
        origin=ORIGIN,
    )


def _selection(labels: Any) -> Any:
    """What was selected in our scheme; None where nothing was."""
    if isinstance(labels, list):
        for entry in labels:
            if not isinstance(entry, list) or len(entry) != 2 or not isinstance(entry[0], dict):  # noqa: PLR2004
                raise UsageError("labels are no pairs of a label and its value")
            if entry[0].get("schema") == _SCHEME and entry[0].get("name") == "selection":
                return entry[1]
        return None
    if not isinstance(labels, dict):
        raise UsageError("labels are neither a list nor an object")
    ours = labels.get(_SCHEME) or {}
    return ours.get("selection") if isinstance(ours, dict) else ours
