"""Links and pipes in place of a run folder's files: nothing is written through them."""

import os

import pytest
from run_folders import begin, run_record, scored

from lcbrb.errors import UsageError
from lcbrb.runs import folder as runs
from lcbrb.runs.folder import COMPLETIONS, LOG, RECORD, SAMPLES, SCORES, open_run
from lcbrb.runs.results import read_rows
from lcbrb.types import ScoredPair

FILES = [RECORD, COMPLETIONS, SAMPLES, SCORES, runs.SAMPLE_SCORES, runs.PAIRS, LOG]


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("content", ["a line\nno end", None], ids=["a file", "nothing"])
def test_a_link_in_place_of_a_file_is_refused_and_its_target_stays(tmp_path, name, content):
    target, folder = tmp_path / "target", tmp_path / "run"
    folder.mkdir()
    (folder / name).symlink_to(target)
    if content is not None:
        target.write_text(content)
    with pytest.raises(UsageError, match=rf"{name} is a link: a run writes only inside its folder"):
        begin(folder, None, scored("a"))
    assert (target.read_text() if target.exists() else None) == content


@pytest.mark.parametrize("name", FILES)
def test_a_pipe_in_place_of_a_file_is_not_waited_for(tmp_path, name):
    os.mkfifo(tmp_path / name)
    with pytest.raises(UsageError, match=rf"{name} is no regular file"):
        begin(tmp_path, None, scored("a"))


@pytest.mark.parametrize("name", [RECORD, runs.PAIRS, LOG])
def test_a_link_that_appears_during_a_run_is_refused_as_well(tmp_path, name):
    target = tmp_path / "target"
    with open_run(tmp_path / "run", run_record()) as run:
        (run.path / name).unlink(missing_ok=True)
        (run.path / name).symlink_to(target)
        with pytest.raises(UsageError, match="is a link"):
            run.keep([scored("a")], name) if name == runs.PAIRS else run.finish(run_record())
    assert not target.exists()


def test_the_folder_itself_may_be_a_link(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    begin(tmp_path / "link", None, scored("a"))
    assert len(read_rows(ScoredPair, tmp_path / "real", SCORES)) == 1


def test_a_log_is_one_line_a_message_whatever_is_in_it(tmp_path):
    begin(tmp_path, run_record(subject="a\nb\x1b[2J\u202e"))
    (line,) = (tmp_path / LOG).read_text().splitlines()
    assert line.endswith(r"started reward-model of a\nb\x1b[2J\u202e")
