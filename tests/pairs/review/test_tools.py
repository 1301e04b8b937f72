"""Tasks for Label Studio and potato, and the way back: layouts as these tools document and write them."""

import html
import json
import xml.etree.ElementTree as ET

import pytest
import yaml
from reviews import HOSTILE, opened, pair, pair_set

from lcbrb.errors import BadInputError, DataUnavailableError
from lcbrb.pairs.review import label_studio, potato
from lcbrb.pairs.review.findings import Choice
from lcbrb.pairs.review.tools import shown_by, tasks
from lcbrb.protocols.reward import PairSet

PAIRS = pair_set(6)


@pytest.fixture
def store(tmp_path):
    with opened(tmp_path / "r.sqlite", PAIRS, sample=4) as store:
        yield store


def chosen_place(task):
    return "first" if task.first.startswith("Right") else "second"


def test_tasks_are_the_sample_and_tell_nobody_which_side_is_which(store):
    made = tasks(PAIRS.pairs, store)
    shown = shown_by(store)
    assert [shown[one.id].pair_id for one in made] == store.sample
    assert len({one.id for one in made}) == 4
    for one in made:
        assert shown[one.id].choice(chosen_place(one)) is Choice.CHOSEN
        told = json.dumps([one.id, one.prompt, one.first, one.second])
        assert not any(word in told for word in ("secret", "passed", "tests only", "chosen"))


def annotated(task, *annotations):
    """A task as Label Studio exports it."""
    return {
        "id": 7,
        "data": {"task": task.id, "prompt": task.prompt},
        "annotations": [
            {
                "id": number, "completed_by": author, "was_cancelled": False, "lead_time": 4.25,
                "result": [{"id": "x", "from_name": "better", "to_name": "prompt", "value": value, "type": "choices"}],
            }
            for number, (author, value) in enumerate(annotations)
        ],
        "predictions": [],
    }  # fmt: skip


def test_label_studio_there_and_back(store, tmp_path):
    made = tasks(PAIRS.pairs, store)
    written, config = label_studio.write_tasks(made, tmp_path / "ls")
    rows = json.loads(written.read_text())
    assert [row["data"]["task"] for row in rows] == [one.id for one in made]
    tree = ET.fromstring(config.read_text())  # noqa: S314 - our own file
    shown = {node.get("value") for node in tree.iter("Text")}
    assert shown == {f"${name}" for name in rows[0]["data"]} - {"$task"}
    words = [node.get("value") for node in tree.iter("Choice")]
    left = {"first": "left", "second": "right"}[chosen_place(made[2])]
    document = [
        annotated(made[0], (5, {"choices": [words[0]]}), ({"id": 6, "email": "b@x.org"}, {"choices": [words[2]]})),
        annotated(made[1], (5, {"choices": [words[3]]})),
        annotated(made[2], (5, {"selected": left})),  # a project with a Pairwise control
        annotated(made[3]),
        annotated(made[3]) | {"annotations": [{"id": 1, "completed_by": 5, "result": []}]},
    ]  # fmt: skip
    document[0]["annotations"][0]["result"].append(
        {
            "from_name": "note",
            "to_name": "prompt",
            "type": "textarea",
            "value": {"text": ["because"]},
        }
    )
    skipped = annotated(made[3], (5, {}))
    skipped["annotations"][0] |= {"was_cancelled": True, "result": []}
    document.append(skipped)
    export = tmp_path / "export.json"
    export.write_text(json.dumps(document))
    stated = label_studio.read_annotations(export, shown_by(store))
    assert [one.annotator for one in stated] == ["user 5", "b@x.org", "user 5", "user 5"]
    first = Choice.CHOSEN if chosen_place(made[0]) == "first" else Choice.REJECTED
    assert [one.choice for one in stated] == [first, Choice.EQUAL, Choice.UNSURE, Choice.CHOSEN]
    assert (stated[0].note, stated[0].seconds, stated[0].origin) == (
        "because",
        4.25,
        "label-studio",
    )


