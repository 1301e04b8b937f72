"""The structure of an answer: where a list is split, and what has a name."""

import pytest
from hypothesis import given, strategies as st

from lcbrb.grading.maths_answers.forms import canonical, readings, tidy
from lcbrb.grading.maths_answers.names import is_name, letters, names_a_value
from lcbrb.grading.maths_answers.structure import (
    Bracketed,
    Equation,
    Formula,
    Inequalities,
    Inequality,
    Named,
    Several,
    Union,
    leaves,
    structure,
)
from lcbrb.grading.maths_answers.units import with_plain_unit


def values(*texts):
    return tuple(map(Formula, texts))


def pair(left, one, other, right):
    return Bracketed(left, values(one, other), right)


STRUCTURES = [
    ("x = 7, 3, 5", Named("x", Several(values("7", "3", "5"), commas=True))),
    ("x=5 \\text{ or } x=6", Named("x", Several(values("5", "6")))),
    ("1\\text{ and }{-2}", Several(values("1", "-2"))),
    ("a = 1, b = 2", Several((Named("a", Formula("1")), Named("b", Formula("2"))), commas=True)),
    ("x \\in [-2,7]", Named("x", pair("[", "-2", "7", "]"))),
    ("D = (0,1]", Named("D", pair("(", "0", "1", "]"))),
    ("]2,3[", pair("(", "2", "3", ")")),
    ("\\langle 1,2 \\rangle", pair("(", "1", "2", ")")),
    ("\\{1\\pm\\sqrt{5},-2\\}", Several(values("1+\\sqrt{5}", "1-\\sqrt{5}", "-2"), braces=True)),
    ("\\frac{2\\pm x}{2}", Several(values("\\frac{2+ x}{2}", "\\frac{2- x}{2}"))),
    ("(0,9) \\cup (9,36)", Union((pair("(", "0", "9", ")"), pair("(", "9", "36", ")")))),
    ("x - 5 = 0", Equation(("x - 5", "0"))),
    ("a = b + c = 7", Equation(("a", "b + c", "7"))),
    ("3 < x \\le 4", Inequality(("3", "x", "4"), ("<", "<="))),
    ("\\{x \\mid x > 2\\}", Inequality(("x", "2"), (">",))),
    (
        "x<2\\text{ or }x>3",
        Inequalities((Inequality(("x", "2"), ("<",)), Inequality(("x", "3"), (">",))), every=False),
    ),
    ("A = \\frac{1}{4-w} \\text{ for } w < 2", Named("A", Formula("\\frac{1}{4-w}"))),
    ("\\frac{1}{s+a}, s > -a", Formula("\\frac{1}{s+a}")),
    (
        "E_1 \\text{ with probability } \\frac13, E_2 \\text{ with probability } \\frac23",
        Several(values("E_1", "E_2"), commas=True),
    ),
    ("\\text{Yes, } n=4", Named("\\text{Yes, } n", Formula("4"))),
]  # fmt: skip
WHOLE = [  # nothing of these is thrown away
    "\\frac{3}{2}\\text{ hours and }30\\text{ minutes}",
    "\\frac{14}{3}\\text{ and a bit}",
    "73 \\text{ with } 74",
    "5 if n is even else 6",
    "(a+5)(b+2)",
    "(1 - 3t) u(t)",
    "f(1,2)",
]


@pytest.mark.parametrize(("text", "found"), STRUCTURES)
def test_an_answer_has_its_structure(text, found):
    assert structure(text) == found


@pytest.mark.parametrize("text", WHOLE)
def test_words_and_brackets_that_separate_nothing_stay(text):
    assert structure(text) == Formula(text)


def test_a_condition_speaks_of_a_letter_in_the_value():
    assert structure("x = 5, x > 3") != structure("x = 5")  # a second answer, or a doubt
    assert structure("x = 2k, k \\in \\mathbb{Z}") == Named("x", Formula("2k"))


@pytest.mark.parametrize("text", ["x", "f(t)", "X_{d}", "\\angle ABC", "\\text{the area}", "y'"])
def test_a_name_is_a_letter_or_words(text):
    assert is_name(text)
    assert names_a_value(text)


@pytest.mark.parametrize("text", ["m+n", "\\frac{m}{n}", "100m+n", "f(2)+g(3)", "|z|"])
def test_what_has_several_letters_or_a_command_says_what_its_value_is(text):
    assert names_a_value(text)


@pytest.mark.parametrize("text", ["2x", "x^2", "x+1", "-x", "7", "\\sqrt{x}", "\\frac{x}{2}"])
def test_an_equation_for_one_letter_does_not_give_its_value(text):
    assert not is_name(text)
    assert not names_a_value(text)


def test_a_name_counts_without_its_marks():
    assert letters("X_{d}") == letters("Xd")
    assert letters("y(x)") == letters("y")
    assert letters("y") != letters("y'")


texts = st.text(max_size=60) | st.text("0123456789.,;xX^{}()[]$\\ =<>%-+/mab√π°₂²", max_size=40)


@given(texts)
def test_no_text_raises(text):
    for one in (tidy(text), *readings(text)):
        for leaf in leaves(structure(one)):
            assert isinstance(canonical(leaf), str)
            assert with_plain_unit(leaf)[0] == leaf
