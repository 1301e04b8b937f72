"""How small an effect a number of clusters can show, and how many clusters an effect needs."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, strategies as st
from observed import few
from statsmodels.stats.power import NormalIndPower

from lcbrb import stats
from lcbrb.errors import UsageError


@pytest.mark.parametrize(("alpha", "power"), [(0.05, 0.8), (0.01, 0.9), (0.1, 0.5)])
def test_minimum_detectable_effect_agrees_with_statsmodels(alpha: float, power: float) -> None:
    effect = stats.minimum_detectable_effect(0.6, 219, alpha=alpha, power=power)
    one_sample = NormalIndPower().power(effect / 0.6, 219, alpha, ratio=0, alternative="two-sided")
    assert one_sample == pytest.approx(power, abs=1e-3)


def test_minimum_detectable_effect_by_hand() -> None:
    # 1.95996 + 0.84162 = 2.80159 standard errors of 0.5 / 10.
    assert stats.minimum_detectable_effect(0.5, 100) == pytest.approx(0.1400793, abs=1e-6)
    assert stats.clusters_for_effect(0.5, 0.14) == 101
    assert stats.clusters_for_effect(0.5, 10.0) == 2


@few
@given(st.floats(0.01, 10.0), st.integers(2, 100_000))
def test_clusters_for_effect_inverts(sd: float, clusters: int) -> None:
    effect = stats.minimum_detectable_effect(sd, clusters)
    assert stats.clusters_for_effect(sd, effect) == clusters


@pytest.mark.parametrize(
    ("sd", "clusters", "options"),
    [
        (0.0, 10, {}),
        (-1.0, 10, {}),
        (math.inf, 10, {}),
        (1.0, 1, {}),
        (1.0, 10, {"alpha": 0.0}),
        (1.0, 10, {"power": 1.0}),
        (1.0, 10, {"alpha": 0.5, "power": 0.2}),
    ],
)
def test_minimum_detectable_effect_refuses(sd: float, clusters: int, options: dict) -> None:
    with pytest.raises(UsageError):
        stats.minimum_detectable_effect(sd, clusters, **options)


@pytest.mark.parametrize(
    ("sd", "effect", "options"),
    [
        (1.0, 0.0, {}),
        (1.0, -0.1, {}),
        (0.0, 0.1, {}),
        (math.inf, 0.1, {}),
        (1.0, 0.1, {"alpha": 0.0}),
        (1.0, 0.1, {"power": 1.0}),
        (1.0, 0.1, {"alpha": 0.5, "power": 0.2}),
    ],
)
def test_clusters_for_effect_refuses(sd: float, effect: float, options: dict) -> None:
    with pytest.raises(UsageError):
        stats.clusters_for_effect(sd, effect, **options)
