"""Find the reasoning, the program and the boxed answer in the text of a model's reply.

Graders lose correct work here: LiveCodeBench takes what lies between the last two lines that hold
a fence (nothing where one is unclosed or stray), EvalPlus parses every pair of lines. These
functions are pure, raise on no text, and take time linear in it (`bare_code`: within a budget).
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass

_Match = re.Match[str]
_THINK = "think|thinking|reasoning"
_TAG = rf"</?(?:{_THINK}|answer)>"
_LINE = re.compile(r"(?=[\s\S])([^\r\n]*)(?:\r\n?|\n|\Z)")
_INDENT = r"([ \t]*+(?:(?:[-*+]|\d{1,9}[.)])[ \t]++)?+)"  # spaces, a list marker
_OPENING = re.compile(
    rf"(?i){_INDENT}(?:{_TAG}[ \t]*)*(`{{3,}}(?=[^`]*\Z)|~{{3,}})[\s{{.]*([^\s{{}},:;=]*).*"
)
_PROSE = r"[^`]*+(?:`{1,2}(?!`)[^`]*+)*+"
_INLINE_OPENING = re.compile(rf"{_INDENT}{_PROSE}(`{{3,}})[ \t]*([a-zA-Z][\w+#.-]*)[ \t]*")
_CLOSING = re.compile(rf"(?i)([ \t]*)(`{{3,}}|~{{3,}})[ \t]*(?:\Z|{_TAG})")
_ONLY_TAGS = re.compile(rf"(?i)[ \t]*(?:{_TAG}[ \t]*)+")
_PYTHON = frozenset({"python", "python3", "py"})

_REMARK = re.compile(r"\s*|(?!else|except|finally)\w+(?::[ \t]*\w+)?[ \t]*")
_START = re.compile(rf"(?!(?:{_REMARK.pattern})\Z)(?:[@#\"'(\[]|\w+[ \t]*[^\w\s]|[a-z]+[ \t])")
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom)
_ASSIGNMENTS = (ast.Assign, ast.AugAssign, ast.AnnAssign)
_PARSE_BUDGET, _PARSE_COST = 2_000_000, 200  # characters of a text that are parsed, and for a try

_PART = r"((?:(?!</?(?:think|answer)>).)*)"
_EXACT = re.compile(rf"(?s)\s*<think>{_PART}</think>\s*<answer>{_PART}</answer>\s*")
# A tag in quotes matches without a group, so that it is none of the four.
_QUOTED_OR_TAG = re.compile(
    rf"(?i)([`'\"]){_TAG}\1|<(?:(?P<open>{_THINK})|(?P<close>/(?:{_THINK}))"
    r"|(?P<answer>answer)|(?P<end>/answer))>"
)
_TEX = re.compile(
    r"\\(?:boxed|fbox)(?![A-Za-z])\s*(?:(?P<box>\{|\Z)"
    r"|(?P<short>[-+]?\d+(?:[.,/]\d+)*|[A-Za-z](?![A-Za-z])))|\\[\s\S]|[{}]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    r"""A fenced code block: ``text[start:end]``, from its first fence character to its last.

    `language` is the info string's first word in lower case or ''. `code` is what stands between
    the fence lines, dedented with the fence, line ends as ``\n``, without the last one.
    """

    language: str
    code: str
    start: int
    end: int
    closed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The parts of a reply, not stripped: no reasoning without tags, no answer if it never ends.

    `well_formed` is P-GRPO's format reward: nothing but ``<think>…</think><answer>…</answer>`` and
    whitespace around the tags, in lower case, each once in the whole text, quoted or not.
    """

    reasoning: str | None
    answer: str | None
    well_formed: bool


def fences(text: str) -> list[Fence]:
    """All code fences of backticks or tildes, in order; an unclosed last one runs to the end.

    Beyond CommonMark, as models write: any indentation or a list marker may precede a fence;
    ``Here it is: ```python`` opens one if one word follows and no other run is on the line; a
    reasoning tag may stand before an opening or after a closing fence. A line of tags alone ends an
    open fence, and so does one that could open a fence with a language, of the same character and
    no shorter (a closing line was forgotten); it stays unclosed. Not found: fences in block quotes,
    ``<pre>``, a closing fence glued to the last line of code.
    """
    if "```" not in text and "~~~" not in text:
        return []
    found: list[Fence] = []
    opening: _Match | None = None
    body: list[str] = []
    for line in _LINE.finditer(text):
        stop = _stop(line, opening) if opening else None
        new = _opening(line, within=opening) if stop is None else None
        if stop is None and new is None:
            body.append(line[1])
            continue
        if opening:
            found.append(_fence(opening, body, end=stop or line.start(), closed=bool(stop)))
        opening, body = new, []
    if opening:
        found.append(_fence(opening, body, end=len(text), closed=False))
    return found


