"""What a warm process does before it forks, so that none of its children has to.

A page of memory that a child writes to is copied first, and every function that runs for the first
time writes: the interpreter looks attributes up, and adapts code to what it meets. So the warm
process once serves a program of our own, and its children find that done. What they then make lies
side by side: gaps that are left between objects are filled, or a child would copy a page for each.
"""

import os
import socket
import sys
from collections.abc import Callable

from lcbrb.sandbox.inside import wire
from lcbrb.sandbox.inside.program_server import ProgramServer
from lcbrb.sandbox.inside.start_state import MODULE

_TIMES = 16  # Python 3.11 adapts a function at its ninth call
_PROGRAM = '''
from typing import List


class Solution:
    """A class."""

    def add(self, numbers: List[int]) -> int:
        """A method."""
        return sum(number for number in numbers if number % 2 == 0)


def f(value):
    return value
'''
_VALUES = (1, 1.5, "a", True, None, [1, 2], ["a"], [[1]], [1, "a"], (1, 2), {"a": 1}, {1: 2}, {1})
_POOL_BYTES = 1 << 14  # CPython's allocator takes memory in such pieces, each for objects of a size
_POOL_HEAD_BYTES = 48
_SMALL_MOST = 512  # a larger object is no affair of that allocator
_BYTES_HEAD = sys.getsizeof(b"")
_FILLING_MOST = 1 << 16  # bytes for a size


def practise(serve: Callable[[int, list[int]], ProgramServer]) -> None:
    """Serve a program of our own in this process.

    Args:
        serve: gives a server for a channel and copies of the standard streams.
    """
    calls = "\n".join(line for value in _VALUES for line in ("f", wire.encode([value])))
    requests = ["l", "b" + calls, "sf\n" + wire.encode([1]), "c[1]"]
    spares = [os.dup(number) for number in range(3)]
    ours, theirs = socket.socketpair()
    with ours, theirs:
        messages = [text.encode() for text in (f"f\n{_PROGRAM}", *requests * _TIMES)]
        ours.sendall(b"".join(len(body).to_bytes(4, "little") + body for body in messages))
        ours.shutdown(socket.SHUT_WR)
        serve(theirs.fileno(), spares).serve_as_told()
    for descriptor in spares:
        os.close(descriptor)
    sys.modules.pop(MODULE, None)


def filling() -> list[bytes]:
    """Objects that fill the gaps between others, as long as they are kept.

    Where the allocator's pieces are not as CPython has them, it is a little memory for nothing.
    """
    kept = []
    for size in range(48, _SMALL_MOST + 1, 16):
        for _ in range(_FILLING_MOST // size):
            kept.append(bytes(size - _BYTES_HEAD))
            if id(kept[-1]) % _POOL_BYTES == _POOL_HEAD_BYTES:  # the first of a new piece
                break
    return kept
