"""SandboxFusion's `run_code`, for trainers that speak it: a Python program, run and not judged."""

from __future__ import annotations

from typing import Any

from lcbrb.errors import UsageError
from lcbrb.protocols.sandbox import Execution
from lcbrb.serving.requests import RunCodeRequest
from lcbrb.types import Limits, Status

_PYTHON = frozenset({"python", "python3"})
_LONGEST_S = 300.0
_WALL = 4.0  # times the CPU limit, for programs that block
_LEAST_WALL_S = 10.0


def limits_of(asked: RunCodeRequest) -> Limits:
    """The limits of a program: its `run_timeout` is of CPU time here, which load does not use up.

    Raises:
        UsageError: what is asked can't be done here.
    """
    if asked.language not in _PYTHON:
        raise UsageError(f"language {asked.language[:40]}: this server runs only python")
    if asked.files or asked.fetch_files:
        raise UsageError("files: this server neither provides nor returns files")
    if not 0.0 < asked.run_timeout <= _LONGEST_S:
        raise UsageError(f"run_timeout {asked.run_timeout}: expected up to {_LONGEST_S:g} s")
    cpu_s = asked.run_timeout
    return Limits(cpu_s=cpu_s, wall_s=max(_LEAST_WALL_S, _WALL * cpu_s))


def answer(execution: Execution) -> dict[str, Any]:
    """An execution in the shape that clients of SandboxFusion read."""
    if execution.status is Status.HARNESS_ERROR:
        return _answer("SandboxError", execution.detail, None)
    ended = "TimeLimitExceeded" if execution.status is Status.TIME_LIMIT else "Finished"
    result = {
        "status": ended,
        "execution_time": execution.wall_s,
        "return_code": None if ended != "Finished" else int(execution.status is not None),
        "stdout": execution.output,
        "stderr": execution.detail,
    }
    return _answer("Success" if execution.status is None else "Failed", "", result)


def refused(why: str) -> dict[str, Any]:
    """What can't be done here, in that shape."""
    return _answer("SandboxError", why, None)


def _answer(status: str, message: str, result: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "status": status,
        "message": message,
        "compile_result": None,
        "run_result": result,
        "executor_pod_name": None,
        "files": {},
    }
