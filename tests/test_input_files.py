"""Files that take a machine down, or wait for ever, are refused; what is large and good is read."""

import gzip
import os
import socket
import zlib

import pytest

from lcbrb import input_files
from lcbrb.codec import read_text, sha256_file
from lcbrb.errors import BadInputError, DataUnavailableError, UsageError
from lcbrb.input_files import MIB, budget, read_lines, read_whole


@pytest.fixture
def small(monkeypatch):
    """A budget of 1 MiB."""
    monkeypatch.setenv("LCBRB_INPUT_MIB", "1")


def a_pipe(path):
    os.mkfifo(path)


def a_socket(path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


def a_device(path):
    path.symlink_to("/dev/zero")


def a_folder(path):
    path.mkdir()


@pytest.mark.parametrize("make", [a_pipe, a_socket, a_device, a_folder])
@pytest.mark.parametrize("read", [read_whole, lambda path: list(read_lines(path)), sha256_file])
def test_what_is_no_regular_file_is_named_and_not_opened(tmp_path, monkeypatch, make, read):
    monkeypatch.chdir(tmp_path)  # the path of a socket is short
    path = tmp_path.__class__("it")
    make(path)
    kind = make.__name__.removeprefix("a_")
    with pytest.raises(BadInputError, match=f"it: it is a {kind}: name a regular file"):
        read(path)


def test_a_link_to_a_regular_file_is_that_file(tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    assert read_text(tmp_path / "link") == "x"


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DataUnavailableError, match="missing: No such file"):
        read_whole(tmp_path / "missing")


def test_a_name_that_no_file_can_have_is_refused(tmp_path):
    with pytest.raises(UsageError, match="is not a file name"):
        read_whole(tmp_path / "a\0b")


# ----------------------------------------------------------------------------------- the budget


def packed(path, content):
    path.write_bytes(gzip.compress(content))
    return path


@pytest.mark.parametrize("pack", [False, True])
@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"x" * (MIB + 2), "line 1 is longer than 1 MiB"),
        (b"ok\n" + b"x" * (MIB + 2), "line 2 is longer than 1 MiB"),
        ((b"x" * 999 + b"\n") * 1000, "takes more than 1 MiB with its 345 lines"),
        (b"\n" * 2000, "with its 512 lines"),
    ],
)
def test_lines_beyond_the_budget_are_refused_with_the_way_out(tmp_path, small, content, what, pack):
    path = tmp_path / "f"
    packed(path, content) if pack else path.write_bytes(content)
    with pytest.raises(BadInputError, match=rf"{what}.*LCBRB_INPUT_MIB=…"):
        list(read_lines(path))


def test_a_document_beyond_the_budget_is_refused(tmp_path, small):
    with pytest.raises(BadInputError, match=r"holds more than 1 MiB.*LCBRB_INPUT_MIB"):
        read_whole(packed(tmp_path / "f", b"x" * (MIB + 1)))
    assert len(read_whole(packed(tmp_path / "f", b"x" * MIB))) == MIB


def test_a_bomb_is_told_by_its_ratio_long_before_the_budget(tmp_path, monkeypatch):
    monkeypatch.setattr(input_files, "_RATIO_FROM", 4 * MIB)
    monkeypatch.setenv("LCBRB_INPUT_MIB", "100000")
    line = b"x" * (MIB // 2) + b"\n"
    with pytest.raises(BadInputError, match="MiB, over 300 times its own size"):
        list(read_lines(packed(tmp_path / "f", line * 40)))
    assert len(list(read_lines(packed(tmp_path / "f", line * 7)))) == 7


def test_members_of_a_gzip_file_count_together(tmp_path, small):
    path = tmp_path / "f"
    path.write_bytes(gzip.compress(b"x\n") * 2000)
    with pytest.raises(BadInputError, match="lines"):
        list(read_lines(path))


def test_lines_come_as_they_are_with_their_ends(tmp_path):
    path = packed(tmp_path / "f", b"a\r\n\nb")
    assert list(read_lines(path)) == [(1, b"a\r\n"), (2, b"\n"), (3, b"b")]


@pytest.mark.parametrize("error", [EOFError, zlib.error("x"), gzip.BadGzipFile])
def test_broken_gzip_data_is_named(tmp_path, monkeypatch, error):
    path, broken = packed(tmp_path / "f", b"x"), "f: the gzip data is broken or cut off"
    with pytest.raises(BadInputError, match=broken), input_files.open_regular(path):
        raise error


def test_a_file_that_the_memory_does_not_hold_is_named(tmp_path):
    path, full = packed(tmp_path / "f", b"x"), "f: it needs more memory than is available"
    with pytest.raises(BadInputError, match=full), input_files.open_regular(path):
        raise MemoryError


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "many", "²"])
def test_a_budget_that_is_no_number_is_refused(monkeypatch, value):
    monkeypatch.setenv("LCBRB_INPUT_MIB", value)
    with pytest.raises(UsageError, match="LCBRB_INPUT_MIB is a whole number of MiB"):
        budget()


@pytest.mark.parametrize(
    ("free", "whole", "document"),
    [(64 * 1024, 32 * 1024, 2048), (1024, 512, 64), (100, 50, 50)],
)
def test_a_budget_is_a_share_of_the_free_memory(monkeypatch, free, whole, document):
    monkeypatch.delenv("LCBRB_INPUT_MIB", raising=False)
    monkeypatch.setattr(input_files, "_available", lambda: free * MIB)
    monkeypatch.setattr(input_files, "_of_container", lambda: (free + 1) * MIB)
    monkeypatch.setattr(input_files, "_of_own_limit", lambda: None)
    found = budget()
    assert (found.file_bytes // MIB, found.document_bytes // MIB) == (whole, document)
    monkeypatch.setattr(input_files, "_of_own_limit", lambda: free * MIB // 2)
    assert budget().file_bytes // MIB == whole // 2


def test_this_machine_has_free_memory():
    assert input_files._free_bytes() > 0
