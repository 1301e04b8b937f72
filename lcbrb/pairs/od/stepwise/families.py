"""Families of generated problems: chains of sums, the same in words, and programs to trace.

``make_problem("arithmetic", seed, index, steps)`` gives the same problem whenever it is asked. A
chain or a word problem holds `IDLE` quantities that can be derived and are not needed, so the
number of its quantities does not tell how many steps a solution takes.
"""

from __future__ import annotations

import dataclasses
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lcbrb.errors import UnknownNameError
from lcbrb.pairs.od.stepwise.execution import execute, needed, value_of
from lcbrb.pairs.od.stepwise.structure import (
    COMPARISONS,
    Assign,
    Expression,
    For,
    If,
    Op,
    Problem,
    Statement,
    Step,
    Term,
    compute,
)

IDLE = 3  # quantities of a chain that the answer does not need
FEWEST_STEPS, MOST_STEPS = 3, 12  # fewer leave no place for some faults
_MOST = 9_999  # of any number on the way
_LETTERS = "a b c d e f g h j k m n p q r s t u v w".split()
_THINGS = (
    "bells boats books boxes bricks cups doors drums flags jars keys kites lamps maps nails "
    "pans plums ropes shells tiles"
).split()
_VARIABLES = "a b n p s t x y".split()
_LOOPED = range(2, 10)  # what a loop's variable may be
_LONG = 7  # steps, for each of which a loop's round has one more
_DIGITS = 9  # numbers that a problem gives are 2 to this


def make_problem(family: str, seed: int, index: int, steps: int) -> Problem:
    """The problem of a family, seed and index, whose answer needs so many computed steps.

    A trace has at least so many: its rounds and branches are whole.

    Raises:
        UnknownNameError: no such family.
    """
    if family not in FAMILIES:
        raise UnknownNameError("family of problems", family, FAMILIES)
    rng = random.Random(f"{family}/{seed}/{index}/{steps}")
    while True:
        draft = FAMILIES[family](rng, steps)
        problem = _problem(f"{family}/{seed}/{index}/{steps}", family, draft)
        if _is_fit(problem, steps):
            return problem


@dataclass(frozen=True, slots=True)
class _Draft:
    statements: tuple[Statement, ...]
    asked: str
    text: str
    ordered: bool = False


def _problem(name: str, family: str, draft: _Draft) -> Problem:
    bare = Problem(
        id=name,
        family=family,
        text=draft.text,
        statements=draft.statements,
        asked=draft.asked,
        answer=0,
        ordered=draft.ordered,
        steps=0,
    )
    return _with_answer(bare)


def _with_answer(problem: Problem) -> Problem:
    done = execute(problem)
    wanted = needed(problem)
    computed = [item for item in done if isinstance(item, Step) and item.target in wanted]
    last = [step for step in computed if step.target == problem.asked]
    return dataclasses.replace(problem, answer=last[-1].result if last else 0, steps=len(computed))


def _is_fit(problem: Problem, steps: int) -> bool:
    """Numbers of a readable size, no product of nothing, the steps asked for, a computed answer."""
    done = execute(problem)
    computed = [item for item in done if isinstance(item, Step)]
    results = [step.result for step in computed if step.expression.op not in COMPARISONS]
    least = -_MOST if problem.ordered else 1
    if not all(least <= result <= _MOST for result in results):
        return False
    if any(step.expression.op is Op.TIMES and 0 in step.values for step in computed):
        return False
    if problem.ordered:
        ends = bool(computed) and computed[-1].target == problem.asked
        return ends and steps <= problem.steps <= steps + 3
    return problem.steps == steps


# --------------------------------------------------------------------------- chains and stories


def _chain(rng: random.Random, steps: int) -> _Draft:
    assigns = _quantities(rng, _LETTERS, steps)
    asked = assigns[-1].target
    order = _shuffled(rng, assigns)
    lines = [f"{a.target} = {_formula(a.expression)}" for a in order]
    return _Draft(tuple(order), asked, "\n".join([*lines, f"What is {asked}?"]))


