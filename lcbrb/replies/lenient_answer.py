r"""The answer of a reply as graders that are less strict read it.

First what `final_answer` finds. Else what the concluding sentence comes to: the last of the text
that says "so", "therefore" or the like ("So the area decreases by 10%."); of its formulas and
numbers the one behind its last verb. Else the last formula or number of the text, which is what
most graders take: a model is paid there for where it stopped, so this reading has a name of its own
and is never the headline. Pure functions, in linear time; they raise on no text.
"""

from __future__ import annotations

import re

from lcbrb.replies.final_answer import final_answer
from lcbrb.replies.reasoning import split_reply

_LAST_PART = 4000  # characters at the end of a reply that are searched
_SENTENCE = re.compile(r"(?:[^.!?\n]|[.!?](?!\s|\Z))+[.!?]?")
_CONCLUDES = re.compile(
    r"(?i)\b(?:so|thus|therefore|hence|consequently|in conclusion|to conclude|finally|overall"
    r"|in total|altogether|as a result|this (?:gives|means|yields)|which (?:gives|means|yields)"
    r"|we (?:get|find|have|conclude|obtain))\b|[∴⇒]|\\(?:therefore|implies|Rightarrow)(?![A-Za-z])"
)
_NUMBER = (
    r"[-+\u2212]?(?:\\?\$)?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?"
    r"(?:\s*/\s*\d+)?(?:\\?%|\s*percent\b|°|\^\\?circ)?"
)
_VALUE = re.compile(
    r"\$\$(?P<display>[^$]+)\$\$|\$(?P<inline>[^$]+?)(?<!\\)\$|\\\((?P<round>.+?)\\\)"
    rf"|\\\[(?P<square>.+?)\\\]|\*\*(?P<bold>[^*\n]{{1,60}})\*\*|(?<![\w.])(?P<number>{_NUMBER})"
    r"(?![\w])",
    re.DOTALL,
)
_VERB = re.compile(
    r"(?i)(?:\b(?:is|are|be|by|to|equals?|get|gets|have|has|find|finds|obtain|gives?|yields?)\b"
    r"|[=:≈])[\s*_]*(?:(?:exactly|about|approximately|therefore|thus|only|equal to|just|a|an|the)"
    r"[\s*_]+)*\Z"
)
_LABEL = re.compile(r".*\d.*|.*\\[A-Za-z].*|[A-Za-z](?:\s*=.*)?", re.DOTALL)


def lenient_answer(text: str) -> str | None:
    """The answer of a reply, read leniently; None where there is no value in it.

    Reasoning in tags is never searched, and what never ends it has no answer.
    """
    strict = final_answer(text)
    if strict is not None:
        return strict
    answer = split_reply(text).answer
    if answer is None:
        return None
    end = answer[-_LAST_PART:]
    concluding = [match[0] for match in _SENTENCE.finditer(end) if _CONCLUDES.search(match[0])]
    conclusion = next(filter(None, map(_conclusion, reversed(concluding))), None)
    return conclusion or _last(end)


def _conclusion(sentence: str) -> str | None:
    """The value behind the last verb of a sentence, else its last value."""
    values = [(match, _content(match)) for match in _VALUE.finditer(sentence)]
    stated = [value for match, value in values if value and _VERB.search(sentence[: match.start()])]
    others = [value for _, value in values if value]
    return next(reversed(stated or others), None)


def _last(text: str) -> str | None:
    values = [value for match in _VALUE.finditer(text) if (value := _content(match))]
    return values[-1] if values else None


def _content(match: re.Match[str]) -> str | None:
    """What a match holds, if that may be an answer: bold words and headings are none."""
    content = next((group for group in match.groups() if group), "").strip().rstrip(".,;:")
    return content if content and _LABEL.fullmatch(content) else None
