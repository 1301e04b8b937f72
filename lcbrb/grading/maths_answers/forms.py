r"""A written answer in the forms it may be read in: tidied, without its unit, without its name.

Models write ``$k = \frac{37}{4}\,m$``, ``6 x 10^{-3} m/s^2``, ``\$36``, ``\textbf{(B)}\ 12``. Each
reading is LaTeX that `equivalence` can parse, the most literal first; an answer is right when some
reading of it is equivalent to what is expected. A gold answer is read almost literally. Pure
functions; they raise on no text.
"""

from __future__ import annotations

import re

from lcbrb.grading.maths_answers.characters import to_latex

LONGEST = 4000  # characters of an answer that is read at all
_UNIT_TEXT = (
    r"\\(?:text(?:rm|it|bf|normal)?|math(?:rm|it|bf|sf)|mbox|operatorname|unit)\s*\{[^{}]*\}"
)
_EXPONENT = r"(?:\s*\^\s*(?:\{[^{}]*\}|-?\w|\\circ))?"
_TEXT_UNIT = re.compile(
    rf"(?:\s1(?=\s*/))?(?:\s|/|\\cdot|\\times|[.*])*{_UNIT_TEXT}{_EXPONENT}[\s.)]*\Z"
)
_DEGREES = re.compile(r"\s*\^\s*(?:\\circ|\{\s*\\circ\s*\})\s*[CFKcfk]?\s*\Z")
_ANGLE = re.compile(r"sin|cos|tan|cot|sec|csc")
_TEXT = re.compile(r"\\(?:text(?:rm|it|bf|normal)?|math(?:rm|bf)|mbox|operatorname)\s*\{([^{}]*)\}")
_WRAPPED = re.compile(r"\$\$?(.*?)\$?\$|\\\((.*)\\\)|\\\[(.*)\\\]|\*\*(.*)\*\*", re.DOTALL)
_THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")
_ORDINAL = re.compile(
    r"(?<=\d)\s*(?:\^\s*)?\{?\s*(?:\\(?:text|mathrm)\s*\{)?\s*(?:st|nd|rd|th)\b\s*\}*"
)
_WORDS = re.compile(r"[A-Za-z]{2,}(?: [A-Za-z]+)*")
_CHOICE = re.compile(r"\(?([A-Z])\)?(?:[.:)\s\\].*)?", re.DOTALL)
_NAME = re.compile(
    r"(?:\\?[A-Za-z]+(?:\s*_\s*(?:\{[^{}]*\}|\w))?(?:\s*\^\s*\*)?\s*(?:\([^()=]{1,20}\))?'*[\s,:]*){1,4}"
)
_RELATION = re.compile(
    r"(?<![<>!\\])=(?!=)|\\approx(?![a-zA-Z])|\\simeq(?![a-zA-Z])|\\in(?![a-zA-Z])"
)
_ORDER = re.compile(r"[<>]|\\(?:leq?|geq?|lt|gt|leqslant|geqslant|ne|neq)(?![a-zA-Z])")
_CONDITION = re.compile(
    r"[\s,(]*(?:\\text\s*\{[\s,(]*|\b)(?:for|if|when|where|as|with)\b.*\Z", re.DOTALL
)
_NUMBER_FIRST = re.compile(
    r"([-+]?(?:\d[\d,]*(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
    r"(?:\s*(?:\\times|\\cdot|[xX*])\s*10\s*(?:\^|\*\*)\s*(?:\{\s*[-+]?\d+\s*\}|[-+]?\d+))?)"
    r"(?P<unit>\s*[^\d\s.].*)",
    re.DOTALL,
)
_UNIT = re.compile(r"[A-Za-zÅ\\/^{}()\d\s.*_-]*")
_NOT_UNITS = frozenset(
    "and or to through pi sin cos tan sec csc cot log ln exp sqrt frac dfrac cdot times pm mod "
    "over if is for infty theta alpha beta gamma lambda omega binom choose dots ldots".split()
)
_SCALES = {"thousand": 3, "million": 6, "billion": 9, "trillion": 12}
_LETTER_UNITS = frozenset("A C F H J K L M N S T V W g h l m s u Å".split())


