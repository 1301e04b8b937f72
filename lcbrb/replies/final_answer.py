r"""The final answer in a reply to a maths problem, as the model wrote it.

In this order:

- the last ``\boxed{…}`` after the reasoning; boxes that stand side by side in one line
  (``\boxed{2}`` or ``\boxed{5}``) are one answer, joined by commas;
- what a declared phrase announces after the reasoning (``the final answer is …``, ``Answer: …``,
  ``#### …``), where that is a formula, a number or a word or two, and no further prose; of a list
  of labelled answers the last, which is what a problem in parts asks for.

The reasoning is never searched: a box in it is a draft. The last number of a text is no answer:
graders that take it give a model marks for where it happened to stop. A last box that never closes
is none either, whatever was boxed before it. Pure functions; they raise on no text, and take time
linear in it.
"""

from __future__ import annotations

import re

from lcbrb.replies.boxes import all_boxed, boxed, without_boxes
from lcbrb.replies.reasoning import split_reply

_PHRASE = re.compile(
    r"(?i)\banswers?\b(?:[ \t]+(?:to|for|of)\b[^.:=\n]{1,60}?)?[*_ \t]*"
    r"(?:\b(?:is|are)\b(?:[ \t]*:)?|:|=)[*_ \t]*\n{0,2}[ \t]*"
)
_HEADING = re.compile(r"(?im)^[ \t#*_]*final answers?[ \t*_:]*\n+[ \t]*")
_BULLETS = re.compile(r"(?:[ \t]*(?:[-*•]|\d+[.)])[ \t]+[^\n]*(?:\n\s*|\Z))+")
_BULLET = re.compile(r"(?m)^[ \t]*(?:[-*•]|\d+[.)])[ \t]+")
_LABEL = re.compile(r"[*_]*[A-Za-z][^:=$\n]*(?::|=|\([^)]*\):)[*_]*[ \t]*")
_HASHES = re.compile(r"(?m)^[ \t]*####[ \t]+")
_FORMULA = re.compile(r"\$\$(.+?)\$\$|\$(.+?)(?<!\\)\$|\\\((.+?)\\\)|\\\[(.+?)\\\]", re.DOTALL)
_END_OF_SENTENCE = re.compile(r"[.!;](?=\s|\Z)")
_NUMBER_AHEAD = re.compile(r"[-+\u2212(]?(?:\\?\$)?\d|\\(?:d?frac|sqrt|pi)\b")
_CONNECTIVE = re.compile(
    r"(?:[\s$,;.()*\[\]\\]|and|or|(?:\\text|\\quad|\\qquad)|[{}]|[A-Za-z](?:_\{?\w\}?)?\s*=)*"
)
_AND = re.compile(r"\s*(?:,?\s*(?:and|or)\b|,)\s*")
_REMARKS = frozenset(
    "correct incorrect right wrong below above clear unique unknown undefined not that the".split()
)
_MOST_WORDS, _LONGEST = 4, 400


def final_answer(text: str) -> str | None:
    r"""The answer of a reply, without its box; None where none is found.

    Args:
        text: the reply; reasoning in tags may come first.
    """
    answer = split_reply(text).answer
    if answer is None:
        return None
    found = _last_boxes(answer) if "boxed" in answer or "fbox" in answer else None
    return (_announced(answer) if found is None else found) or None


def _last_boxes(text: str) -> str | None:
    """The last box, with those beside it in its line."""
    last = boxed(text)
    if last is None:
        return None
    line = next((line for line in reversed(text.splitlines()) if re.search(r"\\f?box", line)), "")
    contents = all_boxed(line)
    between = without_boxes(line).rpartition(":")[2]
    together = len(contents) > 1 and contents[-1] == last and _CONNECTIVE.fullmatch(between)
    return ", ".join(dict.fromkeys(contents)) if together else last


def _announced(text: str) -> str | None:
    """What the last phrase announces, if that is an answer and no prose."""
    phrases = (_PHRASE, _HEADING, _HASHES)
    starts = [match.end() for phrase in phrases for match in phrase.finditer(text)]
    found = (_read(text[start : start + _LONGEST]) for start in sorted(starts, reverse=True))
    return next((answer for answer in found if answer), None)


def _read(text: str) -> str | None:
    """The answer at the beginning of a text."""
    if listed := _BULLETS.match(text):
        return _read_list(_BULLET.split(listed[0])[1:])
    text = text.lstrip("*_ \n\t")
    formulas, formula = [], _FORMULA.match(text)
    while formula:
        formulas.append(next(group for group in formula.groups() if group).strip())
        more = _AND.match(text, formula.end())
        formula = _FORMULA.match(text, more.end()) if more else None
    if formulas:
        return ", ".join(formulas)
    line = _END_OF_SENTENCE.split(text.split("\n", maxsplit=1)[0], maxsplit=1)[0]
    line = line.strip("*_ \t").removesuffix(".").strip()
    words = re.findall(r"(?<![\\\w])[A-Za-z]{2,}", line)
    if line.endswith(":"):
        return None
    if _NUMBER_AHEAD.match(line):
        return line if len(words) <= _MOST_WORDS else None
    return line if line and len(words) <= 1 and line.lower() not in _REMARKS else None


def _read_list(items: list[str]) -> str | None:
    """The last of labelled answers (to parts of a problem), or all of a plain list."""
    labels = [_LABEL.match(item) for item in items]
    if all(labels):
        return _read(items[-1][labels[-1].end() :]) if labels[-1] else None
    answers = [_read(item) for item in items]
    return ", ".join(filter(None, answers)) if all(answers) else None


def never_ends(text: str) -> bool:
    """Whether a reply opens its reasoning and breaks off before that ends."""
    return split_reply(text).answer is None
