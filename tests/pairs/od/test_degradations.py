"""Every degradation is unsound, at the place and in the way that it says, and read off its text."""

import random
from collections import Counter

import pytest
from hypothesis import assume, given, strategies as st

from lcbrb.pairs.od.degradations import (
    ANSWER_WRONG,
    REMOVED,
    Degradation,
    degrade,
    derive,
    idle_quantities,
)
from lcbrb.pairs.od.stepwise.checker import Flaw, failures
from lcbrb.pairs.od.stepwise.families import FAMILIES, make_problem
from lcbrb.pairs.od.stepwise.rendering import parse, render
from lcbrb.pairs.od.stepwise.structure import (
    Answer,
    Assign,
    Expression,
    Op,
    Problem,
    Stated,
    Step,
    compute,
)

problems = st.builds(
    make_problem,
    st.sampled_from(sorted(FAMILIES)),
    st.integers(0, 3),
    st.integers(0, 500),
    st.integers(3, 9),
)


def made(problem, kind, seed=0):
    idle = idle_quantities(problem)[: REMOVED.get(kind, 0)]
    return degrade(problem, kind, random.Random(seed), idle)


@given(problems, st.sampled_from(Degradation), st.integers(0, 9))
def test_it_is_unsound_where_and_how_it_says_also_when_read_from_text(problem, kind, seed):
    degraded = made(problem, kind, seed)
    assume(degraded is not None)
    items = (*degraded.derivation, Answer(degraded.answer))
    found = failures(problem, parse(render(items)))
    assert (found[0].item, found[0].flaw) == (degraded.place, degraded.flaw)
    assert (degraded.answer != problem.answer) == (kind in ANSWER_WRONG)
    sound = (*derive(problem), Answer(problem.answer))
    assert failures(problem, sound) == []


@given(problems, st.sampled_from(sorted(ANSWER_WRONG)), st.integers(0, 9))
def test_after_a_wrong_number_every_step_is_computed_rightly(problem, kind, seed):
    degraded = made(problem, kind, seed)
    assume(degraded is not None)
    known = {}
    for place, item in enumerate(degraded.derivation):
        if isinstance(item, Stated):
            known[item.name] = item.value
            continue
        terms = (item.expression.left, item.expression.right)
        stand = tuple(
            known.get(term, value) for term, value in zip(terms, item.values, strict=True)
        )
        right = compute(item.expression.op, *item.values) == item.result
        assert (stand == item.values and right) == (place != degraded.place)
        known[item.target] = item.result


@pytest.mark.parametrize("family", ["arithmetic", "words"])
@pytest.mark.parametrize("kind", Degradation)
def test_as_many_steps_as_the_sound_side_where_idle_ones_make_up_for_it(family, kind):
    found = 0
    for index in range(20):
        problem = make_problem(family, 0, index, 5)
        degraded = made(problem, kind)
        if degraded is not None:
            found += 1
            assert sum(isinstance(item, Step) for item in degraded.derivation) == problem.steps
    assert found > 10


@pytest.mark.parametrize("kind", Degradation)
@pytest.mark.parametrize("family", FAMILIES)
def test_every_kind_has_its_place_in_every_family(family, kind):
    count = Counter(made(make_problem(family, 2, i, 6), kind) is not None for i in range(60))
    assert count[True] >= 3


def nothing_times(last):
    """A chain whose second step makes every error before it vanish."""
    return Problem(
        id="x",
        family="arithmetic",
        text="",
        statements=(
            Assign("a", Expression(7)),
            Assign("b", Expression("a", Op.PLUS, 5)),
            Assign("c", Expression("b", Op.TIMES, last)),
            Assign("d", Expression("c", Op.PLUS, 4)),
        ),
        asked="d",
        answer=12 * last + 4,
        ordered=True,
        steps=3,
    )


def test_an_error_that_a_later_step_cancels_is_thrown_away_and_another_place_drawn():
    """Times nothing, a wrong b changes nothing; only a wrong c reaches the answer."""
    places = Counter(
        made(nothing_times(0), Degradation.PROPAGATED_ERROR, seed).place for seed in range(30)
    )
    assert set(places) == {2}
    free = {made(nothing_times(2), Degradation.PROPAGATED_ERROR, s).place for s in range(30)}
    assert free == {1, 2}


def test_where_no_place_gives_one_there_is_none():
    short = Problem(
        id="x",
        family="arithmetic",
        text="",
        statements=(Assign("a", Expression(7)), Assign("b", Expression("a", Op.PLUS, 5))),
        asked="b",
        answer=12,
        ordered=False,
        steps=1,
    )
    for kind in Degradation:
        assert made(short, kind) is None


def test_the_flaws_are_told_apart():
    problem = make_problem("arithmetic", 0, 1, 6)
    assert {kind: made(problem, kind).flaw for kind in Degradation} == {
        Degradation.PROPAGATED_ERROR: Flaw.WRONG_RESULT,
        Degradation.DROPPED_STEP: Flaw.NOT_DERIVED,
        Degradation.SWAPPED_STEPS: Flaw.OUT_OF_ORDER,
        Degradation.CIRCULAR: Flaw.CIRCULAR,
        Degradation.LEAP: Flaw.CLAIMED,
        Degradation.CONTRADICTION: Flaw.OTHER_VALUE,
    }
