"""Records to text and back: what round-trips, what is refused and how, and files written whole."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import errno
import gzip
import json
import math
import os
import stat

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lcbrb import codec
from lcbrb.errors import BadInputError, DataUnavailableError, UsageError
from lcbrb.types import (
    AnswerCheck,
    CodeCheck,
    Estimate,
    Limits,
    Problem,
    RunRecord,
    Status,
    TestCase,
    TestKind,
    Verdict,
)
from strategies import AWKWARD, RECORD_TYPES, any_record, records, texts

some = settings(deadline=None, max_examples=25)
more = settings(deadline=None, max_examples=60)

ANSWER = AnswerCheck(gold="42")
ANSWER_LINE = '{"schema_version": 1, "gold": "42"}'
PROBLEM = Problem(
    id="p1",
    source="tests",
    prompt="Add, é.",
    check=CodeCheck(tests=(TestCase(kind=TestKind.STDIN, input="1 2\n", expected="3"),)),
    released=dt.date(2024, 2, 29),
)
RUN = RunRecord(
    kind="k",
    run_id="r",
    subject="s",
    benchmark="b",
    dataset_sha256="",
    estimates={},
    counts={"pairs": 3},
    started_at=dt.datetime(2026, 11, 23, 5, 0, 0, tzinfo=dt.UTC),
    wall_s=1.5,
)


def temporary_files(folder):
    return [path.name for path in folder.iterdir() if path.name.endswith(".tmp")]


# ------------------------------------------------------------------------------- round trips


@pytest.mark.parametrize("cls", RECORD_TYPES, ids=lambda cls: cls.__name__)
def test_any_record_comes_back_from_its_line_as_it_was(cls):
    @some
    @given(records(cls))
    def check(record):
        line = codec.encode(record)
        assert "\n" not in line
        assert codec.decode(cls, line) == record
        assert codec.encode(codec.decode(cls, line)) == line

    check()


@more
@given(any_record)
def test_the_pretty_form_says_the_same(record):
    pretty = codec.encode_pretty(record)
    assert pretty.endswith("\n")
    assert json.loads(pretty) == json.loads(codec.encode(record)) == codec.to_dict(record)


@some
@given(st.lists(any_record, min_size=1, max_size=4), st.booleans(), st.booleans())
def test_records_come_back_from_a_file_whatever_its_line_ends_and_bom(
    tmp_path_factory, drawn, windows, packed
):
    cls = type(drawn[0])
    expected = [record for record in drawn if type(record) is cls]
    path = tmp_path_factory.getbasetemp() / "records.jsonl"
    codec.write_records(path, expected)
    assert codec.read_records(cls, path) == expected
    raw = path.read_bytes()
    if windows:
        raw = b"\xef\xbb\xbf" + raw.replace(b"\n", b"\r\n") + b"\r\n \n"
    path.write_bytes(gzip.compress(raw, mtime=0) if packed else raw)
    assert codec.read_records(cls, path) == expected


def test_a_line_begins_with_its_version_and_is_written_in_plain_letters():
    assert codec.encode(ANSWER) == ANSWER_LINE
    line = codec.encode(PROBLEM)
    assert line.startswith(
        '{"schema_version": 1, "id": "p1", "source": "tests", "prompt": "Add, é."'
    )
    assert '"released": "2024-02-29"' in line
    assert '"kind": "stdin"' in line
    assert '"started_at": "2026-11-23T05:00:00Z"' in codec.encode(RUN)


def test_a_whole_number_in_a_field_for_fractions_is_written_as_one():
    whole, fraction = Limits(cpu_s=6), Limits(cpu_s=6.0)
    assert codec.encode(whole) == codec.encode(fraction)


def test_lines_are_split_at_line_feeds_alone(tmp_path):
    odd = [AnswerCheck(gold=text) for text in AWKWARD]
    codec.write_records(tmp_path / "odd.jsonl", odd)
    assert codec.read_records(AnswerCheck, tmp_path / "odd.jsonl") == odd


# ------------------------------------------------------------------- what writing refuses

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


# ------------------------------------------------------------------- what reading refuses


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
    with pytest.raises(UsageError, match=r"Problem of schema 2, .* reads up to 1: upgrade lcbrb"):
        codec.from_dict(Problem, newer)


def test_more_than_one_fault_is_counted():
    data = {**PROBLEM_DATA, "id": 7, "source": 8, "prompt": 9}
    with pytest.raises(UsageError, match=r"id: .* \(and 2 more\)"):
        codec.from_dict(Problem, data)


def test_reading_leaves_the_callers_data_alone():
    data = dict(PROBLEM_DATA)
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
    ],
    ids=lambda value: value[:20],
)
def test_text_that_is_not_json_is_refused_with_the_place(text, message):
    with pytest.raises(UsageError, match=message):
        codec.parse_json(text)


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


# ------------------------------------------------------------------------- naming the line


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ('{"schema_version": 1, "gold": ', "not valid JSON"),
        ('{"schema_version": 1, "gold": NaN}', "NaN"),
        ('{"schema_version": 1, "gold": 42}', "gold"),
        ('{"schema_version": 1, "gold": "42", "x": 1}', "x: "),
        ('{"schema_version": 2, "gold": "42"}', "upgrade"),
        ('{"gold": "42"}', "schema_version"),
        ("[]", "expected an object"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_a_bad_line_is_named_with_its_file_and_number(tmp_path, bad, message, packed):
    path = tmp_path / "answers.jsonl"
    raw = f"{ANSWER_LINE}\n\n{ANSWER_LINE}\r\n{bad}\n{ANSWER_LINE}\n".encode()
    path.write_bytes(gzip.compress(raw) if packed else raw)
    with pytest.raises(BadInputError, match=message) as caught:
        codec.read_records(AnswerCheck, path)
    assert str(caught.value).startswith(f"{path}, line 4: ")
    assert caught.value.line == 4


def test_lines_before_a_bad_one_are_given_first(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"a": 1}\n\n[2]\noops\n')
    rows = codec.read_json_lines(path)
    assert [next(rows), next(rows)] == [(1, {"a": 1}), (3, [2])]
    with pytest.raises(BadInputError, match="line 4"):
        next(rows)


def test_a_bad_record_file_is_named_with_the_line_of_the_fault(tmp_path):
    path = tmp_path / "record.json"
    path.write_text(codec.encode_pretty(RUN).replace('"kind": "k",', '"kind" "k",'))
    with pytest.raises(BadInputError, match=r"record\.json: not valid JSON .* line 3, column"):
        codec.read_record(RunRecord, path)


# -------------------------------------------------------------------------- reading files


def test_a_record_file_comes_back(tmp_path):
    codec.write_text(tmp_path / "record.json", codec.encode_pretty(RUN))
    assert codec.read_record(RunRecord, tmp_path / "record.json") == RUN


@pytest.mark.parametrize("name", ["missing.jsonl", "."])
def test_a_file_that_is_not_there_or_is_a_folder_is_named(tmp_path, name):
    path = tmp_path / name
    with pytest.raises(DataUnavailableError, match=str(path)):
        codec.read_text(path)


def test_gzip_is_told_by_the_bytes_and_not_by_the_name(tmp_path):
    (tmp_path / "packed.jsonl").write_bytes(gzip.compress("é\n".encode()))
    (tmp_path / "plain.jsonl.gz").write_text("é\n", encoding="utf-8")
    assert codec.read_text(tmp_path / "packed.jsonl") == "é\n"
    assert codec.read_text(tmp_path / "plain.jsonl.gz") == "é\n"


def test_a_gzip_file_cut_off_anywhere_is_refused(tmp_path):
    path = tmp_path / "cut.gz"
    packed = gzip.compress(ANSWER_LINE.encode() * 3, mtime=0)
    for end in range(2, len(packed)):
        path.write_bytes(packed[:end])
        with pytest.raises(BadInputError, match=r"cut\.gz: the gzip data is broken"):
            codec.read_text(path)


def test_a_gzip_file_with_a_damaged_byte_is_refused_or_reads_the_same(tmp_path):
    path = tmp_path / "damaged.gz"
    packed = gzip.compress(ANSWER_LINE.encode(), mtime=0)
    refused = 0
    for place in range(2, len(packed)):
        path.write_bytes(packed[:place] + bytes([packed[place] ^ 0x41]) + packed[place + 1 :])
        try:
            assert codec.read_text(path) == ANSWER_LINE  # a byte of the header that says nothing
        except BadInputError:
            refused += 1
    assert refused > len(packed) - 10


@pytest.mark.parametrize("raw", [b"abc\xff", "Größe".encode("latin-1"), b"\xed\xa0\x80"])
def test_text_that_is_not_utf8_is_refused_with_the_place(tmp_path, raw):
    (tmp_path / "latin.txt").write_bytes(raw)
    with pytest.raises(BadInputError, match=r"latin\.txt: not UTF-8 text \(.* at byte \d"):
        codec.read_text(tmp_path / "latin.txt")


def test_a_bom_is_no_part_of_the_text_but_only_at_its_beginning(tmp_path):
    (tmp_path / "bom.txt").write_bytes(b"\xef\xbb\xbfa\xef\xbb\xbf")
    assert codec.read_text(tmp_path / "bom.txt") == "a\ufeff"


# ----------------------------------------------------------------------- whole or not at all


def _broken_fsync(_):
    raise OSError(errno.ENOSPC, "No space left on device")


def _killed(_):
    raise KeyboardInterrupt


@pytest.mark.parametrize("failure", [_broken_fsync, _killed])
def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path, monkeypatch, failure):
    path = tmp_path / "record.json"
    codec.write_text(path, "old")
    monkeypatch.setattr(os, "fsync", failure)
    with pytest.raises((OSError, KeyboardInterrupt)):
        codec.write_text(path, "new and longer")
    assert path.read_text() == "old"
    assert [file.name for file in tmp_path.iterdir()] == ["record.json"]


def test_text_that_cannot_be_encoded_leaves_the_old_file_and_no_other(tmp_path):
    path = tmp_path / "record.json"
    codec.write_text(path, "old")
    with pytest.raises(UnicodeEncodeError):
        codec.write_text(path, "new \ud800")
    assert path.read_text() == "old"
    assert temporary_files(tmp_path) == []


def test_a_target_that_cannot_be_replaced_leaves_no_temporary_file(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        codec.write_text(tmp_path / "folder", "text")
    assert temporary_files(tmp_path) == []


def test_a_bad_record_among_many_leaves_the_old_file(tmp_path):
    path = tmp_path / "answers.jsonl"
    codec.write_records(path, [ANSWER])
    with pytest.raises(UsageError):
        codec.write_records(path, [ANSWER, ANSWER, AnswerCheck(gold="\udc00")])
    assert codec.read_records(AnswerCheck, path) == [ANSWER]
    assert temporary_files(tmp_path) == []


def test_the_old_text_is_there_until_the_new_one_is_on_disk(tmp_path, monkeypatch):
    path = tmp_path / "record.json"
    codec.write_text(path, "old")
    seen = []
    sync = os.fsync
    monkeypatch.setattr(os, "fsync", lambda number: (seen.append(path.read_text()), sync(number)))
    codec.write_text(path, "new")
    assert seen == ["old", "new"]  # the file is synced before it takes its place, the folder after
    assert path.read_text() == "new"


def test_folders_are_made_and_the_umask_is_kept_to(tmp_path):
    path = tmp_path / "a" / "b" / "file.txt"
    before = os.umask(0o027)
    try:
        codec.write_text(path, "a\r\nb\n")
    finally:
        os.umask(before)
    assert path.read_bytes() == b"a\r\nb\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


# ------------------------------------------------------------------------------------ hashes


def test_hashes_are_those_that_were_published():
    """Run records and pair ids in the world hold these: a change here breaks every resume."""
    assert codec.sha256_text("é") == (
        "4a99557e4033c3539de2eb65472017cad5f9557f7a0625a09f1c3f6e2ba69c4c"
    )
    case = TestCase(kind=TestKind.STDIN, input="1 2\n", expected="é")
    assert codec.sha256_records([ANSWER, case]) == (
        "75638e552ae39db443ee4edcc24a75a3159b21e79a08af63a4f15f5eff0e1c37"
    )


@more
@given(st.lists(any_record, max_size=4), st.randoms(use_true_random=False))
def test_the_hash_of_records_tells_their_order_and_nothing_else(drawn, rng):
    shuffled = drawn[:]
    rng.shuffle(shuffled)
    lines = [codec.encode(record) for record in drawn]
    same = [codec.encode(record) for record in shuffled] == lines
    assert (codec.sha256_records(iter(shuffled)) == codec.sha256_records(drawn)) == same
    assert codec.sha256_records([*drawn, ANSWER]) != codec.sha256_records(drawn)


@more
@given(any_record)
def test_a_record_read_back_hashes_as_it_did_before(record):
    again = codec.decode(type(record), codec.encode(record))
    assert codec.sha256_records([again]) == codec.sha256_records([record])


def test_a_file_hashes_as_its_text_does(tmp_path):
    codec.write_records(tmp_path / "answers.jsonl", [ANSWER, ANSWER])
    text = f"{ANSWER_LINE}\n" * 2
    assert codec.sha256_file(tmp_path / "answers.jsonl") == codec.sha256_text(text)
    assert codec.sha256_records([ANSWER, ANSWER]) == codec.sha256_text(text)


def test_estimates_without_an_interval_keep_saying_so():
    bare = Estimate(value=0.5, low=None, high=None, n=1, clusters=1, level=0.95, method="none")
    assert '"low": null, "high": null' in codec.encode(bare)
    assert codec.decode(Estimate, codec.encode(bare)) == bare