def _story(rng: random.Random, steps: int) -> _Draft:
    assigns = _quantities(rng, _THINGS, steps)
    asked = assigns[-1].target
    order = _shuffled(rng, assigns)
    sentences = [_sentence(rng, assign) for assign in order]
    question = f"How many {asked} are there?"
    return _Draft(tuple(order), asked, " ".join([*sentences, question]))


def _quantities(rng: random.Random, names: Sequence[str], steps: int) -> list[Assign]:
    """Given numbers, then `steps` quantities of which each rests on the one before, and idle ones.

    The last is the one that is asked for. All values are above 0.
    """
    givens = rng.randint(2, 3)
    drawn = rng.sample(names, givens + steps + IDLE)
    values = {name: rng.randint(2, 2 * _DIGITS) for name in drawn[:givens]}
    assigns = [Assign(name, Expression(value)) for name, value in values.items()]
    wanted = list(values)  # what an answer may rest on: given, or needed anyhow
    idle = set(rng.sample(range(steps + IDLE - 1), IDLE))  # the last one is the answer
    for place, name in enumerate(drawn[givens:]):
        left = rng.choice(list(values)) if place in idle else wanted[-1]
        others = list(values) if place in idle else wanted
        expression = _formula_of(rng, left, [other for other in others if other != left], values)
        assigns.append(Assign(name, expression))
        values[name] = _value(expression, values)
        if place not in idle:
            wanted.append(name)
    return assigns


def _formula_of(
    rng: random.Random, left: str, others: Sequence[str], values: Mapping[str, int]
) -> Expression:
    """A computation that begins with `left` and gives a number of a readable size above 0."""
    number, other = rng.randint(2, _DIGITS), rng.choice(others)
    right: Term = other if rng.random() < 0.5 else number  # noqa: PLR2004 - half of the sums
    ops = [Op.PLUS]
    if values[left] > value_of(right, values):
        ops.append(Op.MINUS)
    if values[left] * number <= _MOST // _DIGITS:
        ops.append(Op.TIMES)
    op = rng.choice(ops)
    return Expression(left, op, number if op is Op.TIMES else right)


def _value(expression: Expression, values: Mapping[str, int]) -> int:
    left, right = (value_of(term, values) for term in (expression.left, expression.right or 0))
    value = compute(expression.op or Op.PLUS, left, right)
    return 0 if value is None else value


def _shuffled(rng: random.Random, assigns: list[Assign]) -> list[Assign]:
    """The same in another order in which nothing is used before it is defined."""
    waiting, order, known = list(assigns), list[Assign](), set[str]()
    while waiting:
        ready = [a for a in waiting if known.issuperset(a.expression.names)]
        assign = rng.choice(ready[:2])
        waiting.remove(assign)
        known.add(assign.target)
        order.append(assign)
    return order


def _formula(expression: Expression) -> str:
    if expression.op is None:
        return str(expression.left)
    return f"{expression.left} {expression.op} {expression.right}"


_TOLD: Mapping[tuple[Op | None, bool], tuple[str, ...]] = {
    (None, False): ("There are {left} {target}.", "The shed holds {left} {target}."),
    (Op.PLUS, False): (
        "There are {right} more {target} than {left}.",
        "The {target} outnumber the {left} by {right}.",
    ),
    (Op.PLUS, True): (
        "There are as many {target} as {left} and {right} together.",
        "Count the {left} and the {right}: that many {target} are there.",
    ),
    (Op.MINUS, False): (
        "There are {right} fewer {target} than {left}.",
        "The {left} outnumber the {target} by {right}.",
    ),
    (Op.MINUS, True): (
        "There are as many {target} as {left}, less the number of {right}.",
        "Take the number of {right} from that of {left}: so many {target} are there.",
    ),
    (Op.TIMES, False): (
        "There are {right} times as many {target} as {left}.",
        "For each of the {left} there are {right} {target}.",
    ),
}


