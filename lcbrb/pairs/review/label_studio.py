"""Label Studio: tasks and a labeling configuration out, its JSON export in.

Layouts as its documentation has them: a list of tasks with `data`; in an export each with
`annotations`, whose `result` names the control (``from_name``) and holds ``value.choices``, or
``value.selected`` (``left``, ``right``) of a Pairwise control. `completed_by` is a user's number,
or an object with the user's email.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from lcbrb import codec
from lcbrb.errors import BadInputError, UsageError
from lcbrb.pairs.review.findings import Preference
from lcbrb.pairs.review.tools import Shown, Task, found, person
from lcbrb.rows import Row, parse_rows

TASKS, CONFIG = "tasks.json", "labeling-config.xml"
ORIGIN = "label-studio"
_PLACES = {
    "first is better": "first",
    "second is better": "second",
    "no difference": "equal",
    "can't tell": "unsure",
    "left": "first",
    "right": "second",
}
_CONFIG = """<View>
  <Header value="Which reasoning is better? You don't need to know who wrote it."/>
  <Text name="prompt" value="$prompt"/>
  <Choices name="better" toName="prompt" choice="single" required="true" showInline="true">
    <Choice value="first is better" hotkey="1"/>
    <Choice value="second is better" hotkey="2"/>
    <Choice value="no difference" hotkey="3"/>
    <Choice value="can't tell" hotkey="4"/>
  </Choices>
  <View style="display: flex; gap: 1em;">
    <View style="flex: 1;"><Header value="First"/><Text name="first" value="$first"/></View>
    <View style="flex: 1;"><Header value="Second"/><Text name="second" value="$second"/></View>
  </View>
  <TextArea name="note" toName="prompt" placeholder="Why (may stay empty)" maxSubmissions="1"/>
</View>
"""


def write_tasks(tasks: list[Task], folder: Path) -> list[Path]:
    """Write the tasks to import, and the configuration of the project that shows them."""
    rows = [
        {
            "data": {
                "task": task.id,
                "prompt": task.prompt,
                "first": task.first,
                "second": task.second,
            }
        }
        for task in tasks
    ]
    codec.write_text(folder / TASKS, json.dumps(rows, ensure_ascii=False, indent=1) + "\n")
    codec.write_text(folder / CONFIG, _CONFIG)
    return [folder / TASKS, folder / CONFIG]


def read_annotations(path: Path, shown: Mapping[str, Shown]) -> list[Preference]:
    """The preferences in an export; tasks that nobody annotated, and skipped ones, hold none.

    Raises:
        BadInputError: the file is no such export; the row is named.
    """
    if path.is_dir():
        raise BadInputError("it is a folder: name the exported JSON file", path=path)
    return list(parse_rows(path, "a task of Label Studio", lambda row: _of_task(row, shown)))


def _of_task(row: Row, shown: Mapping[str, Shown]) -> Iterator[Preference]:
    if not isinstance(row.get("data"), dict) or not isinstance(row.get("annotations"), list):
        raise UsageError("no 'data' and 'annotations': export the project as JSON, not JSON-MIN")
    task = found(row["data"].get("task"), shown)
    for annotation in row["annotations"]:
        if annotation["result"] and not annotation.get("was_cancelled"):
            yield _preference(annotation, task)


def _preference(annotation: dict[str, Any], task: Shown) -> Preference:
    author = annotation.get("completed_by")
    if isinstance(author, dict):
        author = author.get("email") or author.get("id")
    places: list[object] = []
    notes: list[str] = []
    for result in annotation["result"]:
        value = result["value"]
        if "text" in value and result.get("from_name") == "note":
            notes += [value["text"]] if isinstance(value["text"], str) else map(str, value["text"])
        else:
            places += value.get("choices") or [value.get("selected")]
    place = places[0] if len(places) == 1 else None
    if not isinstance(place, str) or place not in _PLACES:
        raise UsageError(f"an annotation chose {places!r}, expected one of {', '.join(_PLACES)}")
    lead_time = annotation.get("lead_time")
    return Preference(
        pair_id=task.pair_id,
        annotator=person(author),
        choice=task.choice(_PLACES[place]),
        first=task.first,
        note="\n".join(notes),
        seconds=float(lead_time) if isinstance(lead_time, int | float) else None,
        origin=ORIGIN,
    )
