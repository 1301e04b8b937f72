"""BigCodeBench's own checker, run as a script by an environment's Python (see `unit_test_peer`).

One JSON row a line on standard input (`program`, `tests`, `entry_point`), one answer a line on
standard output. Of this package nothing is there, so only the standard library and what the
environment holds are imported; it works under Python 3.10.

Nothing here is isolated: a program runs in a fork of this process, as upstream has it.
"""

import json
import multiprocessing
import os
import sys
from importlib.metadata import version

_MEMORY_MIB, _STACK_MIB = 30 * 1024, 10  # upstream's own
_LEAST_S, _GOLD_S = 1.0, 20.0  # it waits for four minutes at least, whatever these say


def main() -> None:
    """Answer rows until standard input ends."""
    multiprocessing.set_start_method("fork")  # what upstream takes for granted
    sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115, PTH123 - to the end
    rows = os.fdopen(os.dup(0), encoding="utf-8")
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):  # programs read and print
        os.dup2(nothing, number)
    try:
        import matplotlib.pyplot  # noqa: F401, ICN001 - upstream imports it in every fork otherwise
        from bigcodebench.eval import untrusted_check
    except ImportError as error:
        hello = {"error": str(error)}
    else:
        hello = {"version": version("bigcodebench")}
    answers.write(json.dumps(hello) + "\n")
    answers.flush()
    for line in rows if "version" in hello else ():
        row = json.loads(line)
        given = (row["program"], row["tests"], row["entry_point"])
        limits = (_MEMORY_MIB, _MEMORY_MIB, _STACK_MIB, _LEAST_S, _GOLD_S)
        status, details = untrusted_check(*given, *limits)
        said = {str(name): str(text)[-300:] for name, text in dict(details).items()}
        answers.write(json.dumps({"status": status, "details": said}) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
