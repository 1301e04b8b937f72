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

from lcbrb.replies.boxes import after_boxes, all_boxed, boxed, last_two, without_boxes
from lcbrb.replies.reasoning import split_reply

_THEN = "thus|then|therefore|hence|so|simply|just|exactly|indeed|clearly|now|given by|equal to"
_VERB = (
    r"(?:\b(?:is|are|was|were|(?:would|should|must|will|can only|has to) be|becomes|equals"
    r"|comes (?:out )?to(?: be)?|turns out to be)\b(?:[ \t]*:)?|:|=)"
    rf"(?:[*_ \t,]*\b(?:{_THEN})\b[ \t,:]*)*"
)
_PHRASE = re.compile(
    r"(?i)\banswers?\b(?:[ \t]+(?:to|for|of)\b[^.:=\n]{1,60}?)?[*_ \t]*"
    rf"{_VERB}[*_ \t]*\n{{0,2}}[ \t]*"
)
# ruff: noqa: RUF001 - signs that look like others are looked for
_ABROAD = re.compile(  # "answer" in the languages that models answer maths in
    r"(?i)(?:最终答案|答案|答え|\b(?:ответ|respuesta|r[ée]ponse|antwort|risposta|resposta))[*_ \t]*"
    r"(?:是|为|為|は|[:=：＝])[*_ \t:：]*\n{0,2}[ \t]*"
)
#: what is declared to be the end, and so counts behind a box
_LAST_WORD = re.compile(
    rf"(?im)(?:\bfinal[ \t]+answers?\b|^[ \t>#*_-]*answers?(?=[*_ \t]*[:=]))[*_ \t]*{_VERB}"
    r"[*_ \t]*\n{0,2}[ \t]*"
)
_HEADING = re.compile(r"(?im)^[ \t#*_]*final answers?[ \t*_:]*\n+[ \t]*")
_BULLETS = re.compile(r"(?:[ \t]*(?:[-*•]|\d+[.)])[ \t]+[^\n]*(?:\n\s*|\Z))+")
_BULLET = re.compile(r"(?m)^[ \t]*(?:[-*•]|\d+[.)])[ \t]+")
_LABEL = re.compile(r"[*_]*[A-Za-z][^:=$\n]*(?::|=|\([^)]*\):)[*_]*[ \t]*")
_HASHES = re.compile(r"(?m)^[ \t]*####[ \t]+")
_PHRASES = (_PHRASE, _ABROAD, _HEADING, _HASHES)
_ROUGHLY = re.compile(r"[\s$]*(?:\\approx|\\simeq|≈)[\s$]*")
_VALUE_AHEAD = re.compile(r"[-+\u2212(\[]*(?:\\?\$)?[\d\\]|[A-Za-z]\s*=|[-+]?[A-Za-z\u03c0]?\Z")
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
    split = split_reply(text)
    answer = split.answer
    if answer is None:
        return None
    in_boxes = _last_boxes(answer) if "boxed" in answer or "fbox" in answer else None
    if in_boxes is None:
        return _announced(answer, _PHRASES) or (_alone(answer) if split.tagged else None)
    later = _announced(after_boxes(answer), (_LAST_WORD, _HASHES))
    return (later if later and _VALUE_AHEAD.match(later) else in_boxes) or None


def _alone(text: str) -> str | None:
    """An answer that stands between the tags of one, and nothing else with it."""
    return _read(text.strip()) if len(text.strip().splitlines()) == 1 else None


def _last_boxes(text: str) -> str | None:
    """The last box, with those beside it in its line."""
    last = boxed(text)
    if last is None:
        return None
    line = next((line for line in reversed(text.splitlines()) if re.search(r"\\f?box", line)), "")
    contents = all_boxed(line)
    between = without_boxes(line).rpartition(":")[2]
    beside = last_two(line)
    if beside and beside[2] == last and _ROUGHLY.fullmatch(beside[1]):
        return rf"{beside[0]} \approx {last}"
    together = len(contents) > 1 and contents[-1] == last and _CONNECTIVE.fullmatch(between)
    return ", ".join(dict.fromkeys(contents)) if together else last


def _announced(text: str, phrases: tuple[re.Pattern[str], ...]) -> str | None:
    """What the last phrase announces, if that is an answer and no prose."""
    starts = [match.end() for phrase in phrases for match in phrase.finditer(text)]
    answers = (_read(text[start : start + _LONGEST]) for start in sorted(starts, reverse=True))
    return next((answer for answer in answers if answer), None)


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
