"""What a program says that only a forger of its tests' outcome needs.

A test that runs in the program's own process holds the expected value in a frame, which the program
can reach. Names are looked for in the source, outside of that process; a forger that makes them up
while it runs is not seen.
"""

from __future__ import annotations

import ast

#: they lead from a program to the variables of who called it, or to what runs its tests
_FRAMES = frozenset(
    "f_back f_locals f_globals f_trace settrace setprofile get_objects get_referrers co_consts "
    "_current_frames getouterframes __globals__ __closure__ cell_contents _outcome".split()
)
_EQUALITY = "__eq__"


def reads_frames(program: str) -> str:
    """The name by which a program reaches for its caller's variables; empty where it does not."""
    return min(_names(program) & _FRAMES, default="")


def defines_equality(program: str) -> bool:
    """Whether a program says what its objects equal."""
    return _EQUALITY in _names(program)


def _names(program: str) -> frozenset[str]:
    try:
        nodes = list(ast.walk(ast.parse(program)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()  # nor can it run
    names = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
    names |= {node.id for node in nodes if isinstance(node, ast.Name)}
    names |= {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.alias)}
    names |= {
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    return frozenset(names)
