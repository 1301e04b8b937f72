"""A reply's reasoning and its answer told apart, in every format of `reasoning_formats`.

Whatever reads a reply (graders, pairs, judges' votes) reads it through `split_reply`. These
functions are pure, raise on no text, and take time linear in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lcbrb.replies.fences import between_fences, fences
from lcbrb.replies.marks import Mark, Role, end_of_turn, marks, without_marks

_PART = r"((?:(?!</?(?:think|answer)>).)*)"
_EXACT = re.compile(rf"(?s)\s*<think>{_PART}</think>\s*<answer>{_PART}</answer>\s*")
#: what stands between two markers that a text only mentions: ``<think> and </think>``
_MENTIONED = re.compile(r"[ \t]*(?:and|or|to|/|,|&|\.{2,3}|\u2026)[ \t]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The parts of a reply, not stripped: no reasoning without markers, no answer if it never ends.

    `tagged`: the answer stands between the markers of one. `well_formed` is P-GRPO's format
    reward: nothing but ``<think>…</think><answer>…</answer>`` and
    whitespace around the tags, in lower case, each once in the whole text, quoted or not.
    """

    reasoning: str | None
    answer: str | None
    well_formed: bool
    tagged: bool = False


def split_reply(text: str) -> Split:
    """Reasoning and answer of a reply by its markers; without any the answer is the whole text.

    A reply that begins with a marker is in that format, and the markers of others are text until
    its reasoning ends. The reasoning runs to the LAST closing marker before the answer, so a
    repeated one leaks none of it into the answer; text before the opening marker leads it, and
    all of it may stand before a closing one alone (DeepSeek-R1's prompt keeps the opening tag to
    itself). The answer is the rest, or what stands between an answer's markers; what is around
    those is in neither part. Reasoning that is opened at the start of a line and never closes
    holds the rest, also behind an answer: then there is none. A marker in quotes is text, and so
    is one in a fence unless the reasoning ends nowhere else. The answer ends with the turn: the
    tokens that end one, and what follows them, are no part of it.
    """
    if exact := _EXACT.fullmatch(text):
        return Split(reasoning=exact[1], answer=exact[2], well_formed=True, tagged=True)
    parts: list[str] = []
    rest: str | None = text
    while rest is not None:
        block = _Block.of(rest)
        if block.reasoning is not None:
            parts.append(block.reasoning)
        rest = block.answer
        if not block.goes_on:
            break
    reasoning = "".join(parts) if parts else None
    return Split(reasoning=reasoning, answer=_ended(rest), well_formed=False, tagged=block.tagged)


