"""The lenient reading of a reply: the strict one's, else the concluding sentence, else the last value."""

import pytest
from hypothesis import given, strategies as st

from lcbrb.replies.final_answer import final_answer
from lcbrb.replies.lenient_answer import lenient_answer

READ = [
    ("So the volume grows by 15%.", "15%"),
    ("First 3, then 4.\n\nTherefore, there are 12 ways to pick 3 of them.", "12"),
    ("Thus the probability that both are 5 is $\\frac{1}{36}$.", "\\frac{1}{36}"),
    ("Hence, $x = 7$ is the only root. I checked 4 others.", "x = 7"),
    ("We get \\[ n = 9 \\]", "n = 9"),
    ("So she pays **$18.90** in all.", "$18.90"),
    ("It grows: 2, 4, 8, 16", "16"),
    ("The total comes to 1,250.", "1,250"),
    ("So the angle is 40° and nothing else", "40°"),
    ("<think>is it 3?</think>\nSo it is 4.", "4"),
    ("So 12 of 20.\nThe answer is 5.", "5"),
    ("It is \\boxed{5}. So 6 remain.", "5"),
]
NOTHING = ["", "I can't say.", "So it goes.", "<think>so it is 4", "**Conclusion**\n\nNothing."]


@pytest.mark.parametrize(("text", "answer"), READ)
def test_an_answer_is_read_from_the_end(text, answer):
    assert lenient_answer(text) == answer


@pytest.mark.parametrize("text", NOTHING)
def test_a_reply_without_a_value_has_no_answer(text):
    assert lenient_answer(text) is None


pieces = st.sampled_from(["So ", "is ", "$", "\\(", "\\)", "**", "4", "x", ". ", "\n", "\\boxed{", "}", "%", "<think>"])  # fmt: skip


@given(st.lists(pieces, max_size=30).map("".join) | st.text(max_size=80))
def test_what_is_read_strictly_is_read_leniently_too(text):
    strict, lenient = final_answer(text), lenient_answer(text)
    assert strict is None or lenient == strict
    assert lenient is None or lenient.strip()
