"""Calling a function many times: one call a request, or many at once.

A request costs two switches of process, so tests go over in batches: a helper beside the program
calls the function on each list of arguments and returns all answers. Nothing depends on it for
exactness: where anything about a batch is not as it should be, its tests are run one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lcbrb.protocols import Execution, Program, Session
from lcbrb.sandbox import wire
from lcbrb.types import FunctionCheck, Oracle, TestKind

_TESTS_MOST = 200
_CHARACTERS_MOST = 1 << 18

_ONE = "lcbrb_one"
_MANY = "lcbrb_many"
# Where sets are compared any iterable is an answer, and only in the program's process can it be
# read; everywhere else the function's own value is.
_HELPERS = """

def {one}(*arguments):
    return {answer}


def {many}(calls):
    return [{answer} for arguments in calls]
"""


def callable_program(check: FunctionCheck, source: str) -> Program:
    """The source with the helpers behind it."""
    answer = f"{check.entry_point}(*arguments)"
    if check.oracle is Oracle.SAME_SET:
        answer = f"list({answer})"
    helpers = _HELPERS.format(one=_ONE, many=_MANY, answer=answer)
    return Program(source=source + helpers, kind=TestKind.CALL, entry_point=check.entry_point)


def call_one(session: Session, check: FunctionCheck, text: str, cpu_s: float) -> Execution:
    """Call the function.

    Args:
        session: of a `callable_program`.
        check: names the function.
        text: wire text of the list of arguments.
        cpu_s: CPU limit.
    """
    name = _ONE if check.oracle is Oracle.SAME_SET else check.entry_point
    return session.call(name, wire.decode(text), cpu_s=cpu_s)


def call_many(session: Session, texts: Sequence[str], cpu_s: float) -> Execution:
    """Call the function on each list of arguments; the output is wire text of a list of answers.

    Args:
        session: of a `callable_program`.
        texts: wire text of the arguments of each call.
        cpu_s: CPU limit of them all.
    """
    return session.call(_MANY, [[wire.decode(text) for text in texts]], cpu_s=cpu_s)


def batches(texts: Sequence[str], start: int = 0) -> Iterator[slice]:
    """Which tests go over together, from a first one on."""
    characters = 0
    for index in range(start, len(texts)):
        characters += len(texts[index])
        if index + 1 - start == _TESTS_MOST or characters > _CHARACTERS_MOST:
            yield slice(start, index + 1)
            start, characters = index + 1, 0
    if start < len(texts):
        yield slice(start, len(texts))
