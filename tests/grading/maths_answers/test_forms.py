"""Answers tidied, the letters of choices, values without units."""

import pytest
from hypothesis import given, strategies as st

from lcbrb.grading.maths_answers.forms import (
    LONGEST,
    canonical,
    choice,
    expected_choice,
    readings,
    tidy,
    without_choice,
)
from lcbrb.grading.maths_answers.units import with_plain_unit, without_text_unit

TIDY = [
    ("3√13", "3\\sqrt{13}"),
    ("2π", "2\\pi"),
    ("$5$", "5"),
    ("\\$32,\\!348", "32348"),
    ("t_s = -τ * ln(Δ)", "t_s = -\\tau * \\ln(\\Delta )"),
    ("3 sqrt(13)", "3 \\sqrt{13}"),
    ("50 percent", "50%"),
    ("11,\\! 111,\\! 111,\\! 100", "11111111100"),
    ("(1,200)", "(1,200)"),
    ("3, 5, 7", "3, 5, 7"),
    ("1,2", "1,2"),
    ("5, ...", "5, ..."),  # a list that goes on
    ("5.", "5"),
]


@pytest.mark.parametrize(("text", "tidied"), TIDY)
def test_an_answer_is_tidied(text, tidied):
    assert tidy(text) == tidied


UNITS = [
    ("4.5 \\times 10^{33} \\text{ erg s}^{-1}", "4.5 \\times 10^{33}"),
    ("6 \\times 10^{-3} m/s^2", "6 \\times 10^{-3}"),
    ("15000 kcal m^{-2} yr^{-1}", "15000"),
    ("12^{\\mathrm{th}} \\text{ grade}", "12"),
    ("864 \\mbox{ inches}^2", "864"),
    ("1.25 \\times 10^{17} 1/\\mathrm{cm}^3", "1.25 \\times 10^{17}"),
    ("1.325 \\times 10^{-27} \\mathrm{ kg\\cdot m/s}", "1.325 \\times 10^{-27}"),
    ("20 Å", "20"),
    ("100 billion", "100 \\times 10^{9}"),
    ("5\\text{ thousand}", "5 \\times 10^{3}"),
    ("73 degrees", "73"),
    ("30^\\circ", "30"),
    ("9 m", "9"),
]
NO_UNITS = [
    "5 x",
    "3 \\pi",
    "9m",
    "0.03c",
    "1700-1800",
    "(100,200)",
    "\\frac{37}{4} m",
    "3 hours 30 minutes",
    "5 hundred",
    "5\\text{ squared}",
    "5\\text{ or so}",
    "5\\text{ or }6",
    "5\\text{ is wrong}",
    "5\\text{ and 6}",
    "5\\mathrm{i}",
    "2 thirds",
]


@pytest.mark.parametrize(("text", "value"), UNITS)
def test_a_unit_is_read_off(text, value):
    assert with_plain_unit(text)[-1] == value


@pytest.mark.parametrize("text", NO_UNITS)
def test_words_that_change_a_value_are_no_unit(text):
    assert with_plain_unit(text) == (text,)


def test_the_literal_reading_comes_first_and_a_gold_keeps_plain_letters():
    assert with_plain_unit("9 m") == ("9 m", "9")
    assert without_text_unit("9 m") == "9 m"
    assert without_text_unit("15\\mbox{ cm}^2") == "15"


CHOICES = ["B", "(B)", "\\text{B}", "\\textbf{(B)}\\ 12", "B. 12", "(B): 2x", "\\text{Choice B}"]
HEDGES = [
    "(B) or (C)",
    "(B) and (C)",
    "\\text{(B)},\\text{(C)}",
    "(B)/(C)",
    "(B) (C)",
    "(B) C",
    "(B), C",
    "B, C",
    "B or C",
    "not (B)",
    "(B) is wrong",
    "(B) \\lor (C)",
    "(B) 12 or (C) 13",
    "BC",
    "b",
]


@pytest.mark.parametrize("text", CHOICES)
def test_a_choice_is_its_letter(text):
    assert choice(tidy(text)) == "B"


@pytest.mark.parametrize("text", HEDGES)
def test_who_names_two_choices_or_denies_one_has_chosen_none(text):
    assert choice(tidy(text)) is None


def test_a_choice_is_expected_where_its_letter_is_marked():
    assert expected_choice("\\text{(C)}") == expected_choice("(C)") == "C"
    assert expected_choice("C") is expected_choice("(x)") is None


def test_the_value_beside_a_choice_is_read():
    assert without_choice("\\textbf{(A)} 73") == "73"
    assert without_choice("A: 73") == "73"
    assert without_choice("A(x) 73") == "A(x) 73"


def test_words_are_compared_without_case_and_letters_with_it():
    assert canonical("\\text{East}") == canonical("east")
    assert canonical("\\frac{V}{v}") != canonical("\\frac{v}{V}")


def test_lists_are_compared_in_any_order_and_tuples_are_not():
    assert canonical("E_{2}, E_1") == canonical("E_{1},E_{2}")
    assert canonical("(1, 2)") != canonical("(2, 1)")


@pytest.mark.parametrize(("one", "other"), [(".5", "5"), ("1 2", "12"), ("1 .5", "1.5")])
def test_points_and_gaps_within_numbers_count(one, other):
    assert canonical(one) != canonical(other)


def test_a_very_long_answer_is_cut():
    assert len(tidy("9" * (2 * LONGEST))) == LONGEST


@given(
    st.integers(0, 999),
    st.sampled_from(["{}", "{}.", "${}$", "\\text{{{}}}", "\\({}\\)", "**{}**"]),
)
def test_a_whole_number_is_found_in_every_dress(number, dress):
    assert readings(dress.format(number)) == (str(number),)


@pytest.mark.parametrize("mark", ["$", "$$", "\\(\\)", "\\text{}", "$ $"])
def test_a_mere_mark_holds_nothing_to_compare(mark):
    assert readings(mark) == ()
