"""Means over seeds and problems: a worked table, what has no interval, and coverage by simulation."""

import math

import numpy as np
import pytest
import scipy.stats

from lcbrb.errors import UsageError
from lcbrb.stats import two_way_mean


def test_a_worked_table():
    # rows 1 and 3: means 2 and 4; columns 2, 4 (means of 1,3 and 3,5)
    found = two_way_mean(np.array([[1.0, 3.0], [3.0, 5.0]]))
    by_seed, by_problem, single = 2.0 / 2, 2.0 / 2, (8 / 3) / 4
    half = scipy.stats.t.ppf(0.975, 1) * math.sqrt(by_seed + by_problem - single)
    assert found.value == 3.0
    assert (found.low, found.high) == pytest.approx((3.0 - half, 3.0 + half))
    assert (found.n, found.clusters) == (4, 2)


def test_problems_that_all_seeds_share_widen_it():
    draw = np.random.default_rng(0)
    own, shared = draw.normal(size=(6, 50)), draw.normal(size=50)
    alone, both = two_way_mean(own), two_way_mean(own + 3 * shared)
    assert both.high - both.low > 1.5 * (alone.high - alone.low)


@pytest.mark.parametrize("table", [np.ones((1, 5)), np.full((4, 5), 0.3)])
def test_no_interval_is_made_up(table):
    found = two_way_mean(table)
    assert (found.low, found.high) == (None, None)
    assert found.method.startswith("none: ")


@pytest.mark.parametrize("table", [np.ones(3), np.empty((0, 4)), np.array([[1.0, math.nan]])])
def test_no_table_of_numbers_is_refused(table):
    with pytest.raises(UsageError, match="table of finite numbers"):
        two_way_mean(table)


def test_it_covers_about_as_often_as_it_says():
    draw = np.random.default_rng(1)
    inside = 0
    for _ in range(400):
        seeds, problems = draw.normal(size=(8, 1)), draw.normal(size=(1, 40))
        found = two_way_mean(0.3 * seeds + problems + draw.normal(size=(8, 40)))
        inside += found.low <= 0.0 <= found.high
    assert 0.91 <= inside / 400 <= 1.0
