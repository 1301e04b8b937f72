"""The final answer in a reply: boxes first, then declared phrases, never the last number."""

# ruff: noqa: RUF001 - signs that look like others are read

import pytest
from hypothesis import given, strategies as st

from lcbrb.replies.final_answer import final_answer, never_ends

FOUND = [
    ("so \\boxed{5}", "5"),
    ("\\boxed{1} was too small; \\boxed{2}", "2"),
    ("$x = \\boxed{2}$ or $x = \\boxed{5}$.", "2, 5"),
    ("a = \\boxed{3}, so the area is \\boxed{9}", "9"),
    ("The final answer is $4$. I hope it is correct.", "4"),
    ("Final Answer: The final answer is 4.5e33. I hope it is correct.", "4.5e33"),
    ("**Final answer: 700°C**\n\nI hope that helps", "700°C"),
    ("**Final answer for part 1:** 3 bushels", "3 bushels"),
    ("Thus, the final answer is:\n\n\\[\nx = b\n\\]", "x = b"),
    ("Sums:\n#### 42", "42"),
    ("The answer is east.", "east"),
    ("Answer: 073", "073"),
    ("The answer is (B).", "(B)"),
    ("The answer is \\frac{3}{4}.", "\\frac{3}{4}"),
    ("the answers are: $1$ and $2$.", "1, 2"),
    ("The final answers are:\n\n- First: 5 m\n- Second: 6 m\n", "6 m"),
    ("**Final Answer**\n\n- 5\n- 6", "5, 6"),
    ("<think>is it \\boxed{3}?</think> So the answer is 4.", "4"),
    ("\\fbox{2} or \\boxed 5", "2, 5"),
    ("The answer would be 61", "61"),
    ("Our answer is thus 61.", "61"),
    ("So the answer should be $61$.", "61"),
    ("The answer comes out to 61.", "61"),
    ("The answer is therefore equal to 61", "61"),
    ("答案：61", "61"),
    ("最终答案是 **61**", "61"),
    ("Respuesta: 61", "61"),
    ("<answer>61</answer>", "61"),
    ("<answer>$61$</answer>", "61"),
    ("<think>7?</think><answer>x = 61</answer>", "x = 61"),
    ("The parts: $\\boxed{n=5}$.\n\nSo the final answer is **61**.", "61"),
    ("\\boxed{5} of these.\n\n**Answer: 61**", "61"),
    ("\\boxed{5} of these.\n#### 61", "61"),
    ("$\\boxed{\\frac{17}{3}} \\approx \\boxed{5.67}$", "\\frac{17}{3} \\approx 5.67"),
    ("\\boxed{61}\n\nFinal answer: correct", "61"),
    ("\\boxed{61}. This answer is 5 times the first.", "61"),
]
NOT_FOUND = [
    "",
    "We get 3, then 4, and last 5",
    "= **35.06 g/mol**",
    "The answer to the problem is that a universal gate exists",
    "The final answer will be a simple expression.",
    "This is the final answer. Good.",
    "I hope these answers are correct.",
    "the answer is 3 and <think>so the answer is",
    "<think>the answer is 3",
    "<think>so \\boxed{3}",
    "<think>so \\boxed{3}</think>",
    "<|begin_of_thought|>\\boxed{1}<|end_of_thought|> and then cut",
    "\\boxed{3} and then \\boxed{4",
    "\\boxed{}",
    "<answer>I am not sure about it.</answer>",
    "<answer>Let me think.\n61</answer>",
    "The answer is thus simple enough to see",
    "**Final Answer**\n\nPart 0:\n\n\\foo",
]


@pytest.mark.parametrize(("text", "answer"), FOUND)
def test_an_answer_is_found(text, answer):
    assert final_answer(text) == answer


@pytest.mark.parametrize("text", NOT_FOUND)
def test_what_is_no_declared_answer_is_none(text):
    assert final_answer(text) is None


def test_an_earlier_box_is_no_answer_where_the_last_never_closes():
    assert final_answer("\\boxed{3}, wait: \\boxed{\\frac{4}{") is None


def test_reasoning_that_never_ends_is_told_from_a_reply_without_an_answer():
    assert never_ends("<think>well")
    assert never_ends("<|begin_of_thought|> so then")
    assert not never_ends("<|begin_of_thought|> so <|end_of_thought|> hm")
    assert not never_ends("I can't say.")


pieces = st.sampled_from(
    [
        "\\boxed{",
        "}",
        "{",
        "answer is ",
        "Answer:",
        "$",
        "\n",
        "- a: ",
        "#### ",
        "\\[",
        "<think>",
        "</think>",
        "3",
        "x",
        " and ",
        "**",
    ]
)


@given(st.lists(pieces, max_size=30).map("".join) | st.text(max_size=80))
def test_no_text_raises_and_no_answer_is_blank(text):
    found = final_answer(text)
    assert found is None or found.strip()


@given(st.text("ab1{}\\$ \n", max_size=40), st.integers(0, 10**6))
def test_a_last_box_wins_whatever_stands_before_it(before, number):
    text = f"{before}\n\nTherefore, with no doubt: $\\boxed{{{number}}}$."
    assert final_answer(text) == str(number)
