"""A function's program in a reply: what continues the prompt, stands in a fence, or bare in prose.

Beside `extract` (which knows no prompt), for benchmarks that ask for one function by name. At
least as forgiving as EvalPlus' sanitizer (0.3.1, ``evalplus/sanitize.py``), which keeps imports,
definitions and what they use of the longest stretch of lines that parses:

- A reply that continues the prompt is the prompt and the reply, up to where that stops parsing.
- Otherwise the program is the last code fence that defines the function, of Python first, and not
  as a mere stub (``pass``); else the stretch of bare code that does. The prompt's own imports are
  in scope there, too.
- Statements that are no definitions are left out where they follow the function (examples that call
  it) or read standard input and nothing needs them (`lcbrb.replies.trimming`): they can only fail.

All of it has one budget (`lcbrb.replies.parsing`). Once that is spent the reply is read as any
other: its last code fence, whatever that defines. Programs that a file gives as such are never
changed. Pure functions; they raise on no text.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lcbrb.replies.definitions import defines
from lcbrb.replies.extract import bare_code, program_in
from lcbrb.replies.fences import fences, is_python
from lcbrb.replies.parsing import Parses, lines_of
from lcbrb.replies.reasoning import split_reply
from lcbrb.replies.stray_lines import without_stray_lines
from lcbrb.replies.trimming import trimmed


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
    answer = without_stray_lines(answer)
    parses, stub = Parses(), None
    asked = parses.tree(prompt)
    head = prompt if asked is not None else ""
    for program in _candidates(answer, head, _imports(asked), entry_point, parses):
        tree = parses.tree(program)
        if tree is not None and defines(tree, entry_point):
            return trimmed(program, tree, entry_point)
        if stub is None and tree is not None and defines(tree, entry_point, stub=True):
            stub = trimmed(program, tree, entry_point)
    return stub or program_in(answer, parses=parses)


def _candidates(
    answer: str, head: str, imports: str, entry_point: str, parses: Parses
) -> Iterator[str]:
    """What the program may be, the likeliest first."""
    filled = [fence for fence in reversed(fences(answer)) if fence.code.strip()]
    blocks = [fence.code for fence in filled if is_python(fence.language)]
    others = [fence.code for fence in filled if not is_python(fence.language)]
    first = next((line for line in answer.splitlines() if line.strip()), "")
    continues = bool(head) and first[:1].isspace()
    if head and not blocks:
        yield head + answer
    if continues:
        yield _continued(head, answer, parses)
    for block in blocks:
        yield imports + block
    for block in others:
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


def _imports(tree: ast.Module | None) -> str:
    """The imports of a prompt, a line each."""
    body = tree.body if tree else []
    kept = (node for node in body if isinstance(node, ast.Import | ast.ImportFrom))
    return "".join(f"{ast.unparse(node)}\n" for node in kept)


def _continued(head: str, body: str, parses: Parses) -> str:
    """The prompt with as many lines of the body as parse after it."""
    kept, _ = parses.longest(lines_of(body), head)
    return head + "".join(kept)
