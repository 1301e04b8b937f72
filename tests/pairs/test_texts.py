"""Likeness, code and leaks: what the texts of pairs are looked at for."""

import pytest
from hypothesis import given, strategies as st

from lcbrb.pairs.texts import holds_code, jaccard, leaks_verdict, shingles, without_code

texts = st.text(max_size=60) | st.lists(st.sampled_from(["a", "b", "c\n", "```\n"])).map(" ".join)


def test_five_words_in_a_row_are_a_shingle_and_case_and_space_do_not_count():
    assert shingles("One two,\n three four") == {"one two , three four"}
    assert shingles("a b c d e f") == {"a b c d e", "b c d e f"}
    assert shingles("a b") == {"a b"}
    assert shingles("") == shingles(" \n") == {""}


def test_jaccard_is_the_share_of_shingles_in_common():
    assert jaccard(shingles("a b c d e f"), shingles("a b c d e g")) == 1 / 3
    assert jaccard(frozenset(), frozenset()) == 1.0


@given(texts, texts)
def test_jaccard_is_symmetric_and_one_for_the_same_text(one, other):
    first, second = shingles(one), shingles(other)
    assert 0 <= jaccard(first, second) == jaccard(second, first) <= 1
    assert jaccard(first, shingles(one.upper().lower())) == 1 or one != one.upper().lower()
    assert jaccard(first, first) == 1


@pytest.mark.parametrize(
    ("text", "leaks"),
    [
        ("The given code is incorrect because it sorts twice.", True),
        ("so it passes all of the hidden test cases", True),
        ("Then all tests passed.", True),
        ("It gets Wrong Answer on the second one", True),
        ("your previous solution was not accepted", True),
        ("This greedy approach is wrong", True),
        ("We test whether x passes through the gate.", False),
        ("The answer is the largest of these.", False),
        ("a wrong\nguess, and the answer", False),
        ("Each test case holds one line.", False),
    ],
)
def test_words_that_say_how_the_tests_ended_are_a_leak(text, leaks):
    assert leaks_verdict(text) is leaks


def test_code_is_taken_out_with_the_blank_lines_around_it():
    assert without_code("a\n\n```python\nx\n```\n\nb ~~~ c") == "a\n\nb ~~~ c"
    assert without_code("```\nonly code") == ""
    assert holds_code("a\n```\nx\n```")
    assert not holds_code("a `x` b")


@given(texts)
def test_no_code_is_left_and_a_text_without_any_stays_as_it_is(text):
    bare = without_code(text)
    assert bare == text or len(bare) < len(text)
    assert holds_code(text) or bare == text


def test_a_million_letters_in_a_line_are_looked_at_like_any_text():
    text = "pass all " + "the code is " * 40_000 + "x" * 500_000
    assert not leaks_verdict(text)
    assert len(shingles(text)) < 20