def _sentence(rng: random.Random, assign: Assign) -> str:
    expression = assign.expression
    forms = _TOLD[expression.op, isinstance(expression.right, str)]
    return rng.choice(forms).format(
        target=assign.target, left=expression.left, right=expression.right
    )


# ------------------------------------------------------------------------------------ programs


def _program(rng: random.Random, steps: int) -> _Draft:
    names = rng.sample(_VARIABLES, 3)
    starts = [Assign(name, Expression(rng.randint(2, 2 * _DIGITS))) for name in names]
    before = [_assign(rng, names) for _ in range(rng.randint(0, 1))]
    block, in_a_round = _block(rng, names, steps)
    rounds = max(2, round((steps - 1 - len(before)) / in_a_round))
    loop = For("i", tuple(rng.sample(_LOOPED, min(rounds, len(_LOOPED)))), block)
    asked = names[0]
    last = Assign(asked, _expression(rng, names, first=asked))
    statements: tuple[Statement, ...] = (*starts, *before, loop, last)
    return _Draft(statements, asked, _listing(statements, asked), ordered=True)


def _block(rng: random.Random, names: list[str], steps: int) -> tuple[tuple[Assign | If, ...], int]:
    """What a loop repeats, and about how many steps a round of it takes."""
    inner = [*names, "i"]
    block: list[Assign | If] = [
        _assign(rng, inner, targets=names) for _ in range(1 + steps // _LONG)
    ]
    size = len(block)
    if steps > FEWEST_STEPS + 1 and rng.random() < 0.7:  # noqa: PLR2004 - a share of programs
        test = Expression(rng.choice(names), rng.choice(COMPARISONS), rng.randint(5, 30))
        other = (_assign(rng, inner, targets=names),) if rng.random() < 0.5 else ()  # noqa: PLR2004
        branch = If(test, (_assign(rng, inner, targets=names),), other)
        block.insert(rng.randint(0, len(block)), branch)
        size += 2
    return tuple(block), size


def _assign(rng: random.Random, names: list[str], targets: list[str] | None = None) -> Assign:
    target = rng.choice(targets or names)
    grows = rng.random() < 0.6  # noqa: PLR2004 - a share of quantities that are added up
    return Assign(target, _expression(rng, names, first=target if grows else None))


def _expression(rng: random.Random, names: list[str], first: str | None = None) -> Expression:
    op = rng.choice([Op.PLUS, Op.PLUS, Op.MINUS, Op.TIMES])
    left = first or rng.choice(names)
    if op is Op.TIMES or rng.random() < 0.4:  # noqa: PLR2004 - a share of steps with a number
        return Expression(left, op, rng.randint(2, 4))
    return Expression(left, op, rng.choice([name for name in names if name != left]))


def _listing(statements: Sequence[Statement], asked: str) -> str:
    lines = ["What does this program print?", ""]
    for statement in statements:
        lines += _lines(statement, "")
    return "\n".join([*lines, f"print({asked})"])


def _lines(statement: Statement, indent: str) -> list[str]:
    match statement:
        case Assign(target, expression):
            return [f"{indent}{target} = {_formula(expression)}"]
        case If(test, then, otherwise):
            lines = [f"{indent}if {_formula(test)}:"]
            lines += [line for inner in then for line in _lines(inner, f"{indent}    ")]
            if otherwise:
                lines.append(f"{indent}else:")
                lines += [line for inner in otherwise for line in _lines(inner, f"{indent}    ")]
            return lines
        case For(name, values, body):
            lines = [f"{indent}for {name} in [{', '.join(map(str, values))}]:"]
            return lines + [line for inner in body for line in _lines(inner, f"{indent}    ")]


#: name, and what drafts a problem of so many steps
FAMILIES: Mapping[str, Callable[[random.Random, int], _Draft]] = {
    "arithmetic": _chain,
    "words": _story,
    "traces": _program,
}
