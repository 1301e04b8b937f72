"""What is the same mathematics, structure by structure; and that nothing else is."""

from fractions import Fraction

import pytest
from hypothesis import assume, given, settings, strategies as st

from lcbrb.grading.maths_answers.comparing import compared
from lcbrb.grading.maths_answers.numbers import FOUR_DIGITS
from lcbrb.grading.maths_answers.rules import Rules
from lcbrb.grading.maths_answers.votes import grouped
from lcbrb.types import Status

EXACT = Rules()
MEASURED = Rules(measured=True, scaled=True, tolerance=FOUR_DIGITS)

NAMED = [
    ("x \\in [-2,7]", "x \\in [-2,8]"),
    ("x \\in [-2,7]", "x \\in (-2,7)"),
    ("x \\in [-2,7]", "x \\in \\mathbb{R}"),
    ("x \\in [-2,7]", "x \\in \\{-2, 7\\}"),
    ("x \\in [-2,7]", "x \\in \\emptyset"),
    ("x \\in [-2,7]", "x \\in \\text{false}"),
    ("x \\in [-2,7]", "y \\in [-2,7]"),
    ("x \\in [-2,7]", "-2 < x < 7"),
    ("x \\in [-2,7]", "-2 \\le y \\le 7"),
    ("x \\in [-2,7]", "[-2,7] \\cup \\{9\\}"),
    ("n = 2, 3, 4", "n = 1, 2, 3"),
    ("n = 2, 3, 4", "n = 2, 3"),
    ("D = (0,1)", "D = (0,2)"),
    ("D = (0,1)", "E = (0,1)"),
    ("A = \\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}", "A = \\begin{pmatrix} 1 & 2 \\\\ 3 & 5 \\end{pmatrix}"),
    ("x = 1 \\pm \\sqrt{2}", "x = 1 \\pm \\sqrt{3}"),
    ("x=5", "y=5"),
    ("x=5", "99, x=5"),
    ("x=5", "x=5, 99"),
    ("x=5", "x=5, y=6"),
    ("x=5", "x=5 or 6"),
]  # fmt: skip
BY_LITTLE = [
    ("2^{100} - 1", "2^{100}"),
    ("2^{100} - 1", "1267650600228229401496703205376"),
    ("3^{2010} + 1", "3^{2010}"),
    ("100! - 1", "100!"),
    ("\\sum_{k=0}^{100} 2^k", "\\sum_{k=1}^{100} 2^k"),
    ("1 - \\frac{1}{2^{100}}", "1"),
    ("\\frac{1}{3^{60}}", "\\frac{1}{3^{60} + 1}"),
    ("\\sqrt{10^{40} + 1}", "10^{20}"),
    ("1 - e^{-100}", "1"),
    ("\\begin{pmatrix} 2^{100} \\\\ 1 \\end{pmatrix}", "\\begin{pmatrix} 2^{100} + 1 \\\\ 1 \\end{pmatrix}"),
    ("2^{100} x", "(2^{100} + 1) x"),
    ("\\frac{2^{100}}{x}", "\\frac{2^{100} - 1}{x}"),
    ("\\sin x + 2^{100}", "\\sin x + 2^{100} + 1"),
    ("\\sqrt[3]{1 + i} + \\sqrt[3]{1 - i}", "\\sqrt[3]{2 + i} + \\sqrt[3]{2 - i}"),
]  # fmt: skip
MORE_THAN_ONE = [
    "{} or 6",
    "{}, 6",
    "6, {}",
    "{}; 6",
    "{} and 6",
    "{} \\text{{ or }} 6",
    "{} (or 6)",
    "{} with 6",
    "{} for 6",
    "{}\\text{{ and }}6",
    "{}\\text{{ hours and }}6\\text{{ minutes}}",
    "{} hours 6 minutes",
    "{} if n is even, 6 otherwise",
    "{} if n is even else 6",
    "{}, x > 7",
    "x = {}, x > 7",
    "\\{{{}, 6\\}}",
    "{} = 6",
    "6 = {}",
    "{} \\cup 6",
    "{} \\pm 1",
    "{}, ...",
    "{}, \\dots",
    "{}\\text{{, }}6",
    "{} \\lor 6",
]
SAID_OTHERWISE = [
    "not {}",
    "{}\\text{{ is wrong}}",
    "{} thousand",
    "{}\\text{{ hundred}}",
    "{}\\text{{ squared}}",
    "{}\\mathrm{{i}}",
    "2x = {}",
    "x^2 = {}",
    "-x = {}",
    "x + 1 = {}",
    "{}_8",
    "{}'",
]
OTHER_KINDS = [
    ("x = 1, y = 2", "2, 1"),  # which is which matters
    ("x = 1, y = 2", "(2,1)"),
    ("x = 1, y = 2", "\\{1,2\\}"),
    ("\\emptyset", "\\{\\emptyset\\}"),
    ("\\frac{1}{2}", "\\frac{1}{2}\\text{ or }0.6"),
    ("5", ", ".join(["5"] * 64 + ["6"])),
    ("5 \\text{ cm}", "5 \\text{ m}"),
    ("5 \\text{ hours}", "5 min"),
    ("90^\\circ", "90 \\text{ radians}"),
    ("15 \\text{ mph}", "15 \\text{ km/h}"),
    ("\\$20", "20 \\text{ cents}"),
    ("20^\\circ \\text{C}", "20^\\circ \\text{F}"),
    ("12 \\text{ square inches}", "12 \\text{ cubic inches}"),
    ("12 \\text{ cm}^3", "12 \\text{ cm}^2"),
    ("ABC", "ACB"),  # points or an order, no product
    ("ABC", "CBA"),
    ("\\angle ABC", "\\angle ACB"),
    ("5.4 \\text{ cents}", "\\$5.4"),
    ("(2,4)", "2, 4"),  # it may be an interval
    ("(2,4)", "\\{2,4\\}"),
    ("(2,4)", "[2,4]"),
    ("3, 5, 7", "(3,5,7)"),
    ("-2, 1", "(-2,1)"),
    ("(-\\infty, 0]", "\\mathbb{R}"),
    ("\\{1,2\\}", "\\{1,2,3\\}"),
    ("1 \\pm \\sqrt{19}", "1 + \\sqrt{19}"),
    ("5", "false"),
    ("5", "\\text{None}"),
    ("5", "\\emptyset"),
    ("5", ".5"),
    ("12", "1 2"),
    ("11", "5 6"),
    ("5", "> 5"),
    ("\\frac{1}{2}", "\\neq \\frac{1}{2}"),
    ("\\frac{1}{2}", "\\frac{1}{2} \\to 9"),
    ("\\frac{1}{2}", "\\frac{1}{2} \\\\ 9"),
    ("0", "0 instead of 9"),
    ("\\text{east}", "seat"),
    ("\\text{even}", "not even"),
    ("\\text{even}", "even or odd"),
    ("\\text{(C)}", "(C) or (D)"),
    ("x", "x'"),
    ("x^3 + 3x", "x^3 + 3x + 10^{-40}"),
    ("e^{-1000x}", "e^{-2000x}"),
    ("\\begin{pmatrix} 1 & 2 \\\\ 3 & 4 \\end{pmatrix}", "\\begin{pmatrix} 1 & 3 \\\\ 2 & 4 \\end{pmatrix}"),
    ("MR=SRMC", "RM=SMRC"),
]  # fmt: skip