def tidy(text: str) -> str:
    r"""The answer as plain LaTeX: no dollar signs, spacing commands, bold, final stop, Unicode.

    Thousands separators outside brackets are dropped; ``\left``, ``\dfrac`` and the like become
    plain.
    """
    text = to_latex(text[:LONGEST].strip())
    for _ in range(3):
        wrapped = _WRAPPED.fullmatch(text)
        if wrapped is None:
            break
        text = next((group for group in wrapped.groups() if group), "").strip()
    text = re.sub(r"\\(?:left|right|[bB]igg?[lr]?)(?![a-zA-Z])\s*", "", text)
    text = re.sub(r"\\[dtc]frac(?![a-zA-Z])", r"\\frac", text)
    text = re.sub(r"\\!\s*|\{,\}\s*(?=\d{3})|(?<=\d)\\,\s*(?=\d{3})", _without_gap, text)
    text = re.sub(
        r"(?<!\\)\\[,;: ]|\\q?quad(?![a-zA-Z])|~|\\(?:displaystyle|hspace\{[^{}]*\})", " ", text
    )
    text = re.sub(r"\\?\$", "", text).replace("\\%", "%").replace("np.", "\\")
    text = re.sub(r"(?<=\d)\.(?=\s*(?:/|\Z))", "", text)
    text = re.sub(r"\\exp\s*\{([^{}]*)\}", r"e^{\1}", text)
    text = re.sub(r"\s+", " ", text).strip().rstrip(".,;: ")
    return _joined_thousands(text)


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


def canonical(text: str) -> str:
    """A tidied answer as it is compared letter by letter; lists in any order."""
    text = _TEXT.sub(r"\1", text)
    text = re.sub(r"\\(?:text|math)[a-z]+\s*|\\quad", "", text)
    text = re.sub(r"([_^])\{(\w)\}", r"\1\2", text)
    if _WORDS.fullmatch(text.strip()):
        return text.strip().casefold()
    text = re.sub(r"\s+", "", text).strip("{}.")
    if re.search(r"[()\[\]]", text) or "," not in text:
        return text
    return ",".join(sorted(text.split(",")))


def gold_readings(text: str) -> tuple[str, ...]:
    """The readings of an expected answer; a unit is dropped where it is marked as text."""
    tidied = tidy(text)
    named, _, value = tidied.partition(r"\in ")
    bare = _without_text_unit(_ORDINAL.sub("", value if value and _names(named) else tidied))
    return tuple(dict.fromkeys([_plain_choice(tidied), bare.strip()]))


def readings(text: str) -> tuple[str, ...]:
    """The readings of a model's answer, the most literal first."""
    tidied = tidy(text)
    words = _TEXT.fullmatch(tidied)
    if words is not None:
        tidied = tidy(words[1])
    found = [_plain_choice(tidied)]
    for one in dict.fromkeys([tidied, value_of(tidied)]):
        bare = _without_text_unit(_ORDINAL.sub("", one))
        found += [one, bare, _without_plain_unit(bare)]
    return tuple(dict.fromkeys(filter(None, found)))


def value_of(text: str) -> str:
    r"""The values of an answer that names them: ``a = 1, b = 2`` as ``1, 2``.

    Conditions on it (``for x > 0``) are dropped. Inequalities stay as they are, and so does an
    equation that ends in ``= 0``.
    """
    if "\\begin" in text:
        name, sign, value = text.partition("=")
        return value.strip() if sign and _names(name) else text
    first, *others = [_CONDITION.sub("", part) for part in _parts(text)] or [text]
    if _ORDER.search(first):
        return text
    values = [first, *(other for other in others if not _ORDER.search(other))]
    return ", ".join(_right_side(value) for value in values if value)


