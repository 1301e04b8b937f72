"""Grading: each completion once, in order, resumable, our own failures tried again."""

import datetime as dt
import threading
from dataclasses import replace

import pytest
from fakes import FakeBenchmark, InTurn
from tiny import completion, problem, verdict

from lcbrb.codec import read_records
from lcbrb.engine.local import LocalExecutor
from lcbrb.errors import SetupError
from lcbrb.grading.grader import Grader, VerdictSource, recorded_verdict
from lcbrb.runs.folder import SAMPLES, open_run
from lcbrb.types import Recorded, RunRecord, SampleVerdict, Status, StopReason, VerdictOrigin

PROBLEMS = [problem("p1", difficulty="easy", released=dt.date(2024, 1, 1)), problem("p2")]
THREE = [completion(), completion(index=1), completion(problem_id="p2")]
PASSED, WRONG, OURS = (
    verdict(status) for status in (Status.PASSED, Status.WRONG_ANSWER, Status.HARNESS_ERROR)
)


@pytest.fixture
def start(tmp_path):
    """Judges completions in one run folder, each time with a new benchmark."""

    def start(completions, *verdicts, backwards=False, source=VerdictSource.EXECUTED):
        benchmark = FakeBenchmark(PROBLEMS, *verdicts)
        grader = Grader(
            benchmark=benchmark, sandbox=None, executor=InTurn(backwards=backwards), source=source
        )
        ticks = []
        with open_run(tmp_path / "run", record()) as run:
            found = grader.grade(completions, PROBLEMS, run, lambda: ticks.append(1))
        assert len(ticks) == len(completions)
        return found, benchmark.graded

    return start


def record():
    return RunRecord(
        kind="test",
        run_id="1",
        subject="m",
        benchmark="fake",
        dataset_sha256="0",
        estimates={},
        counts={},
        started_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
        wall_s=0.0,
    )


def stored(tmp_path):
    return read_records(SampleVerdict, tmp_path / "run" / SAMPLES)


def test_each_completion_is_judged_once_and_kept(start, tmp_path):
    found, graded = start(THREE, PASSED, WRONG, PASSED)
    assert found == [PASSED, WRONG, PASSED]
    assert graded == [one.key for one in THREE]
    assert [sample.status for sample in stored(tmp_path)] == [v.status for v in found]


def test_verdicts_come_in_the_order_of_the_completions(start):
    found, _ = start(THREE, PASSED, WRONG, WRONG, backwards=True)
    assert found == [WRONG, WRONG, PASSED]


def test_a_kept_verdict_says_what_it_is_about(start, tmp_path):
    one = completion(recorded=Recorded(file="f.jsonl", row=3, passed=True))
    start([one], WRONG)
    (sample,) = stored(tmp_path)
    assert sample == SampleVerdict(
        problem_id="p1",
        policy_id="m",
        sample_index=0,
        status=Status.WRONG_ANSWER,
        verdict=WRONG,
        released=dt.date(2024, 1, 1),
        difficulty="easy",
        file="f.jsonl",
        row=3,
    )


def test_a_second_start_judges_nothing_again(start, tmp_path):
    first, _ = start(THREE, PASSED, WRONG, PASSED)
    again, graded = start(THREE, WRONG)
    assert (again, graded) == (first, [])
    assert len(stored(tmp_path)) == 3


def test_a_start_after_a_stop_judges_what_is_missing(start):
    start(THREE[:1], PASSED)
    found, graded = start(THREE, WRONG)
    assert found == [PASSED, WRONG, WRONG]
    assert graded == [one.key for one in THREE[1:]]


def test_what_was_judged_before_a_stop_is_kept(start, tmp_path):
    class Stopped(FakeBenchmark):
        def verify(self, problem, completion, sandbox):
            if len(self.graded) == 2:
                raise KeyboardInterrupt
            return super().verify(problem, completion, sandbox)

    grader = Grader(benchmark=Stopped(PROBLEMS, PASSED), sandbox=None, executor=InTurn())
    with pytest.raises(KeyboardInterrupt), open_run(tmp_path / "run", record()) as run:
        grader.grade(THREE, PROBLEMS, run)
    assert len(stored(tmp_path)) == 2
    found, graded = start(THREE, WRONG)
    assert (found, graded) == ([PASSED, PASSED, WRONG], [THREE[2].key])


def test_a_failure_of_ours_is_tried_once_more_at_once(start):
    found, graded = start(THREE[:1], OURS, PASSED)
    assert (found, len(graded)) == ([PASSED], 2)


def test_failures_of_ours_are_tried_again_once_all_others_are_graded(start):
    found, graded = start(THREE, OURS, OURS, WRONG, WRONG, PASSED)
    assert found == [PASSED, WRONG, WRONG]
    first, second, third = ("p1", "m", 0), ("p1", "m", 1), ("p2", "m", 0)
    assert graded == [first, first, second, third, first]


def test_failures_of_ours_are_tried_for_as_long_as_that_helps(start):
    rounds = [OURS] * 6, [OURS, OURS, PASSED, OURS, OURS], [PASSED, OURS, OURS], [OURS, OURS]
    found, graded = start(THREE, *(one for verdicts in rounds for one in verdicts))
    assert found == [PASSED, PASSED, OURS]
    assert len(graded) == sum(map(len, rounds))


def test_a_failure_of_ours_stands_where_trying_again_does_not_help(start):
    found, graded = start(THREE[:1], *[OURS] * 4, PASSED)
    assert (found, len(graded)) == ([OURS], 4)


