"""A function's program in a reply: what continues the prompt, stands in a fence, or bare in prose.

Beside `extract` (which knows no prompt), for benchmarks that ask for one function by name. At
least as forgiving as EvalPlus' sanitizer (0.3.1, ``evalplus/sanitize.py``), which keeps imports,
definitions and what they use of the longest stretch of lines that parses:

- A reply that continues the prompt is the prompt and the reply, up to where that stops parsing.
- Otherwise the program is the last code fence that defines the function, else the stretch of bare
  code that does. The prompt's own imports are in scope there, too.
- Statements that are no definitions are left out where they follow the function (examples that call
  it) or read standard input: they can only fail.

All of it has one budget (`lcbrb.replies.parsing`). Once that is spent the reply is read as any
other: its last code fence, whatever that defines. Programs that a file gives as such are never
changed. Pure functions; they raise on no text.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lcbrb.replies.extract import bare_code, program_in
from lcbrb.replies.fences import fences
from lcbrb.replies.parsing import Parses, lines_of
from lcbrb.replies.reasoning import split_reply

_PYTHON = frozenset({"", "python", "python3", "py"})
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_ASSIGNMENTS = (ast.Assign, ast.AnnAssign, ast.AugAssign)
_READERS = frozenset({"input", "stdin"})


def function_program(text: str, prompt: str, entry_point: str) -> str | None:
    """The program in a reply to a prompt that asks for one function; None where there is none.

    Args:
        text: the reply.
        prompt: what was asked. Where it is code (a signature and docstring) it may be continued.
        entry_point: the function's name.
    """
    answer = split_reply(text).answer
    if answer is None:
        return None
    parses = Parses()
    asked = parses.tree(prompt)
    head = prompt if asked is not None else ""
    for program in _candidates(answer, head, _imports(asked), entry_point, parses):
        tree = parses.tree(program)
        if tree is not None and any(map(_does, _named(tree, entry_point))):
            return _trimmed(program, tree, entry_point)
    return program_in(answer, parses)


def _candidates(
    answer: str, head: str, imports: str, entry_point: str, parses: Parses
) -> Iterator[str]:
    """What the program may be, the likeliest first."""
    blocks = [fence.code for fence in fences(answer) if fence.language in _PYTHON]
    blocks = [block for block in reversed(blocks) if block.strip()]
    continues = bool(head) and _first_line(answer)[:1].isspace()
    if head and not blocks:
        yield head + answer
    if continues:
        yield _continued(head, answer, parses)
    for block in blocks:
        yield imports + block
    if any(len(block) > parses.most for block in blocks):
        return  # one that can't be parsed whole is not taken in part either
    for block in blocks:
        yield imports + (bare_code(block, parses) or "")
    bare = bare_code(answer, parses)
    if bare is not None and entry_point in bare:
        yield imports + bare
    for body in (*blocks, answer) if head else ():
        yield _continued(head, body, parses)


def _first_line(text: str) -> str:
    return next((line for line in text.splitlines() if line.strip()), "")


def _named(tree: ast.Module, name: str) -> list[ast.stmt]:
    """The top-level statements that define the name."""
    found: list[ast.stmt] = []
    for node in tree.body:
        if isinstance(node, (*_FUNCTIONS, ast.ClassDef)) and node.name == name:
            found.append(node)
        if isinstance(node, ast.Assign | ast.AnnAssign) and name in _targets(node):
            found.append(node)
        elif isinstance(node, ast.ClassDef) and node.name == "Solution":
            found += [one for one in node.body if isinstance(one, _FUNCTIONS) and one.name == name]
    return found


def _does(node: ast.stmt) -> bool:
    if not isinstance(node, _FUNCTIONS):
        return True
    first = node.body[0]
    is_docstring = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return len(node.body) > 1 or not is_docstring


def _imports(tree: ast.Module | None) -> str:
    """The imports of a prompt, a line each."""
    body = tree.body if tree else []
    kept = (node for node in body if isinstance(node, ast.Import | ast.ImportFrom))
    return "".join(f"{ast.unparse(node)}\n" for node in kept)


def _continued(head: str, body: str, parses: Parses) -> str:
    """The prompt with as many lines of the body as parse after it."""
    kept, _ = parses.longest(lines_of(body), head)
    return head + "".join(kept)


# -------------------------------------------------------------------------- what can only fail


def _trimmed(source: str, tree: ast.Module, entry_point: str) -> str:
    """The source without the statements that can only fail; the rest stays as it is written."""
    last = max((node.lineno for node in _named(tree, entry_point)), default=0)
    used = {entry_point} | {
        name.id
        for node in tree.body
        if isinstance(node, _DEFINITIONS)
        for name in ast.walk(node)
        if isinstance(name, ast.Name)
    }
    kept: set[int] = set()
    gone: set[int] = set()
    for node in tree.body:
        numbers = gone if _idle(node, last, used) else kept
        numbers.update(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return "".join(
        line
        for number, line in enumerate(lines_of(source), start=1)
        if number in kept or number not in gone
    )


def _idle(node: ast.stmt, last: int, used: set[str]) -> bool:
    if isinstance(node, _DEFINITIONS):
        return False
    if isinstance(node, _ASSIGNMENTS):
        return not used & _targets(node) and (node.lineno > last or _reads(node))
    return node.lineno > last or _reads(node)


def _targets(node: ast.stmt) -> set[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", node)]
    return {one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)}


def _reads(node: ast.stmt) -> bool:
    names = (
        one.id if isinstance(one, ast.Name) else one.attr if isinstance(one, ast.Attribute) else ""
        for one in ast.walk(node)
    )
    return not _READERS.isdisjoint(names)
