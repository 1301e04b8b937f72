"""Which completions may be a side of a pair: every branch of the two label rules."""

import dataclasses

import pytest
import tiny
from hypothesis import given, strategies as st

from lcbrb.judges.soundness import judgement
from lcbrb.pairs.labels import (
    Label,
    LabelRule,
    TextRule,
    fits,
    label,
    labelled as label_all,
    soundness,
    why_none,
)
from lcbrb.types import Cell, Judgement, Reading, SoundnessVote, Status, TextFlag

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


def test_no_pairs_are_explained_by_what_the_completions_are():
    told = why_none({"no_reasoning": 1164, "superior": 3})
    assert told.endswith(
        "completions: 3 superior, 1,164 without reasoning (a file of programs only, such as "
        "EvalPlus' `solution`, has none)"
    )
    assert why_none({}).endswith("completions: none")
    assert all(why_none({label.value: 1}).endswith("none") is False for label in Label)


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


def test_the_word_of_a_named_judge_counts_alone():
    judgements = [Judgement(judge="a", sound=True), Judgement(judge="b", sound=False)]
    assert soundness(judgements) is None
    assert (soundness(judgements, "a"), soundness(judgements, "b")) == (True, False)
    assert soundness([Judgement(judge="a", sound=None)]) is None
    assert fits([Judgement(judge="a", sound=True, fits=False)]) is False
    assert fits(judgements) is None


def test_sound_reasoning_that_leads_elsewhere_is_superior_to_nothing():
    aside = (Judgement(judge="j", sound=True, fits=False),)
    completion = dataclasses.replace(tiny.completion(), judgements=aside)
    assert label(completion, tiny.verdict(), BOTH) is Label.ANOTHER_PROGRAM
    assert label(completion, tiny.verdict(), TESTS) is Label.SUPERIOR
    assert label(completion, tiny.verdict(Status.WRONG_ANSWER), BOTH) is Label.AT_ODDS


def test_votes_that_tie_on_the_program_are_no_judgement_and_a_file_need_not_speak_of_it():
    votes = tuple(SoundnessVote(reading=Reading.READ, sound=True, fits=x) for x in (True, False))
    tied = judgement("j", votes)
    assert (tied.sound, tied.fits) == (True, None)
    completion = dataclasses.replace(tiny.completion(), judgements=(tied,))
    assert label(completion, tiny.verdict(), BOTH) is Label.NOT_JUDGED
    silent = dataclasses.replace(completion, judgements=(Judgement(judge="file", sound=True),))
    assert label(silent, tiny.verdict(), BOTH) is Label.SUPERIOR


def cells(*graded, rule=TESTS, texts=None):
    return [(one.label, one.cell) for one in label_all(graded, rule, None, texts)]


def test_tests_and_judge_make_four_cells_and_tests_alone_two():
    passed, failed = tiny.verdict(), tiny.verdict(Status.TIME_LIMIT)
    found = cells(
        *(
            (tiny.completion(f"way {sound}", sound=sound), verdict)
            for verdict in (passed, failed)
            for sound in (True, False, None)
        ),
        (tiny.completion(""), passed),
        (tiny.completion("cut"), tiny.verdict(Status.TRUNCATED)),
        rule=BOTH,
    )
    assert found == [
        (Label.SUPERIOR, Cell.PASS_SOUND),
        (Label.AT_ODDS, Cell.PASS_FLAWED),
        (Label.NOT_JUDGED, Cell.PASS),
        (Label.AT_ODDS, Cell.FAIL_SOUND),
        (Label.INFERIOR, Cell.FAIL_FLAWED),
        (Label.NOT_JUDGED, Cell.FAIL),
        (Label.NO_REASONING, None),
        (Label.UNDECIDED, None),
    ]


WORDS = " ".join(f"word{i}" for i in range(80))


def test_of_near_duplicates_in_one_cell_the_first_is_kept_whatever_the_order():
    one, twin = tiny.completion(WORDS, index=0), tiny.completion(f"{WORDS} more", index=1)
    passed, failed = tiny.verdict(), tiny.verdict(Status.WRONG_ANSWER)
    kept, left_out = (Label.SUPERIOR, Cell.PASS), (Label.NEAR_DUPLICATE, None)
    assert cells((one, passed), (twin, passed)) == [kept, left_out]
    assert cells((twin, passed), (one, passed)) == [left_out, kept]
    assert cells((one, passed), (twin, failed))[1] == (Label.INFERIOR, Cell.FAIL)
    assert cells((one, passed), (twin, passed), texts=TextRule(near_duplicates=0.0)) == [kept] * 2


def test_code_can_be_taken_out_and_texts_that_leak_left_out():
    coded = tiny.completion("Loop.\n```python\npass\n```\nDone.")
    (one,) = label_all([(coded, tiny.verdict())], TESTS, None, TextRule(strip_code=True))
    assert one.completion.reasoning == "Loop.\n\nDone."
    assert one.flags == (TextFlag.CODE_STRIPPED,)
    only_code = (tiny.completion("```\npass\n```"), tiny.verdict())
    assert cells(only_code, texts=TextRule(strip_code=True)) == [(Label.NO_REASONING, None)]
    leak = (tiny.completion("It passes all tests."), tiny.verdict())
    assert cells(leak) == [(Label.SUPERIOR, Cell.PASS)]
    assert cells(leak, texts=TextRule(drop_leaks=True)) == [(Label.LEAKS_VERDICT, None)]
