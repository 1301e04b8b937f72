"""What can only fail is left out of a function's program; what the function needs is not.

Behind the function, models call it on examples (``data = [1]; result = f(data); print(result)``),
and programs read standard input, which a function that is called by tests has not. A statement
there stays where it binds or changes something that the definitions read from the module: a table
that is filled in a loop. All of it is one closure, so that nothing is trimmed by halves.
"""

from __future__ import annotations

import ast
import symtable
import warnings
from collections.abc import Iterable, Mapping

from lcbrb.replies.definitions import DEFINITIONS, FUNCTIONS, named, names_read
from lcbrb.replies.parsing import lines_of

_READERS = frozenset({"input", "stdin"})


def trimmed(source: str, tree: ast.Module, entry_point: str) -> str:
    """The source without the statements that can only fail; the rest stays as it is written."""
    last = max((node.lineno for node in named(tree, entry_point)), default=0)
    doubtful = [node for node in tree.body if _is_doubtful(node, last)]
    if not doubtful:
        return source
    needed = _needed(source, tree, doubtful, entry_point)
    dropped = set(doubtful) - needed
    kept: set[int] = set()
    gone: set[int] = set()
    for node in tree.body:
        numbers = gone if node in dropped else kept
        numbers.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return "".join(
        line
        for number, line in enumerate(lines_of(source), start=1)
        if number in kept or number not in gone
    )


def _is_doubtful(node: ast.stmt, last: int) -> bool:
    """Whether a statement may be an example: behind the function, or one that reads input."""
    if isinstance(node, DEFINITIONS):
        return False
    return node.lineno > last or not _READERS.isdisjoint(names_read(node))


def _needed(
    source: str, tree: ast.Module, doubtful: list[ast.stmt], entry_point: str
) -> set[ast.stmt]:
    """Those that bind or change what the definitions read, and what these need in turn."""
    wanted = {entry_point} | _globals_read(source)
    in_doubt = set(doubtful)
    for node in tree.body:
        if node not in in_doubt:
            wanted |= _loads(_outside_functions(node))
    helpers = {
        node.name: node
        for node in tree.body
        if isinstance(node, FUNCTIONS) and node.name != entry_point
    }
    modules = {
        (alias.asname or alias.name).partition(".")[0]
        for node in tree.body
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    changing: dict[str, list[ast.stmt]] = {}
    for node in doubtful:
        for name in _changes(node, helpers, entry_point) - modules:
            changing.setdefault(name, []).append(node)
    needed: set[ast.stmt] = set()
    left = list(wanted)
    while left:
        for node in changing.pop(left.pop(), ()):
            if node not in needed:
                needed.add(node)
                left += _loads(ast.walk(node))
    return needed


def _loads(nodes: Iterable[ast.AST]) -> set[str]:
    return {
        node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }


def _globals_read(source: str) -> set[str]:
    """The names that functions and classes of a program read from its module."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            tables = [symtable.symtable(source, "solution.py", "exec")]
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return set()
    names: set[str] = set()
    while tables:
        table = tables.pop()
        tables += table.get_children()
        if table.get_type() != "module":
            names |= {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global()}
    return names


def _changes(node: ast.stmt, helpers: Mapping[str, ast.stmt], entry_point: str) -> set[str]:
    """The module's names that a statement binds, changes, or has a helper change."""
    changed: set[str] = set()
    for part in _outside_functions(node):
        if isinstance(part, ast.Name) and not isinstance(part.ctx, ast.Load):
            changed.add(part.id)
        elif isinstance(part, ast.Subscript | ast.Attribute) and not isinstance(part.ctx, ast.Load):
            changed |= _root(part)
        elif isinstance(part, ast.Call):
            if isinstance(part.func, ast.Attribute):
                changed |= _root(part.func)
            elif isinstance(part.func, ast.Name) and part.func.id in helpers:
                changed |= _filled_by(helpers[part.func.id], entry_point)
    return changed


def _outside_functions(node: ast.AST) -> list[ast.AST]:
    """A statement's nodes, without those within the functions that it holds."""
    nodes, left = [], [node]
    while left:
        part = left.pop()
        nodes.append(part)
        if isinstance(part, FUNCTIONS):
            left += [
                *part.decorator_list,
                *part.args.defaults,
                *filter(None, part.args.kw_defaults),
            ]
        elif not isinstance(part, ast.Lambda):
            left += ast.iter_child_nodes(part)
    return nodes


def _root(node: ast.expr) -> set[str]:
    """The name at the left of ``table[0].rows``."""
    while isinstance(node, ast.Subscript | ast.Attribute):
        node = node.value
    return {node.id} if isinstance(node, ast.Name) else set()


def _filled_by(helper: ast.stmt, entry_point: str) -> set[str]:
    """What a helper changes of the module; nothing, where it only runs examples or reads input."""
    names = set(names_read(helper))
    if entry_point in names or not _READERS.isdisjoint(names):
        return set()
    filled = {
        name for part in ast.walk(helper) if isinstance(part, ast.Global) for name in part.names
    }
    for part in ast.walk(helper):
        if isinstance(part, ast.Subscript) and not isinstance(part.ctx, ast.Load):
            filled |= _root(part)
        elif isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute):
            filled |= _root(part.func)
    return filled
