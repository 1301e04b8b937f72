"""Folders are removed whatever was made of them."""

import os
import tempfile
from pathlib import Path

import pytest

from lcbrb.sandbox.inside import scratch

NOBODY = 65534


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "scratch"
    made.mkdir()
    yield made
    if made.exists():  # or a failure here would trouble whoever cleans up after the tests
        scratch.remove(str(made))


def deepen(folder, depth):
    here = os.open(folder, os.O_RDONLY)
    for _ in range(depth):
        os.mkdir("d", dir_fd=here)
        there = os.open("d", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = there
    os.close(os.open("f", os.O_CREAT, dir_fd=here))
    os.close(here)


def fill(folder):
    (folder / "wide").mkdir()
    for number in range(50):
        (folder / "wide" / f"{number}").mkdir()
        (folder / "wide" / f"{number}" / "file").write_text("x")
    (folder / "link").symlink_to("/")
    (folder / "nowhere").symlink_to("missing")
    os.mkfifo(folder / "pipe")
    (folder / "closed").mkdir()
    (folder / "closed" / "within").mkdir(mode=0)
    (folder / "closed").chmod(0)


def test_a_folder_deeper_than_python_recurses(folder):
    deepen(folder, 3000)
    scratch.remove(str(folder))
    assert not folder.exists()


def test_a_folder_with_all_kinds_of_things(folder):
    fill(folder)
    scratch.empty(str(folder))
    assert list(folder.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become nobody")
def test_closed_folders_of_an_ordinary_user():
    folder = Path(tempfile.mkdtemp())  # not below pytest's own, which are closed to others
    os.chown(folder, NOBODY, NOBODY)
    child = os.fork()
    if not child:
        try:
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            fill(folder)
            scratch.empty(str(folder))
        finally:
            os._exit(len(list(folder.iterdir())))
    _, status = os.waitpid(child, 0)
    scratch.remove(str(folder))
    assert os.waitstatus_to_exitcode(status) == 0


def test_what_a_link_leads_to_stays(folder, tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").write_text("x")
    (folder / "link").symlink_to(kept)
    scratch.remove(str(folder))
    assert (kept / "file").exists()


def test_a_folder_that_is_gone_is_no_error(folder):
    folder.rmdir()
    scratch.remove(str(folder))
    with pytest.raises(FileNotFoundError):
        scratch.empty(str(folder))
