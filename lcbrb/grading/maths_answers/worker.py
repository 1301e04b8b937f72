"""The process that compares answers: ``python -m lcbrb.grading.maths_answers.worker``; `pool` asks.

One JSON request a line on standard input, one reply a line on standard output. Every request gets
its own CPU limit: when that is spent the kernel ends the process, wherever it is, and the pool
starts another. So a tower of powers costs its limit, and no signal handler or thread is involved.
"""

from __future__ import annotations

import json
import math
import resource
import sys
import time
from collections.abc import Mapping, Sequence
from typing import NotRequired, TextIO, TypedDict

from lcbrb.grading.maths_answers import equivalence, parser
from lcbrb.grading.maths_answers.rules import Rules

MEMORY_BYTES = 2 * 1024**3


class Request(TypedDict):
    """What is asked: whether one of the pairs, expected and given, is the same by the rules."""

    pairs: Sequence[tuple[str, str]]
    rules: Mapping[str, str | bool]
    asked: NotRequired[Sequence[str]]
    voting: NotRequired[bool]
    cpu_s: float


def main() -> None:
    """Answer requests until standard input ends."""
    parser.forbid_eval()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    for limit in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE):
        resource.setrlimit(limit, (0, 0))
    channel, sys.stdout = sys.stdout, sys.stderr  # what a library prints is no reply
    _say(channel, {"ready": True})
    for line in sys.stdin:
        request = json.loads(line)
        _allow(request["cpu_s"])
        _say(channel, reply_to(request))


def reply_to(request: Request) -> dict[str, object]:
    """What to say to a request; running out of memory is said, not hidden in a wrong answer.

    `place` is that of the first pair that is the same, `cpu_s` the time that it took.
    """
    rules, voting = Rules.of(request["rules"]), bool(request.get("voting"))
    asked = frozenset(request.get("asked", ()))
    began = time.process_time()
    try:
        place = next(
            (
                place
                for place, (gold, answer) in enumerate(request["pairs"])
                if _pair(gold, answer, rules, asked=asked, voting=voting)
            ),
            None,
        )
    except MemoryError:
        return {"memory": True}
    except RecursionError:
        return {"unreadable": "nested too deeply"}
    used_s = round(time.process_time() - began, 4)
    return {"same": place is not None, "place": place, "cpu_s": used_s}


def _say(channel: TextIO, reply: dict[str, object]) -> None:
    channel.write(json.dumps(reply) + "\n")
    channel.flush()


def _allow(cpu_s: float) -> None:
    """Let this process use so much CPU time from now on; whole seconds, rounded up."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = math.ceil(used.ru_utime + used.ru_stime + cpu_s)
    resource.setrlimit(resource.RLIMIT_CPU, (soft, resource.RLIM_INFINITY))


def _pair(gold: str, answer: str, rules: Rules, *, asked: frozenset[str], voting: bool) -> bool:
    try:
        return equivalence.same(gold, answer, rules, asked=asked, voting=voting)
    except (MemoryError, RecursionError):
        raise
    except Exception:  # noqa: BLE001 - parsers and simplifiers raise anything; it is no equality
        return False


if __name__ == "__main__":
    main()