def test_potato_there_and_back(store, tmp_path):
    made = tasks(PAIRS.pairs, store)
    written, config = potato.write_tasks(made, tmp_path / "po")
    rows = [json.loads(line) for line in written.read_text().splitlines()]
    settings = yaml.safe_load(config.read_text())
    (scheme,) = settings["annotation_schemes"]
    assert settings["data_files"] == [written.name]
    assert [row[settings["item_properties"]["id_key"]] for row in rows] == [one.id for one in made]
    assert [html.unescape(text) for text in rows[0][scheme["items_key"]]] == [
        made[0].first,
        made[0].second,
    ]
    letter = {"first": "A", "second": "B"}[chosen_place(made[0])]
    output = tmp_path / "annotation_output"
    states = {
        "ann": {
            made[0].id: [[{"schema": scheme["name"], "name": "selection"}, letter]],
            made[1].id: [[{"schema": "other", "name": "selection"}, "A"]],  # seen, not answered
        },
        "ben": {made[0].id: {scheme["name"]: {"selection": "tie"}}},
    }
    for name, labels in states.items():
        (output / name).mkdir(parents=True)
        state = {"user_id": name, "instance_id_to_label_to_value": labels}
        (output / name / "user_state.json").write_text(json.dumps(state))
    stated = potato.read_annotations(output, shown_by(store))
    assert [(one.annotator, one.choice, one.origin) for one in stated] == [
        ("ann", Choice.CHOSEN, "potato"),
        ("ben", Choice.EQUAL, "potato"),
    ]
    assert (
        potato.read_annotations(output / "ann" / "user_state.json", shown_by(store)) == stated[:1]
    )
    exported = tmp_path / "annotations.jsonl"
    labels = {scheme["name"]: {"selection": letter}}
    exported.write_text(
        json.dumps({"instance_id": made[0].id, "user_id": "ann", "labels": labels, "spans": {}})
        + "\n"
    )
    assert potato.read_annotations(exported, shown_by(store)) == stated[:1]


def test_what_a_model_wrote_is_text_in_other_tools_too(tmp_path):
    pairs = PairSet(
        name="x",
        version="1",
        pairs=[pair(1, prompt=HOSTILE, chosen=HOSTILE + "x" * 10**6, rejected=HOSTILE)],
    )
    with opened(tmp_path / "r.sqlite", pairs) as store:
        made = tasks(pairs.pairs, store)
        for tool in (label_studio, potato):
            text = tool.write_tasks(made, tmp_path / tool.ORIGIN)[0].read_text("utf-8")
            assert not any(hidden in text for hidden in "\x1b\x00\u202e")
            assert len(text) < 10**6
            if tool is potato:  # its pages take texts as HTML
                assert "<" not in text
                assert "&lt;script&gt;" in text


def test_sides_that_answer_different_prompts_are_shown_with_their_own(tmp_path):
    pairs = PairSet(name="x", version="1", pairs=[pair(1, rejected_prompt="Another question.")])
    with opened(tmp_path / "r.sqlite", pairs) as store:
        (task,) = tasks(pairs.pairs, store)
        assert (
            shown_by(store)[task.id].choice(
                "first" if task.first.startswith("Statement") else "second"
            )
            is Choice.CHOSEN
        )
    assert {task.first.split("\n")[0], task.second.split("\n")[0]} == {
        "Statement of problem 1.",
        "Another question.",
    }


@pytest.mark.parametrize(
    "case",
    [
        (label_studio, "x.json", "{}", "expected a list"),
        (label_studio, "x.json", '[{"task": "y", "better": "first"}]', "export the project as JSON"),
        (label_studio, "x.json", '[{"data": {"task": "zz"}, "annotations": []}]', "does not belong to this review"),
        (label_studio, "x.json", "ANNOTATED {}", "chose"),
        (label_studio, "x.json", 'ANNOTATED {"choices": ["first is better", "no difference"]}', "chose"),
        (label_studio, "x.json", 'ANNOTATED {"choices": ["maybe"]}', "chose"),
        (potato, "user_state.json", "[]", "not the format in which potato keeps"),
        (potato, "user_state.json", '{"user_id": "a"}', "not the format in which potato keeps"),
        (potato, "user_state.json", '{"instance_id_to_label_to_value": {}}', "without its annotator's name"),
        (potato, "x.jsonl", '{"instance_id": "zz", "user_id": "a", "labels": {}}', "does not belong to this review"),
        (potato, "x.jsonl", '{"instance_id": "TASK", "user_id": "a", "labels": [1]}', "no pairs of a label"),
        (potato, "x.jsonl", '{"instance_id": "TASK", "user_id": "a", "labels": 1}', "neither a list nor"),
        (potato, "x.jsonl", '{"instance_id": "TASK", "user_id": "a", "labels": {"better": {"selection": "C"}}}', "not A, B or tie"),
        (potato, "x.jsonl", "{", "not valid JSON"),
    ],
)  # fmt: skip
def test_what_is_no_export_of_ours_is_refused_with_the_file_named(store, tmp_path, case):
    tool, name, content, why = case
    task = tasks(PAIRS.pairs, store)[0]
    if content.startswith("ANNOTATED"):
        content = json.dumps([annotated(task, (1, json.loads(content.removeprefix("ANNOTATED"))))])
    path = tmp_path / name
    path.write_text(content.replace("TASK", task.id))
    with pytest.raises(BadInputError, match=why) as caught:
        tool.read_annotations(path, shown_by(store))
    assert str(path) in str(caught.value)


def test_a_file_or_folder_that_is_not_there_or_of_another_kind_is_said(store, tmp_path):
    shown = shown_by(store)
    for tool in (label_studio, potato):
        with pytest.raises(DataUnavailableError):
            tool.read_annotations(tmp_path / "none.json", shown)
        with pytest.raises(BadInputError, match=r"output folder|it is a folder"):
            tool.read_annotations(tmp_path, shown)
