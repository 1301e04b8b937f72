# ruff: noqa: S102 - the prelude is trusted code
"""What a program finds at its start: streams, a module, the names that run before it."""

import _sitebuiltins
import builtins
import gc
import io
import os
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

#: the name of the file that a program seems to come from
FILE = "solution.py"
#: what a program is called: run as a script, loaded to be called
SCRIPT, MODULE = "__main__", "solution"
_SEED = 0
_SEEDED = ("random", "numpy.random")
_MODES = {"stdin": "r", "stdout": "w", "stderr": "w"}


class Prelude:
    """What runs before every program, run once: trusted code, so its names can be shared.

    Hundreds of names copied for every input would be most of an input's cost, so they are put
    where Python looks after a program's own names: beside the builtins. Names that mean something
    else there, and those of standard streams, which every input has anew, are copied.
    """

    def __init__(self, text: str) -> None:
        names: dict[str, Any] = {}
        streams = {name: getattr(sys, name) for name in _MODES}
        marks = {name: object() for name in _MODES}
        vars(sys).update(marks)
        try:
            exec(compile(text, "prelude.py", "exec", dont_inherit=True), names)
        finally:
            vars(sys).update(streams)
        self.streams = [
            (name, stream)
            for stream, mark in marks.items()
            for name, value in names.items()
            if value is mark
        ]
        del names["__builtins__"]
        for name, _ in self.streams:
            del names[name]
        known = vars(builtins)
        self.shared = {name: value for name, value in names.items() if name not in known}
        self.copied = {
            name: value
            for name, value in names.items()
            if name in known and value is not known[name]
        }

    def offer(self) -> None:
        """Put the names where programs find them."""
        vars(builtins).update(self.shared)

    def withdraw(self) -> None:
        """Take them away again."""
        for name in self.shared:
            del vars(builtins)[name]

    def fill(self, namespace: dict[str, Any]) -> None:
        """Put the names that can't be shared into a program's namespace."""
        namespace.update(self.copied)
        for name, stream in self.streams:
            namespace[name] = getattr(sys, stream)


class Surroundings:
    """What a benchmark's rule puts around a program; see `lcbrb.protocols.sandbox.Surroundings`."""

    def __init__(self, prelude: str, recursion_limit: int) -> None:
        self.prelude = Prelude(prelude)
        self.recursion_limit = recursion_limit


class StartState:
    """What a program finds at its start: streams, a module to run in, arithmetic as by default.

    Random numbers are the same at every start, whatever ran before in the process.
    """

    def __init__(self, module_name: str) -> None:
        self.name = module_name  # the module's own may be gone by the time it is asked for
        self.streams = [_stream(number, *item) for number, item in enumerate(_MODES.items())]
        self.module = ModuleType(module_name)
        self.module.__file__ = FILE
        decimal = sys.modules.get("decimal")
        self.arithmetic = decimal.DefaultContext.copy() if decimal else None

    def enter(self, home: str, recursion_limit: int) -> None:
        """Set all that a program before may have changed."""
        for name, stream in zip(_MODES, self.streams, strict=True):
            setattr(sys, name, stream)
            setattr(sys, f"__{name}__", stream)
        os.chdir(home)
        sys.argv = [FILE]
        sys.setrecursionlimit(recursion_limit)
        gc.enable()
        for generator in _SEEDED:  # like the hashes: a verdict can be had again
            if generator in sys.modules:
                sys.modules[generator].seed(_SEED)
        if "decimal" in sys.modules:
            decimal = sys.modules["decimal"]
            decimal.setcontext(self.arithmetic or decimal.DefaultContext.copy())
        sys.modules[self.name] = sys.modules["__main__"] = self.module

    def leave(self) -> None:
        """Put an empty module in the place of the program's."""
        self.module = sys.modules[self.name] = sys.modules["__main__"] = ModuleType(self.name)


def stand_in_for_site(site_packages: Sequence[str], command: str) -> None:
    """Add what an interpreter without the `site` module lacks of a usual one.

    `command` is what starts another with these packages; empty: what started this one.
    """
    sys.executable = command or sys.executable
    if hasattr(sys, "set_int_max_str_digits"):  # from 3.10.7 on
        sys.set_int_max_str_digits(0)
    sys.path.extend(path for path in site_packages if path not in sys.path)
    builtins.exit = _sitebuiltins.Quitter("exit", "Ctrl-D")
    builtins.quit = _sitebuiltins.Quitter("quit", "Ctrl-D")
    sys.argv = [FILE]


def _stream(number: int, name: str, mode: str) -> io.TextIOWrapper:
    raw = io.FileIO(number, mode, closefd=False)
    raw.name = f"<{name}>"
    buffer: Any = io.BufferedReader(raw) if mode == "r" else io.BufferedWriter(raw)
    errors = "backslashreplace" if name == "stderr" else "surrogateescape"
    newline = None if mode == "r" else "\n"
    stream = io.TextIOWrapper(
        buffer, "utf-8", errors, newline=newline, line_buffering=name == "stderr"
    )
    vars(stream)["mode"] = mode  # as Python itself does
    return stream
