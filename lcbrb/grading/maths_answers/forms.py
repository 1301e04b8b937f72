r"""A written answer as plain LaTeX, and the letter of a choice.

Models write ``$k = \frac{37}{4}\,m$``, ``6 x 10^{-3} m/s^2``, ``\$36``, ``\textbf{(B)}\ 12``. Pure
functions; they raise on no text.
"""

from __future__ import annotations

import re
from functools import lru_cache

from lcbrb.grading.maths_answers.bases import plain_base
from lcbrb.grading.maths_answers.characters import to_latex
from lcbrb.grading.maths_answers.decoration import undecorated
from lcbrb.grading.maths_answers.matrices import plain_matrices
from lcbrb.grading.maths_answers.repeating import as_fractions
from lcbrb.grading.maths_answers.unit_commands import plain_unit_commands
from lcbrb.grading.maths_answers.wording import residue, with_signs, without_label

LONGEST = 4000  # characters of an answer that is read at all
TEXT = re.compile(r"\\(?:text(?:rm|it|bf|normal)?|math(?:rm|bf)|mbox|operatorname)\s*\{([^{}]*)\}")
_WRAPPED = re.compile(r"\$\$?(.*?)\$?\$|\\\((.*)\\\)|\\\[(.*)\\\]|\*\*(.*)\*\*", re.DOTALL)
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_PERCENT = re.compile(r"(?<=\d)\s*(?:\\text\s*\{\s*per ?cent\s*\}|per ?cent)\s*\Z", re.IGNORECASE)
_WORDS = re.compile(r"[A-Za-z]{2,}(?: [A-Za-z]+)*")
_LONG_WORD = 4
_ARTICLE = re.compile(r"\A(?:an?|the) (?=[a-z]{2})")
_EMPTY_SET = re.compile(r"\\varnothing(?![A-Za-z])|\\\{\s*\\\}")
_CHOICE = re.compile(
    r"(?:(?:the )?(?:answer|option|choice)(?: is)?:? *)?"
    r"(?:\(([A-Z])\)(?:[\s.:\\,;/&].*)?|([A-Z])(?:[.:)].*)?)",
    re.DOTALL | re.IGNORECASE,
)
#: what makes an answer of two choices, or denies the one
_OTHER_CHOICE = re.compile(
    r"\(\s*[A-Z]\s*\)|\b(?i:or|and|not|nor|neither|either|both|wrong|incorrect|false|except|maybe)\b"
    r"|\\l(?:or|and)\b|\\vee\b|\A[\s.:)]*[,;/&+]|\A[\s.:)]*[A-Z][\s.:)]*\Z"
)
_BRACED_LETTER = re.compile(r"\{\s*(\([A-Z]\))\s*\}")  # what is left of \mathbf{(B)}
_CHOICE_AND_VALUE = re.compile(r"\(?([A-E])(?:\)\s*[.:]?|[.:])\s+(?=\S)")


def tidy(text: str) -> str:
    r"""The answer as plain LaTeX: no dollar signs, spacing commands, dress, final stop, Unicode.

    Thousands separators outside brackets are dropped; ``\left``, ``\dfrac`` and the like become
    plain; matrices, bases, repeating decimals and units are written in one way each.
    """
    text = to_latex(text[:LONGEST].strip())
    text = re.sub(r"\\[dtc]frac(?![a-zA-Z])", r"\\frac", text)
    for _ in range(3):
        wrapped = _WRAPPED.fullmatch(text)
        if wrapped is None:
            break
        text = next((group for group in wrapped.groups() if group), "").strip()
    text = undecorated(text)
    text = re.sub(r"\\(?:left|right|middle|[bB]igg?[lrm]?)(?![a-zA-Z])\s*", "", text)
    text = re.sub(r"\\!\s*|\{,\}\s*(?=\d{3})|(?<=\d)\\,\s*(?=\d{3})", _without_gap, text)
    text = plain_matrices(text)
    text = re.sub(r"(?<!\\)\\[,;: >]|\\q?quad(?![a-zA-Z])|~", " ", text)
    text = re.sub(r"\{\s*\}(?=\s*\^)", "", text)
    text = re.sub(r"\\?\$", "", text).replace("\\%", "%")
    text = re.sub(r"\bnp\.\\?", r"\\", text)
    text = re.sub(r"(?<=\d)\.(?=\s*(?:/|\Z))", "", text)
    text = re.sub(r"\\exp\s*\{([^{}]*)\}", r"e^{\1}", text)
    text = with_signs(plain_unit_commands(as_fractions(text)))
    text = _EMPTY_SET.sub(r"\\emptyset ", text)
    text = _ungrouped(re.sub(r"\s+", " ", text).strip())
    text = text if text.endswith("...") else text.rstrip(".,;: ")  # a list that goes on
    return plain_base(_joined_thousands(_PERCENT.sub("%", text)))


