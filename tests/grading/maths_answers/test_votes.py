"""Answers put together that are the same, within a budget."""

import pytest

from lcbrb.grading.maths_answers import votes
from lcbrb.grading.maths_answers.numbers import FOUR_DIGITS
from lcbrb.grading.maths_answers.pool import Reply
from lcbrb.grading.maths_answers.rules import Rules
from lcbrb.grading.maths_answers.votes import grouped
from lcbrb.types import Status

EXACT = Rules()


def test_equivalent_answers_have_one_place():
    answers = ["x+1", "0.5", "1 + x", "\\frac{1}{2}", "x = 1, 2", "x = 1, 3", "$x+1$", "$", "2, 1"]
    assert grouped(answers, EXACT) == [0, 1, 0, 1, 4, 5, 0, 7, 4]


def test_a_measurement_is_the_same_either_way_round():
    measured = Rules(measured=True, scaled=True, tolerance=FOUR_DIGITS)
    for answers in (["41.76", "41.8"], ["41.8", "41.76"]):
        assert grouped(answers, measured) == [0, 0]


def test_other_units_and_values_that_differ_by_little_do_not_vote_together():
    answers = ["5 \\text{ cm}", "5 \\text{ m}", "5", "5 cm", "2^{100}", "2^{100} - 1"]
    assert grouped(answers, EXACT) == [0, 1, 0, 0, 4, 5]


def test_what_a_worker_takes_too_long_for_stands_alone_and_meets_no_other_answer(monkeypatch):
    monkeypatch.setattr(votes, "_ANSWER_CPU_S", 0.2)
    answers = ["x+1", "9^{9^{9^{9}}} x", "1+x", "y+1", "1+y", "9^{9^{9^{9}}} x"]
    assert grouped(answers, EXACT) == [0, 1, 0, 3, 3, 1]


@pytest.fixture
def slow(monkeypatch):
    """A pool whose workers use all the time that they get, and ask for more."""
    asked = []

    class Pool:
        def ask(self, request, cpu_s):
            asked.append(cpu_s)
            return Reply(failure=Status.TIME_LIMIT, content={"limit": "cpu"})

    monkeypatch.setattr(votes, "answer_pool", Pool)
    return asked


def test_a_problem_has_so_much_time_however_many_answers_take_all_of_theirs(slow):
    answers = [f"{base}^{{9^{{9^{{9}}}}}} x" for base in range(2, 66)]
    assert grouped(answers, EXACT) == list(range(64))
    assert sum(slow) + len(slow) * votes._START_CPU_S < votes.VOTES_CPU_S + 3


def test_time_that_answers_take_without_failing_is_counted_too(monkeypatch):
    asked = []

    class Pool:
        def ask(self, request, cpu_s):
            asked.append(cpu_s)
            return Reply(failure=None, content={"same": False, "place": None, "cpu_s": 0.9})

    monkeypatch.setattr(votes, "answer_pool", Pool)
    answers = [f"x^{{{power}}}" for power in range(2, 66)]
    assert grouped(answers, EXACT) == list(range(64))
    assert len(asked) == 7  # of 0.9 s each, and the problem has 6


def test_texts_and_numbers_are_put_together_when_the_time_is_spent(slow, monkeypatch):
    monkeypatch.setattr(votes, "VOTES_CPU_S", 0.0)
    assert grouped(["x+1", "1+x", "7", "7.0", "x+1"], EXACT) == [0, 1, 2, 2, 0]
    assert slow == []
