"""The quick reader takes nothing that the strict one refuses, and reads it as that one does."""

import json

import pytest
from hypothesis import given, settings, strategies as st
from strategies import RECORD_TYPES, records

from lcbrb import codec, quick_rows
from lcbrb.errors import BadInputError, UsageError
from lcbrb.quick_rows import as_records, quick_reader
from lcbrb.runs.results import each_row
from lcbrb.types import (
    Completion,
    PreferencePair,
    RunRecord,
    SampleVerdict,
    ScoredPair,
    Status,
    Verdict,
)

pytest.importorskip("msgspec", reason="the quick reader needs msgspec: pip install msgspec")

READ_QUICKLY = [cls for cls in RECORD_TYPES if quick_reader(cls)]
ROW = SampleVerdict(
    problem_id="p: 1",
    policy_id="m",
    sample_index=0,
    status=Status.PASSED,
    verdict=Verdict(status=Status.PASSED, cpu_s=0.25, detail='says "a": b\n'),
)
LINE = codec.encode(ROW)


def strictly(cls, block):
    """What the strict reader makes of lines; None where it refuses one."""
    try:
        return [codec.decode(cls, line) for line in block.decode().removesuffix("\n").split("\n")]
    except (UsageError, UnicodeDecodeError):
        return None


def agree(cls, block):
    """Hold one reader against the other; True where the quick one took the lines."""
    rows = quick_reader(cls).rows(block)
    if rows is not None:
        assert as_records(cls, rows) == strictly(cls, block)
    return rows is not None


def test_the_records_that_runs_hold_by_the_thousand_are_read_quickly():
    assert {SampleVerdict, ScoredPair, Completion, PreferencePair} <= set(READ_QUICKLY)
    assert RunRecord not in READ_QUICKLY  # it upgrades what is older


@settings(max_examples=60)
@given(data=st.data())
def test_what_lcbrb_wrote_is_read_quickly_and_alike(data):
    cls = data.draw(st.sampled_from(READ_QUICKLY))
    rows = data.draw(st.lists(records(cls), min_size=1, max_size=3))
    block = "".join(codec.encode(row) + "\n" for row in rows).encode()
    assert strictly(cls, block) == rows
    assert agree(cls, block)


#: what a hand, another program or a broken disk makes of a line
PIECES = [
    *('"', ":", ",", "{", "}", "[", "]", "\n", "\\", " ", "0", "1", "-", ".", "e9", "é", "\ufeff"),
    *("null", "true", "NaN", "1e999", "\\u003a", "\\ud800", '"status": "passed", ', '"row": 1, '),
    *('"row" : 1, ', '"detail": "x", ', '"detail": "a:b", ', LINE, LINE + "\n", "\n\n", "\r", "\0"),
]


@settings(max_examples=200)
@given(
    at=st.integers(0, len(LINE) - 1),
    cut=st.integers(0, 12),
    piece=st.sampled_from(PIECES),
    lines=st.integers(1, 2),
)
def test_a_line_that_was_changed_is_taken_by_both_or_left_to_the_strict_reader(
    at, cut, piece, lines
):
    changed = LINE[:at] + piece + LINE[at + cut :]
    agree(SampleVerdict, ((LINE + "\n") * (lines - 1) + changed + "\n").encode())


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line.replace('"status"', '"row": null, "status"', 1),  # said twice
        lambda line: line.replace('"row": null', '"row" : 1, "row": null'),
        lambda line: line.replace('"cpu_s": 0.25', '"cpu_s": 0.25, "cpu_s": 0.5'),
        # a colon that is hidden in one place makes no room for a name said twice
        lambda line: line.replace("p: 1", "p\\u003a 1").replace('"row"', '"row": 1, "row"'),
        lambda line: line.replace('"row"', '"file": ":", "row"'),
        lambda line: line.replace('"row"', '"more": 1, "row"'),
        lambda line: line.replace('"sample_index": 0', '"sample_index": 0.0'),
        lambda line: line.replace('"sample_index": 0', '"sample_index": true'),
        lambda line: line.replace("0.25", "NaN"),
        lambda line: line.replace("0.25", "1e999"),
        lambda line: line.replace('"schema_version": 1', '"schema_version": 2'),
        lambda line: line.replace('"schema_version": 1, ', ""),
        lambda line: line + line + "\n",  # two rows in a line, and an empty one
        lambda line: line + " \n",
        lambda line: line.replace("null, ", "null,\n", 1) + line,
    ],
)
def test_what_the_strict_reader_refuses_is_left_to_it(change):
    block = (change(LINE) + "\n").encode()
    assert strictly(SampleVerdict, block) is None
    assert quick_reader(SampleVerdict).rows(block) is None


def test_a_row_has_the_fields_and_the_key_of_its_record():
    (row,) = quick_reader(SampleVerdict).rows(LINE.encode())
    assert not isinstance(row, SampleVerdict)
    assert (row.key, row.verdict.detail, row.status) == (ROW.key, ROW.verdict.detail, ROW.status)
    assert row.status is Status.PASSED
    assert as_records(SampleVerdict, [row, ROW]) == [ROW, ROW]


def test_a_bad_line_among_thousands_is_named_and_good_ones_of_older_writers_are_taken(tmp_path):
    older = json.dumps({name: value for name, value in json.loads(LINE).items() if name != "row"})
    lines = [LINE] * 2000
    lines[1500] = older
    (tmp_path / "samples.jsonl").write_text("".join(f"{line}\n" for line in lines) + LINE[:-9])
    assert list(each_row(SampleVerdict, tmp_path, "samples.jsonl")) == [ROW] * 2000
    lines[1700] = LINE.replace('"row"', '"row": null, "row"')
    (tmp_path / "samples.jsonl").write_text("\n".join(lines))
    with pytest.raises(
        BadInputError, match=r"line 1701: not usable JSON .*has the key 'row' twice"
    ):
        list(each_row(SampleVerdict, tmp_path, "samples.jsonl"))


def test_without_msgspec_the_strict_reader_reads_everything(tmp_path, monkeypatch):
    monkeypatch.setattr(quick_rows, "msgspec", None)
    monkeypatch.setattr(quick_rows, "_READERS", {})
    (tmp_path / "samples.jsonl").write_text(LINE + "\n")
    assert list(each_row(SampleVerdict, tmp_path, "samples.jsonl")) == [ROW]
    assert quick_reader(SampleVerdict) is None
