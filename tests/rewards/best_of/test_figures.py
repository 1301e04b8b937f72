"""Figures of best-of-n: the curve and what it stands between, correlations, comparisons."""

import pytest
from choosing import ByLength, evaluated, opened
from estimates import by_name

from lcbrb.rewards.best_of.figures import compare, estimates
from lcbrb.stats import Samples, mean_pass_at_k


def test_the_curve_stands_between_chance_and_an_oracle(run_folder, tmp_path):
    done = evaluated(ByLength(), opened(run_folder()), tmp_path / "out")
    found = by_name(done.record.estimates)
    assert done.ks == (1, 2, 4)
    # longest first: p0 passes, p1 passes, p2 never, p3 always
    assert found["best_of@4"].value == 3 / 4
    assert found["best_of@1"].value == found["random"].value == pytest.approx((0.5 + 0.25 + 1) / 4)
    counts = [(4, 2), (4, 1), (4, 0), (4, 4)]
    assert found["oracle@2"] == mean_pass_at_k(counts, 2)
    assert found["gain@4"].value == pytest.approx(3 / 4 - found["random"].value)
    assert (found["gain@4"].n, found["gain@4"].clusters) == (16, 4)
    assert found["spearman_within_problem"].n == 8
    assert found["spearman_within_problem"].value == pytest.approx((0.894427 + 0.774597) / 2)
    assert found["spearman_pooled"].n == 16
    assert next(iter(found)) == "best_of@4"
    assert done.record.counts == {
        "samples": 16,
        "problems": 4,
        "samplers": 1,
        "groups": 4,
        "groups_of_one_verdict": 2,
        "unscored": 0,
        "truncated": 0,
    }
    assert (done.record.kind, done.record.subject) == ("best-of-n", "by-length")
    assert done.record.complete


def test_correlations_that_do_not_exist_are_left_out():
    found = by_name(estimates({("p", "m"): Samples([1.0, 2.0], [True, True])}, (1, 2)))
    assert "spearman_pooled" not in found
    assert "spearman_within_problem" not in found


def test_models_are_compared_at_the_largest_k(run_folder, tmp_path):
    samples = opened(run_folder())
    one = evaluated(ByLength(), samples, tmp_path / "out")
    other = ByLength()
    other.id, other.score = "shortest", lambda items: [-float(len(i.response)) for i in items]
    two = evaluated(other, samples, tmp_path / "out")
    (found,) = compare({"by-length": one.groups, "shortest": two.groups})
    assert (found.subject, found.baseline) == ("shortest", "by-length")
    assert found.difference.value == pytest.approx(1 / 4 - 3 / 4)
    assert found.p_adjusted == found.p_value
    assert compare({}) == []


def test_short_groups_end_the_curve_and_a_note_says_so(run_folder, tmp_path):
    done = evaluated(
        ByLength(), opened(run_folder(signs={"p0": "+-+", "p1": "+-"})), tmp_path / "o"
    )
    assert done.ks == (1, 2)
    (note,) = done.record.notes
    assert note.startswith("1 of 2 groups have fewer than 3 samples")
