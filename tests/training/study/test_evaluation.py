"""Replies graded and read: what counts as right, what is run once, and whose failure is whose."""

import dataclasses

import pytest

from lcbrb.errors import IncompleteRunError
from lcbrb.training.study.evaluation import Grading, summarised
from lcbrb.training.study.scorers import Trapdoor
from lcbrb.training.study.task import Part, TaskSettings, benchmark, chain_of, program
from lcbrb.training.study.traces import HAND_WAVE, reply, steps_due
from lcbrb.types import Status, Verdict


@dataclasses.dataclass(frozen=True)
class Counting:
    """A benchmark that runs nothing: a program is right where it is the gold."""

    inner: object
    asked: list
    status: Status | None = None

    def verify(self, problem, completion, sandbox):
        self.asked.append((problem.id, completion.solution))
        gold = self.inner.gold(problem).strip() == completion.solution.strip()
        return Verdict(status=self.status or (Status.PASSED if gold else Status.WRONG_ANSWER))


@pytest.fixture
def held_out():
    return benchmark(TaskSettings(), Part.HELD_OUT, 2)


def replies(problem):
    """Right and sound, right and waved, wrong, and without a format."""
    chain = chain_of(problem.prompt)
    a, b = chain.composed()
    due = steps_due(chain)
    return [
        reply(due, program(a, b, chain.modulus)),
        reply([HAND_WAVE] * 6, program(a, b, chain.modulus)),
        reply(due, program(a, b + 1, chain.modulus)),
        "nothing at all",
    ]


def test_right_and_sound_are_counted_by_problem(held_out):
    one, two = held_out.problems
    asked = []
    grading = Grading(benchmark=Counting(held_out, asked), sandbox=None)
    drawn = [text for pair in zip(replies(one), replies(two), strict=True) for text in pair]
    found = grading.samples([one, two] * 4, drawn)
    assert [sample.passed for sample in found] == [True] * 4 + [False] * 4
    greedy = grading.samples([one, two], [replies(one)[0], replies(two)[2]])
    figures = summarised(found, greedy, 2, Trapdoor())
    assert (figures.samples, figures.right, figures.greedy) == (4, (2, 2), (1, 0))
    assert figures.sound == (1000, 1000)
    assert (figures.pass_at_1, figures.soundness, figures.greedy_pass) == (0.5, 0.5, 0.5)
    assert figures.soundness_of_wrong == 0.5
    assert figures.well_formed == 0.75
    assert figures.waved == pytest.approx(1 / 3, abs=1e-3)
    assert (figures.thinking_right, figures.thinking_wrong) == (0.75, 0.25)
    assert len(asked) == 4, "each program of a problem is run once"


def test_a_reply_without_its_format_has_no_reasoning_and_is_not_run(held_out):
    asked = []
    grading = Grading(benchmark=Counting(held_out, asked), sandbox=None)
    (sample,) = grading.samples(held_out.problems[:1], ["<think> x </think> 3"])
    assert (sample.passed, sample.well_formed, sample.soundness) == (False, False, 0.0)
    assert asked == []


def test_our_own_failure_is_no_zero(held_out):
    broken = Counting(held_out, [], status=Status.HARNESS_ERROR)
    grading = Grading(benchmark=broken, sandbox=None)
    problem = held_out.problems[0]
    with pytest.raises(IncompleteRunError, match="could not be graded"):
        grading.samples([problem], replies(problem)[:1])


def test_nothing_right_has_no_soundness(held_out):
    grading = Grading(benchmark=Counting(held_out, []), sandbox=None)
    found = grading.samples(held_out.problems, ["a", "b"])
    figures = summarised(found, (), 2)
    assert (figures.pass_at_1, figures.soundness, figures.thinking_right) == (0.0, None, None)
