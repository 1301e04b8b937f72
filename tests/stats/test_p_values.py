"""McNemar's exact p-value and Holm's adjustment, against statsmodels and scipy."""

from __future__ import annotations

import math

import pytest
import scipy.stats
from hypothesis import given, settings, strategies as st
from observed import few, shares
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from lcbrb import stats
from lcbrb.errors import UsageError

# ------------------------------------------------------------------------------------------ McNemar


@few
@given(st.integers(0, 300), st.integers(0, 300))
def test_mcnemar_agrees_with_statsmodels_and_scipy(only_a: int, only_b: int) -> None:
    p_value = stats.mcnemar_exact(only_a, only_b)
    assert p_value == stats.mcnemar_exact(only_b, only_a)
    expected = mcnemar([[0, only_a], [only_b, 0]], exact=True).pvalue
    assert p_value == pytest.approx(expected, rel=1e-9)
    if only_a + only_b:
        expected = scipy.stats.binomtest(only_a, only_a + only_b).pvalue
        assert p_value == pytest.approx(expected, rel=1e-9)


def test_mcnemar_by_hand_and_at_size() -> None:
    assert stats.mcnemar_exact(0, 0) == 1.0
    assert stats.mcnemar_exact(5, 0) == pytest.approx(2 / 32)
    assert stats.mcnemar_exact(1, 4) == pytest.approx(2 * (1 + 5) / 32)
    expected = scipy.stats.binomtest(49_500, 100_000).pvalue
    assert stats.mcnemar_exact(49_500, 50_500) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("counts", [(-1, 3), (3, -1), (1.5, 2)])
def test_mcnemar_refuses(counts: tuple[int, int]) -> None:
    with pytest.raises(UsageError):
        stats.mcnemar_exact(*counts)


# --------------------------------------------------------------------------------------------- Holm


def test_holm_by_hand() -> None:
    # Sorted 0.01, 0.02, 0.03 become 0.03, 0.04, and 0.03 raised to 0.04.
    assert stats.holm([0.03, 0.01, 0.02]) == pytest.approx([0.04, 0.03, 0.04])
    assert stats.holm([]) == []
    assert stats.holm([0.6, 0.7]) == [1.0, 1.0]


@settings(max_examples=15)  # statsmodels takes 0.1 s for each
@given(st.lists(shares, min_size=1, max_size=20))
def test_holm_agrees_with_statsmodels_and_keeps_order(p_values: list[float]) -> None:
    adjusted = stats.holm(p_values)
    assert adjusted == pytest.approx(list(multipletests(p_values, method="holm")[1]))
    assert all(raw <= new <= 1.0 for raw, new in zip(p_values, adjusted, strict=True))
    by_raw = [new for _, new in sorted(zip(p_values, adjusted, strict=True))]
    assert by_raw == sorted(by_raw)


@pytest.mark.parametrize("p_values", [[0.5, 1.1], [-0.1], [math.nan]])
def test_holm_refuses(p_values: list[float]) -> None:
    with pytest.raises(UsageError):
        stats.holm(p_values)