def _ended(answer: str | None) -> str | None:
    """The answer without what follows the end of its turn."""
    if answer is None or not ("<" in answer or "[" in answer):
        return answer
    closed = [(fence.start, fence.end) for fence in fences(answer) if fence.closed]
    return answer[: end_of_turn(answer, closed)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """What the markers of one format make of a text; `goes_on`: its answer begins with others."""

    reasoning: str | None
    answer: str | None
    goes_on: bool = False
    tagged: bool = False

    @staticmethod
    def of(text: str) -> _Block:
        everywhere = marks(text)
        if not everywhere:
            return _Block(reasoning=None, answer=text)
        outside = _outside(everywhere, between_fences(text))
        used = _used(text, outside)
        if not _closes(used) and _left_open(outside, 0) and _closes(_used(text, everywhere)):
            outside, used = everywhere, _used(text, everywhere)  # a fence was left open in it
        close = _reasoning_end(used)
        start = close.end if close else 0
        first, answer = _answer(text, used, start)
        left_open = _left_open(outside, start)
        if left_open and (first is None or left_open.start < first.start):
            return _Block(reasoning=_without(text, left_open), answer=None)
        end = close or first
        if end is None:
            return _Block(reasoning=None, answer=answer)
        tagged = first is not None
        reasoning = text[: end.start]
        opening = next((mark for mark in used if mark.role is Role.OPEN), None)
        if opening and opening.end <= end.start:
            reasoning = _without(reasoning, opening)
        following = next((mark for mark in outside if mark.start >= start), None)
        goes_on = (
            first is None
            and following is not None
            and following.role is Role.OPEN
            and not text[start : following.start].strip()
        )
        return _Block(reasoning=reasoning, answer=answer, goes_on=goes_on, tagged=tagged)


def _without(text: str, mark: Mark) -> str:
    return text[: mark.start] + text[mark.end :]


def _outside(marked: list[Mark], gaps: list[tuple[int, int]]) -> list[Mark]:
    """The markers that are wholly in one of the gaps."""
    kept: list[Mark] = []
    stretches = iter(gaps)
    gap = next(stretches, None)
    for mark in marked:
        while gap and gap[1] < mark.end:
            gap = next(stretches, None)
        if gap and gap[0] <= mark.start:
            kept.append(mark)
    return kept


def _used(text: str, marked: list[Mark]) -> list[Mark]:
    """The markers that count: of the format that the text begins with, if it does with one."""
    closed = _last_closings(marked)
    holds = {
        mark
        for mark in marked
        if mark.role is Role.OPEN
        and (mark.format.opens_alone or closed.get(mark.group, -1) > mark.start)
    }
    begun = marked[0].group if marked and marked[0] in holds and _begins(text, marked[0]) else None
    used: list[Mark] = []
    opened: set[int] = set()
    for mark in marked:
        if mark.role not in {Role.OPEN, Role.CLOSE}:
            used.append(mark)
        elif begun not in {None, mark.group}:
            continue
        elif mark.role is Role.OPEN:
            if mark in holds:
                opened.add(mark.group)
                used.append(mark)
        elif mark.format.closes_alone or mark.group in opened:
            last = used[-1] if used else None
            if last and last.group == mark.group and _mentions(text, last, mark):
                used.pop()
            else:
                used.append(mark)
    return used


def _begins(text: str, mark: Mark) -> bool:
    return not text[: mark.start].strip()


def _closes(marked: list[Mark]) -> bool:
    return any(mark.role is Role.CLOSE for mark in marked)


def _mentions(text: str, opening: Mark, close: Mark) -> bool:
    """Whether two markers amid a line are words of it: ``between <think> and </think>``."""
    return (
        opening.role is Role.OPEN
        and not opening.leads
        and _MENTIONED.fullmatch(text, opening.end, close.start) is not None
    )


def _last_closings(marked: list[Mark]) -> dict[int, int]:
    """Where the last closing marker of each format begins."""
    return {mark.group: mark.start for mark in marked if mark.role is Role.CLOSE}


def _left_open(marked: list[Mark], start: int) -> Mark | None:
    """The first marker from `start` on that opens reasoning at a line's start, which never ends."""
    closed = _last_closings(marked)
    return next(
        (
            mark
            for mark in marked
            if mark.role is Role.OPEN
            and mark.start >= start
            and mark.leads
            and mark.format.opens_alone
            and closed.get(mark.group, -1) < mark.start
        ),
        None,
    )


def _reasoning_end(used: list[Mark]) -> Mark | None:
    """The last closing marker before the first answer after one that is in no open reasoning."""
    depth, last = 0, None
    for mark in used:
        if mark.role is Role.ANSWER and last and depth == 0:
            break
        last = mark if mark.role is Role.CLOSE else last
        depth = max(0, depth + (mark.role is Role.OPEN) - (mark.role is Role.CLOSE))
    return last


def _answer(text: str, used: list[Mark], start: int) -> tuple[Mark | None, str]:
    """The marker that opens the answer, if any, and the answer in ``text[start:]``."""
    ends = {mark.group: mark.start for mark in used if mark.role is Role.END}
    behind = True
    for mark in used:
        if mark.start < start or mark.role not in {Role.ANSWER, Role.NEXT}:
            continue
        end = ends.get(mark.group, -1)
        if mark.role is Role.NEXT:
            follows = behind and start > 0 and not text[start : mark.start].strip()
            behind = False
            if not follows:
                continue
        if end > mark.start or mark.leads:
            return mark, text[mark.end : end if end > mark.start else None]
        if mark.role is Role.ANSWER:
            break
    return None, text[start:]


def prose_reasoning(text: str) -> str | None:
    """The text outside all fences, headings too, joined by blank lines; None if it is blank."""
    return "\n\n".join(filter(None, (text[a:b].strip() for a, b in between_fences(text)))) or None


def reasoning_of(text: str) -> str | None:
    """The stripped reasoning of a reply with markers, else its prose; None where that is blank.

    No marker and no control token is left in it.
    """
    split = split_reply(text)
    if split.reasoning is not None:
        return without_marks(split.reasoning).strip() or None
    return without_marks(prose_reasoning(split.answer or "") or "").strip() or None
