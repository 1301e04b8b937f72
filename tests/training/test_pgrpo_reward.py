"""Every arm against a group worked by hand, against a plain reference, and against what must hold."""

import numpy as np
import pytest
from hypothesis import assume, given, strategies as st
from hypothesis.extra.numpy import arrays

from lcbrb.training.pgrpo_reward import EPSILON, Arm, Formula, Scale, Signals, advantages, rewards

NAN = float("nan")


def signals(well_formed, outcome, thinking, pass_rate=None):
    rows = [np.atleast_2d(np.array(one, float)) for one in (well_formed, outcome, thinking)]
    rate = rows[1] if pass_rate is None else np.atleast_2d(np.array(pass_rate, float))
    return Signals(
        well_formed_P_G=rows[0], outcome_P_G=rows[1], thinking_P_G=rows[2], pass_rate_P_G=rate
    )


#: right and well argued; right and badly argued; wrong and well argued; wrong, without the format
GROUP = signals([1, 1, 1, 0], [1, 1, 0, 0], [0.9, 0.1, 0.8, 0.0], pass_rate=[1, 1, 0.5, 0.25])


@pytest.mark.parametrize(
    ("arm", "by_hand"),
    [
        (Arm.PGRPO, [2.9, 2.1, 1.0, 0.0]),
        (Arm.OUTCOME, [2.0, 2.0, 1.0, 0.0]),
        (Arm.UNGATED, [2.9, 2.1, 1.8, 0.0]),
        (Arm.SOFT, [2.9, 2.1, 1.5, 0.25]),
        (Arm.TRM, [0.98, 0.82, 0.0, 0.0]),
    ],
)
def test_rewards_of_a_group_worked_by_hand(arm, by_hand):
    np.testing.assert_allclose(rewards(GROUP, Formula(arm=arm))[0], by_hand, atol=1e-12)


def test_the_papers_advantages_worked_by_hand():
    # rewards 2.9, 2.1, 1, 0: mean 1.5; distances 1.4, 0.6, -0.5, -1.5; squares 1.96 + 0.36 + 0.25
    # + 2.25 = 4.82; unbiased variance 4.82 / 3 = 1.606667; standard deviation 1.267544
    found = advantages(GROUP, Formula())[0]
    by_hand = np.array([1.4, 0.6, -0.5, -1.5]) / (1.267544 + 1e-4)
    np.testing.assert_allclose(found, by_hand, rtol=1e-5)


def test_papo_worked_by_hand():
    # outcome 1, 1, 0, 0: mean 0.5, standard deviation sqrt(1 / 3); thinking of the right ones 0.9,
    # 0.1: mean 0.5, standard deviation sqrt(0.32)
    found = advantages(GROUP, Formula(arm=Arm.PAPO))[0]
    outcome = 0.5 / (np.sqrt(1 / 3) + 1e-4)
    thinking = 0.4 / (np.sqrt(0.32) + 1e-4)
    by_hand = [outcome + thinking, outcome - thinking, -outcome, -outcome]
    np.testing.assert_allclose(found, by_hand, rtol=1e-9)


def test_without_scaling_an_advantage_is_the_distance_from_the_mean():
    found = advantages(GROUP, Formula(scale=Scale.NONE))[0]
    np.testing.assert_allclose(found, [1.4, 0.6, -0.5, -1.5], atol=1e-12)


def test_the_weight_is_of_the_thinking_reward_alone():
    found = rewards(GROUP, Formula(weight=0.5))[0]
    np.testing.assert_allclose(found, [2.45, 2.05, 1.0, 0.0], atol=1e-12)


# ------------------------------------------------------------------- an independent reference


