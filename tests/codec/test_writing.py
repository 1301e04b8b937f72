"""Files written whole or not at all: what a failed write leaves, and what a good one is like."""

from __future__ import annotations

import errno
import os
import stat

import pytest
from coded import ANSWER

from lcbrb import codec
from lcbrb.errors import UsageError
from lcbrb.types import AnswerCheck


def names(folder):
    return sorted(path.name for path in folder.iterdir())


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
    assert names(tmp_path) == ["record.json"]


def test_a_target_that_cannot_be_replaced_leaves_no_temporary_file(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(UsageError, match="is a folder"):
        codec.write_text(tmp_path / "folder", "text")
    assert names(tmp_path) == ["folder"]


def test_a_bad_record_among_many_leaves_the_old_file(tmp_path):
    path = tmp_path / "answers.jsonl"
    codec.write_records(path, [ANSWER])
    with pytest.raises(UsageError):
        codec.write_records(path, [ANSWER, ANSWER, AnswerCheck(gold="\udc00")])
    assert codec.read_records(AnswerCheck, path) == [ANSWER]
    assert names(tmp_path) == ["answers.jsonl"]


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


def test_a_link_is_followed_and_a_pipe_stays_a_pipe(tmp_path):
    target, link, pipe = (tmp_path / name for name in ("target", "link", "pipe"))
    target.write_text("old")
    link.symlink_to(target)
    codec.write_text(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    codec.write_text(pipe, "said")
    assert os.read(reader, 10) == b"said"
    os.close(reader)
    assert pipe.is_fifo()
