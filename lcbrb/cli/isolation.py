"""Which sandbox a command runs programs in."""

from __future__ import annotations

from lcbrb.errors import SetupError, UnknownNameError
from lcbrb.protocols import Sandbox
from lcbrb.sandbox.plain import PlainSandbox

#: most isolated first
LEVELS = ("A", "B", "C", "D")


def open_sandbox(required: str | None = None) -> Sandbox:
    """The sandbox with the most isolation that this machine grants.

    Args:
        required: the least level that will do.

    Raises:
        UnknownNameError: no such level.
        SetupError: this machine grants less than is required.
    """
    if required is not None and required not in LEVELS:
        raise UnknownNameError("isolation level", required, LEVELS)
    sandbox = PlainSandbox()
    if required is not None and LEVELS.index(sandbox.level) > LEVELS.index(required):
        raise SetupError(
            f"isolation {required} is required and this machine grants {sandbox.level}: "
            "see lcbrb doctor"
        )
    return sandbox
