"""The program in a model's reply.

Graders lose correct work here: LiveCodeBench takes what lies between the last two lines that hold
a fence (nothing where one is unclosed or stray), EvalPlus parses every pair of lines. These
functions are pure, raise on no text, and take time linear in it (`bare_code`: within a budget).
"""

from __future__ import annotations

import ast
import re

from lcbrb.replies.fences import between_fences, fences
from lcbrb.replies.parsing import Parses, lines_of
from lcbrb.replies.reasoning import split_reply

_PYTHON = frozenset({"python", "python3", "py"})

_REMARK = re.compile(r"\s*|(?!else|except|finally)\w+(?::[ \t]*\w+)?[ \t]*")
_START = re.compile(rf"(?!(?:{_REMARK.pattern})\Z)(?:[@#\"'(\[]|\w+[ \t]*[^\w\s]|[a-z]+[ \t])")
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
_ASSIGNMENTS = (ast.Assign, ast.AugAssign, ast.AnnAssign)


def code_block(text: str) -> str | None:
    """The code of the last fence tagged as Python (LiveCodeBench's rule), else the last untagged.

    An unclosed fence counts as any other. Blank fences and those of another language (``output``,
    ``text``, ``bash``, ``json``) never do. None if no fence is left; prose is not searched.
    """
    filled = [fence for fence in fences(text) if fence.code.strip()]
    tagged = [fence for fence in filled if fence.language in _PYTHON]
    chosen = tagged or [fence for fence in filled if not fence.language]
    return chosen[-1].code if chosen else None


def bare_code(text: str, parses: Parses | None = None) -> str | None:
    """The longest run of lines that parses and acts (in characters); knows nothing of fences.

    To act is to hold a def, class, import, assignment or call statement, at any depth. A run starts
    at an unindented line unlike prose and ends before the first that does not parse; at its edges,
    a name alone and ``word: word`` are prose. Once the budget is spent the best run so far is
    taken.

    Args:
        text: a reply's answer, without its fences.
        parses: what may be parsed; a budget of its own where none is given.
    """
    parses = parses or Parses()
    lines = [line.rstrip("\r\n") for line in lines_of(text)]
    ended = [f"{line}\n" for line in lines]
    best, reached = "", 0
    for head, line in enumerate(lines):
        if parses.left <= 0:
            break
        if head < reached or not _START.match(line):
            continue
        kept, tree = parses.longest(ended[head:])
        reached = head + len(kept)  # a longer run can't start within a longest one
        if tree is not None and any(map(_acts, ast.walk(tree))):
            run = lines[head:reached]
            while _REMARK.fullmatch(run[-1]):
                run.pop()
            best = max(best, "\n".join(run), key=len)
    return best or None


def _acts(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Call)
    return isinstance(node, _DEFINITIONS) or (isinstance(node, _ASSIGNMENTS) and bool(node.value))


def solution_of(text: str) -> str | None:
    """The program in a reply's answer: its `code_block`, else `bare_code` outside the fences.

    The reasoning is never searched: None where it does not end, or where nothing is found.
    """
    answer = split_reply(text).answer
    return None if answer is None else program_in(answer)


def program_in(answer: str, parses: Parses | None = None) -> str | None:
    """The program in an answer: its `code_block`, else `bare_code` outside the fences."""
    return code_block(answer) or bare_code(
        "\n".join(answer[a:b] for a, b in between_fences(answer)), parses
    )
