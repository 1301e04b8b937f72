"""Killed at any moment and started again, a run ends as if nothing had happened.

Real processes: each is killed with its whole group once its run folder holds so many lines, then
started again until it comes to its end.
"""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import pytest
import tiny
from progress_lines import without_progress

from lcbrb import codec
from lcbrb.runs.folder import RECORD, SAMPLES, SCORES
from lcbrb.types import PairManifest, PreferencePair, RunRecord, SampleVerdict, ScoredPair

ROOT = Path(__file__).parent.parent.parent
TORN = b'{"schema_version": 1, "problem_id": "q1", "poli'
MOST_S = 120

PROBLEMS, COMPLETIONS, PASSING = 6, 24, 12
PAIRS = 100


@contextmanager
def started(*arguments, path=""):
    """`lcbrb` in a session of its own, dead at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "lcbrb.cli.main", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(path)},
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def lines(path):
    return path.read_bytes().splitlines(keepends=True) if path.exists() else []


def killed_at(count, grown, *arguments, **more):
    """Start, and kill once a file has so many lines; the lines that the kill left whole."""
    with started(*arguments, **more) as process:
        deadline = time.monotonic() + MOST_S
        while len(lines(grown)) < count:
            assert process.poll() is None, "it ended before it could be killed"
            assert time.monotonic() < deadline
            time.sleep(0.002)
        os.killpg(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    return [line for line in lines(grown) if line.endswith(b"\n")]


def finished(*arguments, **more):
    with started(*arguments, **more) as process:
        out, err = process.communicate(timeout=MOST_S)
    assert (process.returncode, without_progress(err)) == (0, ""), err
    return out


def disturbed(moments, grown, *arguments, **more):
    """Kill at each of the moments, then let it end; nothing once written may change or go."""
    kept = []
    for count in moments:
        now = killed_at(count, grown, *arguments, **more)
        assert now[: len(kept)] == kept
        kept = now
        with grown.open("ab") as file:  # a kill in mid-write leaves half a line
            file.write(TORN)
    finished(*arguments, **more)
    assert lines(grown)[: len(kept)] == kept


# --------------------------------------------------------------------------------- pairs build


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    """The command, short of its output, on problems some of whose programs sleep."""
    folder = tmp_path_factory.mktemp("build")
    problems = tiny.write_problems(folder, PROBLEMS)
    completions = tiny.write_completions(folder, PROBLEMS, sleep_s=0.2)
    policy = f"replay:{completions}"
    return "pairs", "build", "--problems", problems, "--policy", policy, "--output"


@pytest.fixture(scope="module")
def undisturbed(build, tmp_path_factory):
    output = tmp_path_factory.mktemp("undisturbed") / "pairs.jsonl"
    finished(*build, output)
    return output


def test_a_build_killed_again_and_again_gives_the_same_pairs(build, undisturbed, tmp_path):
    output = tmp_path / "pairs.jsonl"
    samples = tmp_path / "pairs.run" / SAMPLES
    killed_at(1, tmp_path / "pairs.run" / RECORD, *build, output)
    disturbed((9, COMPLETIONS - 5), samples, *build, output)
    assert output.read_bytes() == undisturbed.read_bytes()
    assert len(codec.read_records(PreferencePair, output)) == 4 * PROBLEMS
    verdicts = codec.read_records(SampleVerdict, samples)
    times_judged = Counter((one.problem_id, one.sample_index) for one in verdicts)
    assert len(times_judged) == COMPLETIONS
    assert set(times_judged.values()) == {1}
    manifests = [
        codec.read_record(PairManifest, path.with_name("pairs.manifest.json"))
        for path in (output, undisturbed)
    ]
    assert manifests[0].pairs_sha256 == manifests[1].pairs_sha256
    assert manifests[0].counts == manifests[1].counts
    assert manifests[0].counts["status_passed"] == PASSING
    assert codec.read_record(RunRecord, tmp_path / "pairs.run" / RECORD).complete


def test_a_second_process_on_the_same_folder_is_refused(build, tmp_path):
    tiny.write_completions(tmp_path, PROBLEMS, sleep_s=4, name="sleepers")
    build = [*build[:-2], f"replay:{tmp_path / 'sleepers.jsonl'}", build[-1]]
    output = tmp_path / "pairs.jsonl"
    samples = tmp_path / "pairs.run" / SAMPLES
    with started(*build, output) as first:
        while not lines(samples):
            assert first.poll() is None
            time.sleep(0.002)
        with started(*build, output) as second:
            out, err = second.communicate(timeout=MOST_S)
        assert first.poll() is None, "the first must still be at work"
    assert (second.returncode, out) == (2, "")
    assert err == f"lcbrb: {output.with_name('pairs.run')} is in use by another lcbrb process\n"


# ---------------------------------------------------------------------------------------- eval


@pytest.fixture
def evaluation(tmp_path):
    """The command with a reward model that takes its time, and where that model is."""
    site = tiny.write_plugin(tmp_path / "site")
    pairs = tiny.write_pairs(tmp_path / "some.jsonl", PAIRS)

    def command(seconds, out):
        return "eval", "-m", f"slow?s={seconds}", "--pairs", pairs, "--out", out

    return command, {"path": site}


def run_of(folder):
    (run,) = [path.parent for path in folder.glob(f"*/{RECORD}")]
    return run


def test_an_evaluation_killed_again_and_again_gives_the_same_scores(evaluation, tmp_path):
    command, more = evaluation
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    finished(*command(0.003, whole), **more)
    killed_at(1, broken / run_of(whole).name / RECORD, *command(0.003, broken), **more)
    disturbed((40,), run_of(broken) / SCORES, *command(0.003, broken), **more)
    assert (run_of(broken) / SCORES).read_bytes() == (run_of(whole) / SCORES).read_bytes()
    scored = codec.read_records(ScoredPair, run_of(broken) / SCORES)
    assert len({one.pair_id for one in scored}) == len(scored) == PAIRS
    records = [codec.read_record(RunRecord, run_of(path) / RECORD) for path in (whole, broken)]
    assert records[0].estimates == records[1].estimates
    assert records[0].counts == records[1].counts
    assert records[1].complete


def test_a_second_evaluation_in_the_same_folder_is_refused(evaluation, tmp_path):
    command, more = evaluation
    folder = tmp_path / "out"
    with started(*command(0.05, folder), **more) as first:
        while not list(folder.glob(f"*/{RECORD}")):
            assert first.poll() is None
            time.sleep(0.002)
        with started(*command(0.05, folder), **more) as second:
            _, err = second.communicate(timeout=MOST_S)
        assert first.poll() is None, "the first must still be at work"
    assert second.returncode == 2
    assert err.startswith("lcbrb: slow?s=0.05: ")
    assert "is in use by another lcbrb process" in err
    assert err.count("\n") == 1
