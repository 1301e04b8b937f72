"""A reply as P-GRPO's rewards read it: what is paid for, and nothing that could be passed off."""

import pytest
from hypothesis import given, strategies as st

from lcbrb.replies.think_answer import in_think_answer, think_answer

WELL = "<think>\na\n</think>\n<answer>\n7\n</answer>"


def test_both_parts_are_read_without_the_white_space_around_them():
    found = think_answer(WELL)
    assert (found.think, found.answer, found.well_formed) == ("a", "7", True)


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("<answer>7</answer>", "7"),  # no reasoning
        (f"Sure! {WELL}", "7"),  # something before
        (f"{WELL} done", "7"),  # something behind
        ("<think>a</think><answer>7", None),  # cut off
        ("<think>a</think>7", None),  # no answer's tags
        ("<think>a<answer>7</answer>", None),  # reasoning that never ends
        ("<think>a<answer>7</answer> no</think> 8", None),  # the answer is part of it
        ("<think>a</think> so <answer>7</answer>", "7"),
        ("<answer>7</answer><answer>8</answer>", None),  # two to choose from
        ("<think>a</think><answer>7<answer>8</answer></answer>", None),
        ("<THINK>a</THINK><ANSWER>7</ANSWER>", None),
        ("</answer>7<answer>", None),
        ("7", None),
        ("", None),
    ],
)
def test_any_other_reply_has_no_reasoning_and_one_answer_at_most(text, answer):
    found = think_answer(text)
    assert (found.think, found.answer, found.well_formed) == (None, answer, False)


def test_a_tag_that_stands_in_the_reasoning_makes_it_ill_formed():
    text = "<think>the </answer> tag</think><answer>7</answer>"
    assert think_answer(text).answer is None


PLAIN = st.text().filter(lambda text: "<" not in text)


@given(PLAIN, PLAIN)
def test_what_is_written_is_read_back(think, answer):
    found = think_answer(in_think_answer(think, answer))
    assert (found.think, found.answer) == (think.strip(), answer.strip())
    assert found.well_formed


TAGS = st.sampled_from(["<think>", "</think>", "<answer>", "</answer>", "a", "\n", "```"])


@given(st.lists(TAGS, max_size=12).map("".join))
def test_only_well_formed_replies_have_a_reasoning(text):
    found = think_answer(text)
    assert (found.think is not None) is found.well_formed
    assert found.answer is None or "answer>" not in found.answer