#: what the parser or the random points would overlook: signs, unknown derivatives, an exponent T
OVERLOOKED = [
    ("|x|", "x"),
    ("x", "|x|"),
    ("2\\left|x - 1\\right|", "2(x - 1)"),
    ("\\lvert a \\rvert b", "a \\lvert b \\rvert"),
    ("|x| = y + 1", "x = y + 1"),
    ("\\frac{dy}{dx}", "\\frac{dx}{dy}"),
    ("1 + \\frac{dy}{dx}", "1"),
    ("\\frac{d^2y}{dx^2}", "\\frac{dy}{dx}"),
    ("A^T", "A"),
    ("2^T", "2"),
    ("e^{T} + 1", "e + 1"),
    ("p \\land q", "p \\lor q"),
    ("p \\land q", "p, q"),
]


@pytest.mark.parametrize(("gold", "answer"), BY_LITTLE)
def test_values_that_differ_by_little_beside_their_size_are_told_apart(gold, answer):
    assert compared(gold, answer, EXACT) is Status.WRONG_ANSWER
    assert compared(answer, gold, EXACT) is Status.WRONG_ANSWER


@pytest.mark.parametrize("rules", [EXACT, MEASURED])
@pytest.mark.parametrize(("gold", "answer"), NAMED + OTHER_KINDS + OVERLOOKED)
def test_another_value_or_kind_of_value_is_wrong(gold, answer, rules):
    assert compared(gold, answer, rules) is Status.WRONG_ANSWER


