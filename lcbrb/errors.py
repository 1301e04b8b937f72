"""What can go wrong for a user, and the exit code that says so.

::

    LcbrbError
    ├── UsageError (ValueError)               2  the request can't be understood
    │   ├── UnknownNameError                     a name that is in no table; nearest ones are named
    │   ├── BadInputError                        a file's content; says file and line
    │   └── NothingLeftError                     a cut to a model's limit left nothing to score
    ├── SetupError (RuntimeError)             3  the request is fine, this machine can't do it
    │   ├── MissingExtraError (ImportError)      an optional dependency is not installed
    │   ├── DataUnavailableError                 no hub, no LCBRB_DATA, no such file there
    │   └── ModelLoadError                       a model is there and does not load
    └── IncompleteRunError (RuntimeError)     4  work was done and kept, but not all that was asked
        ├── BadScoreError                        a reward model gave something that is no number
        └── UnansweredError                      some of what was asked has no reply, the rest has

Every message says what happened, where, and what to do about it. The command line prints the
message as one sentence and exits with `exit_code`; a traceback is shown only for our own bugs.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

#: what other people's code may raise: anything, and ``sys.exit()``, but no interrupt of the user's
RAISED_BY_OTHERS = (Exception, SystemExit)


class LcbrbError(Exception):
    """Base of every error that a user can cause or cure."""

    exit_code = 2

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle by message and attributes: most classes are not made from their message alone."""
        return _restored, (type(self), self.args), vars(self)


def _restored(cls: type[LcbrbError], args: tuple[object, ...]) -> LcbrbError:
    return cls.__new__(cls, *args)


class UsageError(LcbrbError, ValueError):
    """A request that can't be understood."""


class UnknownNameError(UsageError):
    """A name that is in no table.

    Args:
        what: the kind of name, in words ("reward model").
        name: what the user wrote.
        known: all names that would have done.
        meant: what the user seems to have meant, where that is no name ("hf:NAME is a model").
    """

    def __init__(self, what: str, name: str, known: Iterable[str], meant: str = "") -> None:
        names = sorted(known)
        near = difflib.get_close_matches(name, names, n=3, cutoff=0.5)
        known_names = f"known: {', '.join(names) or 'none'}."
        hint = meant or (f"did you mean {' or '.join(near)}?" if near else known_names)
        super().__init__(f"unknown {what} '{name}': {hint}")
        self.what, self.name, self.known = what, name, names


def misspelt(names: Iterable[str], known: Iterable[str]) -> str:
    """``; did you mean A for B?`` of names that are nearly known ones, else nothing."""
    known = sorted(known)
    near = {name: difflib.get_close_matches(name, known, n=1, cutoff=0.85) for name in names}
    meant = [
        f"{matches[0]} for {name}"
        for name, matches in near.items()
        if matches and matches != [name]
    ]
    return f"; did you mean {' and '.join(meant)}?" if meant else ""


class BadInputError(UsageError):
    """A file whose content can't be used.

    Args:
        problem: what is wrong and what to do, as the rest of a sentence.
        path: the file.
        line: the line, from 1, where the file has lines.
        row: the row, from 1, where it has rows but no lines.
    """

    def __init__(
        self, problem: str, *, path: Path | str, line: int | None = None, row: int | None = None
    ) -> None:
        place = f", line {line}" if line is not None else f", row {row}" if row is not None else ""
        super().__init__(f"{path}{place}: {problem}")
        self.problem, self.path, self.line, self.row = problem, str(path), line, row


@contextmanager
def in_file(path: Path | str, *, line: int | None = None) -> Iterator[None]:
    """What is refused inside (any `ValueError`) becomes a `BadInputError` that says where.

    So does what is nested too deeply to be read.
    """
    try:
        yield
    except BadInputError:
        raise
    except (ValueError, RecursionError) as error:
        raise BadInputError(str(error), path=path, line=line) from error


class NothingLeftError(UsageError):
    """A cut to a model's limit left nothing of a text to score.

    Args:
        message: what happened and what to do, to which a pair's name may be added.
        item: the text, as a reward model was given it.
    """

    def __init__(self, message: str, item: object) -> None:
        super().__init__(message)
        self.message, self.item = message, item


class SetupError(LcbrbError, RuntimeError):
    """A request that is fine, on a machine that can't do it."""

    exit_code = 3


class MissingExtraError(SetupError, ImportError):
    """An optional dependency is not installed.

    Args:
        extra: the extra that brings it.
        what: what needs it.
    """

    def __init__(self, extra: str, what: str) -> None:
        super().__init__(f"{what} needs the extra '{extra}': pip install 'lcbrb[{extra}]'")
        self.extra, self.what = extra, what


class DataUnavailableError(SetupError):
    """Data that is neither on disk nor to be had from the hub."""


class ModelLoadError(SetupError):
    """A model that is there and does not load."""


class IncompleteRunError(LcbrbError, RuntimeError):
    """Work was done and kept, but not all of it, or it came to nothing (no pairs)."""

    exit_code = 4


class BadScoreError(IncompleteRunError):
    """A reward model gave a score that is not a finite number."""


class UnansweredError(IncompleteRunError):
    """Some of what was asked got no reply; all else did, so whoever answers goes on answering."""


def first_line(error: BaseException) -> str:
    """What an error of others says, in one line; its class where it says nothing."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def first_problem(error: Any) -> tuple[str, str]:
    """Where the first problem of pydantic's `ValidationError` lies, with dots, and what it is.

    What a class itself refuses is told in its own words.
    """
    first = error.errors(include_url=False)[0]
    own = first.get("ctx", {}).get("error")
    place = ".".join(str(part) for part in first["loc"])
    return place, str(own) if isinstance(own, ValueError) else str(first["msg"])