def reference(arm, batch, weight):
    """The formulas with plain loops, one group at a time; `gdpo` needs the whole batch."""
    well_formed, outcome = batch.well_formed_P_G, batch.outcome_P_G
    thinking, rate = batch.thinking_P_G, batch.pass_rate_P_G

    def norm(values):
        mean = sum(values) / len(values)
        deviation = (sum((v - mean) ** 2 for v in values) / (len(values) - 1)) ** 0.5
        return [(v - mean) / (deviation + EPSILON) for v in values]

    found = []
    for f, o, t, r in zip(well_formed, outcome, thinking, rate, strict=True):
        gated = [weight * b if a == 1 else 0.0 for a, b in zip(o, t, strict=True)]
        if arm is Arm.PAPO:
            right = [i for i, a in enumerate(o) if a == 1]
            group = norm(o)
            if len(right) > 1:
                for i, extra in zip(right, norm([t[i] for i in right]), strict=True):
                    group[i] += weight * extra
        elif arm is Arm.GDPO:
            third = norm([b if a == 1 else 0.0 for a, b in zip(o, t, strict=True)])
            group = [x + y + weight * z for x, y, z in zip(norm(f), norm(o), third, strict=True)]
        else:
            paid = {
                Arm.PGRPO: [a + b + c for a, b, c in zip(f, o, gated, strict=True)],
                Arm.OUTCOME: [a + b for a, b in zip(f, o, strict=True)],
                Arm.UNGATED: [a + b + weight * c for a, b, c in zip(f, o, t, strict=True)],
                Arm.SOFT: [a + b + c for a, b, c in zip(f, r, gated, strict=True)],
                Arm.TRM: [a * (0.8 + 0.2 * weight * b) for a, b in zip(o, t, strict=True)],
            }
            group = norm(paid[arm])
        found.append(group)
    if arm is Arm.GDPO:
        flat = norm([v for group in found for v in group])
        size = len(found[0])
        return [flat[at : at + size] for at in range(0, len(flat), size)]
    return found


@st.composite
def batches(draw, most_prompts=3, most=5):
    shape = (draw(st.integers(1, most_prompts)), draw(st.integers(2, most)))
    bits = arrays(np.float64, shape, elements=st.sampled_from([0.0, 1.0]))
    shares = arrays(np.float64, shape, elements=st.floats(0, 1).map(lambda x: round(x, 3)))
    well_formed, outcome = draw(bits), draw(bits)
    thinking = draw(shares) * well_formed  # no format, no reasoning
    rate = np.where(outcome == 1, 1.0, draw(shares) * 0.99)
    return signals(well_formed, outcome, thinking, rate)


ARMS = [arm for arm in Arm if arm is not Arm.PLACEBO]


@given(batches(), st.sampled_from(ARMS), st.sampled_from([0.25, 1.0, 2.0]))
def test_every_arm_equals_the_reference(batch, arm, weight):
    found = advantages(batch, Formula(arm=arm, weight=weight))
    np.testing.assert_allclose(found, reference(arm, batch, weight), atol=1e-6)


# ------------------------------------------------------------------------- what must hold


@given(batches(), st.sampled_from(list(Arm)), st.sampled_from(list(Scale)), st.integers(0, 9))
def test_the_advantages_of_a_group_sum_to_zero(batch, arm, scale, seed):
    found = advantages(batch, Formula(arm=arm, scale=scale), np.random.default_rng(seed))
    np.testing.assert_allclose(found.sum(axis=-1), 0, atol=1e-6)


GATED = [Arm.PGRPO, Arm.OUTCOME, Arm.SOFT, Arm.TRM, Arm.PAPO, Arm.GDPO]


@given(batches(), st.sampled_from(GATED), st.floats(0, 1))
def test_what_a_failed_completion_gets_does_not_depend_on_its_reasoning(batch, arm, other):
    failed = batch.outcome_P_G == 0
    changed = signals(
        batch.well_formed_P_G,
        batch.outcome_P_G,
        np.where(failed, other, batch.thinking_P_G),
        batch.pass_rate_P_G,
    )
    for of in (rewards, advantages):
        np.testing.assert_array_equal(of(batch, Formula(arm=arm)), of(changed, Formula(arm=arm)))


def test_ungated_it_does():
    changed = signals([1, 1, 1, 0], [1, 1, 0, 0], [0.9, 0.1, 0.2, 0.0])
    ungated = Formula(arm=Arm.UNGATED)
    assert rewards(GROUP, ungated)[0, 2] > rewards(changed, ungated)[0, 2]


@given(arrays(np.float64, 4, elements=st.sampled_from([0.0, 0.25, 0.5, 1.0])))
def test_an_all_correct_group_has_a_gradient_exactly_where_its_scores_differ(thinking):
    group = signals([1] * 4, [1] * 4, thinking)
    found = advantages(group, Formula())[0]
    for i in range(4):
        for j in range(4):
            assert (found[i] > found[j]) == (thinking[i] > thinking[j])
    assert found.any() == (len(set(thinking)) > 1)
    assert not advantages(group, Formula(arm=Arm.OUTCOME)).any()


