"""The program in a model's reply.

Graders lose correct work here: LiveCodeBench takes what lies between the last two lines that hold
a fence (nothing where one is unclosed or stray), EvalPlus parses every pair of lines. These
functions are pure, raise on no text, and take time linear in it (`bare_code`: within a budget).
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from lcbrb.replies.definitions import ASSIGNMENTS, DEFINITIONS, defines
from lcbrb.replies.fences import between_fences, fences, is_python
from lcbrb.replies.parsing import Parses, lines_of
from lcbrb.replies.reasoning import split_reply
from lcbrb.replies.stray_lines import without_stray_lines

_REMARK = re.compile(r"\s*|(?!else|except|finally)\w+(?::[ \t]*\w+)?[ \t]*")
_START = re.compile(rf"(?!(?:{_REMARK.pattern})\Z)(?:[@#\"'(\[]|\w+[ \t]*[^\w\s]|[a-z]+[ \t])")
_SAYS = re.compile(r"(?m)^[ \t]*(?!#|(?:import|from|pass|\.\.\.)(?!\w))\S")  # more than imports
_COMMENT = re.compile(r"#[^\n]*")
_READS = re.compile(
    r"\binput\s*\(|=\s*(?:\w+\.)?input\b|[(,]\s*input\s*[,)]|\bstdin\b|\braw_input\b|\bfileinput\b"
    r"|\bopen\s*\(\s*(?:0|['\"]/dev)|\bos\.read\b|\breadline\b"
)
_WRITES = re.compile(r"\bprint\b|\bwrite(?:lines)?\b|\bstdout\b")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a program must do to be the one that is asked for.

    It defines `entry_point`, where that is named, or reads input and prints (`reads_input`).
    """

    entry_point: str | None = None
    reads_input: bool = False


_ANYTHING = Asked()


def code_block(text: str, asked: Asked = _ANYTHING) -> str | None:
    """The code of the last fence tagged as Python (LiveCodeBench's rule), else the last untagged.

    Fences that can't be the program count only where none can: a sample run, a test, a stub, a
    comment behind it. An unclosed fence counts as any other. Blank fences never do, and those of
    another language (``output``, ``text``, ``bash``, ``json``) where they alone hold the program
    that is asked for. Where the prompt opened the fence, the text up to the first fence line is
    one. None if no fence is left; prose is not searched.
    """
    filled = [fence for fence in fences(text) if fence.code.strip()]
    tagged = [fence.code for fence in filled if fence.language and is_python(fence.language)]
    untagged = [fence.code for fence in filled if not fence.language]
    for blocks in (tagged, untagged):
        fit = next((code for code in reversed(blocks) if _fits(code, asked)), None)
        if fit is not None:
            return fit
    head = _opened_by_prompt(text, asked)
    if head is not None:
        return head
    others = [fence.code for fence in filled if not is_python(fence.language)]
    if not tagged and not untagged:
        return next((code for code in reversed(others) if _is_program(code, asked)), None)
    return (tagged or untagged)[-1]


def _fits(code: str, asked: Asked) -> bool:
    """Whether a fence may hold the program; one that does not parse may be a failed attempt."""
    name = asked.entry_point
    if name is not None and not re.search(rf"\bdef\s+{name}\b|\b{name}\s*=", code):
        return False
    if name is None and asked.reads_input:
        said = _COMMENT.sub("", code)
        return bool(_READS.search(said) and _WRITES.search(said))
    if not _SAYS.search(code):
        return False
    tree = Parses().tree(code)
    return tree is None or (defines(tree, name) if name else _acts_at_all(tree))


def _is_program(code: str, asked: Asked) -> bool:
    """Whether a text without Python's tag is the program nevertheless: it parses, and fits."""
    if asked == _ANYTHING or not _fits(code, asked):
        return False
    tree = Parses().tree(code)
    return tree is not None and _acts_at_all(tree)


def _opened_by_prompt(text: str, asked: Asked) -> str | None:
    """The program before a fence's closing line whose opening one the prompt keeps to itself."""
    first = next(iter(fences(text)), None)
    if first is None or first.language:
        return None
    head = text[: first.start].strip("\r\n")
    return head if _is_program(head, asked) else None


def _acts_at_all(tree: ast.Module) -> bool:
    return any(map(_acts, ast.walk(tree)))


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
    return isinstance(node, DEFINITIONS) or (isinstance(node, ASSIGNMENTS) and bool(node.value))


def solution_of(text: str, asked: Asked = _ANYTHING) -> str | None:
    """The program in a reply's answer: its `code_block`, else `bare_code` outside the fences.

    The reasoning is never searched: None where it does not end, or where nothing is found.
    """
    answer = split_reply(text).answer
    if answer is None:
        return None
    one_line = answer.strip()
    if one_line and len(one_line.splitlines()) == 1:
        answer = one_line  # as in <answer> print(1) </answer>
    return program_in(without_stray_lines(answer), asked)


def program_in(
    answer: str, asked: Asked = _ANYTHING, *, parses: Parses | None = None
) -> str | None:
    """The program in an answer: its `code_block`, else `bare_code` outside the fences."""
    return code_block(answer, asked) or bare_code(
        "\n".join(answer[a:b] for a, b in between_fences(answer)), parses
    )
