"""Run folders: begun, resumed, refused; one writer at a time; names safe for a file system."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import errno
import re
import subprocess
import sys

import pytest
from hypothesis import given, settings
from run_folders import begin, run_record, scored
from strategies import records

from lcbrb import __version__, codec
from lcbrb.errors import BadInputError, DataUnavailableError, UsageError
from lcbrb.runs import folder as runs
from lcbrb.runs.folder import COMPLETIONS, LOG, RECORD, SAMPLES, SCORES, open_run
from lcbrb.runs.record import environment
from lcbrb.runs.results import find_runs, read_rows, read_run
from lcbrb.types import Estimate, Metric, Outcome, RunRecord, ScoredPair

some = settings(max_examples=40)


# ------------------------------------------------------------------------- begun and resumed


def test_a_new_folder_holds_an_incomplete_record_from_the_start(tmp_path):
    path = tmp_path / "runs" / "length"
    with open_run(path, run_record(complete=True)) as run:
        assert run.earlier is None
        on_disk = codec.read_record(RunRecord, path / RECORD)
        assert on_disk == run.record == run_record(complete=False)
        assert run.stored(ScoredPair, SCORES) == []


def test_an_empty_folder_that_is_there_already_is_used(tmp_path):
    assert begin(tmp_path).earlier is None


def test_a_finished_run_keeps_its_last_record(tmp_path):
    estimate = Estimate(value=1, low=None, high=None, n=1, clusters=1, level=0.95, method="none")
    with open_run(tmp_path, run_record()) as run:
        done = dataclasses.replace(
            run.record, estimates={Metric("accuracy"): estimate}, wall_s=2.5, complete=True
        )
        run.finish(done)
        assert run.record == done
    assert codec.read_record(RunRecord, tmp_path / RECORD) == done


def test_a_resumed_run_keeps_its_id_its_start_its_time_and_what_was_done(tmp_path):
    with open_run(tmp_path, run_record()) as run:
        with run.appender(SCORES) as scores:
            scores.append(scored("a"))
        run.finish(dataclasses.replace(run.record, wall_s=3.5))
    later = run_record(run_id="second", started_at=runs.now(), environment={"python": "9"})
    with open_run(tmp_path, later) as run:
        assert run.earlier is not None
        assert run.record.run_id == "first"
        assert run.record.started_at == run_record().started_at
        assert run.record.wall_s == 3.5
        assert run.record.environment == {"python": "9"}
        assert run.stored(ScoredPair, SCORES) == [scored("a")]
        with run.appender(SCORES) as scores:
            scores.append(scored("b"))
        assert run.stored(ScoredPair, SCORES) == [scored("a"), scored("b")]


@some
@given(records(RunRecord))
def test_any_run_is_resumed_by_its_own_record(tmp_path_factory, record):
    path = tmp_path_factory.mktemp("run")
    begin(path, record)
    assert begin(path, dataclasses.replace(record, run_id="another")).earlier is not None


@pytest.mark.parametrize("name", [COMPLETIONS, SAMPLES, SCORES])
def test_a_torn_line_is_cut_off_when_the_run_is_resumed(tmp_path, name):
    begin(tmp_path)
    whole = codec.encode(scored("a")) + "\n"
    (tmp_path / name).write_text(whole + whole[:20])
    with open_run(tmp_path, run_record()) as run:
        assert run.stored(ScoredPair, name) == [scored("a")]


def test_a_run_that_fails_keeps_what_was_done_and_can_be_resumed(tmp_path):
    def fail():
        with open_run(tmp_path, run_record()) as run, run.appender(SCORES) as scores:
            scores.append(scored("a"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not codec.read_record(RunRecord, tmp_path / RECORD).complete
    with open_run(tmp_path, run_record()) as run:
        assert run.stored(ScoredPair, SCORES) == [scored("a")]


def test_the_log_tells_the_story_in_lines_with_times(tmp_path):
    begin(tmp_path)
    with open_run(tmp_path, run_record()) as run:
        run.log("scoring ½")
        run.finish(run.record)
        run.finish(dataclasses.replace(run.record, complete=True))
    lines = (tmp_path / LOG).read_text(encoding="utf-8").splitlines()
    stamps, messages = zip(*(line.split(" ", 1) for line in lines), strict=True)
    assert messages == (
        "started reward-model of length",
        "resumed reward-model of length",
        "scoring ½",
        "stopped incomplete",
        "finished",
    )
    assert all(dt.datetime.fromisoformat(stamp).utcoffset() == dt.timedelta(0) for stamp in stamps)


# ---------------------------------------------------------------------------------- refused

OTHERS = {
    "kind": "pairs",
    "subject": "random",
    "revision": "abc",
    "benchmark": "rm-bench",
    "benchmark_version": "2",
    "dataset_sha256": "cd34",
    "seed": 1,
}


def test_every_part_of_the_identity_is_tried_below():
    assert {*OTHERS, "config"} == set(runs.IDENTITY)


@pytest.mark.parametrize(("name", "value"), OTHERS.items(), ids=OTHERS)
def test_another_run_is_refused_and_the_difference_named(tmp_path, name, value):
    begin(tmp_path)
    before = (tmp_path / RECORD).read_bytes()
    other = dataclasses.replace(run_record(), **{name: value})
    with (
        pytest.raises(UsageError, match=rf"contains another run \(different {name}\): choose"),
        open_run(tmp_path, other),
    ):
        pass
    assert (tmp_path / RECORD).read_bytes() == before


@pytest.mark.parametrize(
    ("config", "named"),
    [
        ({"limit": 5, "batch": 4}, "limit"),
        ({"limit": 5, "batch": 8}, "batch, limit"),
        ({"limit": None}, "batch"),
        ({"batch": 4}, "limit"),
        ({"limit": None, "batch": 4, "device": None}, "device"),
    ],
)
def test_other_settings_are_refused_and_named_one_by_one(tmp_path, config, named):
    begin(tmp_path)
    message = rf"\(different subject, config \({named}\)\)"
    other = run_record(config=config, subject="random")
    with pytest.raises(UsageError, match=message), open_run(tmp_path, other):
        pass


def test_settings_that_json_changes_the_look_of_are_still_the_same(tmp_path):
    config = {"sizes": (1, 2), "outcome": Outcome.WIN, "inner": {1: "a"}}
    begin(tmp_path, run_record(config=config))
    assert begin(tmp_path, run_record(config=config)).earlier is not None


@pytest.mark.parametrize("name", [COMPLETIONS, SAMPLES, SCORES])
def test_samples_without_a_record_are_left_alone(tmp_path, name):
    (tmp_path / name).write_text("torn")
    refused = pytest.raises(UsageError, match=f"contains samples but no {re.escape(RECORD)}")
    with refused, open_run(tmp_path, run_record()):
        pass
    assert (tmp_path / name).read_text() == "torn"
    assert not (tmp_path / RECORD).exists()


def test_a_record_that_cannot_be_read_is_not_written_over(tmp_path):
    (tmp_path / RECORD).write_text("{}")
    with pytest.raises(BadInputError, match=RECORD), open_run(tmp_path, run_record()):
        pass
    assert (tmp_path / RECORD).read_text() == "{}"


@pytest.mark.parametrize("below", ["", "folder"])
def test_a_file_where_the_folder_should_be_is_refused(tmp_path, below):
    (tmp_path / "file").write_text("mine")
    path = tmp_path / "file" / below
    with (
        pytest.raises(UsageError, match=r"can't write a run folder in .*file"),
        open_run(path, run_record()),
    ):
        pass
    assert (tmp_path / "file").read_text() == "mine"


# ------------------------------------------------------------------------------- one writer

HOLDER = """
import sys
from pathlib import Path
from lcbrb.codec import read_record
from lcbrb.runs.folder import open_run
from lcbrb.types import RunRecord

