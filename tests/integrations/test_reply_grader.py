"""Graders that frameworks share: one in a process, closed at its end, and never a zero of ours."""

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from word_policy import Digits

from lcbrb.errors import IncompleteRunError, UnknownNameError, UsageError
from lcbrb.integrations import kept
from lcbrb.integrations.reply_grader import ReplyGrader, reply_grader
from lcbrb.protocols.benchmark import Benchmark
from lcbrb.types import Generation, Status, StopReason

RIGHT, WRONG = Generation(text="\\boxed{1}"), Generation(text="\\boxed{0}")


@pytest.fixture(autouse=True)
def nothing_is_left():
    yield
    kept.close_all()


def test_replies_are_graded_in_order_from_any_thread():
    grader = ReplyGrader(Digits())
    names = list(grader.problems)
    graded = grader.grade_all([(name, (RIGHT, WRONG)[at % 2]) for at, name in enumerate(names)])
    assert [reply.completion.problem_id for reply in graded] == names
    assert [reply.passed for reply in graded] == [True, False] * 5
    with ThreadPoolExecutor(8) as threads:
        later = list(threads.map(lambda name: grader.grade(name, RIGHT).passed, names * 4))
    assert later == [True] * 40
    grader.close()
    with pytest.raises(UsageError, match="this grader of digits was closed"):
        grader.grade("d00", RIGHT)


def test_what_we_failed_to_grade_is_tried_again_and_then_no_score():
    bench = Digits(broken=["d00"])
    grader = ReplyGrader(bench)
    graded = grader.grade("d00", RIGHT)
    assert graded.verdict.status is Status.HARNESS_ERROR
    assert bench.graded == 4
    with pytest.raises(IncompleteRunError, match=r"d00 has no verdict.*fell over"):
        _ = graded.passed
    grader.close()


def test_a_cut_reply_is_truncated_and_an_unknown_problem_is_told():
    grader = ReplyGrader(Digits())
    cut = grader.grade("d00", Generation(text="so", stop_reason=StopReason.LENGTH))
    assert cut.verdict.status is Status.TRUNCATED
    with pytest.raises(UnknownNameError, match="d0x"):
        grader.grade("d0x", RIGHT)
    grader.close()


def test_a_benchmark_that_grades_by_itself_is_refused():
    class Own(Benchmark):
        name, version, own_run = "own", "1", "a:b"

    with pytest.raises(UsageError, match="samples and grades by itself"):
        ReplyGrader(Own())


@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")  # of Python 3.12
def test_a_grader_is_opened_once_in_a_process_and_a_forked_one_opens_its_own():
    first = reply_grader("python:word_policy:digits")
    assert reply_grader("python:word_policy:digits") is first
    assert reply_grader("python:word_policy:digits", "D") is not first
    own, others = os.pipe()
    if (child := os.fork()) == 0:
        with suppress(BaseException):
            again = reply_grader("python:word_policy:digits")
            told = b"own" if again is not first and again.grade("d00", RIGHT).passed else b"shared"
            os.write(others, told)
        os._exit(0)
    os.close(others)
    with os.fdopen(own, "rb") as pipe:
        assert pipe.read() == b"own"
    os.waitpid(child, 0)
    kept.close_all()
    assert reply_grader("python:word_policy:digits") is not first


def test_what_does_not_open_is_not_kept():
    class Opened:
        closed = False

        def close(self):
            self.closed = True

    def fails():
        raise UsageError("no")

    with pytest.raises(UsageError):
        kept.kept("a", fails)
    opened = kept.kept("a", Opened)
    assert kept.kept("a", fails) is opened
    kept.close_all()
    assert opened.closed
