"""Parsing what a model wrote, within a budget.

Python's parser takes time and memory linear in what it reads, at worst 5 µs and 1 KB a character;
what costs minutes is parsing a text again and again. So every reply has one budget for all tries.
Hostile texts (null bytes, thousands of brackets, a chain of a hundred thousand operators) end in
an error that is caught here, whichever of its several kinds the parser chooses.
"""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)|[^\r\n]+")
_UNREADABLE = re.compile("[\0\ud800-\udfff]")  # the parser takes no text that holds one
_TRY = 200  # characters that a try costs, whatever it reads
_SKIMMED = 16  # what lies behind an error is read this many times faster
_SHORT_STEPS = 16  # tries that give up no more lines than they must


def parsed(source: str) -> ast.Module:
    r"""The tree, without the warnings of the parser's: a program may hold a ``"\d"``.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: as the parser does.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(source)


def lines_of(source: str) -> list[str]:
    r"""The lines as Python's parser counts them, with their ends: ``\f`` and U+2028 end none."""
    return _LINE.findall(source)


@dataclass(frozen=True, slots=True)
class Parse:
    """A try: the tree, or None and how many lines stand before the one that fails."""

    tree: ast.Module | None
    sound: int


@dataclass(slots=True)
class Parses:
    """What may still be parsed of one reply, in characters.

    `most` of them are parsed at once: a longer text is taken as one that does not parse.
    """

    left: int = 600_000
    most: int = 300_000

    def tree(self, source: str) -> ast.Module | None:
        """The tree; None where the source does not parse or is too long."""
        return self.attempt(lines_of(source)).tree

    def attempt(self, lines: Sequence[str]) -> Parse:
        """Parse some lines; without a tree, fewer of them are sound."""
        source = "".join(lines)
        if len(source) > self.most or self.left <= 0:
            return Parse(None, _within(lines, self.most))
        self.left -= _TRY + len(source) // _SKIMMED
        try:
            tree = parsed(source)
        except SyntaxError as error:
            sound = (error.lineno or len(lines)) - 1
        except (ValueError, RecursionError, MemoryError):
            sound = len(lines) - 1
        else:
            self.left -= len(source)
            return Parse(tree, len(lines))
        if _UNREADABLE.search(source):
            sound = next(n for n, line in enumerate(lines) if _UNREADABLE.search(line))
        sound = min(max(sound, 0), len(lines) - 1)
        self.left -= sum(map(len, lines[: sound + 1]))
        return Parse(None, sound)

    def longest(self, lines: Sequence[str], head: str = "") -> tuple[list[str], ast.Module | None]:
        """As many lines as parse behind a head, and the tree; no line where none do.

        Each try gives up the line that failed and what follows it. Where only the end fails, what
        no program ends with (comments, decorators, a line that wants more) goes with it; after some
        tries each gives up twice as many lines as the one before, so that thousands of lines which
        fail at their end cost few tries.
        """
        before = lines_of(head)
        kept, step, tries = list(lines), 1, 0
        while kept and self.left > 0:
            parse = self.attempt([*before, *kept])
            if parse.tree is not None:
                return kept, parse.tree
            tries += 1
            step *= 2 if tries > _SHORT_STEPS else 1
            at_end = parse.sound - len(before) >= len(kept) - 1
            kept = kept[: max(0, min(parse.sound - len(before), len(kept) - step))]
            while at_end and kept and _unfinished(kept[-1]):
                kept.pop()
        return [], None


def _unfinished(line: str) -> bool:
    """Whether no program ends with a line: it is none, a comment or decorator, or wants more."""
    inner = line.strip()
    return not inner or inner[0] in "@#" or inner[-1] in ":\\([{,"


def _within(lines: Sequence[str], most: int) -> int:
    """How many lines have no more characters than this together, of lines that have more."""
    total = 0
    for count, line in enumerate(lines):
        total += len(line)
        if total > most:
            return count
    return max(0, len(lines) - 1)
