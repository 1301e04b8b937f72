"""What a program keeps on disk is counted wherever it lies, and at any depth."""

import mmap
import os
import tempfile
from pathlib import Path

import pytest

from lcbrb.sandbox import scratch_look
from lcbrb.sandbox.inside import scratch
from lcbrb.sandbox.scratch_look import MEANWHILE, MOST_BYTES, MOST_ENTRIES, holds_too_much

NOBODY = 65534
FILE_BYTES = MOST_BYTES // 4
NO_PROCESS = 0


@pytest.fixture
def folder():
    made = Path(tempfile.mkdtemp())
    scratch.mark_untouched(str(made))
    yield made
    scratch.remove(str(made))


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Bounds that a test reaches at once."""
    monkeypatch.setattr(scratch_look, "MOST_BYTES", 1 << 20)
    monkeypatch.setattr(scratch_look, "MOST_ENTRIES", 100)
    monkeypatch.setattr(scratch_look, "_written_bytes", lambda pid: 0)


def fill(path, size=3 << 19):
    path.write_bytes(bytes(size))


def looked(folder, pid=NO_PROCESS, times=1):
    return holds_too_much(str(folder), pid, FILE_BYTES, times)


def test_an_untouched_folder_is_told_by_its_time(folder, monkeypatch):
    monkeypatch.setattr(scratch_look, "_Held", None)  # nobody counts
    assert not looked(folder)


def test_space_is_counted_and_holes_are_not(folder):
    with (folder / "hole").open("wb") as file:
        file.truncate(1 << 30)
    assert not looked(folder)
    fill(folder / "full")
    assert looked(folder)
    assert not looked(folder, times=MEANWHILE)


def test_names_are_counted(folder):
    for number in range(101):
        (folder / f"{number}").touch()
    assert looked(folder)
    assert not looked(folder, times=MEANWHILE)


def test_a_file_with_many_names_counts_once(folder):
    fill(folder / "0", 1 << 19)
    for number in range(1, 9):
        (folder / f"{number}").hardlink_to(folder / "0")
    assert not looked(folder)


def test_a_deep_folder_is_no_crime_and_hides_nothing(folder, monkeypatch):
    monkeypatch.setattr(scratch_look, "MOST_ENTRIES", MOST_ENTRIES)
    monkeypatch.setattr(scratch_look, "MOST_BYTES", MOST_BYTES)
    here = os.open(folder, os.O_RDONLY)
    for _ in range(2500):
        os.mkdir("d", dir_fd=here)
        here = scratch.stepped(here, "d")
    assert not looked(folder)
    monkeypatch.setattr(scratch_look, "MOST_BYTES", 2500 * 4096 + (1 << 20))
    file = os.open("f", os.O_CREAT | os.O_WRONLY, dir_fd=here)
    os.write(file, bytes(2 << 20))
    os.close(file)
    os.close(here)
    (folder / "after").mkdir()
    assert looked(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become nobody")
def test_a_closed_folder_hides_nothing_from_an_ordinary_user(folder):
    os.chown(folder, NOBODY, NOBODY)
    child = os.fork()
    if not child:
        try:
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            (folder / "closed").mkdir()
            fill(folder / "closed" / "file")
            (folder / "closed").chmod(0o300)
            os._exit(0 if looked(folder) else 1)
        finally:
            os._exit(2)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0


def test_a_link_in_the_place_of_a_closed_folder_opens_nothing(folder, tmp_path):
    """While a program runs, it may put a link where a folder was a moment ago."""
    other = tmp_path / "other"
    other.mkdir(mode=0o500)
    (folder / "closed").symlink_to(other)
    here = os.open(folder, os.O_RDONLY)
    with pytest.raises(OSError, match="closed"):
        scratch_look._open_up(here, "closed")
    os.close(here)
    assert other.stat().st_mode & 0o777 == 0o500


def test_files_without_a_name_count_while_they_are_open_or_mapped(folder):
    with (folder / "x").open("w+b") as file:
        file.write(bytes(2 << 20))
        file.flush()
        (folder / "x").unlink()
        assert looked(folder, os.getpid())
        mapped = mmap.mmap(file.fileno(), 4096)
    assert looked(folder, os.getpid())
    mapped.close()
    assert not looked(folder, os.getpid())


def test_what_was_written_in_all_counts_though_it_is_gone(folder, monkeypatch):
    (folder / "x").touch()
    monkeypatch.setattr(scratch_look, "_written_bytes", lambda pid: 2 << 20)
    assert not looked(folder)
    monkeypatch.setattr(scratch_look, "_written_bytes", lambda pid: (2 << 20) + 1)
    assert looked(folder)
