"""The readings of an answer: without dollar signs, names, units, letters of a choice."""

import pytest
from hypothesis import given, strategies as st

from lcbrb.grading.maths_answers.forms import (
    LONGEST,
    canonical,
    gold_readings,
    pairs,
    readings,
    tidy,
    value_of,
)

LAST = [
    ("4.5 \\times 10^{33} \\, \\text{erg s}^{-1}", "4.5 \\times 10^{33}"),
    ("6 \u00d7 10⁻³ m/s²", "6 \\times 10^{-3}"),
    ("15,000 kcal m⁻² yr⁻¹", "15000"),
    ("\\$32,\\!348", "32348"),
    ("12^{\\mathrm{th}} \\text{ grade}", "12"),
    ("k = \\frac{37}{4}m", "\\frac{37}{4}m"),
    ("\\text{Yes, } n=4", "4"),
    ("864 \\mbox{ inches}^2", "864"),
    ("1.25 \\times 10^{17} \\ 1/\\mathrm{cm}^3", "1.25 \\times 10^{17}"),
    ("20 Å", "20"),
    ("100 billion", "100 \\times 10^{9}"),
    ("73 degrees", "73"),
    ("m+n = 73", "73"),
    ("x=5 \\text{ or } x=6", "5, 6"),
    (
        "E_1 \\text{ with probability } \\frac13, \\quad E_2 \\text{ with probability } \\frac23",
        "E_1, E_2",
    ),
    ("A = \\frac{1}{4} \\text{ for } \\omega < 2", "\\frac{1}{4}"),
    ("C \\approx 3.32 \\text{ bits per second}", "3.32"),
    ("\\angle ABC = 30^\\circ", "30"),
    ("\\text{73}", "73"),
    ("3√13", "3\\sqrt{13}"),
    ("2π", "2\\pi"),
    ("$5$", "5"),
    ("t_s = -τ * ln(Δ)", "-\\tau * \\ln(\\Delta )"),
    ("3 sqrt(13)", "3 \\sqrt{13}"),
    (
        "\\mathbf{v} = \\begin{pmatrix} 0 \\\\ 1 \\end{pmatrix}",
        "\\begin{pmatrix} 0 \\\\ 1 \\end{pmatrix}",
    ),
]
UNCHANGED = [
    "5 x",
    "3 \\pi",
    "9m",
    "0.03c",
    "1700-1800",
    "(100,200)",
    "\\frac{37}{4} m",
    "x - 5 = 0",
    "-2 \\le x \\le 7",
]


@pytest.mark.parametrize(("text", "value"), LAST)
def test_the_freest_reading_is_the_bare_value(text, value):
    assert readings(text)[-1] == value


@pytest.mark.parametrize("text", UNCHANGED)
def test_what_may_be_more_than_a_unit_or_a_name_stays(text):
    assert readings(text) == (text,)


def test_the_literal_reading_comes_first():
    assert readings("9 m") == ("9 m", "9")


def test_thousands_are_joined_outside_brackets_only():
    assert tidy("11,\\! 111,\\! 111,\\! 100") == "11111111100"
    assert tidy("(1,200)") == "(1,200)"
    assert tidy("3, 5, 7") == "3, 5, 7"
    assert tidy("1,2") == "1,2"


def test_a_gold_keeps_letters_that_may_be_variables():
    assert gold_readings("\\frac{37}{4} m") == ("\\frac{37}{4} m",)
    assert gold_readings("15\\mbox{ cm}^2")[-1] == "15"
    assert gold_readings("x \\in [-2,7]")[-1] == "[-2,7]"


def test_a_choice_is_its_letter():
    assert readings("\\textbf{(B)}\\ 3(1 + r)^x = 7")[0] == "B"
    assert gold_readings("\\text{(C)}")[0] == "C"
    assert readings("Ab")[0] == "Ab"


def test_words_are_compared_without_case_and_letters_with_it():
    assert canonical("\\text{East}") == canonical("east")
    assert canonical("\\frac{V}{v}") != canonical("\\frac{v}{V}")


def test_lists_are_compared_in_any_order_and_tuples_are_not():
    assert canonical("E_{2}, E_1") == canonical("E_{1},E_{2}")
    assert canonical("(1, 2)") != canonical("(2, 1)")


def test_an_equation_is_held_against_an_equation():
    assert pairs("y=2x", "y = 2x + 0")[0] == ("y=2x", "y = 2x + 0")
    assert ("2x", "2x") in pairs("y=2x", "2x")
    assert ("125-P", "125 - P") in pairs("X_{d}=125-P", "Xd = 125 - P")
    assert ("2x", "3x") not in pairs("y=2x", "z=3x")


def test_a_very_long_answer_is_cut():
    assert len(tidy("9" * (2 * LONGEST))) == LONGEST


@given(st.text(max_size=60) | st.text("0123456789.,xX^{}()[]$\\ =%-+/mab√π°₂²", max_size=40))
def test_no_text_raises(text):
    for one in (
        *readings(text),
        *gold_readings(text),
        *(part for pair in pairs(text, text) for part in pair),
    ):
        assert isinstance(canonical(one), str)
    value_of(text)


@given(
    st.integers(0, 999),
    st.sampled_from(
        [
            "{}",
            "{}.",
            "{}.0",
            "${}$",
            "\\text{{{}}}",
            "{}^\\circ",
            "x = {}",
            "{} degrees",
            "\\({}\\)",
            "**{}**",
            "0{}",
        ]
    ),
)
def test_a_whole_number_is_found_in_every_dress(number, dress):
    assert float(readings(dress.format(number))[-1]) == number


MARKS = ["$", "$$", "\\(\\)", "\\text{}", "$ $"]


@pytest.mark.parametrize("mark", MARKS)
def test_a_mere_mark_holds_nothing_to_compare(mark):
    assert readings(mark) == ()
    assert pairs("12", mark) == pairs("x = 3", mark) == ()
