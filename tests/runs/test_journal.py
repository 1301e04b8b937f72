"""Files that grow by whole records: torn lines, killed writers, and going on afterwards."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time

import pytest
from hypothesis import given, settings, strategies as st
from strategies import records

from lcbrb.codec import encode, read_records
from lcbrb.errors import UsageError
from lcbrb.runs.journal import Appender, cut_torn_line
from lcbrb.types import AnswerCheck, ScoredPair

some = settings(max_examples=40)

WRITER = """
import os, sys
from pathlib import Path
from lcbrb.codec import read_records
from lcbrb.runs.journal import Appender
from lcbrb.types import AnswerCheck

path = Path(sys.argv[1])
with Appender(path) as journal:
    number = len(read_records(AnswerCheck, path))
    while True:
        size = 10 if number % 4 else 4_000_000  # a long line takes the kernel long enough to tear
        journal.append(AnswerCheck(gold=f"{number}:" + "x" * size))
        os.write(1, b"%d\\n" % number)
        number += 1
"""


def numbers_in(path):
    return [int(record.gold.partition(":")[0]) for record in read_records(AnswerCheck, path)]


def append(path, *answers):
    with Appender(path) as journal:
        for answer in answers:
            journal.append(AnswerCheck(gold=answer))


@some
@given(st.lists(records(ScoredPair), max_size=5), st.lists(records(ScoredPair), max_size=5))
def test_what_is_appended_in_several_goes_is_read_in_order(tmp_path_factory, first, second):
    path = tmp_path_factory.mktemp("run") / "made" / "scores.jsonl"
    for part in (first, second):
        with Appender(path) as journal:
            for record in part:
                journal.append(record)
    assert read_records(ScoredPair, path) == first + second


def test_a_record_can_be_read_as_soon_as_append_returns(tmp_path):
    path = tmp_path / "answers.jsonl"
    with Appender(path) as journal:
        for number in range(3):
            journal.append(AnswerCheck(gold=str(number)))
            assert numbers_in(path) == list(range(number + 1))


def test_a_file_cut_anywhere_keeps_its_whole_lines_and_grows_on(tmp_path):
    whole = "".join(encode(AnswerCheck(gold=f"{n}: é")) + "\n" for n in range(3)).encode()
    path = tmp_path / "answers.jsonl"
    for end in range(len(whole) + 1):
        path.write_bytes(whole[:end])
        complete = whole[:end].count(b"\n")
        append(path, "7")
        assert numbers_in(path) == [*range(complete), 7]


@pytest.mark.parametrize("torn", [65_535, 65_536, 65_537, 200_000])
@pytest.mark.parametrize("kept", [b"", b"{}\n", b"{}\n" * 50_000])
def test_a_long_torn_line_is_cut_off_whole(tmp_path, kept, torn):
    path = tmp_path / "long.jsonl"
    path.write_bytes(kept + b"x" * torn)
    assert cut_torn_line(path)
    assert path.read_bytes() == kept
    assert not cut_torn_line(path)
    assert path.read_bytes() == kept


def test_nothing_is_cut_where_nothing_is(tmp_path):
    assert not cut_torn_line(tmp_path / "missing.jsonl")
    assert list(tmp_path.iterdir()) == []


def test_a_record_that_cannot_be_written_leaves_no_trace(tmp_path):
    path = tmp_path / "answers.jsonl"
    with Appender(path) as journal:
        journal.append(AnswerCheck(gold="0"))
        with pytest.raises(UsageError):
            journal.append(AnswerCheck(gold="\ud800"))
        journal.append(AnswerCheck(gold="1"))
    assert numbers_in(path) == [0, 1]


def test_a_write_of_which_the_kernel_takes_a_part_is_carried_on(tmp_path):
    class Grudging:
        closed = True

        def __init__(self):
            self.taken = b""

        def write(self, data):
            self.taken += bytes(data[:3])
            return len(data[:3])

    journal = Appender(tmp_path / "answers.jsonl")
    journal.close()
    journal._file = Grudging()
    journal.append(AnswerCheck(gold="é" * 10))
    assert journal._file.taken.decode() == encode(AnswerCheck(gold="é" * 10)) + "\n"


def test_closing_brings_what_was_written_to_the_disk(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(os, "fsync", lambda number: synced.append(os.fstat(number).st_size))
    path = tmp_path / "answers.jsonl"
    append(path, "0")
    assert synced == [path.stat().st_size]


def test_closing_twice_is_closing_once(tmp_path):
    with Appender(tmp_path / "answers.jsonl") as journal:
        journal.close()
    journal.close()
    with pytest.raises(ValueError, match="closed"):
        journal.append(AnswerCheck(gold="0"))


def at_random(path):
    time.sleep(random.uniform(0, 0.05))  # each run of the tests tries other moments


def in_mid_line(path):
    """Wait until a long line has begun to reach the file; a kill now mostly tears it."""
    size, give_up = path.stat().st_size, time.monotonic() + 10
    while path.stat().st_size < size + 100_000 and time.monotonic() < give_up:
        pass


@pytest.mark.slow
def test_a_writer_killed_at_any_moment_loses_nothing_that_it_was_told_is_kept(tmp_path):
    path = tmp_path / "answers.jsonl"
    kept = 0
    for moment in (at_random, in_mid_line, in_mid_line, at_random):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, bufsize=0
        )
        with writer:
            first = writer.stdout.readline()
            moment(path)
            writer.kill()
            acknowledged = (first + writer.stdout.read()).split()
        assert int(acknowledged[0]) == kept  # it went on where the one before it was killed

        cut_torn_line(path)
        numbers = numbers_in(path)
        assert numbers == list(range(len(numbers)))
        assert len(numbers) - 1 in {int(acknowledged[-1]), int(acknowledged[-1]) + 1}
        kept = len(numbers)

    append(path, f"{kept}: by another process")
    assert numbers_in(path) == list(range(kept + 1))
