"""The smallest difference that so many pairs tell, against hand-worked values and a simulation."""

import numpy as np
import pytest
from scipy.stats import t

from lcbrb.errors import UsageError
from lcbrb.stats import design_effect, minimum_detectable_difference


def test_it_solves_its_own_equation():
    found = minimum_detectable_difference(187, 187, discordance=0.4, effect=1.5)
    both = t.ppf(0.975, 186) + t.ppf(0.8, 186)
    assert found == pytest.approx(both * np.sqrt((0.4 - found**2) * 1.5 / 187))
    assert 0.14 < found < 0.16


def test_a_test_finds_it_about_as_often_as_planned():
    n, q = 400, 0.4
    d = minimum_detectable_difference(n, n, discordance=q)
    rng = np.random.default_rng(0)
    drawn = rng.choice([1.0, -1.0, 0.0], p=[(q + d) / 2, (q - d) / 2, 1 - q], size=(4000, n))
    found = np.abs(drawn.mean(1)) / (drawn.std(1, ddof=1) / np.sqrt(n)) > t.ppf(0.975, n - 1)
    assert 0.77 < found.mean() < 0.83


def test_too_few_tell_none():
    assert minimum_detectable_difference(9, 1, discordance=0.4) is None
    assert minimum_detectable_difference(3, 3, discordance=0.1) is None


@pytest.mark.parametrize("wrong", [{"discordance": 0.0}, {"discordance": 0.4, "effect": 0.5}])
def test_what_means_nothing_is_refused(wrong):
    with pytest.raises(UsageError):
        minimum_detectable_difference(9, 9, **wrong)


def test_equal_values_within_clusters_count_once():
    values = np.repeat(np.random.default_rng(1).choice([0.0, 1.0], 400), 4)
    clusters = np.repeat(np.arange(400), 4)
    assert design_effect(values, clusters) == pytest.approx(4.0, rel=0.02)
    assert design_effect(np.ones(8), np.arange(8)) == 1.0
    with pytest.raises(UsageError, match="2 clusters"):
        design_effect([1.0, 0.0], ["a", "a"])
