r"""What stands in the boxes of a reply: ``\boxed{…}``. Pure functions, in linear time."""

from __future__ import annotations

import re
from dataclasses import dataclass

_TEX = re.compile(
    r"\\(?:boxed|fbox)(?![A-Za-z])\s*(?:(?P<box>\{|\Z)"
    r"|(?P<short>[-+]?\d+(?:[.,/]\d+)*|[A-Za-z](?![A-Za-z])))|\\[\s\S]|[{}]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Box:
    """A box at ``text[start:end]``; its content begins at `inner`. No `end`: it never closes."""

    start: int
    inner: int
    content_end: int | None = None
    end: int | None = None


def boxed(text: str) -> str | None:
    """The last box; None if there is none or it never closes: an earlier one is no final answer."""
    return next(reversed(_contents(text, _boxes(text)[-1:])), None)


def all_boxed(text: str) -> list[str]:
    r"""The stripped contents of all complete boxes in order, a nested box within its outer one.

    ``\boxed{…}`` and ``\fbox{…}`` with balanced braces (``\{`` and ``\}`` are none), whitespace
    before the brace allowed; without a brace, a number or a single letter: ``\boxed 5``.
    """
    return [box for box in _contents(text, _boxes(text)) if box is not None]


def last_two(text: str) -> tuple[str, str, str] | None:
    """The last two boxes and what stands between them; None where there are not two."""
    boxes = _boxes(text)
    if len(boxes) < 2:  # noqa: PLR2004 - two of them
        return None
    first, last = boxes[-2:]
    if first.end is None or last.end is None:
        return None
    before, other = _contents(text, [first, last])
    return (before or "", text[first.end : last.start], other or "")


def after_boxes(text: str) -> str:
    """What stands behind the last box; nothing where that never closes, all where there is none."""
    boxes = _boxes(text)
    return text if not boxes else "" if boxes[-1].end is None else text[boxes[-1].end :]


def without_boxes(text: str) -> str:
    """The text with all complete boxes taken out."""
    parts, place = [], 0
    for box in _boxes(text):
        if box.end is not None:
            parts.append(text[place : box.start])
            place = box.end
    return "".join([*parts, text[place:]])


def _contents(text: str, boxes: list[_Box]) -> list[str | None]:
    return [
        None if box.content_end is None else text[box.inner : box.content_end].strip()
        for box in boxes
    ]


def _boxes(text: str) -> list[_Box]:
    """The outermost boxes in order; one that never closes may hold others."""
    boxes: list[_Box] = []
    unclosed: list[_Box | None] = []  # the boxes that are open, None for any other brace
    for token in _TEX.finditer(text):
        start, end = token.span()
        if token["short"]:
            inner, content_end = token.span("short")
            boxes.append(_Box(start=start, inner=inner, content_end=content_end, end=end))
        elif token["box"] is not None:
            boxes.append(_Box(start=start, inner=end))
        if token["box"] or token[0] == "{":
            unclosed.append(boxes[-1] if token["box"] else None)
        elif token[0] == "}" and unclosed and (box := unclosed.pop()):
            while boxes[-1].start > box.start:
                boxes.pop()
            boxes[-1] = _Box(start=box.start, inner=box.inner, content_end=start, end=end)
    return boxes
