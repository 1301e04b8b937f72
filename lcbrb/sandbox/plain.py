"""One process an input, under resource limits: the plain runner.

Limits: CPU time as the kernel counts it for the process, so a loaded machine changes no verdict; a
generous wall time for sleepers and deadlocks; address space; size of each file written, which caps
the output. The process leads a session of its own, which is killed as a whole at the end.

Not covered: a hostile program can read the judge's files, reach the network, and leave a process
behind by starting a session of its own.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

from lcbrb.protocols import Execution, Program
from lcbrb.types import Limits, Status, TestKind

_CHILD = str(Path(__file__).with_name("child.py"))
_PYTHON = os.path.realpath(sys.executable)  # past version-manager shims, which cost 0.2 s a start
_TAIL_BYTES = 2000
_SITE_PACKAGES = sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})
_ENVIRONMENT = {
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "PYTHONHASHSEED": "0",
    # numerical libraries start a thread a core otherwise, each with its own stack and arena
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ended:
    """What the kernel says of a process that is gone."""

    exit_code: int  # negative: the signal that ended it
    cpu_s: float
    wall_s: float
    peak_memory_mib: float
    out_of_time: bool  # the wall limit struck


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outputs:
    """What a process left: lines of the report, and its streams."""

    report: list[str]
    stdout: str
    stderr: str
    flooded: bool

    def word(self, name: str) -> str:
        """What follows a word of the report ("raised", "returned"); empty where it is not there."""
        lines = [line for line in self.report if line.startswith(name + " ")]
        return lines[-1][len(name) + 1 :] if lines else ""


class PlainSandbox:
    """Runs every input in a fresh process."""

    level = "plain"

    def run(self, program: Program, inputs: Iterable[str], limits: Limits) -> Iterator[Execution]:
        """One execution an input, lazily."""
        for text in inputs:
            try:
                yield _run_once(program, text, limits)
            except OSError as error:  # no memory for a process, no room for a file: ours
                yield Execution(status=Status.HARNESS_ERROR, detail=f"could not run: {error}")


def _run_once(program: Program, text: str, limits: Limits) -> Execution:
    with (
        tempfile.TemporaryDirectory(prefix="lcbrb-") as scratch,
        tempfile.TemporaryFile() as job,
        tempfile.TemporaryFile() as report,
        tempfile.TemporaryFile() as stdin,
        tempfile.TemporaryFile() as stdout,
        tempfile.TemporaryFile() as stderr,
    ):
        _fill(job, json.dumps(_job(program, text, limits)))
        _fill(stdin, text if program.kind is TestKind.STDIN else "")
        started = time.monotonic()
        process = subprocess.Popen(
            [_PYTHON, "-I", "-S", "-X", "utf8", _CHILD, str(job.fileno()), str(report.fileno())],
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            pass_fds=(job.fileno(), report.fileno()),
            cwd=scratch,
            env={**_ENVIRONMENT, "HOME": scratch, "TMPDIR": scratch},
            start_new_session=True,
        )
        ended = _wait(process, started, limits)
        outputs = _Outputs(
            report=_read(report, limits.output_kib).splitlines(),
            stdout=_read(stdout, limits.output_kib),
            stderr=_read_tail(stderr),
            flooded=os.fstat(stdout.fileno()).st_size >= limits.output_kib * 1024,
        )
        return _execution(ended, outputs, program.kind, limits)


def _job(program: Program, text: str, limits: Limits) -> dict[str, object]:
    call = program.kind is TestKind.CALL
    return {
        "limits": asdict(limits),
        "prelude": program.prelude,
        "source": program.source,
        "entry_point": program.entry_point if call else None,
        "arguments": [json.loads(line) for line in text.splitlines() if line] if call else [],
        "site_packages": _SITE_PACKAGES,
    }


def _fill(file: IO[bytes], text: str) -> None:
    file.write(text.encode("utf-8", "surrogatepass"))
    file.flush()
    file.seek(0)


def _read(file: IO[bytes], most_kib: int) -> str:
    file.seek(0)
    return file.read(most_kib * 1024).decode("utf-8", "replace")


def _read_tail(file: IO[bytes]) -> str:
    file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
    return file.read().decode("utf-8", "replace").strip()


def _wait(process: subprocess.Popen[bytes], started: float, limits: Limits) -> _Ended:
    """Wait for the end or the wall limit, then kill whatever is left of the session."""
    out_of_time = not _exits_within(process.pid, limits.wall_s - (time.monotonic() - started))
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)  # reaped here: Popen must not try again
    scale = 1024 if sys.platform == "darwin" else 1  # ru_maxrss: bytes there, KiB elsewhere
    return _Ended(
        exit_code=process.returncode,
        cpu_s=usage.ru_utime + usage.ru_stime,
        wall_s=time.monotonic() - started,
        peak_memory_mib=usage.ru_maxrss / scale / 1024,
        out_of_time=out_of_time,
    )


def _exits_within(pid: int, seconds: float) -> bool:
    """Whether the process ends in time; it is left unreaped, so its id stays ours to kill."""
    if hasattr(os, "pidfd_open"):
        descriptor = os.pidfd_open(pid)
        try:
            poller = select.poll()
            poller.register(descriptor, select.POLLIN)
            return bool(poller.poll(max(0.0, seconds) * 1000))
        finally:
            os.close(descriptor)
    deadline = time.monotonic() + seconds
    while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.005)
    return True


def _execution(ended: _Ended, outputs: _Outputs, kind: TestKind, limits: Limits) -> Execution:
    status, detail = _how_it_ended(ended, outputs, kind, limits)
    output = outputs.stdout if kind is TestKind.STDIN else outputs.word("returned")
    return Execution(
        status=status,
        output=output if status is None else "",
        detail=detail,
        cpu_s=ended.cpu_s,
        wall_s=ended.wall_s,
        peak_memory_mib=ended.peak_memory_mib,
    )


def _how_it_ended(
    ended: _Ended, outputs: _Outputs, kind: TestKind, limits: Limits
) -> tuple[Status | None, str]:
    if ended.cpu_s > limits.cpu_s:
        return Status.TIME_LIMIT, f"used more than {limits.cpu_s:g} s of CPU time"
    if ended.out_of_time:
        return Status.TIME_LIMIT, f"blocked: {limits.wall_s:g} s passed, {ended.cpu_s:.2f} s of CPU"
    if outputs.flooded:
        return Status.OUTPUT_LIMIT, f"printed {limits.output_kib} KiB or more"
    if outputs.word("raised") == "MemoryError":
        return Status.MEMORY_LIMIT, f"wanted more than {limits.memory_mib} MiB"
    if ended.exit_code < 0:
        return Status.RUNTIME_ERROR, f"died of {_signal_name(-ended.exit_code)}"
    if not outputs.report:
        return _before_the_program(outputs.stderr)
    if outputs.word("raised") or ended.exit_code > 0:
        return Status.RUNTIME_ERROR, outputs.stderr or f"exit code {ended.exit_code}"
    if kind is TestKind.CALL and not outputs.word("returned"):
        return Status.RUNTIME_ERROR, "ended before the function returned"
    return None, outputs.stderr


def _before_the_program(stderr: str) -> tuple[Status, str]:
    """The program never started: its syntax, or our own start-up."""
    last = stderr.splitlines()[-1] if stderr else "no output"
    if last.startswith(("SyntaxError", "IndentationError", "TabError", "ValueError: source code")):
        return Status.SYNTAX_ERROR, last
    if last.startswith(("RecursionError", "MemoryError")):  # nested past what the parser takes
        return Status.SYNTAX_ERROR, last
    return Status.HARNESS_ERROR, f"the runner did not start: {last}"


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:  # real-time signals have no name
        return f"signal {number}"
