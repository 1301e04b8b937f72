"""Generated problems: they are recomputed, rendered, read back and checked."""

import dataclasses
import random

import pytest
from hypothesis import given, strategies as st

from lcbrb.errors import UnknownNameError, UsageError
from lcbrb.pairs.od.degradations import derive, idle_quantities
from lcbrb.pairs.od.stepwise.checker import Failure, Flaw, failures, first_failure
from lcbrb.pairs.od.stepwise.execution import execute
from lcbrb.pairs.od.stepwise.families import FAMILIES, FEWEST_STEPS, MOST_STEPS, make_problem
from lcbrb.pairs.od.stepwise.rendering import FORMS, kind_of, parse, render
from lcbrb.pairs.od.stepwise.structure import (
    Answer,
    Assign,
    Check,
    Expression,
    Op,
    Problem,
    Remark,
    Stated,
    Step,
)

problems = st.builds(
    make_problem,
    st.sampled_from(sorted(FAMILIES)),
    st.integers(0, 3),
    st.integers(0, 500),
    st.integers(FEWEST_STEPS, MOST_STEPS),
)
CHAIN = Problem(
    id="x",
    family="arithmetic",
    text="",
    statements=(
        Assign("a", Expression(7)),
        Assign("b", Expression("a", Op.PLUS, 5)),
        Assign("c", Expression("b", Op.TIMES, 2)),
        Assign("d", Expression("c", Op.MINUS, "a")),
    ),
    asked="d",
    answer=17,
    ordered=False,
    steps=3,
)
B = Step("b", Expression("a", Op.PLUS, 5), (7, 5), 12)
C = Step("c", Expression("b", Op.TIMES, 2), (12, 2), 24)
D = Step("d", Expression("c", Op.MINUS, "a"), (24, 7), 17)
END = Answer(17)


def solution(problem):
    return (*execute(problem), Answer(problem.answer))


# ------------------------------------------------------------------------------- problems


@given(problems)
def test_a_problem_is_made_again_from_its_name_and_steps(problem):
    family, *numbers = problem.id.split("/")
    assert make_problem(family, *map(int, numbers)) == problem


@given(problems)
def test_the_answer_is_what_python_gives(problem):
    if problem.family == "words":
        return  # told in sentences; its program is a chain like those of arithmetic
    _, _, program = problem.text.partition("\n\n") if problem.ordered else ("", "", problem.text)
    lines = [line for line in program.splitlines() if not line.startswith(("What", "print"))]
    names = {}
    exec("\n".join(lines), {}, names)  # noqa: S102 - a program that we made
    assert names[problem.asked] == problem.answer


@given(problems)
def test_a_word_problem_tells_every_quantity_and_number(problem):
    if problem.family == "words":
        for statement in problem.statements:
            terms = {statement.expression.left, statement.expression.right, statement.target}
            assert any(
                all(str(term) in sentence for term in terms if term is not None)
                for sentence in problem.text.split(". ")
            )


@given(problems)
def test_as_many_steps_as_asked_for(problem):
    steps = [item for item in derive(problem) if isinstance(item, Step)]
    assert len(steps) == problem.steps
    assert len(idle_quantities(problem)) == (0 if problem.ordered else 3)


def test_a_family_that_there_is_not():
    with pytest.raises(UnknownNameError, match="did you mean arithmetic"):
        make_problem("arithmetics", 0, 0, 4)


# ------------------------------------------------------------------------------ as text


@given(problems, st.randoms(use_true_random=False))
def test_a_text_is_read_back_as_what_was_rendered(problem, rng):
    step = rng.choice([item for item in execute(problem) if isinstance(item, Step)])
    extra = (Remark(step.result, step.result % 2 == 0), Check(-step.result, Op.OVER, 1, -3))
    items = (*execute(problem), *extra, Answer(problem.answer))
    forms = [rng.randrange(len(FORMS[kind_of(item)])) for item in items]
    assert parse(render(items, forms)) == items
    assert parse(render(items)) == items


@pytest.mark.parametrize(
    "line",
    ["", "a = b", "a = b + 1 = 2 - 1 = 3", "a = b + 1 = 2 + 1 = true", "4 is big", "a = 4 ",
     "We get a from b + 1; with the values put in this is 2 + 1, so c = 3."],
)  # fmt: skip
def test_a_line_in_no_form_is_named(line):
    with pytest.raises(UsageError, match="line 2 is in no known form"):
        parse(f"a = 4\n{line}")


@pytest.mark.parametrize("forms", FORMS.values(), ids=list(FORMS))
def test_long_forms_are_longer(forms):
    assert len(forms) == 6
    assert max(map(len, forms[:3])) < min(map(len, forms[3:]))


