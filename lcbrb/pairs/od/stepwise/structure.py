"""Problems as small programs, and reasonings as lists of statements that can be recomputed.

A problem is a program: assignments, `if` and `for` over whole numbers. A reasoning is a list of
items: steps with their expression, the values put in and the result; values stated without a
derivation; remarks; a check; the answer. How an item reads is `rendering`'s part, so the same
reasoning can be put into sentences or into a few symbols.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Op(StrEnum):
    """What is computed; comparisons give 1 or 0. `OVER` is exact division, in checks alone."""

    PLUS = "+"
    MINUS = "-"
    TIMES = "*"
    OVER = "/"
    MORE = ">"
    LESS = "<"


COMPARISONS = (Op.MORE, Op.LESS)
Term: TypeAlias = int | str  # a number, or the name of a quantity


@dataclass(frozen=True, slots=True)
class Expression:
    """``left op right``; a lone number or name where there is no `op`."""

    left: Term
    op: Op | None = None
    right: Term | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The quantities that it refers to."""
        return tuple(term for term in (self.left, self.right) if isinstance(term, str))


@dataclass(frozen=True, slots=True)
class Assign:
    """``target = expression``."""

    target: str
    expression: Expression


@dataclass(frozen=True, slots=True)
class If:
    """Runs `then` where the test gives 1, else `otherwise`."""

    test: Expression
    then: tuple[Assign, ...]
    otherwise: tuple[Assign, ...] = ()


@dataclass(frozen=True, slots=True)
class For:
    """Runs `body` once for each of the values, which `name` takes in turn."""

    name: str
    values: tuple[int, ...]
    body: tuple[Assign | If, ...]


Statement: TypeAlias = Assign | If | For


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A generated problem.

    Args:
        id: ``FAMILY/SEED/INDEX/STEPS`` (as asked for), by which it can be made again.
        family: of which it is one.
        text: what a solver reads.
        statements: the same as a program.
        asked: the quantity that is asked for.
        answer: its value.
        ordered: whether a solution has to follow the order of execution (a program's trace); else
            what the statements give outright is known from the start, what is not needed may be
            left out, and any order will do in which nothing is used before it is derived.
        steps: how many computed steps the answer needs.
    """

    id: str
    family: str
    text: str
    statements: tuple[Statement, ...]
    asked: str
    answer: int
    ordered: bool
    steps: int


# ------------------------------------------------------------------------------ a reasoning


@dataclass(frozen=True, slots=True)
class Step:
    """A computed statement: `values` are what was put in for the expression's terms.

    `target` is empty for the test of an `if`, whose result is 1 or 0.
    """

    target: str
    expression: Expression
    values: tuple[int, int]
    result: int


@dataclass(frozen=True, slots=True)
class Stated:
    """The value of a quantity without a derivation: given, known by now, or merely claimed."""

    name: str
    value: int


@dataclass(frozen=True, slots=True)
class Check:
    """An equation between numbers that confirms a step the other way round: ``42 - 30 = 12``."""

    left: int
    op: Op
    right: int
    result: int


@dataclass(frozen=True, slots=True)
class Remark:
    """Something true and idle: whether a number is even."""

    value: int
    even: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """The end of a reasoning."""

    value: int


Derivation: TypeAlias = Step | Stated  # what moves a solution on
Item: TypeAlias = Step | Stated | Check | Remark | Answer
Reasoning: TypeAlias = tuple[Item, ...]


def compute(op: Op, left: int, right: int) -> int | None:
    """What an operation gives; None for a division that is not exact."""
    match op:
        case Op.PLUS:
            return left + right
        case Op.MINUS:
            return left - right
        case Op.TIMES:
            return left * right
        case Op.MORE:
            return int(left > right)
        case Op.LESS:
            return int(left < right)
        case Op.OVER:
            return left // right if right and left % right == 0 else None
