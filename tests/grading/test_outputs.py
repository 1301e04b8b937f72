"""LiveCodeBench: what counts as a right answer."""

import json
import time

import pytest
from hypothesis import given, strategies as st

from lcbrb.grading.outputs import compare
from lcbrb.types import TestCase, TestKind

lines = st.text(st.characters(codec="utf-8", exclude_characters="\r"), max_size=40)
spaces = st.text(" \t", max_size=3)
anything = st.one_of(
    st.text(max_size=60),
    st.from_regex(r"[-+]?[0-9]{1,30}(\.[0-9]{1,30})?([eE][-+]?[0-9]{1,20})?", fullmatch=True),
    st.sampled_from(["nan", "NaN", "sNaN", "-Infinity", "1e400", "1_0", "٣", "0x10", "True"]),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


def stdin_test(expected, given=""):
    return TestCase(kind=TestKind.STDIN, input=given, expected=expected)


def call_test(expected, given=""):
    return TestCase(kind=TestKind.CALL, input=given, expected=expected)


def differs(found, expected):
    return compare(stdin_test(expected), found)


def call_differs(found, expected):
    return compare(call_test(expected), found)


# ---------------------------------------------------------------------------------- printed answers


@given(anything)
def test_every_output_equals_itself(text):
    assert differs(text, text) is None


@given(st.lists(st.tuples(spaces, lines, spaces), min_size=1, max_size=4))
def test_white_space_at_line_ends_does_not_count(parts):
    bare = "\n".join(line for _, line, _ in parts)
    padded = "\n".join(before + line + after for before, line, after in parts)
    assert differs(f"\n {padded}\n\n", bare) is None


@given(anything, anything)
def test_no_output_makes_the_comparison_of_lines_fail(found, expected):
    assert differs(found, expected) is None or isinstance(differs(found, expected), str)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("1\r\n2\r\n", "1\n2"),
        ("01 2.50", "1 2.5"),  # tokens are compared as decimals
        ("1e3", "1000"),
        ("1   2", "1 2"),  # ... so what parts them does not matter
        ("0.33333333", "0.3333333333333333"),
        ("1000000.5", "1000000.0"),
        ("0.0000001", "0.0"),
        ("", "\n"),
    ],
)
def test_printed_answers_that_are_right(found, expected):
    assert differs(found, expected) is None


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("1\n2", "1"),
        ("1", "1\n2"),
        ("1\n\n2", "1\n2"),
        ("YES", "Yes"),
        ("a  b", "a b"),  # words are compared as they are
        ("1 2", "1 2 3"),
        ("1000000.5", "1000000"),  # without a decimal point the answer is exact
        ("0.0001", "0.0"),
        ("10000000000000000000001", "10000000000000000000002"),
        ("inf", "Infinity"),
        ("1.7e400", "1.5e400"),
        ("nan", "0.5"),
        ("", "0"),
    ],
)
def test_printed_answers_that_are_wrong(found, expected):
    assert differs(found, expected)


@pytest.mark.parametrize(
    "token",
    ["1e999999999", "-1e-999999999", "1e99999999999999999999", "9" * 300_000, "1" + "." * 9],
)
@pytest.mark.parametrize("expected", ["1.5", "7", "x"])
def test_extreme_numbers_are_compared_at_once(token, expected):
    began = time.perf_counter()
    assert differs(token, expected)
    assert time.perf_counter() - began < 1


def test_the_difference_names_the_line_and_both_sides():
    assert differs("1\n2\n4", "1\n2\n3") == "line 3: printed '4', expected '3'"


def test_the_difference_stays_short():
    assert len(differs("x" * 10_000, "y" * 10_000)) < 500


# --------------------------------------------------------------------------------- returned answers


@given(json_values)
def test_every_value_equals_itself(value):
    text = json.dumps(value)
    assert call_differs(text, text) is None


@given(st.text() | json_values.map(json.dumps), json_values.map(json.dumps))
def test_no_output_makes_the_comparison_of_values_fail(found, expected):
    assert call_differs(found, expected) is None or isinstance(call_differs(found, expected), str)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("[1, [2]]", "[1,[2]]"),
        ("0.3333333333", "0.33333333"),
        ('[0.1, {"a": 2.0000000001}]', '[0.1, {"a": 2.0}]'),
        ("1", "1.0"),
        ("1.0", "1"),
        ("true", "1"),  # as in Python, and in the official grader
        ("null", "null"),
        ("1" + "0" * 9000, "1" + "0" * 9000),
    ],
)
def test_returned_answers_that_are_right(found, expected):
    assert call_differs(found, expected) is None


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("[1, 2]", "[2, 1]"),
        ("[1]", "[1, 1]"),
        ("[]", "null"),
        ('"1"', "1"),
        ("0.9999999999", "1"),
        ("NaN", "0.5"),
        ("NaN", "NaN"),
        ("Infinity", "1e300"),
        ('{"a": 1}', '{"a": 1, "b": 2}'),
        ('{"lcbrb:opaque": "Equal"}', "1"),
        ("1" + "0" * 400, "1.5"),  # no float holds it
        ("1" + "0" * 9000, "1.5"),
        ("1" + "0" * 9000, "1" + "0" * 8999 + "1"),
    ],
)
def test_returned_answers_that_are_wrong(found, expected):
    assert call_differs(found, expected)


@pytest.mark.parametrize("output", ["", "no json", "[1", "[" * 100_000, "1 2", "\ud800"])
def test_a_forged_report_is_a_wrong_answer(output):
    assert "no usable value" in call_differs(output, "1")
