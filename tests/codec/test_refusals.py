"""What is no record: refused in writing and in reading, with one sentence that says why."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import json
import math

import pytest
from coded import PROBLEM, RUN, more
from hypothesis import given, strategies as st
from strategies import texts

from lcbrb import codec
from lcbrb.errors import BadInputError, UsageError
from lcbrb.json_text import parse_json
from lcbrb.types import AnswerCheck, Limits, Problem, RunRecord, Status, Verdict

# ----------------------------------------------------------------------------- what writing refuses

NOT_JSON = [math.nan, math.inf, -math.inf, "\ud800", "a\udfff"]


@pytest.mark.parametrize("value", NOT_JSON, ids=ascii)
@pytest.mark.parametrize("place", ["field", "config", "deep in config"])
def test_what_json_cannot_say_is_not_written(value, place):
    if place == "field":
        name = "subject" if isinstance(value, str) else "wall_s"
        record = dataclasses.replace(RUN, **{name: value})
    else:
        config = {"a": value} if place == "config" else {"a": [1, {"b": (value,)}]}
        record = dataclasses.replace(RUN, config=config)
    with pytest.raises(UsageError, match="RunRecord can't be written"):
        codec.encode(record)


@pytest.mark.parametrize(
    "record",
    [
        Verdict(status="passed"),
        AnswerCheck(gold=42),
        dataclasses.replace(RUN, notes=["a list"]),
        dataclasses.replace(RUN, seed=1.5),
        dataclasses.replace(RUN, config={"model": object()}),
        dataclasses.replace(PROBLEM, check=Limits()),
    ],
    ids=["enum", "str", "tuple", "int", "json", "union"],
)
def test_a_record_that_could_not_be_read_back_is_not_written(record):
    with pytest.raises(UsageError, match=f"{type(record).__name__} can't be written"):
        codec.encode(record)


# ----------------------------------------------------------------------------- what reading refuses


def _without(data, *names):
    return {name: value for name, value in data.items() if name not in names}


PROBLEM_DATA = codec.to_dict(PROBLEM)
LIMITS = PROBLEM_DATA["limits"]
REFUSED = {
    "an unknown field": ({**PROBLEM_DATA, "colour": "red"}, "colour"),
    "an unknown field inside": ({**PROBLEM_DATA, "limits": {**LIMITS, "gpu_s": 1}}, "limits.gpu_s"),
    "a missing field": (_without(PROBLEM_DATA, "prompt"), "prompt: .*required"),
    "a number for a text": ({**PROBLEM_DATA, "id": 7}, "id: .*string"),
    "a text for a number": ({**PROBLEM_DATA, "limits": {**LIMITS, "cpu_s": "6"}}, "limits.cpu_s"),
    "a fraction for a whole number": (
        {**PROBLEM_DATA, "limits": {**LIMITS, "memory_mib": 512.0}},
        "limits.memory_mib: .*integer",
    ),
    "true for a whole number": (
        {**PROBLEM_DATA, "limits": {**LIMITS, "processes": True}},
        "limits.processes: .*integer",
    ),
    "true for a fraction": ({**PROBLEM_DATA, "limits": {**LIMITS, "cpu_s": True}}, "limits.cpu_s"),
    "null for a text": ({**PROBLEM_DATA, "source": None}, "source: .*string"),
    "a time for a date": ({**PROBLEM_DATA, "released": "2024-02-29T10:00:00"}, "released"),
    "seconds for a date": ({**PROBLEM_DATA, "released": 1_700_006_400}, "released"),
    "a date that never was": ({**PROBLEM_DATA, "released": "2023-02-29"}, "released"),
    "half of a surrogate pair": (
        {**PROBLEM_DATA, "prompt": "\ud800"},
        "not a valid Problem: .*surrog",
    ),
    "a list": ([PROBLEM_DATA], r"expected an object \(Problem\), found list"),
    "nothing": (None, "expected an object"),
    "no version": (_without(PROBLEM_DATA, "schema_version"), "no schema_version"),
    "a version in words": ({**PROBLEM_DATA, "schema_version": "1"}, "no schema_version"),
    "true for a version": ({**PROBLEM_DATA, "schema_version": True}, "no schema_version"),
    "version nought": ({**PROBLEM_DATA, "schema_version": 0}, "no schema_version"),
}


@pytest.mark.parametrize(("data", "message"), REFUSED.values(), ids=REFUSED)
def test_reading_is_strict_and_says_what_is_wrong(data, message):
    with pytest.raises(UsageError, match=message):
        codec.from_dict(Problem, data)
    with pytest.raises(UsageError, match=message):
        codec.decode(Problem, json.dumps(data))


def test_a_name_that_is_no_status_is_refused():
    data = {**codec.to_dict(Verdict(status=Status.PASSED)), "status": "PASSED"}
    with pytest.raises(UsageError, match=r"status: .*'passed'"):
        codec.from_dict(Verdict, data)


def test_a_newer_schema_is_refused_with_the_way_out():
    newer = {**PROBLEM_DATA, "schema_version": 2, "a field of tomorrow": 1}
    with pytest.raises(
        UsageError, match=r"Problem has schema version 2, .* reads only up to 1: upgrade lcbrb"
    ):
        codec.from_dict(Problem, newer)


def test_more_than_one_fault_is_counted():
    data = {**PROBLEM_DATA, "id": 7, "source": 8, "prompt": 9}
    with pytest.raises(UsageError, match=r"id: .* \(and 2 more\)"):
        codec.from_dict(Problem, data)


def test_reading_leaves_the_callers_data_alone():
    data = copy.deepcopy(PROBLEM_DATA)
    codec.from_dict(Problem, data)
    assert data == PROBLEM_DATA


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("NaN", "NaN"),
        ('{"a": [Infinity]}', "Infinity"),
        ("-Infinity", "-Infinity"),
        ("1e999", "1e999"),
        ("[-1.5e400]", "-1.5e400"),
        ("1" * 5000, "not usable JSON .*digits"),
        ("[" * 100_000, "nested too deeply"),
        ("", "Expecting value at column 1"),
        ('{"a": 1', "column 8"),
        ('{"a": 1}\n{', "Extra data at line 2, column 1"),
        ("{'a': 1}", "column 2"),
        ('"a\nb"', "control character"),
        ('[{"a": {"b": 1, "c": 2, "b": 1}}]', "has the key 'b' twice"),
    ],
    ids=lambda value: value[:20],
)
def test_text_that_is_not_json_is_refused_with_the_place(text, message):
    with pytest.raises(UsageError, match=message):
        parse_json(text)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_record_file_with_nan_or_an_infinity_is_refused(tmp_path, value):
    path = tmp_path / "record.json"
    path.write_text(codec.encode_pretty(RUN).replace('"config": {}', f'"config": {{"x": {value}}}'))
    with pytest.raises(BadInputError, match=value):
        codec.read_record(RunRecord, path)
    path.write_text(codec.encode(RUN).replace('"wall_s": 1.5', f'"wall_s": {value}'))
    with pytest.raises(BadInputError, match=value):
        codec.read_records(RunRecord, path)


@pytest.mark.parametrize("depth", [150, 250, 900, 990])
def test_deep_nesting_is_read_or_refused_but_no_crash(depth):
    text = codec.encode(RUN).replace(
        '"config": {}', '"config": {"a": ' + "[" * depth + "]" * depth + "}"
    )
    try:
        record = codec.decode(RunRecord, text)
    except UsageError:
        assert depth > 150
    else:
        assert codec.decode(RunRecord, codec.encode(record)) == record


@more
@given(st.text(max_size=40) | st.text('{}[]":,0123456789.eE+-ntf \\u', max_size=40))
def test_no_text_at_all_makes_reading_fail_other_than_by_its_own_error(text):
    with contextlib.suppress(UsageError):
        codec.decode(AnswerCheck, text)


@more
@given(texts, st.integers(0, 60), st.text(max_size=2))
def test_a_damaged_line_is_read_or_refused_but_no_crash(gold, place, damage):
    line = codec.encode(AnswerCheck(gold=gold))
    with contextlib.suppress(UsageError):
        codec.decode(AnswerCheck, line[:place] + damage + line[place + 1 :])