path = Path(sys.argv[1])
with open_run(path, read_record(RunRecord, path / "record.json")):
    print("holding", flush=True)
    sys.stdin.read()
"""


@contextlib.contextmanager
def held(path):
    """Another process that has the folder open until it is killed or its input ends."""
    command = [sys.executable, "-c", HOLDER, str(path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, **pipes) as holder:
        assert holder.stdout.readline() == "holding\n"
        yield holder


def test_a_second_process_is_refused_until_the_first_has_gone_or_was_killed(tmp_path):
    begin(tmp_path, None, scored("a"))
    with (tmp_path / SCORES).open("a") as file:
        file.write("half a line that the first process is writing")
    for leave in (subprocess.Popen.kill, lambda holder: holder.stdin.close()):
        with held(tmp_path) as holder:
            with (tmp_path / SCORES).open("a") as file:
                file.write("half a line")
            before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
            in_use = pytest.raises(UsageError, match="in use by another lcbrb process")
            with in_use, open_run(tmp_path, run_record()):
                pass
            assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before
            leave(holder)
        with open_run(tmp_path, run_record()) as run:
            assert run.stored(ScoredPair, SCORES) == [scored("a")]


def test_one_process_cannot_open_a_folder_twice_and_logging_keeps_the_lock(tmp_path):
    with open_run(tmp_path, run_record()) as run:
        run.log("the log is closed again, the lock on it stays")
        for _ in range(2):
            in_use = pytest.raises(UsageError, match="in use")
            with in_use, open_run(tmp_path, run_record()):
                pass
    assert begin(tmp_path).earlier is not None


def test_a_file_system_without_locks_is_no_obstacle(tmp_path, monkeypatch):
    import fcntl

    def no_locks(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    begin(tmp_path)
    assert begin(tmp_path).earlier is not None


def test_a_system_without_locks_is_no_obstacle(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "fcntl", None)
    begin(tmp_path)
    assert begin(tmp_path).earlier is not None


def test_the_environment_tells_versions_and_fits_a_record():
    found = environment()
    assert found["lcbrb"] == __version__
    assert found["python"] == sys.version.split()[0]
    assert found["numpy"]
    codec.encode(run_record(environment=found))


# ------------------------------------------------------------------------------- read back


def test_runs_are_found_at_and_below_a_folder(tmp_path):
    begin(tmp_path / "b" / "inner")
    begin(tmp_path / "a")
    begin(tmp_path / ".being-made" / "0")
    assert find_runs(tmp_path / ".being-made") == [tmp_path / ".being-made" / "0"]
    assert find_runs(tmp_path) == [tmp_path / "a", tmp_path / "b" / "inner"]
    assert find_runs(tmp_path / "a") == [tmp_path / "a"]


def test_where_no_run_is_found_the_folder_is_named(tmp_path):
    with pytest.raises(UsageError, match="contains no run"):
        find_runs(tmp_path)
    with pytest.raises(DataUnavailableError, match="no such folder"):
        find_runs(tmp_path / "none")


def test_rows_are_read_back_without_a_torn_last_line(tmp_path):
    begin(tmp_path, None, scored("a"), scored("b"))
    path = tmp_path / SCORES
    path.write_text(path.read_text()[:-5])
    assert read_rows(ScoredPair, tmp_path, SCORES) == [scored("a")]
    assert read_rows(ScoredPair, tmp_path, SAMPLES) == []
    assert read_run(tmp_path).subject == "length"


def test_a_line_that_is_no_row_is_named(tmp_path):
    begin(tmp_path, None, scored("a"))
    with (tmp_path / SCORES).open("a") as file:
        file.write("{}\n")
    with pytest.raises(BadInputError, match="line 2"):
        read_rows(ScoredPair, tmp_path, SCORES)