def _right_side(text: str) -> str:
    places = list(_RELATION.finditer(text))
    if not places:
        return text.strip()
    value = text[places[-1].end() :].strip()
    named = _names(text[: places[0].start()])
    return value if value and (named or value != "0") else text.strip()


def _parts(text: str) -> list[str]:
    """A list's elements: what commas, "and", "or" separate outside all brackets."""
    parts, depth = [""], 0
    for token in re.split(r"([()\[\]{}]|,|;|\\text\s*\{\s*(?:and|or),?\s*\}|\b(?:and|or)\b)", text):
        if token in {"(", "[", "{"}:
            depth += 1
        elif token in {")", "]", "}"}:
            depth -= 1
        if depth <= 0 and re.fullmatch(r",|;|and|or|\\text.*", token):
            parts.append("")
        else:
            parts[-1] += token
    return [part.strip() for part in parts if part.strip()]


def _names(text: str) -> bool:
    """Whether a text is no more than the name of a quantity."""
    return bool(_NAME.fullmatch(_TEXT.sub(r" \1 ", text).strip()))


def _without_text_unit(text: str) -> str:
    while True:
        cut = _TEXT_UNIT.sub("", text)
        cut = (cut if _ANGLE.search(cut) else _DEGREES.sub("", cut)).strip()
        if not cut or cut == text or cut.endswith(("=", "\\")):
            return text
        text = cut


def _without_plain_unit(text: str) -> str:
    """``5 cm^2`` as 5, ``100 billion`` as 100e9: a number, and what reads like words or units."""
    match = _NUMBER_FIRST.fullmatch(text)
    if match is None or not _UNIT.fullmatch(match["unit"]):
        return text
    words = re.findall(r"\\?[A-Za-zÅ]+", match["unit"])
    apart = match["unit"][:1].isspace()
    known = all(
        word not in _NOT_UNITS
        and not word.startswith("\\")
        and (len(word) > 1 or (apart and word in _LETTER_UNITS))
        for word in words
    )
    if not words or not known:
        return text
    scale = _SCALES.get(words[0].lower())
    number = match[1].strip()
    return number if scale is None else f"{number} \\times 10^{{{scale}}}"


def _plain_choice(text: str) -> str:
    r"""``\textbf{(B)}\ 12`` as ``B``; other answers as they are."""
    plain = _TEXT.sub(r"\1 ", text).strip()
    match = _CHOICE.fullmatch(plain)
    marked = match is not None and (plain[:1] == "(" or len(plain) == 1)
    return match[1] if match is not None and marked and _is_choice(plain) else text


def _is_choice(plain: str) -> bool:
    return bool(re.match(r"\([A-Z]\)(?:\s|\Z)|[A-Z]\Z", plain))


def pairs(gold: str, answer: str) -> tuple[tuple[str, str], ...]:
    """What may be compared: a reading of the expected answer with one of the model's.

    Where an equation is expected, an equation must be given, or the right side of what names one
    quantity. Nothing, where the answer is a mere mark (``$``) that holds nothing to read.
    """
    golds, answers = gold_readings(gold), readings(answer)
    if not answers:
        return ()
    if "=" not in golds[0] or "\\begin" in golds[0]:
        return tuple((one, other) for other in answers for one in golds)
    name, _, value = golds[0].partition("=")
    whole = answers[0] if "=" in answers[0] else tidy(answer)
    found = [(golds[0], whole)]
    if _names(name) and "=" not in value:
        other_name, sign, other_value = whole.partition("=")
        if not sign:
            found += [(value.strip(), one) for one in answers]
        elif _letters(name) == _letters(other_name):
            found += [(value.strip(), one) for one in readings(other_value)]
    return tuple(dict.fromkeys(found))


def _letters(text: str) -> str:
    return re.sub(r"\\(?:text|math)[a-z]*|[^A-Za-z]", "", text)