def _opening(line: _Match, *, within: _Match | None) -> _Match | None:
    new = _OPENING.fullmatch(line.string, *line.span(1))
    if within:
        return new if new and new[3] and _fits(new, within) else None
    return new or _INLINE_OPENING.fullmatch(line.string, *line.span(1))


def _stop(line: _Match, opening: _Match) -> int | None:
    """Where the closing fence on this line ends, 0 for a line of tags, None if neither is here."""
    closing = _CLOSING.match(line.string, *line.span(1))
    if closing and _fits(closing, opening):
        return closing.end(2)
    return 0 if _ONLY_TAGS.fullmatch(line.string, *line.span(1)) else None


def _fits(fence: _Match, opening: _Match) -> bool:
    widths = [len(indent.expandtabs(4)) for indent in (fence[1], opening[1])]
    return fence[2].startswith(opening[2]) and widths[0] <= widths[1] + 3


def _fence(opening: _Match, body: list[str], *, end: int, closed: bool) -> Fence:
    # CommonMark dedents each line for itself: that flattens Python less indented than its fence.
    code, first = "\n".join(body), next((line.expandtabs(4) for line in body if line.strip()), "")
    width = min(len(opening[1].expandtabs(4)), len(first) - len(first.lstrip(" ")))
    if width:
        code = re.sub(r"(?m)^[ \t]+", lambda lead: lead[0].expandtabs(4)[width:], code)
    language, start = opening[3].lower(), opening.start(2)
    return Fence(language=language, code=code, start=start, end=end, closed=closed)


def code_block(text: str) -> str | None:
    """The code of the last fence tagged as Python (LiveCodeBench's rule), else the last untagged.

    An unclosed fence counts as any other. Blank fences and those of another language (``output``,
    ``text``, ``bash``, ``json``) never do. None if no fence is left; prose is not searched.
    """
    filled = [fence for fence in fences(text) if fence.code.strip()]
    tagged = [fence for fence in filled if fence.language in _PYTHON]
    chosen = tagged or [fence for fence in filled if not fence.language]
    return chosen[-1].code if chosen else None


def bare_code(text: str) -> str | None:
    """The longest run of lines that parses and acts (in characters); knows nothing of fences.

    To act is to hold a def, class, import, assignment or call statement, at any depth. A run starts
    at an unindented line unlike prose and ends before the first that does not parse; at its edges,
    a name alone and ``word: word`` are prose. Once 2,000,000 characters went to the parser (each
    try counts 200 more) the best run so far is taken.
    """
    lines: list[str] = _LINE.findall(text)
    best, budget, reached = "", _PARSE_BUDGET, 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a "\d" in the model's program
        for head, line in enumerate(lines):
            if head < reached or budget <= 0 or not _START.match(line):
                continue
            run, tree = lines[head:], None
            while run and tree is None and budget > 0:
                budget -= sum(map(len, run)) + len(run) + _PARSE_COST
                tree, run = _parse(run)
            reached = head + len(run)  # a longer run can't start within a longest one
            if tree is not None and any(map(_acts, ast.walk(tree))):
                while _REMARK.fullmatch(run[-1]):
                    run.pop()
                best = max(best, "\n".join(run), key=len)
    return best or None


