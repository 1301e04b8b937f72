"""Fenced code blocks, as models write them. Pure functions, in time linear in the text."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lcbrb.replies.marks import BESIDE_FENCE, before_tokens
from lcbrb.replies.parsing import Parses

_Match = re.Match[str]
_LINE = re.compile(r"(?=[\s\S])([^\r\n]*)(?:\r\n?|\n|\Z)")
_INDENT = r"([ \t]*+(?:(?:[-*+]|\d{1,9}[.)])[ \t]++)?+)"  # spaces, a list marker
_OPENING = re.compile(
    rf"{_INDENT}(?:{BESIDE_FENCE}[ \t]*)*(`{{3,}}(?=[^`]*\Z)|~{{3,}})[\s{{.]*([^\s{{}},:;=]*).*"
)
_PROSE = r"[^`]*+(?:`{1,2}(?!`)[^`]*+)*+"
_INLINE_OPENING = re.compile(rf"{_INDENT}{_PROSE}(`{{3,}})[ \t]*([a-zA-Z][\w+#.-]*)[ \t]*")
_CLOSING = re.compile(rf"([ \t]*)(`{{3,}}|~{{3,}})[ \t]*(?:\Z|{BESIDE_FENCE})")
_RUN = re.compile("`+")
_LINE_ENDS = "\r\n"
_ONLY_MARKERS = re.compile(rf"[ \t]*(?:{BESIDE_FENCE}[ \t]*)+")

_PYTHON = re.compile(
    r"(?:(?:i|c|micro)?python(?!-?(?:console|repl|tb|traceback|session))[\w.+-]*"
    r"|pypy[\d.]*|py[\d.]*|sage(?:math)?|cython)?"
)
_GLUED = re.compile(r"(?P<code>.*[^\s`~])[ \t]*(?P<run>`{3,}|~{3,})[ \t]*")
_MOST_GLUED = 16  # lines of a text that are looked at as a closing fence glued to code


def is_python(language: str) -> bool:
    """Whether a fence's tag names Python, some version or dialect of it, or nothing."""
    return _PYTHON.fullmatch(language) is not None


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


def fences(text: str) -> list[Fence]:
    """All code fences of backticks or tildes, in order; an unclosed last one runs to the end.

    Beyond CommonMark, as models write: any indentation or a list marker may precede a fence;
    ``Here it is: ```python`` opens one if one word follows and no other run is on the line; markers
    of reasoning and control tokens may stand before an opening or after a closing fence. A line of
    these alone ends an open fence, and so does one that could open a fence with a language, of the
    same character and no shorter (a closing line was forgotten); it stays unclosed. A closing fence
    may be glued to the last line of Python, if that parses up to there (and, without a tag, no
    other follows). Not found: fences in block quotes, ``<pre>``.
    """
    if "```" not in text and "~~~" not in text:
        return []
    blocks: list[Fence] = []
    opening: _Match | None = None
    body: list[str] = []
    tries = _MOST_GLUED
    for line in _LINE.finditer(text):
        stop = _stop(line, opening) if opening else None
        new = _opening(line, within=opening) if stop is None else None
        if stop is None and new is None:
            glued = _GLUED.fullmatch(text, *line.span(1)) if opening and tries else None
            body.append(line[1])
            if opening and glued:
                tries -= 1
                whole = [*body[:-1], glued["code"]]
                if _closes(glued, whole, opening):
                    stop = glued.end("run")
                    blocks.append(_fence(opening, whole, end=stop, closed=True))
                    opening, body = None, []
            continue
        if opening:
            blocks.append(_fence(opening, body, end=stop or line.start(), closed=bool(stop)))
        if stop:  # another may open on the same line, behind a marker
            new = _OPENING.fullmatch(line.string, stop, line.end(1))
        opening, body = new, []
    if opening:
        blocks.append(_fence(opening, body, end=len(text), closed=False))
    return blocks


def _closes(glued: _Match, code: list[str], opening: _Match) -> bool:
    """Whether what is glued to a line of Python closes its fence: all of it parses up to there."""
    if not glued["run"].startswith(opening[2]) or not is_python(opening[3].lower()):
        return False
    if not opening[3] and opening[2] in glued.string[glued.end() :]:
        return False
    return Parses().tree(_dedented(code, opening)) is not None


def fenced(code: str, language: str = "python") -> str:
    """Code in a fence that is longer than any run of backticks in it."""
    longest = max((len(run) for run in _RUN.findall(code)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{code.strip(_LINE_ENDS)}\n{fence}"


def _opening(line: _Match, *, within: _Match | None) -> _Match | None:
    new = _OPENING.fullmatch(line.string, *line.span(1))
    if within:
        return new if new and new[3] and _fits(new, within) else None
    return new or _INLINE_OPENING.fullmatch(line.string, *line.span(1))


def _stop(line: _Match, opening: _Match) -> int | None:
    """Where the closing fence on this line ends; 0: a line of markers; None: neither is here."""
    closing = _CLOSING.match(line.string, *line.span(1))
    if closing and _fits(closing, opening):
        return closing.end(2)
    return 0 if _ONLY_MARKERS.fullmatch(line.string, *line.span(1)) else None


def _fits(fence: _Match, opening: _Match) -> bool:
    widths = [len(indent.expandtabs(4)) for indent in (fence[1], opening[1])]
    return fence[2].startswith(opening[2]) and widths[0] <= widths[1] + 3


def _fence(opening: _Match, body: list[str], *, end: int, closed: bool) -> Fence:
    language, start = opening[3].lower(), opening.start(2)
    code = _dedented(body, opening)
    written = before_tokens(code, len(code))
    code = code[:written] if code.startswith("<", written) else code  # [DONE] may be a list
    return Fence(language=language, code=code, start=start, end=end, closed=closed)


def _dedented(body: list[str], opening: _Match) -> str:
    # CommonMark dedents each line for itself: that flattens Python less indented than its fence.
    code, first = "\n".join(body), next((line.expandtabs(4) for line in body if line.strip()), "")
    width = min(len(opening[1].expandtabs(4)), len(first) - len(first.lstrip(" ")))
    if width:
        code = re.sub(r"(?m)^[ \t]+", lambda lead: lead[0].expandtabs(4)[width:], code)
    return code


def between_fences(text: str) -> list[tuple[int, int]]:
    """The stretches outside all fences, in order; some are empty."""
    blocks = fences(text)
    starts, ends = [0, *(f.end for f in blocks)], [*(f.start for f in blocks), len(text)]
    return list(zip(starts, ends, strict=True))