@pytest.mark.parametrize("answer", MORE_THAN_ONE + SAID_OTHERWISE)
@pytest.mark.parametrize("gold", ["5", "\\frac{3}{2}", "\\sqrt{5}"])
def test_a_right_value_beside_another_or_changed_by_words_is_wrong(gold, answer):
    assert compared(gold, answer.format(gold), EXACT) is Status.WRONG_ANSWER


SAME = [
    ("x = 1, y = 2", "(1,2)", True),
    ("1, -2", "x_1 = -2, x_2 = 1", True),
    ("1, -2", "a = -2, b = 1", False),
    ("\\emptyset", "\\varnothing", True),
    ("\\emptyset", "\\{ \\}", True),
    ("\\frac{1}{2}", "\\frac{1}{2}\\text{ or }0.5", True),
    ("\\frac{14}{3}", "\\frac{14}{3}\\text{ or }4\\frac{2}{3}", True),
    ("\\text{ellipse}", "\\text{an ellipse}", True),
    ("\\text{(C)}", "\\mathbf{(C)}\\ 12", True),
    ("52_8", "52_{\\text{8}}", True),
    ("15 \\mbox{ cm}^2", "15 \\text{ square centimeters}", True),
    ("15 \\mbox{ cm}^2", "15 \\text{ cm}", True),
    ("15 \\text{ cm}", "15 \\text{ units}", True),
    ("15", "15 \\text{ m}", True),
    ("15 \\text{ mph}", "15 \\text{ miles per hour}", True),
    ("20^\\circ \\text{C}", "20 \\text{ degrees Celsius}", True),
    ("12 \\text{ in}^2", "12 \\text{ square inches}", True),
    ("\\angle ABC", "\\angle CBA", True),
    ("\\overline{AB}", "BA", True),
    ("5.4 \\text{ cents}", "5.4¢", True),
    ("\\$20", "20 \\text{ dollars}", True),
    ("2^{100} - 1", "1267650600228229401496703205375", True),
    ("1 - \\frac{1}{2^{100}}", "\\frac{2^{100} - 1}{2^{100}}", True),
    ("\\binom{100}{50}", "\\frac{100!}{50! 50!}", True),
    ("\\sqrt{3 + 2\\sqrt{2}}", "1 + \\sqrt{2}", True),
    ("x \\sqrt{3 + 2\\sqrt{2}}", "x + x \\sqrt{2}", True),
    ("\\sin \\frac{\\pi}{5}", "\\frac{\\sqrt{10 - 2\\sqrt{5}}}{4}", True),
    ("\\arctan 2 + \\arctan 3", "\\frac{3\\pi}{4}", True),
    ("4", "\\sqrt[3]{2 + 11i} + \\sqrt[3]{2 - 11i}", True),
    ("x^{2010} - 1", "(x^{1005} - 1)(x^{1005} + 1)", True),
    ("\\sin 2x", "2 \\sin x \\cos x", True),
    ("|x|", "\\sqrt{x^2}", True),
    ("|a - b|", "|b - a|", True),
    ("\\ln|x| + C", "\\ln x + C", True),
    ("\\frac{1 + \\frac{dy}{dx}}{2}", "\\frac{1}{2} + \\frac12 \\frac{dy}{dx}", True),
    ("\\frac{d}{dx} x^2", "2x", True),
    ("2^T", "2 \\cdot 2^{T-1}", True),
    ("x > 2 \\land x < 5", "2 < x < 5", True),
    ("x = 3 \\land y = 4", "x = 3, y = 4", True),
    ("x \\in [-2,7]", "D = [-2,7]", False),
    ("x \\in [-2,7]", "x \\ge -2 \\text{ and } x \\le 7", True),
    ("(2,\\infty)", "\\{x \\mid x > 2\\}", True),
    ("(-\\infty, 2) \\cup (3, \\infty)", "x>3 \\text{ or } x<2", True),
    ("(-\\infty, 2) \\cup (3, \\infty)", "\\mathbb{R} \\setminus [2,3]", True),
    ("(-2,1)", "]-2,1[", True),
    ("n = 2, 3, 4", "n = 4, 2, 3", True),
    ("n = 2, 3, 4", "2, 3 \\text{ and } 4", True),
    ("1 \\pm \\sqrt{19}", "\\frac{2 \\pm \\sqrt{76}}{2}", True),
    ("(15,-29)", "15, -29", True),  # no interval
    ("(2,4)", "x = 2, y = 4", True),
    ("1, 2", "a = 1, b = 2", True),
    ("1, 2", "a = 2, b = 1", False),
    ("\\frac{14}{3}", "\\frac{14}{3} \\approx 4.67", True),
    ("\\frac{14}{3}", "\\frac{14}{3} \\approx 4.76", False),
    ("73", "x = 36 + 37 = 73", True),
    ("73", "x = 36 + 38 = 73", False),
    ("73", "x = 99\\text{ cm} = 73\\text{ cm}", False),
    ("73", "x = 99\\text{ cm} = 73", False),
    ("73", "x = 0.73\\text{ m} = 73\\text{ cm}", True),
    ("\\frac{\\pi}{6}", "30^\\circ = \\frac{\\pi}{6}", True),
    ("x=5", "x = \\frac{10}{2} = 5", True),
    ("x=5", "x = \\frac{12}{2} = 5", False),
    ("x=5", "y = \\frac{10}{2} = 5", False),
    ("x + y > 3", "3 < y + x", True),
    ("x + y > 3", "x + y < 3", False),
    ("x + y > 3", "x + y \\ge 3", False),
    ("\\frac{1}{s+a}", "Y(s) = \\frac{1}{s+a} \\text{ for } s > -a", True),
    ("I(0) u(t)", "u(t) I(0)", True),
    ("I(0) u(t)", "I(0) u(2t)", False),
    ("\\frac{1}{2004!}", "\\frac{1}{2005 \\cdot 2003! - 2003!}", True),
    ("\\frac{1}{2004!}", "\\frac{1}{2006!}", False),
    ("0", "\\sqrt{2}\\sqrt{3} - \\sqrt{6}", True),
    ("0", "10^{-30}", False),
]


