"""Texts of others, shown so that nothing obeys them: a terminal, a log's reader, a page.

Names, ids and messages come from files, models and servers. A control character in one can move
the cursor, change the window's title or hide a line; a mark of direction shows ``exe.txt`` for
``txt.exe``; a line end makes two messages of one.
"""

from __future__ import annotations

import unicodedata

#: controls, marks of direction and other invisible ones, halves of surrogate pairs, private use,
#: unassigned, the two line ends that only Unicode knows
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def is_hidden(character: str) -> bool:
    """Whether a character shows nothing of itself, and may do something instead."""
    return unicodedata.category(character) in _HIDDEN


def visible(text: str) -> str:
    r"""The text in one line, hidden characters written as Python writes them: ``\x1b``, ``\n``."""
    if text.isprintable():
        return text
    return "".join(c.encode("unicode_escape").decode("ascii") if is_hidden(c) else c for c in text)


def readable(text: str, head: int, tail: int) -> str:
    """A text of several lines with its hidden characters written out; line ends and tabs stay.

    A carriage return that ends a line together with a line feed is left out.

    Of one that is longer than `head` and `tail` characters together the middle is left out.
    """
    cut = len(text) - head - tail
    if cut > 0:
        text = f"{text[:head]}\n[… {cut} characters are left out …]\n{text[len(text) - tail :]}"
    text = text.replace("\r\n", "\n")
    return "\n".join("\t".join(map(visible, line.split("\t"))) for line in text.split("\n"))


def visible_json(document: str, *, encoding: str = "utf-8") -> str:
    """A JSON document whose hidden characters, all within its texts, are written as JSON may.

    So is all that is not ASCII, where the encoding lacks some of it. Line ends and tabs of the
    layout stay.
    """
    if document.isascii() and "\x7f" not in document:
        return document
    shown = "".join(_json_escape(c) if is_hidden(c) and c not in "\n\t" else c for c in document)
    try:
        shown.encode(encoding)
    except UnicodeEncodeError:
        return "".join(c if c.isascii() else _json_escape(c) for c in shown)
    return shown


def _json_escape(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
