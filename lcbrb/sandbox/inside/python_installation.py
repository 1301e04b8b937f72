# ruff: noqa: T201 - standard output is its answer
"""What a Python is made of. As a script (``python -I``) it tells of that Python.

It says something even under a Python that is too old for programs, so that this can be told.
"""

import json
import os
import sys
import sysconfig
from typing import Any


def describe() -> Any:
    """The fields of an `lcbrb.sandbox.interpreter.Interpreter`, for the Python that runs this."""
    return {
        # past the shims of version managers, which cost 0.2 s a start
        "executable": os.path.realpath(sys.executable),
        "version": tuple(sys.version_info[:3]),
        "standard_library": _folders("stdlib", "platstdlib"),
        "site_packages": _folders("purelib", "platlib"),
    }


def _folders(*names: str) -> Any:
    return tuple(sorted({sysconfig.get_path(name) for name in names}))


if __name__ == "__main__":
    print(json.dumps(describe()))
