"""One answer in the many forms that models write it in; and near misses of each form, which are wrong."""

# ruff: noqa: RUF001 - characters that look like others are tried

import pytest
from hypothesis import given, settings, strategies as st

from lcbrb.grading.maths_answers.comparing import compared
from lcbrb.grading.maths_answers.forms import LONGEST, tidy
from lcbrb.grading.maths_answers.numbers import FOUR_DIGITS
from lcbrb.grading.maths_answers.rules import Rules
from lcbrb.types import Status

EXACT, WHOLE = Rules(), Rules(whole=True)
MEASURED = Rules(measured=True, scaled=True, tolerance=FOUR_DIGITS)

DRESSED = [
    r"\boldsymbol{{{}}}", r"\bm{{{}}}", r"\underline{{\mathbf{{{}}}}}", r"\color{{teal}}{}", r"\textcolor{{red}}{{{}}}",
    r"{{\color{{red}} {}}}", r"\bf {}", r"\tt {}", r"{{\bf {}}}", r"\Large {}", r"{} \checkmark", r"{} \quad \blacksquare",
    r"\text{{Answer: }}{}", r"\text{{The answer is }} {}", "Answer: {}", r"{}\\", "{}。", "`{}`", '"{}"', "{} ✓",
    r"\colorbox{{yellow}}{{{}}}", r"\therefore {}", r"\text{{\textbf{{{}}}}}", r"\phantom{{1}}{}", "答案：{}", r"\boxed{{{}}}",
    r"{} \text{{ (option B)}}", r"N \equiv {} \pmod{{1000}}", "{} (mod 1000)", r"{} \bmod 1000", r"\sim {}",
]  # fmt: skip


@pytest.mark.parametrize("dress", DRESSED)
@pytest.mark.parametrize("rules", [EXACT, WHOLE, MEASURED])
def test_what_dresses_an_answer_says_nothing(dress, rules):
    assert compared("61", dress.format("61"), rules) is Status.PASSED
    assert compared("61", dress.format("62"), rules) is Status.WRONG_ANSWER


UNITS = [
    r"\ \mathrm{kg\,m^{2}\,s^{-2}}", r"\ \mathrm{\frac{J}{K}}", r"\,{\rm cm}", r"\,{\rm m\,s^{-1}}", r"\,\si{\newton\per\metre}",
    r"\ \mu m", r"\ \mu\mathrm{F}", r"\,\Omega", r"\,\mathrm{k}\Omega", r"\ \AA", r"\ \text{\r{A}}", r"\,M_\odot",
    r"\,L_{\odot}\,\text{yr}^{-1}", r"\text{ m/s²}", r"\frac{\text{miles}}{\text{hour}}", r"\ \frac{m}{s}", r"\ [\mathrm{F}]",
    " square units", " cm^2", " in.", " miles per hour", " m/s", " kJ/mol", r"\,^\circ\mathrm{C}", "^{\\prime\\prime}", "''",
]  # fmt: skip
VALUES = ["7.25", r"\frac{29}{4}", r"2.5 \times 10^{7}", r"3\sqrt{13}", "29/4"]


@pytest.mark.parametrize("unit", UNITS)
@pytest.mark.parametrize("value", VALUES)
def test_a_unit_in_any_notation_is_read_off_any_value(value, unit):
    assert compared(value, f"{value}{unit}", MEASURED) is Status.PASSED


NO_UNITS = ["xy", " xyz", r" \mu", r" \frac{x}{y}", " k", r" \cdot m", " - m", " i", r" \pi m x", " x^2", " ab", r"\text{ squared}"]  # fmt: skip


@pytest.mark.parametrize("letters", NO_UNITS)
@pytest.mark.parametrize("value", VALUES)
def test_letters_that_are_no_unit_change_a_value(value, letters):
    assert compared(value, f"{value}{letters}", EXACT) is Status.WRONG_ANSWER


