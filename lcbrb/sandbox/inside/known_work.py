"""Known work, timed again and again: ``python -I -S known_work.py CORE``, until its input ends.

Started by `pace.py` beside a program, on the core that the program runs on. Each line that it
prints is the CPU time that the work took, in seconds; nine tenths of the time it sleeps. What runs
first after a sleep finds cold caches, which the program beside it does not: that part is not timed.
"""

import os
import select
import sys
import time

_STEPS = 9_000  # half a millisecond or so
_COLD = 3_000  # steps before them
_REST = 9  # times as long as the work took


def _work(steps: int) -> None:
    total = 0
    for step in range(steps):
        total += step * step % 7


def main() -> None:
    """Work, say how long it took, rest."""
    os.sched_setaffinity(0, {int(sys.argv[1])})
    rest_s = 0.0
    while not select.select([0], [], [], rest_s)[0]:
        awoke_s = time.thread_time()
        _work(_COLD)
        began_s = time.thread_time()
        _work(_STEPS)
        ended_s = time.thread_time()
        os.write(1, b"%.7f\n" % (ended_s - began_s))
        rest_s = _REST * (ended_s - awoke_s)


if __name__ == "__main__":
    main()
