"""Files read: a fault is named with its file and line; gzip, UTF-8 and byte order marks."""

from __future__ import annotations

import gzip

import pytest
from coded import ANSWER_LINE, RUN

from lcbrb import codec
from lcbrb.errors import BadInputError, DataUnavailableError
from lcbrb.types import AnswerCheck, RunRecord

# ---------------------------------------------------------------------------------- naming the line


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


# ------------------------------------------------------------------------------------ reading files


def test_a_record_file_comes_back(tmp_path):
    codec.write_text(tmp_path / "record.json", codec.encode_pretty(RUN))
    assert codec.read_record(RunRecord, tmp_path / "record.json") == RUN


def test_a_file_that_is_not_there_is_named(tmp_path):
    path = tmp_path / "missing.jsonl"
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