def parsed(source: str) -> ast.Module:
    r"""The tree, without the warnings of the parser's: a program may hold a ``"\d"``.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: as the parser does.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)


def _parse(run: list[str]) -> tuple[ast.Module | None, list[str]]:
    """The tree and the run, or None and the lines before the one that fails."""
    try:
        return ast.parse("\n".join(run)), run
    except SyntaxError as error:
        return None, run[: min(error.lineno or len(run), len(run)) - 1]
    except (ValueError, RecursionError, MemoryError):
        return None, run[:-1]


def _acts(node: ast.AST) -> bool:
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Call)
    return isinstance(node, _DEFINITIONS) or (isinstance(node, _ASSIGNMENTS) and bool(node.value))


def split_reply(text: str) -> Split:
    """Reasoning and answer of a reply by its tags; without tags the answer is the whole text.

    ``<think>``, ``<thinking>`` and ``<reasoning>`` are one tag, in any case. The reasoning runs to
    the LAST closing tag before the answer, so a repeated one leaks none of it into the answer; text
    before the opening tag leads it (DeepSeek-R1's prompt keeps that tag to itself). The answer is
    the rest, or what stands between the first ``<answer>`` that no open reasoning holds and the
    last ``</answer>``; what is around those is in neither part. An unclosed opening tag counts at
    the start of its line only, and holds the rest. A tag in quotes is text, and one in a fence
    unless the reasoning ends nowhere else.
    """
    if exact := _EXACT.fullmatch(text):
        return Split(reasoning=exact[1], answer=exact[2], well_formed=True)
    tags = [tag for gap in _gaps(text) for tag in _QUOTED_OR_TAG.finditer(text, *gap)]
    if {"open", "close"} & {tag.lastgroup for tag in tags} == {"open"}:
        tags = list(_QUOTED_OR_TAG.finditer(text))
    opening = next((tag for tag in tags if tag["open"]), None)
    close = _reasoning_end(tags)
    unclosed = opening is not None and close is None and _leads(opening)
    first, answer = (None, None) if unclosed else _answer(text, tags, close.end() if close else 0)
    end = close or first
    reasoning = text[: end.start() if end else None]
    if opening and opening.end() <= len(reasoning):
        reasoning = text[: opening.start()] + reasoning[opening.end() :]
    return Split(reasoning=reasoning if end or unclosed else None, answer=answer, well_formed=False)


def _reasoning_end(tags: list[_Match]) -> _Match | None:
    """The last closing tag before the first ``<answer>`` after one that is in no open reasoning."""
    depth, last = 0, None
    for tag in tags:
        if tag["answer"] and last and depth == 0:
            break
        last = tag if tag["close"] else last
        depth = max(0, depth + bool(tag["open"]) - bool(tag["close"]))
    return last


def _answer(text: str, tags: list[_Match], start: int) -> tuple[_Match | None, str]:
    """The tag that opens the answer, if any, and the answer in ``text[start:]``."""
    first = next((tag for tag in tags if tag["answer"] and tag.start() >= start), None)
    ends = [tag.start() for tag in tags if tag["end"] and first and tag.start() > first.start()]
    if first and (ends or _leads(first)):
        return first, text[first.end() : ends[-1] if ends else None]
    return None, text[start:]


def _leads(tag: _Match) -> bool:
    """Whether nothing but spaces stands before the tag, on its line or after another tag."""
    return not re.split(r"[\n>]", tag.string[: tag.start()])[-1].strip()


def prose_reasoning(text: str) -> str | None:
    """The text outside all fences, headings too, joined by blank lines; None if it is blank."""
    return "\n\n".join(filter(None, (text[a:b].strip() for a, b in _gaps(text)))) or None


def _gaps(text: str) -> list[tuple[int, int]]:
    found = fences(text)
    starts, ends = [0, *(f.end for f in found)], [*(f.start for f in found), len(text)]
    return list(zip(starts, ends, strict=True))


def reasoning_of(text: str) -> str | None:
    """The stripped reasoning of a reply with tags, else its prose; None where that is blank."""
    reasoning = split_reply(text).reasoning
    return prose_reasoning(text) if reasoning is None else reasoning.strip() or None


def solution_of(text: str) -> str | None:
    """The program in a reply's answer: its `code_block`, else `bare_code` outside the fences.

    The reasoning is never searched: None where it does not end, or where nothing is found.
    """
    answer = split_reply(text).answer
    if answer is None:
        return None
    return code_block(answer) or bare_code("\n".join(answer[a:b] for a, b in _gaps(answer)))


def boxed(text: str) -> str | None:
    """The last box; None if there is none or it never closes: an earlier one is no final answer."""
    return next(reversed(_boxes(text)), None)


def all_boxed(text: str) -> list[str]:
    r"""The stripped contents of all complete boxes in order, a nested box within its outer one.

    ``\boxed{…}`` and ``\fbox{…}`` with balanced braces (``\{`` and ``\}`` are none), whitespace
    before the brace allowed; without a brace, a number or a single letter: ``\boxed 5``.
    """
    return [box for box in _boxes(text) if box is not None]


def _boxes(text: str) -> list[str | None]:
    """Contents of the outermost boxes, None for one that never closes."""
    found: list[tuple[int, str | None]] = []
    unclosed: list[int] = []  # where a box's content starts, -1 for any other brace
    for token in _TEX.finditer(text):
        if token["box"] is not None or token["short"]:
            found.append((token.end(), token["short"]))
        if token["box"] or token[0] == "{":
            unclosed.append(token.end() if token["box"] else -1)
        elif token[0] == "}" and unclosed and (start := unclosed.pop()) >= 0:
            while found[-1][0] > start:
                found.pop()
            found[-1] = (start, text[start : token.start()].strip())
    return [content for _, content in found]
