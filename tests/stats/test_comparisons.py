"""Paired comparisons of several subjects: adjusted over all that could be tested."""

from lcbrb.stats import comparisons, holm, paired_difference


def result(*values):
    problems = [str(place) for place in range(len(values))]
    return paired_difference(list(values), [0.0] * len(values), problems)


def test_p_values_are_adjusted_for_all_comparisons():
    results = [("b", "a", result(1, 1, 1, 1, 0, 1, 1, 1)), ("c", "a", result(1, 0, -1, 0, 1, 0))]
    found = comparisons(results)
    expected = holm([one.p_value for _, _, one in results])
    assert [one.p_adjusted for one in found] == list(expected)
    assert found[0].p_adjusted > found[0].p_value
    assert [(one.subject, one.baseline) for one in found] == [("b", "a"), ("c", "a")]


def test_what_can_not_be_tested_counts_for_nothing():
    alone = result(1)
    assert alone.p_value is None
    tested = result(1, 1, 1, 1, 0, 1, 1, 1)
    found = comparisons([("b", "a", alone), ("c", "a", tested)])
    assert [one.p_adjusted for one in found] == [None, tested.p_value]


def test_nothing_is_compared():
    assert comparisons([]) == []
