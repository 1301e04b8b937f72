"""Gaps in length: classes by share, and a bounded scale about 0."""

import math

import pytest
import tiny
from hypothesis import given, strategies as st

from lcbrb.rewards.metrics.length_gap import GAPS, gap_of, scaled_gaps, typical_gap

lengths = st.integers(0, 60)


def pair(chosen, rejected):
    return tiny.pair("p", "a" * chosen, "b" * rejected)


@given(lengths, lengths)
def test_swapping_sides_mirrors_the_class_and_the_gap(chosen, rejected):
    assert gap_of(pair(chosen, rejected)) == len(GAPS) - 1 - gap_of(pair(rejected, chosen))
    both = [pair(chosen, rejected), pair(rejected, chosen)]
    first, second = scaled_gaps(both)
    assert first == -second
    assert -1 < first < 1


@pytest.mark.parametrize(
    ("chosen", "rejected", "gap"),
    [
        (10, 10, "equally long"),
        (96, 100, "shorter by under 5%"),
        (95, 100, "shorter by 5 to 30%"),
        (70, 100, "chosen shorter by over 30%"),
        (100, 71, "longer by 5 to 30%"),
        (1, 0, "chosen longer by over 30%"),
    ],
)
def test_a_class_is_told_against_the_longer_side(chosen, rejected, gap):
    assert GAPS[gap_of(pair(chosen, rejected))] == gap


def test_the_typical_gap_is_the_root_mean_square_and_scales_the_others():
    pairs = [pair(3, 0), pair(0, 4), pair(5, 5)]
    scale = math.sqrt(25 / 3)
    assert typical_gap(pairs) == pytest.approx(scale)
    assert scaled_gaps(pairs) == pytest.approx([math.tanh(3 / scale), math.tanh(-4 / scale), 0.0])


def test_equal_sides_alone_are_all_zero():
    assert scaled_gaps([pair(4, 4), pair(2, 2)]) == [0.0, 0.0]
