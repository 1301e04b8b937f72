"""Running a problem's program, rightly or with a fault from some step on."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Mapping

from lcbrb.pairs.od.stepwise.structure import (
    Assign,
    Derivation,
    Expression,
    For,
    If,
    Problem,
    Stated,
    Statement,
    Step,
    compute,
)

#: given what is due (a target, empty for a test, and its expression), says what was made of it
Walk = Generator[Assign, int, None]


def walk(statements: Iterable[Statement]) -> Walk:
    """Yields what is due next, and is sent the value that it got; tests branch on that value.

    A test is an assignment to no target; so is each round of a loop one to its variable.
    """
    for statement in statements:
        match statement:
            case Assign():
                yield statement
            case If(test, then, otherwise):
                held = yield Assign("", test)
                yield from walk(then if held else otherwise)
            case For(name, values, body):
                for value in values:
                    yield Assign(name, Expression(value))
                    yield from walk(body)


def execute(
    problem: Problem, alter: Callable[[int, Step], Step] = lambda _, step: step
) -> tuple[Derivation, ...]:
    """All that happens when the program runs, in order.

    Args:
        problem: whose program.
        alter: may change the values or the result of a step, told its place among all that happens
            (from 0). What follows is computed from the step that it gives.

    Returns:
        A step for each computation and test, a stated value for each plain number.
    """
    known: dict[str, int] = {}
    done: list[Derivation] = []
    due, value = walk(problem.statements), None
    while True:
        try:
            assign = due.send(value)  # type: ignore[arg-type]  # None starts a generator
        except StopIteration:
            return tuple(done)
        made = _derive(assign, known)
        if isinstance(made, Step):
            made = alter(len(done), made)
        value = made.result if isinstance(made, Step) else made.value
        known[assign.target] = value
        done.append(made)


def _derive(assign: Assign, known: Mapping[str, int]) -> Derivation:
    expression = assign.expression
    left = value_of(expression.left, known)
    if expression.op is None or expression.right is None:
        return Stated(assign.target, left)
    right = value_of(expression.right, known)
    result = compute(expression.op, left, right)
    if result is None:
        raise ValueError(f"{left} {expression.op} {right} has no whole value")
    return Step(assign.target, expression, (left, right), result)


def value_of(term: int | str, known: Mapping[str, int]) -> int:
    """A number itself, or the value of a name."""
    return known[term] if isinstance(term, str) else term


def needed(problem: Problem) -> frozenset[str]:
    """The quantities that the answer rests on, itself included; all where order matters."""
    if problem.ordered:
        return frozenset(assign.target for assign in _all_assigns(problem))
    used, waiting = set[str](), [problem.asked]
    expressions = definitions(problem)
    while waiting:
        name = waiting.pop()
        if name not in used:
            used.add(name)
            waiting += expressions[name].names
    return frozenset(used)


def definitions(problem: Problem) -> dict[str, Expression]:
    """What defines each quantity, in a problem whose order does not matter."""
    return {assign.target: assign.expression for assign in _all_assigns(problem)}


def _all_assigns(problem: Problem) -> Iterable[Assign]:
    for item in execute(problem):
        if isinstance(item, Step):
            yield Assign(item.target, item.expression)
        else:
            yield Assign(item.name, Expression(item.value))
