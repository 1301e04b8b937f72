"""Records to text and back: nothing is lost, and what the text looks like."""

from __future__ import annotations

import gzip
import json

import pytest
from coded import ANSWER, ANSWER_LINE, PROBLEM, RUN, more, some
from hypothesis import given, strategies as st
from strategies import AWKWARD, RECORD_TYPES, any_record, records

from lcbrb import codec
from lcbrb.types import AnswerCheck, Estimate, Limits


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


def test_estimates_without_an_interval_keep_saying_so():
    bare = Estimate(value=0.5, low=None, high=None, n=1, clusters=1, level=0.95, method="none")
    assert '"low": null, "high": null' in codec.encode(bare)
    assert codec.decode(Estimate, codec.encode(bare)) == bare
