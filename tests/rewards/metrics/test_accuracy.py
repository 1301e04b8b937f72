"""Scores to a report, on cases worked by hand."""

import math

import pytest
import tiny
from estimates import by_name

from lcbrb.rewards.metrics.accuracy import compare, counts, estimates
from lcbrb.types import Cell, Outcome, PairKind, Relation, Side

WIN, TIE, LOSS = Outcome.WIN, Outcome.TIE, Outcome.LOSS


def report(*entries):
    """Estimates and counts of (pair, outcome) entries; an entry may say that it was cut."""
    pairs = [pair for pair, *_ in entries]
    made = [tiny.scored(pair, outcome, truncated=bool(cut)) for pair, outcome, *cut in entries]
    return by_name(estimates(pairs, made)), counts(made)


def shown(found):
    return {key: (one.value, one.n, one.clusters) for key, one in found.items()}


def test_a_small_example_by_hand():
    found, counted = report(
        (tiny.pair("p1", "longer", "long", difficulty="easy", category="maths"), WIN),
        (tiny.pair("p1", "even", "same", difficulty="easy"), TIE),
        (tiny.pair("p2", "s", "longer", difficulty="hard"), LOSS, "cut"),
        (tiny.pair("p3", "s", "longer", difficulty="hard", category="maths"), WIN),
    )
    assert shown(found) == {
        "accuracy": (2.5 / 4, 4, 3),
        "accuracy/difficulty=easy": (0.75, 2, 1),
        "accuracy/difficulty=hard": (0.5, 2, 2),
        "accuracy/category=maths": (1.0, 2, 2),
        "accuracy/length=chosen longer": (1.0, 1, 1),
        "accuracy/length=chosen shorter": (0.5, 2, 2),
        "accuracy/length=equal": (0.5, 1, 1),
        "accuracy/gap=chosen shorter by over 30%": (0.5, 2, 2),
        "accuracy/gap=equally long": (0.5, 1, 1),
        "accuracy/gap=chosen longer by over 30%": (1.0, 1, 1),
        "accuracy/truncated=no": (2.5 / 3, 3, 2),
        "accuracy/truncated=yes": (0.0, 1, 1),
    }
    assert counted == {"pairs": 4, "wins": 2, "ties": 1, "losses": 1, "truncated": 1}


def test_every_slice_has_an_interval_of_its_own_or_says_why_not():
    entries = [
        (tiny.pair(f"p{i}", difficulty="easy" if i else "hard"), WIN if i % 3 else LOSS)
        for i in range(9)
    ]
    found, _ = report(*entries)
    for key in ("accuracy", "accuracy/difficulty=easy"):
        assert found[key].low < found[key].value < found[key].high
        assert found[key].level == 0.95
    alone = found["accuracy/difficulty=hard"]
    assert (alone.low, alone.high) == (None, None)
    assert alone.method == "none: fewer than 2 clusters"


def test_intervals_are_clustered_by_problem():
    """Ten copies of each problem's pair say no more than one of each."""
    once = [(tiny.pair(f"p{i}"), WIN if i % 2 else LOSS) for i in range(12)]
    often = [
        (tiny.pair(f"p{i}", chosen=f"good {k}"), WIN if i % 2 else LOSS)
        for i in range(12)
        for k in range(10)
    ]
    few, many = report(*once)[0]["accuracy"], report(*often)[0]["accuracy"]
    assert (many.n, many.clusters) == (120, 12)
    assert (many.low, many.high) == pytest.approx((few.low, few.high))


@pytest.mark.parametrize("field", ["difficulty", "category"])
def test_a_slice_that_is_the_whole_is_left_out_and_one_that_is_a_part_is_not(field):
    whole = [(tiny.pair(f"p{i}", **{field: "a"}), WIN) for i in range(3)]
    assert set(report(*whole)[0]) == {"accuracy"}
    part = [*whole, (tiny.pair("p9"), WIN)]
    assert report(*part)[0][f"accuracy/{field}=a"].n == 3


def test_relations_are_slices_too():
    entries = [
        (tiny.pair("p1", relation=Relation.HUMAN), WIN),
        (tiny.pair("p2", relation=Relation.OPTIMIZED_OVER_INITIAL), LOSS),
    ]
    found, _ = report(*entries)
    assert found["accuracy/relation=human"].value == 1.0
    assert found["accuracy/relation=optimized_over_initial"].value == 0.0


def test_kinds_and_cells_of_the_factory_are_reported_apart():
    def built(name, kind, *cells):
        sides = [Side(sampler="m", cell=cell) for cell in cells]
        return tiny.pair(name, kind=kind, chosen_side=sides[0], rejected_side=sides[1])

    entries = [
        (built("p1", PairKind.LCB_RB, Cell.PASS_SOUND, Cell.FAIL_FLAWED), WIN),
        (built("p2", PairKind.OUTCOME_MATCHED, Cell.PASS_SOUND, Cell.PASS_FLAWED), LOSS),
    ]
    found, _ = report(*entries)
    assert found["accuracy/kind=lcb-rb"].value == 1.0
    assert found["accuracy/kind=outcome-matched"].value == 0.0
    assert found["accuracy/cell=pass-sound over pass-flawed"].value == 0.0


# ------------------------------------------------------------------------------ comparisons


def outcomes(*given):
    """One pair a problem, with these outcomes."""
    return [tiny.scored(tiny.pair(f"p{i}"), one) for i, one in enumerate(given)]


def test_comparisons_by_hand_later_against_earlier_with_holm_over_all():
    found = compare(
        {"a": outcomes(*[LOSS] * 6), "b": outcomes(*[WIN] * 6), "c": outcomes(*[WIN] * 6)}
    )
    assert [(one.subject, one.baseline) for one in found] == [("b", "a"), ("c", "a"), ("c", "b")]
    assert [one.difference.value for one in found] == [1.0, 1.0, 0.0]
    # exact McNemar: six against none is 2 / 2**6; no difference at all is 1
    assert [one.p_value for one in found] == pytest.approx([1 / 32, 1 / 32, 1.0])
    # Holm: 3 x the least, then at least as much
    assert [one.p_adjusted for one in found] == pytest.approx([3 / 32, 3 / 32, 1.0])
    assert {one.method for one in found} == {"McNemar, exact"}


def test_a_tie_is_half_a_point_in_a_comparison():
    (found,) = compare({"a": outcomes(TIE, LOSS, WIN, WIN), "b": outcomes(WIN, TIE, TIE, WIN)})
    assert found.difference.value == pytest.approx((0.5 + 0.5 - 0.5 + 0) / 4)
    assert found.method == "sign flips over clusters, exact"


def test_comparisons_are_clustered_by_problem():
    one = [tiny.scored(tiny.pair("p", chosen=str(i)), WIN) for i in range(30)]
    other = [tiny.scored(tiny.pair("p", chosen=str(i)), LOSS) for i in range(30)]
    (found,) = compare({"a": one, "b": other})
    assert (found.difference.n, found.difference.clusters) == (30, 1)
    assert (found.p_value, found.p_adjusted) == (None, None)
    assert math.isclose(found.difference.value, -1.0)


def test_one_subject_or_none_has_nothing_to_be_compared_with():
    assert compare({}) == []
    assert compare({"a": outcomes(WIN)}) == []