@given(batches(), st.integers(0, 2**32 - 1))
def test_placebo_keeps_the_rewards_of_each_group_on_others(batch, seed):
    placebo = rewards(batch, Formula(arm=Arm.PLACEBO), np.random.default_rng(seed))
    paper = rewards(batch, Formula())
    np.testing.assert_allclose(np.sort(placebo), np.sort(paper), atol=1e-12)
    failed = batch.outcome_P_G == 0
    np.testing.assert_array_equal(placebo[failed], paper[failed])


def test_placebo_moves_scores_and_the_same_draw_moves_them_alike():
    group = signals([1] * 8, [1] * 8, np.arange(8) / 10)
    formula = Formula(arm=Arm.PLACEBO)
    first, again, other = (
        rewards(group, formula, np.random.default_rng(seed)) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()
    assert (first != rewards(group, Formula())).any()
    with pytest.raises(ValueError, match="generator"):
        rewards(group, formula)


@pytest.mark.parametrize("arm", [Arm.PGRPO, Arm.UNGATED, Arm.SOFT, Arm.PAPO, Arm.GDPO, Arm.TRM])
def test_below_the_least_spread_an_all_correct_group_has_no_thinking_term(arm):
    close = signals([1] * 3, [1] * 3, [0.50, 0.51, 0.52])  # standard deviation 0.01
    assert advantages(close, Formula(arm=arm, min_spread=0.009)).any()
    assert not advantages(close, Formula(arm=arm, min_spread=0.011)).any()
    mixed = signals([1] * 3, [1, 1, 0], [0.50, 0.51, 0.52])  # the outcome gives it a scale
    assert len(set(advantages(mixed, Formula(arm=Arm.PGRPO, min_spread=1.0))[0])) == 3


@given(batches(), st.sampled_from(ARMS), st.data())
def test_what_is_not_known_has_no_advantage_and_is_in_no_mean(batch, arm, data):
    prompts, size = batch.outcome_P_G.shape
    assume(size > 2 and arm is not Arm.GDPO)  # of gdpo, the whole batch is one mean
    row, column = data.draw(st.integers(0, prompts - 1)), data.draw(st.integers(0, size - 1))
    unknown = np.zeros((prompts, size), bool)
    unknown[row, column] = True
    fields = ("well_formed_P_G", "outcome_P_G", "thinking_P_G", "pass_rate_P_G")
    parts = [getattr(batch, name) for name in fields]
    gone = signals(parts[0], *(np.where(unknown, NAN, part) for part in parts[1:]))
    found = advantages(gone, Formula(arm=arm))
    assert np.isnan(found[row, column])
    rest = signals(*(np.delete(part[row], column) for part in parts))
    expected = advantages(rest, Formula(arm=arm))[0]
    np.testing.assert_allclose(np.delete(found[row], column), expected, atol=1e-9)


@pytest.mark.parametrize("arm", [Arm.PGRPO, Arm.PAPO, Arm.GDPO, Arm.TRM, Arm.SOFT])
def test_a_thinking_score_that_is_not_known_matters_only_where_it_would_be_paid(arm):
    found = advantages(signals([1] * 3, [1, 1, 0], [0.5, 0.7, NAN]), Formula(arm=arm))
    assert np.isfinite(found).all()
    found = advantages(signals([1] * 3, [1, 1, 0], [0.5, NAN, 0.7]), Formula(arm=arm))[0]
    assert list(np.isnan(found)) == [False, True, False]
    assert found[[0, 2]].sum() == pytest.approx(0, abs=1e-6)
    without = Formula(arm=arm, weight=0.0)
    assert np.isfinite(advantages(signals([1] * 3, [1, 1, 0], [0.5, NAN, 0.7]), without)).all()


def test_one_known_completion_and_none_have_no_gradient():
    for outcome in ([1, NAN, NAN], [NAN, NAN, NAN]):
        found = advantages(signals([1] * 3, outcome, [0.5] * 3), Formula())
        assert not np.nan_to_num(found).any()
