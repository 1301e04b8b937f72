"""The script that starts a process beside the grader: ``python -S boot.py MODULE SOCKET``.

The interpreter there sees neither this package nor the folder that it is installed in. So that the
modules of this folder can be imported by their own names, empty packages stand in for ours; they go
before a program runs.
"""

import sys

# Python puts a script's folder there. What follows, and every program, must import from the
# standard library, whatever lies here. (The option -P says so too, from Python 3.11 on.)
del sys.path[0]

import os  # noqa: E402

_CONNECTION = 3  # behind the standard streams, however many descriptors the grader has open


def main() -> None:
    """Import a module of this folder and call its `main` with the socket's number."""
    module = sys.argv[1]
    _keep_only(int(sys.argv[2]))
    for name in ("lcbrb", "lcbrb.sandbox", "lcbrb.sandbox.inside"):
        sys.modules[name] = type(sys)(name)
    sys.modules["lcbrb.sandbox.inside"].__path__ = [os.path.dirname(os.path.abspath(__file__))]  # noqa: PTH100, PTH120 - pathlib is slow to import
    started = __import__("lcbrb.sandbox.inside." + module, fromlist=["main"]).main
    for name in [name for name in sys.modules if name.partition(".")[0] == "lcbrb"]:
        del sys.modules[name]
    started(_CONNECTION)


def _keep_only(descriptor: int) -> None:
    """Move a descriptor to its fixed place, and close all others but the standard streams."""
    if descriptor != _CONNECTION:
        os.dup2(descriptor, _CONNECTION, inheritable=False)
    os.set_inheritable(_CONNECTION, False)  # noqa: FBT003 - it takes no keyword
    for name in os.listdir("/dev/fd"):  # noqa: PTH208 - pathlib is slow to import
        if int(name) > _CONNECTION:
            try:  # noqa: SIM105 - contextlib would be one more import
                os.close(int(name))
            except OSError:  # that of the list itself
                pass


if __name__ == "__main__":
    main()
