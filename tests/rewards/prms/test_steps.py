"""Steps of a text, and the scores of steps as one."""

import math

import pytest
from hypothesis import given, strategies as st

from lcbrb.rewards.prms.steps import Aggregate, Splitting, aggregate, bounds, split

LAST = "4) done 5.5 and 6. no"
NUMBERED = f"First, an idea.\nStep 1: read\nmore\n**Step 2** add\n### 3. print\n{LAST}"


@pytest.mark.parametrize(
    ("text", "how", "expected"),
    [
        ("a\nb\n\nc", "lines", ["a", "b", "c"]),
        ("a\nb\n\nc\n \t\nd\n", "paragraphs", ["a\nb", "c", "d"]),
        ("a\nb\n\nc", "auto", ["a\nb", "c"]),
        ("a\nb", "auto", ["a", "b"]),
        ("\n\na\nb\n\n", "auto", ["a", "b"]),  # blank lines around it split nothing
        ("one", "paragraphs", ["one"]),
        (
            NUMBERED,
            "numbered",
            ["First, an idea.", "Step 1: read\nmore", "**Step 2** add", "### 3. print", LAST],
        ),
        ("3.14 is pi\nstep by step", "numbered", ["3.14 is pi\nstep by step"]),
        ("", "auto", []),
        (" \n \n", "lines", []),
    ],
)
def test_a_text_is_split(text, how, expected):
    assert split(text, Splitting(how)) == expected


def test_a_marker_of_one_s_own_is_taken_out():
    assert split("a ки\nb ки\n", Splitting.MARKER, "ки") == ["a", "b"]
    assert split("a.b", Splitting.MARKER, ".") == ["a", "b"]


@given(st.text(st.sampled_from("ab \n\t.3)Step:"), max_size=60), st.sampled_from(Splitting))
def test_splitting_loses_nothing_but_space_and_no_step_is_empty(text, how):
    steps = split(text, how, "\n\n\n")
    assert "".join("".join(steps).split()) == "".join(text.split())
    assert all(step == step.strip() != "" for step in steps)


logs = st.lists(st.floats(-50, 0), min_size=1, max_size=12)


@given(logs)
def test_aggregates_are_those_of_the_probabilities(found):
    chances = [math.exp(one) for one in found]
    assert aggregate(found, Aggregate.MIN) == min(chances)
    assert aggregate(found, Aggregate.LAST) == chances[-1]
    assert aggregate(found, Aggregate.MEAN) == pytest.approx(sum(chances) / len(chances))
    assert aggregate(found, Aggregate.PRODUCT) == pytest.approx(sum(found))
    for how in Aggregate:
        low, high = bounds(how)
        assert low <= aggregate(found, how) <= high


def test_a_long_product_does_not_vanish():
    first, second = ([-10.0] * 500, [-10.0] * 500 + [-0.1])
    assert aggregate(first, Aggregate.PRODUCT) > aggregate(second, Aggregate.PRODUCT)
    assert math.exp(sum(first)) == math.exp(sum(second)) == 0.0


@pytest.mark.parametrize("how", Aggregate)
def test_no_step_is_no_score(how):
    assert math.isnan(aggregate([], how))


@pytest.mark.parametrize("how", Aggregate)
@pytest.mark.parametrize("place", range(3))
def test_a_step_without_a_score_leaves_none_for_the_process(how, place):
    found = [-0.1, -0.2, -0.3]
    found[place] = math.nan
    assert math.isnan(aggregate(found, how))
