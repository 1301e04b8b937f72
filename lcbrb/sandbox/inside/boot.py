"""The script that starts a process on the program's side: ``python -P -S boot.py MODULE SOCKET``.

The interpreter there sees neither this package nor the folder that it is installed in. So that the
modules of the program's side (`child`, `zygote` and what they import: standard library only) can
be imported by their own names, empty packages stand in for ours; they go before a program runs.
"""

import os
import sys


def main() -> None:
    """Import a module of this folder and call its `main` with the socket's number."""
    module, descriptor = sys.argv[1], int(sys.argv[2])
    for name in ("lcbrb", "lcbrb.sandbox", "lcbrb.sandbox.inside"):
        sys.modules[name] = type(sys)(name)
    sys.modules["lcbrb.sandbox.inside"].__path__ = [os.path.dirname(os.path.abspath(__file__))]  # noqa: PTH100, PTH120 - pathlib is slow to import
    started = __import__("lcbrb.sandbox.inside." + module, fromlist=["main"]).main
    for name in [name for name in sys.modules if name.partition(".")[0] == "lcbrb"]:
        del sys.modules[name]
    started(descriptor)


if __name__ == "__main__":
    main()
