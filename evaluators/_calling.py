"""Calling a function many times: one call a request, or many at once.

A request costs two switches of process, so tests go over in batches: a helper beside the program
calls the function on each list of arguments and returns all answers. Nothing depends on it for
exactness: where anything about a batch is not as it should be, its tests are run one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from lcbrb.protocols import Execution, Program, Session
from lcbrb.sandbox import wire
from lcbrb.types import FunctionCheck, Oracle, TestKind

_TESTS_MOST = 200
_CHARACTERS_MOST = 1 << 20

_ONE = "lcbrb_one"
_MANY = "lcbrb_many"
_DIGEST = "lcbrb_digest"
# Where sets are compared any iterable is an answer, and only in the program's process can it be
# read; everywhere else the function's own value is.
_HELPERS = """

def {one}(*arguments):
    return {answer}


def {many}(calls):
    return [{answer} for arguments in calls]


def {digest}(*arguments):
    import hashlib, marshal

    value = {answer}
    parts = value if isinstance(value, (list, tuple)) else [value]
    found = hashlib.sha256(f"{{type(value).__name__}} of {{len(parts)}}".encode())
    for start in range(0, len(parts), 1000):
        found.update(marshal.dumps(parts[start : start + 1000], 0))
    return found.hexdigest()
"""


def callable_program(check: FunctionCheck, source: str) -> Program:
    """The source with the helpers behind it."""
    answer = f"{check.entry_point}(*arguments)"
    if check.oracle is Oracle.SAME_SET:
        answer = f"list({answer})"
    helpers = _HELPERS.format(one=_ONE, many=_MANY, digest=_DIGEST, answer=answer)
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


def call_digest(session: Session, text: str, cpu_s: float) -> Execution:
    """Call the function, for an answer too large to send; the output is wire text of its digest.

    The digest is made in the program's process, which does not know the one that is expected.

    Args:
        session: of a `callable_program`.
        text: wire text of the list of arguments.
        cpu_s: CPU limit.
    """
    return session.call(_DIGEST, wire.decode(text), cpu_s=cpu_s)


def batches(sizes: Sequence[int], alone: Sequence[bool]) -> Iterator[slice]:
    """Which tests go over together: at most 200, and about a megabyte.

    Args:
        sizes: characters that each test sends and gets.
        alone: tests to be run by themselves. The first one always is: most failures are there.
    """
    starts: list[int] = []
    characters = 0
    for index, size in enumerate(sizes):
        characters += size
        full = characters > _CHARACTERS_MOST or (starts and index - starts[-1] == _TESTS_MOST)
        if index < 2 or full or alone[index] or alone[index - 1]:  # noqa: PLR2004 - first and second
            starts.append(index)
            characters = size
    yield from (slice(start, stop) for start, stop in pairwise([*starts, len(sizes)]))
