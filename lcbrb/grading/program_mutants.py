"""Broken copies of a program: a comparison, number, operator or truth value changed at a time."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
from itertools import islice

from lcbrb.replies.parsing import parsed

_MUTANTS_MOST = 12  # small changes tried before the function is emptied


def mutants(source: str, entry_point: str | None) -> Iterator[str]:
    """Broken copies of a program: at most a dozen with one small change each, then an empty one.

    Args:
        source: must parse.
        entry_point: the function to empty; the whole program where None.
    """
    tree = parsed(source)
    sites = [
        (index, change)
        for change in (_compare, _number, _operator, _truth)
        for index, node in enumerate(ast.walk(tree))
        if change(copy.deepcopy(node))
    ]
    for index, change in islice(sites, _MUTANTS_MOST):
        mutant = copy.deepcopy(tree)
        change(list(ast.walk(mutant))[index])
        yield ast.unparse(ast.fix_missing_locations(mutant))
    yield _emptied(source, entry_point)


def _compare(node: ast.AST) -> bool:
    if not isinstance(node, ast.Compare):
        return False
    swapped = _SWAPPED.get(type(node.ops[0]))
    if swapped is not None:
        node.ops[0] = swapped()
    return swapped is not None


_SWAPPED: dict[type[ast.cmpop], Callable[[], ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}


def _number(node: ast.AST) -> bool:
    if not isinstance(node, ast.Constant) or type(node.value) not in (int, float):
        return False
    node.value += 1  # type: ignore[operator] # a number
    return True


def _operator(node: ast.AST) -> bool:
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Add | ast.Sub | ast.Mult):
        return False
    node.op = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
    return True


def _truth(node: ast.AST) -> bool:
    if isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
        return True
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        node.value = not node.value
        return True
    return False


def _emptied(source: str, entry_point: str | None) -> str:
    if entry_point is None:
        return "pass\n"
    return f"{source}\n\ndef {entry_point}(*arguments):\n    return None\n"
