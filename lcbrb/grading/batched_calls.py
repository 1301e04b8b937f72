"""Calling a function many times: one call a request, or many at once.

A request costs two switches of process, so tests go over in batches. Nothing depends on it for
exactness: calls are made in the same order in the same process, and where a batch ends in a way
that is no single call's, its tests are run one by one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from lcbrb.protocols.sandbox import Batch, Execution, Program, Session
from lcbrb.sandbox.inside import wire
from lcbrb.types import FunctionCheck, Oracle, TestKind

_FIRST = 16
_TESTS_MOST = 200
_CHARACTERS_MOST = 1 << 20

_LISTED = "lcbrb_listed"
_DIGEST = "lcbrb_digest"
# Where sets are compared any iterable is an answer, and only in the program's process can it be
# read; everywhere else the function's own value is.
_LISTED_HELPER = """

def {name}(*arguments):
    return {answer}
"""
_DIGEST_HELPER = """

def {name}(*arguments):
    import builtins, hashlib, marshal

    value = {answer}
    listed = builtins.isinstance(value, (builtins.list, builtins.tuple))
    parts = value if listed else [value]
    size = builtins.len(parts)
    found = hashlib.sha256(f"{{builtins.type(value).__name__}} of {{size}}".encode())
    for start in builtins.range(0, size, 1000):
        found.update(marshal.dumps(parts[start : start + 1000], 0))
    return found.hexdigest()
"""


def callable_program(check: FunctionCheck, source: str, *, digests: bool = True) -> Program:
    """The source with the helpers behind it.

    `digests` says whether `call_digest` will be wanted.
    """
    answer = f"{check.entry_point}(*arguments)"
    if check.oracle is Oracle.SAME_SET:
        answer = f"[*{answer}]"  # a program may have a name `list`
        source += _LISTED_HELPER.format(name=_LISTED, answer=answer)
    if digests:
        source += _DIGEST_HELPER.format(name=_DIGEST, answer=answer)
    return Program(source=source, kind=TestKind.CALL, entry_point=check.entry_point)


def _called(check: FunctionCheck) -> str:
    return _LISTED if check.oracle is Oracle.SAME_SET else check.entry_point


def call_one(session: Session, check: FunctionCheck, text: str, cpu_s: float) -> Execution:
    """Call the function.

    `text` is the wire text of the list of arguments.
    """
    return session.call(_called(check), wire.decode(text), cpu_s=cpu_s)


def call_many(session: Session, check: FunctionCheck, texts: Sequence[str], cpu_s: float) -> Batch:
    """Call the function on each list of arguments, until it does not return.

    `texts` are the wire texts of the arguments of each; `cpu_s` limits them all together.
    """
    return session.call_each([(_called(check), text) for text in texts], cpu_s=cpu_s)


def call_digest(session: Session, text: str, cpu_s: float) -> Execution:
    """Call the function, for an answer too large to send; the output is wire text of its digest.

    The digest is made in the program's process, which does not know the one that is expected.
    """
    return session.call(_DIGEST, wire.decode(text), cpu_s=cpu_s)


def batches(sizes: Sequence[int], alone: Sequence[bool]) -> Iterator[slice]:
    """Which tests go over together: at most 200, and about a megabyte.

    The first few are a batch of their own: most failures are there, and nothing is run after them.
    `sizes` are the characters that each test sends and gets; `alone` are to be run by themselves.
    """
    starts: list[int] = []
    characters = 0
    for index, size in enumerate(sizes):
        characters += size
        full = characters > _CHARACTERS_MOST or (starts and index - starts[-1] == _TESTS_MOST)
        if index in (0, _FIRST) or full or alone[index] or alone[index - 1]:
            starts.append(index)
            characters = size
    yield from (slice(start, stop) for start, stop in pairwise([*starts, len(sizes)]))
