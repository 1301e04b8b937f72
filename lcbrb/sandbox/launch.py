"""Starting an interpreter beside the grader, to run a module of `lcbrb.sandbox.inside`."""

from __future__ import annotations

import socket
import subprocess
from pathlib import Path

from lcbrb.sandbox.interpreter import Interpreter
from lcbrb.sandbox.streams import Streams

ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    # numerical libraries start a thread a core otherwise, each with its own stack and arena
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
BOOT = str(Path(__file__).parent / "inside" / "boot.py")


def launch(
    interpreter: Interpreter,
    module: str,
    connection: socket.socket,
    folder: str,
    streams: Streams | None = None,
) -> subprocess.Popen[bytes]:
    """A process in a session of its own, with nothing of ours but what is named here.

    Args:
        interpreter: what runs there.
        module: of `lcbrb.sandbox.inside`: its `main` is called.
        connection: the process' end of a socket.
        folder: where it starts, and what it is told is its home and temporary folder.
        streams: its standard input, output and errors; None: nowhere.

    Raises:
        OSError: it can't be started.
    """
    descriptor = connection.fileno()
    nowhere = subprocess.DEVNULL
    # -S and not -I, which would ignore PYTHONHASHSEED; `boot.py` does what -P would (3.11 has it)
    command = [interpreter.executable, "-S", "-X", "utf8", BOOT, module, str(descriptor)]
    return subprocess.Popen(
        command,
        stdin=streams.stdin if streams else nowhere,
        stdout=streams.stdout if streams else nowhere,
        stderr=streams.stderr if streams else nowhere,
        pass_fds=(descriptor,),
        cwd=folder,
        env={**ENVIRONMENT, "HOME": folder, "TMPDIR": folder, **dict(interpreter.variables)},
        start_new_session=True,
    )