# --------------------------------------------------------------------------------- checked


@given(problems)
def test_what_is_executed_is_sound(problem):
    assert failures(problem, solution(problem)) == []
    assert failures(problem, (*derive(problem), Answer(problem.answer))) == []


@given(problems, st.data())
def test_any_wrong_result_is_found_where_it_is(problem, data):
    items = list(solution(problem))
    place = data.draw(st.sampled_from([i for i, x in enumerate(items) if isinstance(x, Step)]))
    result = 1 - items[place].result if not items[place].target else items[place].result + 1
    items[place] = dataclasses.replace(items[place], result=result)
    assert first_failure(problem, items) == Failure(place, Flaw.WRONG_RESULT)


CASES = [
    ((B, C, D), 3, Flaw.NO_ANSWER),
    ((B, C, D, END, END), 3, Flaw.NO_ANSWER),
    ((B, C, D, Answer(18)), 3, Flaw.WRONG_ANSWER),
    ((B, C, END), 2, Flaw.NOT_DERIVED),
    ((B, D, END), 1, Flaw.NOT_DERIVED),
    ((C, B, D, END), 0, Flaw.OUT_OF_ORDER),
    ((B, Stated("c", 24), D, END), 1, Flaw.CLAIMED),
    ((B, Stated("b", 13), C, D, END), 1, Flaw.OTHER_VALUE),
    ((Stated("a", 8), B, C, D, END), 0, Flaw.OTHER_VALUE),
    ((B, dataclasses.replace(C, values=(13, 2), result=26), D, END), 1, Flaw.OTHER_VALUE),
    ((B, dataclasses.replace(C, result=25), D, END), 1, Flaw.WRONG_RESULT),
    ((B, Step("c", Expression("b", Op.PLUS, 12), (12, 12), 24), D, END), 1, Flaw.OTHER_EXPRESSION),
    ((Step("z", Expression("a", Op.PLUS, 1), (7, 1), 8), B, C, D, END), 0, Flaw.OTHER_EXPRESSION),
    ((Step("b", Expression("c", Op.MINUS, 12), (24, 12), 12), C, D, END), 0, Flaw.CIRCULAR),
    ((B, Remark(3, even=True), C, D, END), 1, Flaw.FALSE_REMARK),
    ((B, C, D, Check(17, Op.PLUS, 7, 25), END), 3, Flaw.WRONG_RESULT),
    ((B, C, D, Check(17, Op.OVER, 0, 1), END), 3, Flaw.WRONG_RESULT),
    ((), 0, Flaw.NO_ANSWER),
]


@pytest.mark.parametrize(("items", "place", "flaw"), CASES)
def test_each_flaw_has_its_name_and_place(items, place, flaw):
    assert first_failure(CHAIN, items) == Failure(place, flaw)


def test_idle_statements_and_an_order_of_ones_own_are_sound():
    spare = (*CHAIN.statements, Assign("e", Expression("a", Op.PLUS, 1)))
    problem = dataclasses.replace(CHAIN, statements=spare)
    e = Step("e", Expression("a", Op.PLUS, 1), (7, 1), 8)
    said = (Stated("a", 7), e, B, Remark(12, even=True), Stated("b", 12), C, D, END)
    assert failures(problem, said) == []
    assert failures(problem, (B, e, C, D, Check(17, Op.PLUS, 7, 24), END)) == []


def test_an_error_that_is_carried_through_is_one_failure():
    wrong = dataclasses.replace(B, result=13)
    carried = (wrong, dataclasses.replace(C, values=(13, 2), result=26),
               dataclasses.replace(D, values=(26, 7), result=19), Answer(19))  # fmt: skip
    assert failures(CHAIN, carried) == [Failure(0, Flaw.WRONG_RESULT)]
    assert failures(CHAIN, (wrong, C, D, END)) == [
        Failure(0, Flaw.WRONG_RESULT), Failure(1, Flaw.OTHER_VALUE)]  # fmt: skip


@given(st.integers(0, 200), st.data())
def test_a_trace_can_neither_skip_nor_exchange_lines(index, data):
    problem = make_problem("traces", 0, index, 6)
    items = list(solution(problem))
    place = data.draw(st.integers(0, len(items) - 3))
    skipped = items[:place] + items[place + 1 :]
    found = first_failure(problem, skipped)
    assert found is not None
    if items[place] != items[place + 1]:
        items[place], items[place + 1] = items[place + 1], items[place]
        assert first_failure(problem, items) is not None


def test_seeds_differ():
    rng = random.Random(0)
    texts = {make_problem("words", rng.randrange(9), i, 4).text for i in range(30)}
    assert len(texts) == 30
