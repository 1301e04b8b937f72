"""Numbers as models write them, and which agree."""

from fractions import Fraction

import pytest
from hypothesis import given, strategies as st

from lcbrb.grading.maths_answers.numbers import (
    SIX_DIGITS,
    Number,
    number_of,
    same_measurement,
    same_number,
)

VALUES = [
    ("073", 73),
    ("-0.5", Fraction(-1, 2)),
    ("- .5", Fraction(-1, 2)),
    ("+2", 2),
    ("1,234.5", Fraction(2469, 2)),
    ("4.5e33", 45 * 10**32),
    ("4.5 \\times 10^{33}", 45 * 10**32),
    ("4.5 x 10^-2", Fraction(45, 1000)),
    ("4.5*10**2", 450),
    ("4.5 \\cdot 10^{ -2 }", Fraction(45, 1000)),
    ("10^{-8}", Fraction(1, 10**8)),
    ("-10^2", -100),
    ("3/4", Fraction(3, 4)),
    ("-\\frac{3}{4}", Fraction(-3, 4)),
    ("\\frac{-3}{4}", Fraction(-3, 4)),
    ("\\frac34", Fraction(3, 4)),
    ("\\frac{270}7", Fraction(270, 7)),
    ("2\\frac{1}{2}", Fraction(5, 2)),
    ("-2 1/2", Fraction(-5, 2)),
]
NO_NUMBERS = [
    "",
    "-",
    "x",
    "1,23",
    "3/0",
    "\\frac{1}{0}",
    "1e99999999",
    "10^{9^9}",
    "2^3",
    "1 2",
    "5 \\times",
    "1-2",
]


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_a_number_is_read_exactly(text, value):
    assert number_of(text).value == value


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_what_is_no_number_is_none(text):
    assert number_of(text) is None


def agree(gold, answer):
    return same_measurement(number_of(gold), number_of(answer))


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("41.8", "41.76"),  # rounds to the expected digits
        ("20.39", "20.385"),  # a half goes away from zero
        ("4.4e7", "44241304"),
        ("0.192", "19.19%"),
        ("2.7778e-6", "2.78e-6"),  # the expected number rounds to it
        ("300", "299.58"),
        ("6630", "6630.65"),  # one part in ten thousand
        ("1e-8", "10^{-8}"),
        ("-1./3".replace("./", "/"), "-0.33333"),
    ],
)
def test_a_measurement_agrees_up_to_rounding(gold, answer):
    assert agree(gold, answer)


@pytest.mark.parametrize(
    ("gold", "answer"),
    [
        ("0.022", "0.0225"),
        ("0.01", "0.0122"),  # one digit counts as two
        ("300", "289"),
        ("50", "48.51"),
        ("2.7778e-6", "2.8e-6"),  # two digits are too few to be a rounding
        ("1e-8", "2e-8"),
        ("0", "0.0001"),
        ("1538", "1540"),
        ("2.88e-19", "2.89e-19"),
        ("5", "-5"),
    ],
)
def test_other_measurements_do_not_agree(gold, answer):
    assert not agree(gold, answer)


def test_whole_numbers_and_fractions_must_be_equal():
    assert not same_number(number_of("10000000"), number_of("10000001"), SIX_DIGITS)
    assert not same_number(number_of("1/3"), number_of("333/1000"), SIX_DIGITS)


def test_a_decimal_needs_six_digits_of_an_exact_number():
    assert same_number(number_of("2/3"), number_of("0.6666667"), SIX_DIGITS)
    assert not same_number(number_of("2/3"), number_of("0.667"), SIX_DIGITS)


def test_one_percent_sign_leaves_two_readings():
    assert same_number(number_of("50"), number_of("50\\%"), SIX_DIGITS)
    assert same_number(number_of("0.5"), number_of("50\\%"), SIX_DIGITS)
    assert not same_number(number_of("5"), number_of("50\\%"), SIX_DIGITS)
    assert not same_number(number_of("0.5"), number_of("50"), SIX_DIGITS)


@given(st.integers(-(10**12), 10**12), st.integers(-30, 30))
def test_scientific_notation_in_every_spelling_is_one_number(digits, exponent):
    spellings = [
        f"{digits}e{exponent}",
        f"{digits} \\times 10^{{{exponent}}}",
        f"{digits}*10^{exponent}",
    ]
    values = {number_of(text).value for text in spellings}
    assert values == {digits * Fraction(10) ** exponent}


@given(st.fractions(), st.fractions())
def test_exact_numbers_agree_only_with_themselves(one, other):
    assert same_number(Number(one), Number(one), SIX_DIGITS)
    assert same_number(Number(one), Number(other), SIX_DIGITS) == (one == other)
