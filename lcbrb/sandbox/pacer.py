"""Known work, timed again and again: ``python -I -S pacer.py CORE``, until its input ends.

Started by `pace.py` beside a program, on the core that the program runs on. Each line that it
prints is the CPU time that the work took, in seconds; nine tenths of the time it sleeps.
"""

import os
import select
import sys
import time

_STEPS = 12_000  # a millisecond or so
_REST = 9  # times as long as the work took


def _work() -> None:
    total = 0
    for step in range(_STEPS):
        total += step * step % 7


def main() -> None:
    """Work, say how long it took, rest."""
    os.sched_setaffinity(0, {int(sys.argv[1])})
    rest_s = 0.0
    while not select.select([0], [], [], rest_s)[0]:
        began = time.thread_time()
        _work()
        spent_s = time.thread_time() - began
        os.write(1, b"%.7f\n" % spent_s)
        rest_s = _REST * spent_s


if __name__ == "__main__":
    main()
