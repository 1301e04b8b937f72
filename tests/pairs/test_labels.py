"""Which completions may be a side of a pair: every branch of the two label rules."""

import pytest
import tiny
from hypothesis import given, strategies as st

from lcbrb.pairs.labels import Label, LabelRule, label, soundness
from lcbrb.types import Judgement, Status

TESTS, BOTH = LabelRule.TESTS, LabelRule.TESTS_AND_SOUNDNESS
FAILURES = (
    Status.WRONG_ANSWER,
    Status.RUNTIME_ERROR,
    Status.SYNTAX_ERROR,
    Status.TIME_LIMIT,
    Status.MEMORY_LIMIT,
    Status.OUTPUT_LIMIT,
)
UNDECIDED = (Status.NO_ANSWER, Status.TRUNCATED, Status.HARNESS_ERROR)


def labelled(status, rule, *, sound=None, reasoning="Think."):
    return label(tiny.completion(reasoning, sound=sound), tiny.verdict(status), rule)


def test_the_statuses_here_are_all_there_are():
    assert {Status.PASSED, *FAILURES, *UNDECIDED} == set(Status)


def test_tests_alone_make_a_pass_superior_and_every_failure_inferior():
    assert labelled(Status.PASSED, TESTS) is Label.SUPERIOR
    assert {labelled(status, TESTS) for status in FAILURES} == {Label.INFERIOR}


def test_tests_alone_do_not_ask_what_a_judge_found():
    assert labelled(Status.PASSED, TESTS, sound=False) is Label.SUPERIOR
    assert labelled(Status.WRONG_ANSWER, TESTS, sound=True) is Label.INFERIOR


@pytest.mark.parametrize("rule", LabelRule)
@pytest.mark.parametrize("status", UNDECIDED)
def test_no_answer_a_cut_and_our_own_failure_are_undecided(status, rule):
    assert labelled(status, rule, sound=False) is Label.UNDECIDED


@pytest.mark.parametrize("rule", LabelRule)
@pytest.mark.parametrize("reasoning", [None, "", " \n\t"])
@pytest.mark.parametrize("status", Status)
def test_blank_reasoning_is_no_side_of_a_pair_whatever_the_verdict(status, reasoning, rule):
    assert labelled(status, rule, sound=True, reasoning=reasoning) is Label.NO_REASONING


def test_with_soundness_both_must_say_the_same():
    assert labelled(Status.PASSED, BOTH, sound=True) is Label.SUPERIOR
    assert {labelled(status, BOTH, sound=False) for status in FAILURES} == {Label.INFERIOR}
    assert labelled(Status.PASSED, BOTH, sound=False) is Label.AT_ODDS
    assert {labelled(status, BOTH, sound=True) for status in FAILURES} == {Label.AT_ODDS}


@pytest.mark.parametrize("sound", [None, (), (True, False), (False, True, True)])
def test_with_soundness_nobody_or_disagreeing_judges_leave_it_not_judged(sound):
    assert labelled(Status.PASSED, BOTH, sound=sound) is Label.NOT_JUDGED
    assert labelled(Status.WRONG_ANSWER, BOTH, sound=sound) is Label.NOT_JUDGED


@given(st.lists(st.booleans()))
def test_soundness_is_what_all_judges_say_or_nothing(opinions):
    judged = [Judgement(judge=str(i), sound=sound) for i, sound in enumerate(opinions)]
    expected = {(True,): True, (False,): False}.get(tuple(set(opinions)))
    assert soundness(judged) is expected
