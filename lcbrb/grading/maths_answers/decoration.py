r"""What dresses an answer and says nothing: fonts, colours, frames, marks at its end, "Answer:".

``\color{red}73``, ``\underline{\mathbf{73}}``, ``73 \checkmark``, ``\text{Answer: }73``, ``73。``
are 73. What strikes an answer out (``\cancel``, ``\sout``) is no dress, and stays. Pure functions,
in time linear in the text but for the depth of its braces; they raise on no text.
"""

# ruff: noqa: RUF001 - characters that look like others are what this file is about

from __future__ import annotations

import re

_END = r"(?![A-Za-z])\s*"
#: commands around what they dress, whatever that is
_AROUND = re.compile(
    r"\\(?:boldsymbol|bm|pmb|underline|underbar|uline|boxed|fbox|framebox|ensuremath|mathop"
    r"|textcolor\s*\{[^{}]*\}|colorbox\s*\{[^{}]*\}|fcolorbox\s*\{[^{}]*\}\s*\{[^{}]*\}"
    r"|color\s*(?:\[\w*\]\s*)?\{[^{}]*\}(?=\s*\{))(?![A-Za-z])\s*(?=\{)"
)
#: bold and slanted formulas; letters alone in bold mean more than letters do (sets)
_BOLD = re.compile(r"\\math(?:bf|sf|it|tt|normal)(?![A-Za-z])\s*(?=\{)")
#: commands around words and units, which are formulas only where they hold no letters
_UPRIGHT = re.compile(
    r"\\(?:mathrm|text(?:bf|it|rm|normal|sf|tt|sc|md|up|sl)?|emph|mbox|hbox)(?![A-Za-z])\s*(?=\{)"
)
_FORMULA = re.compile(
    r"\$(?P<inner>[^$]*)\$|(?=.*\d|.*\\pi)(?:[^A-Za-z\\$]|\\[,;:!{} ]"
    r"|\\(?:frac|dfrac|tfrac|sqrt|pi|cdot|times|pm|infty|circ|left|right)(?![A-Za-z]))*",
    re.DOTALL,
)
_BOLD_FORMULA = re.compile(r"(?=.*[^A-Za-z\s]).*", re.DOTALL)
_WORDS = re.compile(
    r"\\(?:text(?:sf|tt|sc|md|up|sl)|emph|hbox|math(?:sf|tt|it|normal)|sf|tt|sc|sl|it|md|up)"
    r"\s*\{\s*([^{}]*?)\s*\}"
)
_GROUP_SWITCH = re.compile(
    r"\{\s*\\(rm|text|it|sf|tt|bf|mathrm|rmfamily|bfseries)(?![A-Za-z])(?!\s*\{)\s*(?=[A-Za-z\\])"
)
_SWITCH = re.compile(
    r"\{\s*\\(rm|text|it|sf|tt|bf|mathrm|rmfamily|bfseries)(?![A-Za-z])\s*([A-Za-z][^{}]*)\}"
)
_SWITCH = re.compile(r"\\(rm|bf)(?![A-Za-z])\s*([A-Za-z][^{}$\\]*)")
_SWITCHES = re.compile(
    r"\\(?:bf|rm|tt|it|sf|sc|sl|em|bfseries|itshape|rmfamily|ttfamily|sffamily|tiny|scriptsize"
    r"|footnotesize|small|normalsize|large|Large|LARGE|huge|Huge|displaystyle|textstyle"
    r"|scriptstyle|limits|nolimits|strut|mathstrut|null|relax|hfill|thinspace|medspace|enspace"
    r"|thickspace|negthinspace|quad|qquad|notag|nonumber|color\s*(?:\[\w*\]\s*)?\{[^{}]*\}"
    r"|[hv]?phantom\s*\{[^{}]*\}|[hv]space\*?\s*\{[^{}]*\}|tag\*?\s*\{[^{}]*\}"
    rf"|label\s*\{{[^{{}}]*\}}){_END}"
)
_LAST = re.compile(
    r"(?:\\(?:checkmark|square|Box|blacksquare|qed|QED|qedsymbol)(?![A-Za-z])"
    r"|[✓✔✅☑■□∎◻◼。．、；：！，]\ufe0f?|\\\\(?:\s*\[[^\]]*\])?|\\[ ,;:]|\\(?=\s*\Z)|\s)+\Z"
)
_FIRST = re.compile(
    r"(?:\\(?:therefore|implies|Rightarrow|Longrightarrow|rightarrow|to|qquad|quad)(?![A-Za-z])"
    r"|[∴⇒→👉]|\s|\\\\)+"
)
_SAID = (
    r"(?:(?:so|thus|hence|therefore),?\s+)?(?:the\s+|our\s+)?(?:final\s+|correct\s+)?"
    r"(?:answer|ans|result|solution|答案|最终答案)\s*(?:\bis\b\s*:?|是|为|[:：=])\s*"
)
_ANNOUNCED = re.compile(rf"(?i)\A(?:\\text\s*\{{\s*{_SAID}\}}|{_SAID})\s*(?=\S)")
_QUOTED = re.compile(r"`+([^`]+)`+|\"([^\"]+)\"|“([^“”]+)”|``(.+)''|\*([^*]+)\*|_([^_]+)_")
_DEEPEST = 6


def undecorated(text: str) -> str:
    """The text without what dresses it."""
    if "\\" in text:
        text = _GROUP_SWITCH.sub(lambda m: f"\\{_font(m[1])}{{", text)
        text = _SWITCH.sub(lambda m: f"\\{_font(m[1])}{{{m[2].strip()}}}", text)
        for _ in range(_DEEPEST):
            bare = _unwrapped(text)
            if bare == text:
                break
            text = bare
        text = _SWITCHES.sub(" ", _WORDS.sub(_plain_words, text))
    first = _FIRST.match(text)
    text = _ANNOUNCED.sub("", text[first.end() :] if first else text, count=1)
    text = _LAST.sub("", text).strip() or text
    quoted = _QUOTED.fullmatch(text)
    return next((group for group in quoted.groups() if group), text) if quoted else text


def _font(switch: str) -> str:
    return "mathbf" if switch.startswith("bf") else "mathrm"


def _plain_words(match: re.Match[str]) -> str:
    return match[1] if len(match[1]) == 1 else rf"\text{{{match[1]}}}"


def _unwrapped(text: str) -> str:
    """The text without the outermost command of each kind that dresses something."""
    for pattern, held in ((_AROUND, None), (_BOLD, _BOLD_FORMULA), (_UPRIGHT, _FORMULA)):
        parts, place = [], 0
        for match in pattern.finditer(text):
            end = group_end(text, match.end())
            if match.start() < place or end is None:
                continue
            inside = text[match.end() + 1 : end - 1]
            inner_match = held.fullmatch(inside) if held else None
            if held and not inner_match:
                continue
            if held is _FORMULA and inner_match and inner_match["inner"] is not None:
                inside = inner_match["inner"]
            whole = not text[: match.start()].strip() and not text[end:].strip()
            parts += [text[place : match.start()], inside if whole else f"{{{inside}}}"]
            place = end
        text = "".join([*parts, text[place:]])
    return text


def group_end(text: str, start: int) -> int | None:
    """Where the group that opens at ``text[start]`` has ended; None where it does not."""
    depth = 0
    for match in re.compile(r"\\.|[{}]").finditer(text, start):
        depth += {"{": 1, "}": -1}.get(match[0], 0)
        if depth == 0:
            return match.end()
    return None
