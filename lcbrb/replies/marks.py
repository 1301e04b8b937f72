"""The markers of `reasoning_formats` in a text: where they stand, and a text without them."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from enum import Enum

from lcbrb.replies.reasoning_formats import END_TOKENS, FORMATS, LAST_TOKENS, NOTES, ReasoningFormat


class Role(Enum):
    """What a marker does."""

    OPEN = "open"  # reasoning begins
    CLOSE = "close"  # reasoning ends
    ANSWER = "answer"  # an answer begins
    NEXT = "next"  # an answer begins, if this stands right behind the reasoning
    END = "end"  # an answer ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A marker at ``text[start:end]``, which is in no quotes.

    `group` is the format's place in the table, or for an answer's markers the pair's number.
    `leads`: nothing but blanks stands before it on its line, or behind another marker or ``>``.
    """

    role: Role
    group: int
    start: int
    end: int
    leads: bool

    @property
    def format(self) -> ReasoningFormat:
        """Whose marker it is, of one that opens or closes reasoning."""
        return FORMATS[self.group]


def _any(texts: tuple[str, ...]) -> str:
    return "|".join(map(re.escape, texts))


def _patterns() -> dict[tuple[Role, int], str]:
    """A regular expression for each role and group."""
    patterns: dict[tuple[Role, int], str] = {}
    for group, row in enumerate(FORMATS):
        patterns[Role.OPEN, group] = row.opening_pattern or _any(row.opening)
        patterns[Role.CLOSE, group] = row.closing_pattern or _any(row.closing)
        if row.any_case:
            for role in (Role.OPEN, Role.CLOSE):
                patterns[role, group] = f"(?i:{patterns[role, group]})"
    pairs = [(Role.ANSWER, pair) for row in FORMATS for pair in row.answer]
    pairs += [(Role.NEXT, pair) for row in FORMATS for pair in row.answer_next]
    for group, (role, (before, after)) in enumerate(pairs):
        patterns[role, group] = f"(?i:{re.escape(before)})"
        patterns[Role.END, group] = f"(?i:{re.escape(after)})"
    return patterns


_PATTERNS = _patterns()
#: formats that only a reply which begins in them has
_ANCHORED = frozenset(n for n, row in enumerate(FORMATS) if row.opening_pattern.startswith(r"\A"))
_KINDS = {f"{role.value}{group}": (role, group) for role, group in _PATTERNS}


def _named(groups: frozenset[int], *, among: bool) -> str:
    """The patterns of some formats (or of all but these), each in a group of its name."""
    roles = {Role.OPEN, Role.CLOSE}
    return "|".join(
        f"(?P<{role.value}{group}>{pattern})"
        for (role, group), pattern in _PATTERNS.items()
        if (role in roles and group in groups) is among
    )


_ALTERNATIVES = re.sub(r"\(\?P<\w+>", "(?:", _named(_ANCHORED, among=False))
_TOKENS = _any((*END_TOKENS, *LAST_TOKENS))
_BEGINS = r"(?=[<\[\u25c1])"  # all others begin so: a look ahead is quicker than all alternatives
_QUOTE = r"(?<!`)(`{1,2}|['\"])"  # three of them are a fence
_GENERIC = r"<\|[A-Za-z][\w:./-]{0,40}\|>"

#: any marker or token that may stand beside a code fence, as a regular expression
BESIDE_FENCE = rf"{_BEGINS}(?:{_ALTERNATIVES}|{_TOKENS})"
#: a text that ends in a marker which opens reasoning, as a prompt does
OPENED = re.compile(
    _BEGINS
    + "|".join(_PATTERNS[Role.OPEN, n] for n in range(len(FORMATS)) if n not in _ANCHORED).join(
        ("(?:", r")\s*\Z")
    )
)

#: what a tokenizer may take for a marker or the end of a turn
CONTROL_TEXTS = (
    *dict.fromkeys(
        text
        for group, row in enumerate(FORMATS)
        if group not in _ANCHORED
        for text in (*row.opening, *row.closing, *itertools.chain.from_iterable(row.answer))
    ),
    *END_TOKENS,
)

_MARK = re.compile(
    rf"{_QUOTE}{_BEGINS}(?:{_ALTERNATIVES})\1(?!`)|{_BEGINS}(?:{_named(_ANCHORED, among=False)})"
)
_ANCHORED_MARK = re.compile(rf"(?m){_named(_ANCHORED, among=True)}")
_REMOVED = re.compile(
    rf"(?:{_BEGINS}(?:{NOTES.pattern}|{_ALTERNATIVES}|{_any(END_TOKENS)}|{_GENERIC}))+"
)
_LAST = re.compile(rf"(?:{_TOKENS}|{_GENERIC})\Z")
_LONGEST = 60  # of a token
_END = re.compile(
    rf"{_QUOTE}(?:{_any(END_TOKENS)})\1(?!`)"
    rf"|(?P<end>{_any(END_TOKENS)})[ \t]*+(?=[\r\n]|\Z|<\||<\uff5c)"
)


def marks(text: str) -> list[Mark]:
    """All markers outside quotes, in order."""
    all_marks: list[Mark] = []
    before = 0
    anchored = _ANCHORED_MARK.match(text)
    matches = [*_MARK.finditer(text), *(_ANCHORED_MARK.finditer(text) if anchored else ())]
    for match in sorted(matches, key=re.Match.start) if anchored else matches:
        if match.lastgroup in _KINDS:
            role, group = _KINDS[str(match.lastgroup)]
            leads = _leads(text, before, match.start())
            all_marks.append(
                Mark(role=role, group=group, start=match.start(), end=match.end(), leads=leads)
            )
        before = match.end()
    return all_marks


def _leads(text: str, before: int, start: int) -> bool:
    """Whether only blanks stand between the line's begin, or the last marker or ``>``, and here."""
    edge = max(text.rfind(sign, before, start) + 1 for sign in "\n\r>")
    return not text[max(edge, before) : start].strip(" \t")


def is_special(token: str) -> bool:
    """Whether a token is a marker that opens reasoning, or a part of one."""
    return token[:1] in {"<", "[", "\u25c1"} and any(
        token in text for row in FORMATS for text in row.opening
    )


def without_marks(text: str) -> str:
    """The text without any marker or control token, in quotes or not.

    Where one parted two words, a line ends there.
    """

    def gap(match: re.Match[str]) -> str:
        start, end = match.span()
        return "\n" if text[start - 1 : start].strip() and text[end : end + 1].strip() else ""

    return _REMOVED.sub(gap, text)


def end_of_turn(text: str, closed: list[tuple[int, int]]) -> int:
    """Where a reply ends: before its first token that ends a turn, and before all at its end.

    Args:
        text: the reply, or its answer.
        closed: the stretches where such a token is text (fences that are closed), in order.
    """
    stop, stretches = len(text), iter(closed)
    stretch = next(stretches, None)
    for match in _END.finditer(text):
        if not match["end"]:
            continue
        while stretch and stretch[1] <= match.start():
            stretch = next(stretches, None)
        if not stretch or match.start() < stretch[0]:
            stop = match.start()
            break
    return before_tokens(text, stop)


def before_tokens(text: str, stop: int) -> int:
    """Where the tokens at the end of ``text[:stop]`` begin, and the blanks between them."""
    end = stop
    while True:
        inner = end
        while inner and text[inner - 1].isspace():
            inner -= 1
        token = _LAST.search(text[max(0, inner - _LONGEST) : inner])
        if token is None:
            return end
        end = inner - len(token[0])
