r"""Units that are written as commands, as words that `units` reads.

``\SI{3}{\metre\per\second}``, ``\mathrm{kg\,m^{2}}``, ``\frac{\text{miles}}{\text{hour}}``,
``\mu\mathrm{m}``, ``\text{\r{A}}``; currencies before a number (``USD 5``, ``€5``). Pure functions;
they raise on no text.
"""

from __future__ import annotations

import re

from lcbrb.grading.maths_answers.decoration import group_end

_TEXT = r"\\(?:text(?:rm|it|bf|normal)?|math(?:rm|it|bf|sf)|mbox|operatorname|unit)"
_WITH_VALUE = re.compile(
    r"\\(?:SI|qty)\s*(?:\[[^\]]*\])?\s*\{([^{}]*)\}\s*(?:\[[^\]]*\])?\s*(?=\{)"
)
_ALONE = re.compile(r"\\(?:si|unit|qtyunit)\s*(?:\[[^\]]*\])?\s*(?=\{)")
_NUMBER = re.compile(r"\\(?:num|SI)\s*\{([^{}]*)\}(?!\s*\{)")
_ANGLE = re.compile(r"\\ang\s*\{\s*([-+\d.]+)\s*;*\s*\}")
_GROUP = re.compile(rf"{_TEXT}\s*(?=\{{)")
_RING = re.compile(
    r"\\(?:r|mathring|overset\s*\{\s*\\circ\s*\}|text(?:rm)?)\s*\{\s*A\s*\}|\\(?:AA|angstrom)(?![A-Za-z])"
)
_FRACTION = re.compile(r"\\frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}")
_UNIT_FRACTION = re.compile(
    rf"\\frac\s*\{{\s*{_TEXT}\s*\{{([^{{}}]*)\}}\s*((?:\^\s*\{{?\d\}}?)?)\s*\}}"
    rf"\s*\{{\s*{_TEXT}\s*\{{([^{{}}]*)\}}\s*((?:\^\s*\{{?\d\}}?)?)\s*\}}"
)
_NAMES = {
    "mu": "u",
    "Omega": "ohm",
    "circ": "degree",
    "degree": "degree",
    "cdot": " ",
    "times": " ",
}
_COMMAND = re.compile(r"\\([A-Za-z]+)")
_PLAIN = re.compile(r"[A-Za-zÅ%°][\w\s.^*/()°%Å+-]*|[\s./^-]*")
_PREFIX = re.compile(rf"\\mu\s*(?:{_TEXT}\s*\{{\s*)")
_OHM = re.compile(rf"{_TEXT}\s*\{{\s*([kMGm])\s*\}}\s*\\Omega(?![A-Za-z])")
_CURRENCY = re.compile(
    r"(?:\\text\s*\{\s*)?(?:US|USD|EUR|GBP|CAD|AUD|CNY|RMB|INR|JPY|Rs\.?|CHF|HKD|SGD|NT|\\euro"
    r"|\\pounds|\\yen|[€£¥₹])\s*\\?\$?\s*\}?\s*\\?\$?\s*(?=[-+]?[\d.])"
)


def plain_unit_commands(text: str) -> str:
    """The text with units in plain words, marked as text."""
    text = _CURRENCY.sub("", text, count=1) if _CURRENCY.match(text) else text
    if "\\" not in text:
        return text
    text = _NUMBER.sub(r"\1", _ANGLE.sub(r"\1^{\\circ}", text))
    text = _WITH_VALUE.sub(r"\1 \\text", _ALONE.sub(r"\\text", text))
    text = _OHM.sub(r"\\mathrm{\1ohm}", _PREFIX.sub(r"\\mathrm{u", text))
    text = _flat_groups(_RING.sub("Å", text) if "A" in text else text)
    return _UNIT_FRACTION.sub(r"\\text{\1\2/\3\4}", text)


def _flat_groups(text: str) -> str:
    """Groups of text whose content holds commands or braces, where that reads as a unit."""
    parts, place = [], 0
    for match in _GROUP.finditer(text):
        end = group_end(text, match.end())
        if match.start() < place or end is None:
            continue
        inside = text[match.end() + 1 : end - 1]
        flat = _flat(inside) if re.search(r"[\\{]", inside) else None
        if flat is not None:
            parts += [text[place : match.start()], rf"\text{{{flat}}}"]
            place = end
    return "".join([*parts, text[place:]])


def _flat(unit: str) -> str | None:
    """A unit without braces and commands; None where it is none."""
    flat = _FRACTION.sub(r"\1/\2", unit)
    flat = _COMMAND.sub(lambda m: _NAMES.get(m[1], f" {m[1]} "), flat)
    flat = re.sub(r"\\.", " ", flat).replace("{", "").replace("}", "")
    flat = re.sub(r"\s+", " ", flat).strip()
    return (
        flat if flat and _PLAIN.fullmatch(flat) and not re.search(r"[A-Za-z]\s+\d", flat) else None
    )