SAME = [
    ("4.5e3", r"\text{USD }4500"), ("4500", "US$ 4,500"), ("4500", "€4500"), ("7.25", r"\SI{7.25}{\metre\per\second}"),
    ("90^\\circ", r"90\degree"), ("90^\\circ", "90^o"), ("90^\\circ", "90º"), ("90^\\circ", r"\ang{90}"), ("90^\\circ", "90 deg"),
    ("5\\sqrt{3}", r"5\sqrt(3)"), ("5\\sqrt{3}", "5sqrt3"), ("5\\sqrt{3}", "5 * sqrt(3)"), ("-\\frac{\\pi}{8}", "-pi/8"),
    ("12\\pi", "12pi"), ("12\\pi", "12*pi"), ("x^4+2x", "x**4+2*x"), ("x^{n+1}", "x^(n+1)"), ("(-\\infty,0]", "(-inf, 0]"),
    ("(-\\infty,1) \\cup (2,\\infty)", "(-inf,1) U (2,oo)"), ("\\frac{2}{3}", r"0.\overline{6}"), ("\\frac{2}{3}", r"0.\bar6"),
    ("\\frac{2}{3}", "0.(6)"), ("\\frac{2}{3}", "0.666..."), ("\\frac{7}{12}", r"0.58\overline{3}"), ("0.\\overline{6}", "2/3"),
    ("\\frac{2}{3}", r"0.\dot{6}"), ("41_6", "(41)_6"), ("41_6", r"41_{\text{six}}"), ("41_6", r"41\text{ (base 6)}"),
    ("41_6", "41 in base six"), ("2A_{16}", r"(2\text{A})_{16}".replace("\\text{A}", "A")), ("1-\\frac{1}{\\mathrm{e}}", "1 - e^{-1}"),
    ("\\text{Ada}", r"\textsf{Ada}"), ("\\text{Ada}", r"\emph{Ada}"), ("\\text{Ada}", r"\mathsf{Ada}"),
    ("\\frac{17}{3}", r"\frac{17}{3} \approx 5.67"), ("\\frac{17}{3}", r"\frac{17}{3} \text{ or } 5.67"),
    ("\\frac{17}{3}", r"\frac{17}{3}\text{ m} \approx 5.67\text{ m}"), ("\\frac{17}{3}", "17/3, or about 5.667"),
    ("\\frac{17}{3}", r"\frac{17}{3} (\approx 5.67)"), ("60^\\circ", r"\frac{180}{3}^\circ \approx 60.0^\circ"),
    ("2 \\pm \\sqrt{7}", r"2 \pm \sqrt{7} \approx 4.65, -0.65"), ("(3,\\infty)", "3 < x < \\infty"),
    ("(3,\\infty)", "x > 3"),
]  # fmt: skip
MATRIX = r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}"
MATRICES = [
    r"\begin{bmatrix} 1 & 2 \\[4pt] 3 & 4 \end{bmatrix}",
    r"\begin{Bmatrix} 1 & 2 \cr 3 & 4 \end{Bmatrix}",
    r"\left(\begin{smallmatrix} 1 & 2 \\ 3 & 4 \end{smallmatrix}\right)",
    r"\left[\begin{array}{cc} 1 & 2 \\ 3 & 4 \\ \end{array}\right]",
    r"\pmatrix{1 & 2 \cr 3 & 4}",
]


@pytest.mark.parametrize(("gold", "answer"), SAME + [(MATRIX, matrix) for matrix in MATRICES])
def test_one_answer_in_many_notations(gold, answer):
    assert compared(gold, answer, EXACT) is Status.PASSED


OTHERS = [
    ("5\\sqrt{3}", "5sqrt2"), ("12\\pi", "12"), ("12\\pi", "12 pie"), ("\\frac{2}{3}", r"0.\overline{7}"), ("\\frac{2}{3}", "0.6"),
    ("41_6", "41_7"), ("41_6", r"41\text{ (base 9)}"), ("41_6", "25"), ("90^\\circ", "91^o"), ("73", r"73 \pmod 5"),
    ("73", r"-927 \pmod{1000}"), ("73", r"1073 \pmod{1000}"), ("73", r"\cancel{73}"), ("73", r"\text{The answer is not }73"),
    ("\\frac{17}{3}", r"\frac{17}{3} \approx 5.76"), ("\\frac{17}{3}", r"\frac{17}{3} \text{ or } 5.76"),
    ("\\frac{17}{3}", r"5.67 \approx \frac{16}{3}"), ("2 \\pm \\sqrt{7}", r"2 \pm \sqrt{7} \approx 4.65, 0.65"),
    ("2 \\pm \\sqrt{7}", r"2 + \sqrt{7} \approx 4.65"), ("(3,\\infty)", "y > 3"), (MATRIX, r"\begin{vmatrix} 1 & 2 \\ 3 & 4 \end{vmatrix}"),
    (MATRIX, r"\begin{bmatrix} 1 & 2 \\[4pt] 4 & 3 \end{bmatrix}"),
]  # fmt: skip


@pytest.mark.parametrize(("gold", "answer"), OTHERS)
def test_near_misses_of_each_notation_are_wrong(gold, answer):
    assert compared(gold, answer, EXACT) is Status.WRONG_ANSWER


def test_an_inequality_may_speak_of_a_letter_of_the_statement():
    statement = "For which values of $t$ is the sum positive?"
    assert compared("(3,\\infty)", "t > 3", EXACT, statement=statement) is Status.PASSED
    assert compared("(3,\\infty)", "u > 3", EXACT, statement=statement) is Status.WRONG_ANSWER


pieces = st.sampled_from(
    [*r"\{}[]()^_.,$`* 3x0/", r"\text{", r"\mathrm{", r"\frac", r"\color{red}", r"\si{", r"\bf ", "pi", "**", r"\pmod",
    r"\overline{", r"\begin{array}", r"\end{array}", r"\\", "base 8", "(mod 9)", r"\approx", "about ", "sqrt("]
)  # fmt: skip


@settings(deadline=None)
@given(st.lists(pieces, max_size=40).map("".join))
def test_no_text_raises_and_tidying_ends(text):
    once = tidy(text)
    assert len(once) <= 8 * LONGEST
