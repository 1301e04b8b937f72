"""What a program defines, and whether that does anything. Pure functions over its tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DEFINITIONS = (*FUNCTIONS, ast.ClassDef, ast.Import, ast.ImportFrom)
ASSIGNMENTS = (ast.Assign, ast.AnnAssign, ast.AugAssign)


def named(tree: ast.Module, name: str) -> list[ast.stmt]:
    """The statements that define a name: at top level, or as a method of ``Solution``."""
    nodes: list[ast.stmt] = []
    for node in tree.body:
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)) and node.name == name:
            nodes.append(node)
        if isinstance(node, ast.Assign | ast.AnnAssign) and name in targets(node):
            nodes.append(node)
        elif isinstance(node, ast.ClassDef) and node.name == "Solution":
            nodes += [
                method
                for method in node.body
                if isinstance(method, FUNCTIONS) and method.name == name
            ]
    return nodes


def defines(tree: ast.Module, name: str, *, stub: bool = False) -> bool:
    """Whether a program defines a name, as something that does anything.

    With `stub`, what only passes or raises NotImplementedError will do; a mere docstring will not.
    """
    return any(map(_says if stub else _does, named(tree, name)))


def _does(node: ast.stmt) -> bool:
    return not isinstance(node, FUNCTIONS) or not all(map(_is_idle, node.body))


def _says(node: ast.stmt) -> bool:
    if not isinstance(node, FUNCTIONS):
        return True
    first = node.body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return len(node.body) > 1 or not is_docstring


def _is_idle(node: ast.stmt) -> bool:
    if isinstance(node, ast.Raise):
        raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"
    constant = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return constant or isinstance(node, ast.Pass)


def targets(node: ast.stmt) -> set[str]:
    """The names that an assignment binds."""
    places = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", node)]
    return {node.id for place in places for node in ast.walk(place) if isinstance(node, ast.Name)}


def names_read(node: ast.AST) -> Iterator[str]:
    """The names and attributes within a node."""
    for part in ast.walk(node):
        if isinstance(part, ast.Name):
            yield part.id
        elif isinstance(part, ast.Attribute):
            yield part.attr