def test_an_error_in_the_benchmark_is_ours_and_costs_one_verdict(tmp_path):
    class Trips(FakeBenchmark):
        def verify(self, problem, completion, sandbox):
            if completion.sample_index == 1:
                raise IndexError("tuple index out of range")
            return PASSED

    grader = Grader(benchmark=Trips(PROBLEMS), sandbox=None, executor=InTurn())
    with open_run(tmp_path / "run", record()) as run:
        found = grader.grade(THREE, PROBLEMS, run)
    assert [one.status for one in found] == [Status.PASSED, Status.HARNESS_ERROR, Status.PASSED]
    assert "IndexError at test_grader.py" in found[1].detail


def test_what_a_program_says_of_itself_can_be_written_and_shown(start, tmp_path):
    said = replace(WRONG, detail="a\nb\tc é \x1b[31m \ud800 \x00")
    (found,), _ = start([completion()], said)
    assert found.detail == "a\nb\tc é \\x1b[31m \\ud800 \\x00"
    (kept,) = stored(tmp_path)
    assert kept.verdict == found


def test_what_the_user_must_know_still_stops_the_run(tmp_path):
    class Lacks(FakeBenchmark):
        def verify(self, problem, completion, sandbox):
            raise SetupError("no isolation here")

    grader = Grader(benchmark=Lacks(PROBLEMS), sandbox=None, executor=InTurn())
    with open_run(tmp_path / "run", record()) as run, pytest.raises(SetupError):
        grader.grade(THREE, PROBLEMS, run)


def test_a_models_failure_is_not_tried_again(start):
    _, graded = start(THREE[:1], WRONG)
    assert len(graded) == 1


def test_a_failure_of_ours_is_tried_again_at_the_next_start_and_then_stands(start):
    start(THREE, PASSED, OURS, OURS, PASSED, OURS, OURS)
    found, graded = start(THREE, WRONG)
    assert found == [PASSED, WRONG, PASSED]
    assert graded == [THREE[1].key]
    again, graded = start(THREE, PASSED)
    assert (again, graded) == (found, [])


# -------------------------------------------------------------------------- recorded verdicts


def recorded(passed, detail="", **fields):
    return completion(recorded=Recorded(file="f", row=0, passed=passed, detail=detail), **fields)


def test_recorded_verdicts_count_only_where_they_are_asked_for(start):
    found, graded = start([recorded(passed=True)], WRONG)
    assert (found, len(graded)) == ([WRONG], 1)


def test_recorded_verdicts_spare_the_run(start):
    completions = [recorded(passed=True), recorded(passed=False, index=1)]
    found, graded = start(completions, WRONG, source=VerdictSource.RECORDED)
    assert [one.status for one in found] == [Status.PASSED, Status.WRONG_ANSWER]
    assert {one.origin for one in found} == {VerdictOrigin.RECORDED}
    assert graded == []


def test_completions_without_a_recorded_verdict_are_run_nevertheless(start):
    completions = [recorded(passed=None), completion(index=1)]
    found, graded = start(completions, PASSED, source=VerdictSource.RECORDED)
    assert (found, len(graded)) == ([PASSED, PASSED], 2)


@pytest.mark.parametrize(
    ("detail", "status"),
    [
        ("Wrong answer at output_line_idx=3: YES != NO", Status.WRONG_ANSWER),
        ("Time Limit Exceeded", Status.TIME_LIMIT),
        ("timed out", Status.TIME_LIMIT),
        ("Runtime Error", Status.RUNTIME_ERROR),
        ("failed: ", Status.WRONG_ANSWER),
        ("", Status.WRONG_ANSWER),
    ],
)
def test_a_recorded_failure_is_of_the_kind_that_its_words_say(detail, status):
    assert recorded_verdict(recorded(passed=False, detail=detail)).status is status


def test_a_recorded_failure_without_a_program_is_no_answer():
    assert recorded_verdict(recorded(passed=False, solution=None)).status is Status.NO_ANSWER


def test_a_recorded_pass_is_one_whatever_its_words_say():
    assert recorded_verdict(recorded(passed=True, detail="Time Limit")).status is Status.PASSED


def test_nothing_recorded_is_no_verdict():
    assert recorded_verdict(completion()) is None
    assert recorded_verdict(recorded(passed=None)) is None


# ------------------------------------------------------------------------- cut and streamed


def test_a_failure_of_a_cut_text_is_truncated_and_says_what_it_was(start):
    cut = completion(stop_reason=StopReason.LENGTH)
    plus = verdict(
        Status.WRONG_ANSWER, base_status=Status.PASSED, plus_status=Status.WRONG_ANSWER, detail="7"
    )
    (found,), _ = start([cut], plus)
    assert found.status is Status.TRUNCATED
    assert (found.base_status, found.plus_status) == (Status.PASSED, Status.TRUNCATED)
    assert found.detail == "cut at its length; wrong_answer: 7"


@pytest.mark.parametrize("status", [Status.PASSED, Status.HARNESS_ERROR, Status.TRUNCATED])
def test_a_cut_text_that_passes_passes_and_our_failures_stay_ours(start, status):
    (found,), _ = start([completion(stop_reason=StopReason.LENGTH)], verdict(status))
    assert found == verdict(status)


def test_a_text_that_ended_is_judged_as_it_is(start):
    (found,), _ = start([completion(stop_reason=StopReason.END)], WRONG)
    assert found == WRONG


def test_a_stream_is_judged_as_it_comes(tmp_path):
    benchmark = FakeBenchmark(PROBLEMS, PASSED)
    grader = Grader(benchmark=benchmark, sandbox=None, executor=LocalExecutor(workers=1))
    first = threading.Event()

    def arriving():
        yield THREE[0]
        assert first.wait(10)  # its verdict is there before the next text is
        yield from THREE[1:]

    with open_run(tmp_path / "run", record()) as run:
        found = grader.stream(arriving(), PROBLEMS, run, first.set)
    assert found == {one.key: PASSED for one in THREE}