@pytest.mark.parametrize(("gold", "answer", "same"), SAME)
def test_structures_are_the_same_where_they_say_the_same(gold, answer, same):
    expected = Status.PASSED if same else Status.WRONG_ANSWER
    assert compared(gold, answer, EXACT) is expected


# --------------------------------------------------------------------------------- any numbers

NUMBERS = st.tuples(st.integers(-9999, 9999).filter(bool), st.integers(-300, 300))
WAYS = [
    "{}e{}",
    "{} \\times 10^{{{}}}",
    "\\frac{{{}}}{{2}} \\cdot 2 \\cdot 10^{{{}}}",
    "\\sqrt{{4}} \\cdot \\frac{{{}}}{{2}} \\cdot 10^{{{}}}",
]


@settings(max_examples=60, deadline=None)
@given(NUMBERS, NUMBERS, st.sampled_from(WAYS), st.sampled_from(WAYS))
def test_unequal_numbers_are_told_apart_at_any_magnitude(one, other, way, another):
    first, second = (digits * Fraction(10) ** power for digits, power in (one, other))
    assume(abs(first - second) > abs(first) / 10**5)
    assert compared(way.format(*one), another.format(*other), EXACT) is Status.WRONG_ANSWER
    assert compared(way.format(*one), another.format(*one), EXACT) is Status.PASSED


@settings(max_examples=30, deadline=None)
@given(NUMBERS, st.sampled_from(WAYS))
def test_no_number_is_zero(number, way):
    assert compared("0", way.format(*number), EXACT) is Status.WRONG_ANSWER
    assert compared(way.format(*number), "0", EXACT) is Status.WRONG_ANSWER


FORMULAS = st.sampled_from(
    ["2", "-\\frac{1}{3}", "\\sqrt{5}", "x+1", "2k", "\\pi", "5 cm", "0.25", "x^2 - y", "e^{-t}"]
)
ANSWERS = st.one_of(
    FORMULAS,
    st.lists(FORMULAS, min_size=2, max_size=3).map(", ".join),
    st.tuples(st.sampled_from("(["), FORMULAS, FORMULAS, st.sampled_from(")]")).map(
        lambda parts: f"{parts[0]}{parts[1]}, {parts[2]}{parts[3]}"
    ),
    st.tuples(st.sampled_from(["x = {}", "y \\in {}", "\\{{{}\\}}", "{} < x", "x = 3 \\pm {}"]), FORMULAS).map(
        lambda parts: parts[0].format(parts[1])
    ),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(ANSWERS, ANSWERS)
def test_a_vote_is_the_same_as_itself_and_either_way_round(one, other):
    assert grouped([one, f" {one} "], EXACT) == [0, 0]
    assert grouped([one, other], EXACT) == grouped([other, one], EXACT)
    assert compared(one, one, EXACT) is Status.PASSED
