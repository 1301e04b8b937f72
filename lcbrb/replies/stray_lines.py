"""Lines around bare code that belong to a template and not to the program.

``[BEGIN]``, ``[PYTHON]``, ``assistant``, ``code`` before it: as Python they are a name that is not
defined. ``[DONE]`` or ``[/PYTHON]`` behind it ends the answer, whatever a base model goes on with.
Pure functions, in time linear in the text.
"""

from __future__ import annotations

import re

_MARK = r"\[(?!/)[A-Z][A-Z_]{1,19}\]"
_WORD = (
    r"(?i:assistant|model|user|bot|code|python ?\d?|py|solution|answer|response|output|program"
    r"|completion|implementation)"
)
_LEADING = re.compile(
    rf"\A(?:\s*(?:{_MARK}(?:[ \t]*(?:\r?\n|\Z)|[ \t]*(?=\w))|{_WORD}[ \t]*:?[ \t]*(?:\r?\n|\Z)))+"
)
_LAST = re.compile(r"(?m)^[ \t]*\[(?:/[A-Z][A-Z_]{1,19}|DONE|END)\][ \t]*\r?$")


def without_stray_lines(text: str) -> str:
    """An answer without the template's lines before it, and without what follows its last one."""
    leading = _LEADING.match(text)
    text = text[leading.end() :] if leading else text
    last = _LAST.search(text) if "]" in text else None
    return text[: last.start()] if last and text[: last.start()].strip() else text
