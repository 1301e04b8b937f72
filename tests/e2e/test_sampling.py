"""A sampled run, killed at any moment and started again, asks for every sample once.

Real processes against a real server on loopback that counts what it answers.
"""

import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
import tiny

import serving
from lcbrb import codec
from lcbrb.runs.folder import COMPLETIONS, RECORD, SAMPLES
from lcbrb.types import Completion, RunRecord, SampleVerdict

ROOT = Path(__file__).parent.parent.parent
MOST_S = 120
PROBLEMS, EACH = 6, 4
TOTAL = PROBLEMS * EACH


@pytest.fixture
def server():
    """Answers slowly, one in four right."""

    def text(body, _):
        time.sleep(0.05)
        number = re.findall(r"Solve q(\d)", body["messages"][-1]["content"])[0]
        factor = number if body["seed"] % 4 == 0 else "0"
        return f"So.\n```python\nprint({factor} * int(input()))\n```\n{body['seed']}"

    with serving.serving() as (site, url):
        site.text, site.url = text, url
        yield site


@pytest.fixture
def command(server, tmp_path):
    problems = tiny.write_problems(tmp_path, PROBLEMS)
    policy = f"openai:m@{server.url}?concurrency=2"
    run = (
        "bench",
        "--policy",
        policy,
        "--benchmark",
        problems,
        "-n",
        EACH,
        "--out",
        tmp_path / "o",
    )
    return [sys.executable, "-m", "lcbrb.cli.main", *map(str, run)]


@pytest.fixture
def interruptible():
    """What is started takes SIGINT, which a shell's background jobs are made to ignore."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def start(command, tmp_path, **more):
    environment = {**os.environ, "LCBRB_CACHE": str(tmp_path / "cache"), **more}
    environment.pop("OPENAI_API_KEY", None)
    return subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        cwd=ROOT,
        env=environment,
    )


def whole_lines(path):
    return path.read_bytes().count(b"\n") if path.exists() else 0


def killed_at(count, command, tmp_path):
    """Start, and kill with SIGKILL once so many completions are written."""
    path = tmp_path / "o" / "problems.jsonl" / COMPLETIONS
    with start(command, tmp_path) as process:
        deadline = time.monotonic() + MOST_S
        while whole_lines(path) < count:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.002)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    assert process.returncode == -signal.SIGKILL


def test_a_run_killed_again_and_again_samples_nothing_twice(server, command, tmp_path):
    for count in (7, TOTAL - 6):
        killed_at(count, command, tmp_path)
    with start(command, tmp_path) as process:
        _, err = process.communicate(timeout=MOST_S)
    assert process.returncode == 0, err
    folder = tmp_path / "o" / "problems.jsonl"
    completions = codec.read_records(Completion, folder / COMPLETIONS)
    keys = Counter((one.problem_id, one.sample_index) for one in completions)
    assert len(keys) == TOTAL
    assert set(keys.values()) == {1}
    assert len({one.text for one in completions}) == TOTAL
    verdicts = codec.read_records(SampleVerdict, folder / SAMPLES)
    assert Counter((one.problem_id, one.sample_index) for one in verdicts) == keys
    assert codec.read_record(RunRecord, folder / RECORD).complete
    # what was on its way when a kill came is asked for again: two requests at a time, two kills
    assert len(server.answered) == TOTAL
    again = sum(server.answered.values()) - TOTAL
    assert again <= 2 * 2


def test_a_folder_that_is_lost_is_filled_from_the_cache(server, command, tmp_path):
    for _ in range(2):
        with start(command, tmp_path) as process:
            _, err = process.communicate(timeout=MOST_S)
        assert process.returncode == 0, err
        assert sum(server.answered.values()) == TOTAL
        record = tmp_path / "o" / "problems.jsonl" / RECORD
        assert codec.read_record(RunRecord, record).counts["completions"] == TOTAL
        for path in record.parent.iterdir():
            path.unlink()


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_ends_at_once_and_keeps_what_there_is(server, command, tmp_path):
    path = tmp_path / "o" / "problems.jsonl" / COMPLETIONS
    with start(command, tmp_path) as process:
        while whole_lines(path) < 4:
            assert process.poll() is None
            time.sleep(0.002)
        server.usual = lambda handler, body: time.sleep(20)  # nothing more comes
        os.kill(process.pid, signal.SIGINT)
        _, err = process.communicate(timeout=15)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert "interrupted" in err
    assert whole_lines(path) >= 4