def _without_gap(match: re.Match[str]) -> str:
    return "," if match[0].startswith("{") else ""


def _joined_thousands(text: str) -> str:
    """Separators of thousands removed where no bracket is open; in (1,200) they separate."""
    if not re.search(r"\d,\d", text):
        return text
    parts, depth = [], 0
    for part in re.split(r"([()\[\]{}])", text):
        depth += (part in "([{") - (part in ")]}") if part else 0
        parts.append(_THOUSANDS.sub(lambda m: m[0].replace(",", ""), part) if depth == 0 else part)
    return "".join(parts)


@lru_cache(maxsize=4096)
def canonical(text: str) -> str:
    """A tidied answer as it is compared letter by letter; lists in any order."""
    text = TEXT.sub(r"\1", text)
    text = re.sub(r"\\(?:text|math)[a-z]+\s*|\\quad", "", text)
    text = re.sub(r"([_^])\{(\w)\}", r"\1\2", text)
    if is_words(text):
        return _ARTICLE.sub("", text.strip().casefold())
    text = re.sub(r"(?<=\d)\s+(?=[\d.])", "~", text)  # two numbers are not one
    text = _ungrouped(re.sub(r"\s+", "", text).rstrip("."))
    if re.search(r"[()\[\]]", text) or "," not in text:
        return text
    return ",".join(sorted(text.split(",")))


def _ungrouped(text: str) -> str:
    """A text without the braces that hold all of it."""
    while text.startswith("{") and text.endswith("}") and not re.search(r"[{}]", text[1:-1]):
        text = text[1:-1]
    return text


def is_words(text: str) -> bool:
    """Whether a text is words in plain letters, and no formula or single letter."""
    return bool(_WORDS.fullmatch(text.strip()))


def is_text(gold: str) -> bool:
    """Whether an answer is words that are marked as text."""
    match = TEXT.fullmatch(gold.strip())
    return match is not None and is_words(match[1])


def other_words(gold: str, answer: str) -> bool:
    """Whether two words in plain letters are others; a formula would take them for products."""
    words = all(is_words(text) and len(text) >= _LONG_WORD for text in (gold, answer))
    return words and gold.casefold() != answer.casefold()


def expected_choice(gold: str) -> str | None:
    r"""The letter of a choice that is expected: of ``\text{(B)}``, ``(B)``."""
    match = re.fullmatch(r"\(\s*([A-Z])\s*\)", TEXT.sub(r"\1 ", gold).strip())
    return match[1] if match else None


def choice(answer: str) -> str | None:
    r"""The letter of an answer that names one choice: ``B``, ``\textbf{(B)}\ 12``, ``B. 12``.

    None where it names another one too, or denies the one that it names.
    """
    plain = _BRACED_LETTER.sub(r"\1 ", TEXT.sub(r"\1 ", answer)).strip()
    match = _CHOICE.fullmatch(plain)
    if match is None:
        return None
    letter = match[1] or match[2]
    rest = plain[match.end(1 if match[1] else 2) :]
    return letter if letter.isupper() and not _OTHER_CHOICE.search(rest) else None


def without_choice(answer: str) -> str:
    r"""``\textbf{(A)}\ 73`` as 73: what stands beside the letter of a choice."""
    plain = TEXT.sub(lambda m: f"{m[1]} " if re.fullmatch(r"\W*[A-E]\W*", m[1]) else m[0], answer)
    plain = _BRACED_LETTER.sub(r"\1 ", plain)
    return _CHOICE_AND_VALUE.sub("", plain, count=1) if _CHOICE_AND_VALUE.match(plain) else answer


def readings(answer: str) -> tuple[str, ...]:
    """What a model's answer may say, tidied; nothing, where it is a mere mark (``$``)."""
    tidied = tidy(answer)
    words = TEXT.fullmatch(tidied)
    if words is not None and not is_words(words[1]):
        tidied = tidy(words[1])
    forms = [tidied, without_choice(tidied), without_label(tidied), residue(tidied)]
    return tuple(dict.fromkeys(filter(None, forms)))
